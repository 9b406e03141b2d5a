/**
 * Which requests rules and selectors mean. Upstream: apiserver pkg/admission/plugin/webhook/predicates,
 * pkg/admission/plugin/policy/matching/matching.go.
 * Simplified: under `Equivalent` only the version that was asked for and the stored one are taken for the same resource.
 */
import type { LabelSelector, MatchResources, NamedRuleWithOperations } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../../api/meta/selectors.ts";
import { memoize } from "../../../api/meta/share.ts";
import { namespaces } from "../../../api/registry.ts";
import { writtenSubresource, type AdmissionRequest } from "../admission.ts";

const ANY = "*";
const GROUP = "admissionregistration.k8s.io";
/** Reviews are answered, not stored: no policy or webhook hears of them. */
const REVIEW_GROUPS = new Set(["authentication.k8s.io", "authorization.k8s.io"]);

/** What is to be judged: `object` is undefined for a delete. */
export interface Judged {
  readonly object: KubeObject | undefined;
  readonly attributes: AdmissionRequest;
}

/** Policies and webhooks don't judge themselves, lest nobody could take them away. */
export function isExempt({ request }: AdmissionRequest): boolean {
  return request.resource.group === GROUP || REVIEW_GROUPS.has(request.resource.group);
}

/** Everything that is asked of a request matches; what isn't there asks nothing. */
export function matchesResources(match: MatchResources | undefined, judged: Judged): boolean {
  if (match === undefined) return true;
  const { resourceRules = [], excludeResourceRules = [], namespaceSelector, objectSelector } = match;
  const { attributes } = judged;
  if (excludeResourceRules.some((rule) => matchesRule(rule, attributes))) return false;
  if (resourceRules.length > 0 && !resourceRules.some((rule) => matchesRule(rule, attributes))) return false;
  return matchesSelectors({ namespaceSelector, objectSelector }, judged);
}

export function matchesSelectors(
  selectors: { namespaceSelector?: LabelSelector | undefined; objectSelector?: LabelSelector | undefined },
  judged: Judged,
): boolean {
  return inSelectedNamespace(selectors.namespaceSelector, judged) && isSelectedObject(selectors.objectSelector, judged);
}

export function matchesRule(rule: NamedRuleWithOperations, { operation, request, name }: AdmissionRequest): boolean {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], resourceNames = [], scope = ANY } = rule;
  if (!operations.some((wanted) => wanted === ANY || wanted === operation.toUpperCase())) return false;
  const { resource, servedAs = resource } = request;
  const subresource = writtenSubresource(request);
  if (scope !== ANY && (scope === "Namespaced") !== resource.namespaced) return false;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  if (!apiGroups.includes(ANY) && !apiGroups.includes(resource.group) && !apiGroups.includes(servedAs.group))
    return false;
  const versions = [resource.version, servedAs.version];
  if (!apiVersions.includes(ANY) && !apiVersions.some((version) => versions.includes(version))) return false;
  return resources.some((wanted) => {
    const slash = wanted.indexOf("/");
    const plural = slash < 0 ? wanted : wanted.slice(0, slash);
    const sub = slash < 0 ? "" : wanted.slice(slash + 1);
    return (plural === ANY || plural === resource.plural) && (sub === ANY || sub === subresource);
  });
}

/** A cluster-scoped object is in every namespace, as it were; a namespace is in itself. */
function inSelectedNamespace(selector: LabelSelector | undefined, { object, attributes }: Judged): boolean {
  if (selector === undefined || isEmpty(selector)) return true;
  const { request, context, old } = attributes;
  const isNamespace = request.resource.id === namespaces.id;
  if (!isNamespace && !request.resource.namespaced) return true;
  const home = isNamespace ? (object ?? old) : context.objects.get(namespaces, "", request.namespace);
  return home !== undefined && compiled(selector).matches(home.metadata.labels);
}

function isSelectedObject(selector: LabelSelector | undefined, { object, attributes }: Judged): boolean {
  if (selector === undefined || isEmpty(selector)) return true;
  return [object, attributes.old].some(
    // What a connection's query says has no metadata, and so no labels that could match.
    (version) => version?.metadata !== undefined && compiled(selector).matches(version.metadata.labels),
  );
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return matchExpressions.length === 0 && Object.keys(matchLabels).length === 0;
}

const compiled = memoize((selector: LabelSelector) => labelSelectorAsSelector(selector));
