/**
 * Checks that hold for every kind. Upstream: apimachinery pkg/api/validation/objectmeta.go.
 * Labels, annotations and owners are shared between objects and versions: what was found good once is not looked at again.
 */
import type { ObjectMeta, OwnerReference } from "../api/generated/types.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { forbiddenField, invalid, invalidValue, required, tooLong, type FieldError } from "../api/meta/field-error.ts";
import { IMMUTABLE } from "../api/meta/validate-meta.ts";
import { validateIP } from "../api/meta/ip-parsing.ts";
import { isDNS1123Label, isDNS1123Subdomain, isLabelValue, isPathSegment, isQualifiedName } from "../api/meta/names.ts";

const NAME_RULES = {
  subdomain: isDNS1123Subdomain,
  label: isDNS1123Label,
  "path-segment": isPathSegment,
  ip: isAddressName,
  any: () => [],
} as const;

/** An address names its object in its one form. */
function isAddressName(name: string): readonly string[] {
  const errors: FieldError[] = [];
  validateIP(name, "", { errors });
  return errors.map(({ detail }) => detail);
}

const TOTAL_ANNOTATION_SIZE = 256 * 1024;
const STANDARD_FINALIZERS = new Set(["orphan", "foregroundDeletion", "kubernetes"]);
const NONE: readonly FieldError[] = [];

/** Throws 422 when there are complaints. */
export function checkValid(
  resource: Resource,
  object: KubeObject,
  errors: readonly FieldError[],
  more: readonly FieldError[] = NONE,
): void {
  if (errors.length > 0 || more.length > 0) throw invalid(resource, object.metadata.name, [...errors, ...more]);
}

/** Complaints about an object's metadata; `old` at an update. */
export function metadataErrors(resource: Resource, object: KubeObject, old?: KubeObject): readonly FieldError[] {
  const { metadata } = object;
  const named = old === undefined ? nameErrors(resource, metadata) : changeErrors(metadata, old.metadata);
  const { labels, annotations, ownerReferences, finalizers } = metadata;
  const ofLabels = good(labels, labelErrors);
  const ofAnnotations = good(annotations, annotationErrors);
  const ofOwners = good(ownerReferences, ownerErrors);
  const ofFinalizers = good(finalizers, isCustom(resource) ? finalizerNames : finalizerErrors);
  const fine =
    ofLabels.length === 0 && ofAnnotations.length === 0 && ofOwners.length === 0 && ofFinalizers.length === 0;
  return fine ? named : [...named, ...ofLabels, ...ofAnnotations, ...ofOwners, ...ofFinalizers];
}

/** The complaints of `check`, which is asked only once about a value that has none. */
function good<T extends object>(
  value: T | undefined,
  check: (value: T) => readonly FieldError[],
): readonly FieldError[] {
  if (value === undefined || found.has(value)) return NONE;
  const errors = check(value);
  if (errors.length === 0) found.add(value);
  return errors;
}

const found = new WeakSet<object>();

function nameErrors(resource: Resource, metadata: ObjectMeta): readonly FieldError[] {
  const { name = "", namespace = "", generateName = "" } = metadata;
  const rule = NAME_RULES[resource.nameRule ?? "subdomain"];
  const ofName = name === "" ? NOTHING_WRONG : rule(name);
  const ofBase = generateName === "" ? NOTHING_WRONG : baseErrors(rule, generateName);
  const placed = resource.namespaced ? isNamespaceName(namespace) : namespace === "";
  if (placed && name !== "" && ofName.length === 0 && ofBase.length === 0) return NONE;
  const errors = ofBase.map((text) => invalidValue("metadata.generateName", generateName, text));
  if (name === "") errors.push(required("metadata.name", "name or generateName is required"));
  for (const text of ofName) errors.push(invalidValue("metadata.name", name, text));
  if (placed) return errors;
  if (!resource.namespaced) errors.push(forbiddenField("metadata.namespace", "not allowed on this type"));
  else if (namespace === "") errors.push(required("metadata.namespace"));
  else for (const text of isDNS1123Label(namespace)) errors.push(invalidValue("metadata.namespace", namespace, text));
  return errors;
}

const NOTHING_WRONG: readonly string[] = [];
type NameRule = (typeof NAME_RULES)[keyof typeof NAME_RULES];

/** Bases that were found good, for the rule that found them so: a workload's pods share theirs. */
const goodBases = new WeakMap<NameRule, Set<string>>();
const goodNamespaces = new Set<string>();
/** The sets are only there to save work. */
const SET_LIMIT = 10_000;

function remember(set: Set<string>, text: string): void {
  if (set.size >= SET_LIMIT) set.clear();
  set.add(text);
}

/** What is wrong with a name's beginning: it may end in a dash. */
function baseErrors(rule: NameRule, base: string): readonly string[] {
  let good = goodBases.get(rule);
  if (good === undefined) goodBases.set(rule, (good = new Set()));
  if (good.has(base)) return NOTHING_WRONG;
  const errors = rule(base.replace(/-$/, "a"));
  if (errors.length === 0) remember(good, base);
  return errors;
}

function isNamespaceName(namespace: string): boolean {
  if (goodNamespaces.has(namespace)) return true;
  if (isDNS1123Label(namespace).length > 0) return false;
  remember(goodNamespaces, namespace);
  return true;
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((text) => invalidValue("metadata.labels", key, text)),
    ...isLabelValue(value).map((text) => invalidValue("metadata.labels", value, text)),
  ]);
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  let size = 0;
  const errors = Object.entries(annotations).flatMap(([key, value]) => {
    size += key.length + value.length;
    return isQualifiedName(key.toLowerCase()).map((text) => invalidValue("metadata.annotations", key, text));
  });
  return size > TOTAL_ANNOTATION_SIZE
    ? [...errors, tooLong("metadata.annotations", "", TOTAL_ANNOTATION_SIZE)]
    : errors;
}

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const errors = owners.flatMap((owner, index) => {
    const at = `metadata.ownerReferences[${index}]`;
    return [
      ...(owner.apiVersion === "" || owner.apiVersion === undefined
        ? [invalidValue(`${at}.apiVersion`, owner.apiVersion, "version must not be empty")]
        : []),
      ...(owner.kind ? [] : [invalidValue(`${at}.kind`, owner.kind, "must not be empty")]),
      ...(owner.name ? [] : [invalidValue(`${at}.name`, owner.name, "must not be empty")]),
      ...(owner.uid ? [] : [invalidValue(`${at}.uid`, owner.uid, "must not be empty")]),
    ];
  });
  const [first, second] = owners.filter((owner) => owner.controller === true);
  if (first === undefined || second === undefined) return errors;
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${first.name} and ${second.name}`;
  return [...errors, invalidValue("metadata.ownerReferences", owners, why)];
}

/** Definitions and what they define: their finalizers need no domain. */
function isCustom({ group, custom }: Resource): boolean {
  return custom !== undefined || group === "apiextensions.k8s.io";
}

function finalizerNames(finalizers: readonly string[]): FieldError[] {
  return finalizers.flatMap(nameOfFinalizer);
}

function nameOfFinalizer(finalizer: string): FieldError[] {
  return isQualifiedName(finalizer).map((text) => invalidValue("metadata.finalizers", finalizer, text));
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  return finalizers.flatMap((finalizer) => {
    const errors = nameOfFinalizer(finalizer);
    if (errors.length > 0 || finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer)) return errors;
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    return [invalidValue("metadata.finalizers", finalizer, why)];
  });
}

/** What only the server sets, in upstream's order. */
const FIXED = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"] as const;

/** What an update may not do to metadata (upstream: ValidateObjectMetaAccessorUpdate). */
function changeErrors(metadata: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  let errors = addedFinalizers(metadata, old);
  for (const key of FIXED)
    if ((metadata[key] ?? "") !== (old[key] ?? "")) errors = [...errors, fixed(key, metadata[key])];
  const seconds = metadata.deletionGracePeriodSeconds;
  if (seconds !== old.deletionGracePeriodSeconds) errors = [...errors, fixed("deletionGracePeriodSeconds", seconds)];
  return errors;
}

function fixed(key: string, value: unknown): FieldError {
  return invalidValue(`metadata.${key}`, value, IMMUTABLE);
}

/** Nothing new may hold what is going. */
function addedFinalizers(metadata: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  if (old.deletionTimestamp === undefined || metadata.finalizers === old.finalizers) return NONE;
  const added = (metadata.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
  if (added.length === 0) return NONE;
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`;
  return [forbiddenField("metadata.finalizers", why)];
}
