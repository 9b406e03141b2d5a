/**
 * Annotations that mean something to pods. Upstream: ValidatePodSpecificAnnotations, validateSeccompAnnotationsAndFields,
 * validateAppArmorAnnotationsAndFieldsMatchOnCreate in pkg/apis/core/validation/validation.go.
 */
import type { AppArmorProfile, Pod, PodSpec, SeccompProfile } from "../../generated/types.ts";
import { forbiddenField, invalidValue, type FieldError } from "../../meta/field-error.ts";
import { parseInteger } from "../../meta/label-requirement.ts";
import { validateDescendingPath } from "./validate-paths.ts";

/** On the API server's copy of a static pod. */
export const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
const LOCALHOST = "localhost/";

type Annotations = Readonly<Record<string, string>>;

/** `field` is the path of the annotations. */
export function validatePodAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  field: string,
  errors: FieldError[],
): void {
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName) {
    errors.push(invalidValue(`${field}[${MIRROR}]`, mirror, "must set spec.nodeName if mirror pod annotation is set"));
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost)) {
    errors.push(invalidValue(`${field}[${DELETION_COST}]`, cost, "must be a 32bit integer"));
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) validateSeccomp(value, `${field}.${key}`, errors);
    else if (key.startsWith(APP_ARMOR)) validateAppArmor({ key, value }, spec, { field, errors });
  }
}

/** Which annotations stay as the pod was created with. Upstream: ValidatePodSpecificAnnotationUpdates. */
export function validateAnnotationUpdates(pod: Pod, old: Pod): FieldError[] {
  if (pod.metadata.annotations === old.metadata.annotations) return [];
  const next = pod.metadata.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  const errors: FieldError[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(next)])) {
    const what =
      key === MIRROR ? "mirror pod annotation" : key.startsWith(APP_ARMOR) ? "AppArmor annotations" : undefined;
    if (what === undefined || next[key] === before[key]) continue;
    const verb = before[key] === undefined ? "add" : "remove or update";
    errors.push(forbiddenField(`metadata.annotations[${key}]`, `may not ${verb} ${what}`));
  }
  return errors;
}

/** No leading plus sign, no leading zeros. Upstream: GetDeletionCostFromPodAnnotations. */
function isDeletionCost(text: string): boolean {
  const value = parseInteger(text);
  return value !== undefined && BigInt.asIntN(32, value) === value && /^(?:0|-?[1-9][0-9]*)$/.test(text);
}

function validateSeccomp(profile: string, field: string, errors: FieldError[]): void {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return;
  if (profile.startsWith(LOCALHOST)) validateDescendingPath(profile.slice(LOCALHOST.length), field, errors);
  else errors.push(invalidValue(field, profile, "must be a valid seccomp profile"));
}

function validateAppArmor(
  { key, value }: { key: string; value: string },
  spec: PodSpec,
  { field, errors }: { field: string; errors: FieldError[] },
): void {
  const name = key.slice(APP_ARMOR.length);
  if (!allContainers(spec).some((container) => container.name === name)) {
    errors.push(invalidValue(`${field}[${key}]`, name, "container not found"));
  }
  if (["", "runtime/default", "unconfined"].includes(value) || value.startsWith(LOCALHOST)) return;
  errors.push(invalidValue(`${field}[${key}]`, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`));
}

function allContainers(spec: PodSpec) {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map(({ name, securityContext }, at) => ({ name, securityContext, path: `${list}[${at}]` })),
  );
}

/** Where a profile stands in an annotation and in its field, both must say the same. `field` is the path of the spec. */
export function validateProfileAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  field: string,
  errors: FieldError[],
): void {
  const ofPod = spec.securityContext;
  compare(annotations[SECCOMP_POD], ofPod?.seccompProfile, {
    field: `${field}.securityContext.seccompProfile`,
    word: "seccomp",
    errors,
  });
  for (const { name, securityContext, path } of allContainers(spec)) {
    const at = `${field}.${path}.securityContext`;
    const seccomp = annotations[SECCOMP_CONTAINER + name];
    compare(seccomp, securityContext?.seccompProfile, { field: `${at}.seccompProfile`, word: "seccomp", errors });
    if (spec.os?.name === "windows") continue;
    const profile = securityContext?.appArmorProfile ?? ofPod?.appArmorProfile;
    compare(annotations[APP_ARMOR + name], profile, { field: `${at}.appArmorProfile`, word: "apparmor", errors });
  }
}

function compare(
  annotation: string | undefined,
  profile: SeccompProfile | AppArmorProfile | undefined,
  { field, word, errors }: { field: string; word: "seccomp" | "apparmor"; errors: FieldError[] },
): void {
  if (annotation === undefined || profile === undefined) return;
  const wrongType = (): void =>
    void errors.push(forbiddenField(`${field}.type`, `${word} type in annotation and field must match`));
  if (profile.type === "Unconfined") {
    if (annotation !== "unconfined") wrongType();
  } else if (profile.type === "RuntimeDefault") {
    const same = annotation === "runtime/default" || (word === "seccomp" && annotation === "docker/default");
    if (!same) wrongType();
  } else if (profile.type === "Localhost") {
    if (!annotation.startsWith(LOCALHOST)) wrongType();
    else if (annotation.slice(LOCALHOST.length) !== profile.localhostProfile) {
      const detail = `${word} profile in annotation and field must match`;
      errors.push(forbiddenField(`${field}.localhostProfile`, detail));
    }
  }
}
