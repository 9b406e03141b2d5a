/**
 * Pods and pod templates. Upstream: ValidatePodSpec, ValidatePodCreate, ValidatePodTemplateSpec in
 * pkg/apis/core/validation/validation.go.
 *
 * Complaints about a spec are kept by its identity: of a thousand pods with one template's spec, the first is checked.
 * Simplified: Windows-only, AppArmor, seccomp and SELinux settings and dynamic resource claims are not checked.
 */
import type { Pod, PodDNSConfig, PodSecurityContext, PodSpec, PodTemplateSpec } from "../../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { isIPAddress } from "../../meta/ip-address.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isDNS1123SubdomainWithUnderscore,
  isInRange,
  isValidId,
} from "../../meta/names.ts";
import { memoize } from "../../meta/share.ts";
import { validateAnnotations, validateLabels } from "../../meta/validate-meta.ts";
import { validateContainers, validateEphemeralContainers, validateInitContainers } from "./validate-container.ts";
import { validateScheduling } from "./validate-scheduling.ts";
import { validateVolumes } from "./validate-volumes.ts";

const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const MAX_INT32 = 2 ** 31 - 1;
const NONE: readonly FieldError[] = [];

/** Complaints with paths relative to the spec, which begin with a dot. */
const specErrors = memoize((spec: PodSpec): readonly FieldError[] => {
  const errors: FieldError[] = [];
  checkSpec(spec, errors);
  return errors.length === 0 ? NONE : errors;
});

/** Complaints of a pod that a template is not asked about. */
const podOnlyErrors = memoize((spec: PodSpec): readonly FieldError[] => {
  const errors: FieldError[] = [];
  for (const list of ["initContainers", "containers"] as const) {
    for (const [index, { image }] of (spec[list] ?? []).entries()) {
      if (image === undefined || image.trim() === image) continue;
      errors.push(invalidValue(`.${list}[${index}].image`, image, "must not have leading or trailing whitespace"));
    }
  }
  return errors.length === 0 ? NONE : errors;
});

function under(field: string, errors: readonly FieldError[]): readonly FieldError[] {
  return errors.length === 0 ? errors : errors.map((error) => ({ ...error, field: field + error.field }));
}

export function validatePodSpec(spec: PodSpec, field: string): readonly FieldError[] {
  return under(field, specErrors(spec));
}

export function validatePod(pod: Pod): FieldError[] {
  const own = specErrors(pod.spec);
  const more = podOnlyErrors(pod.spec);
  if (own.length === 0 && more.length === 0) return NONE as FieldError[];
  return [...under("spec", own), ...under("spec", more)];
}

/** The template of a workload that keeps its pods running (ReplicaSet, Deployment, DaemonSet, StatefulSet). */
export function validatePodTemplate(
  template: PodTemplateSpec,
  field: string,
  options: { selectorMatches: boolean; alwaysRestart: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const { metadata, spec } = template;
  if (!options.selectorMatches) {
    const detail = "`selector` does not match template `labels`";
    errors.push(invalidValue(`${field}.metadata.labels`, metadata?.labels ?? null, detail));
  }
  if (metadata?.labels !== undefined) validateLabels(metadata.labels, `${field}.labels`, errors);
  if (metadata?.annotations !== undefined) validateAnnotations(metadata.annotations, `${field}.annotations`, errors);
  errors.push(...validatePodSpec(spec ?? { containers: [] }, `${field}.spec`));
  if (spec?.ephemeralContainers !== undefined && spec.ephemeralContainers.length > 0) {
    errors.push(
      forbiddenField(`${field}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template"),
    );
  }
  if (options.alwaysRestart && spec?.restartPolicy !== undefined && spec.restartPolicy !== "Always") {
    errors.push(notSupported(`${field}.spec.restartPolicy`, spec.restartPolicy, ["Always"]));
  }
  if (options.alwaysRestart && spec?.activeDeadlineSeconds !== undefined) {
    const detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
    errors.push(forbiddenField(`${field}.spec.activeDeadlineSeconds`, detail));
  }
  return errors;
}

function checkSpec(spec: PodSpec, errors: FieldError[]): void {
  const volumes = validateVolumes(spec.volumes ?? [], ".volumes", errors);
  const claimNames = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const context = { errors, volumes, claimNames, hostNetwork: spec.hostNetwork === true };
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  validateContainers(containers, ".containers", context);
  validateInitContainers(initContainers, ".initContainers", { ...context, others: containers });
  const others = [...containers, ...initContainers];
  validateEphemeralContainers(spec.ephemeralContainers ?? [], ".ephemeralContainers", { ...context, others });
  oneOf(spec.restartPolicy, RESTART_POLICIES, ".restartPolicy", errors);
  oneOf(spec.dnsPolicy, DNS_POLICIES, ".dnsPolicy", errors);
  if (spec.nodeSelector !== undefined) validateLabels(spec.nodeSelector, ".nodeSelector", errors);
  checkSecurityContext(spec.securityContext ?? {}, ".securityContext", errors);
  if (spec.hostPID === true && spec.shareProcessNamespace === true) {
    const detail = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalidValue(".shareProcessNamespace", true, detail));
  }
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries()) {
    if (!name) errors.push(required(`.imagePullSecrets[${index}].name`));
  }
  validateScheduling(spec, "", errors);
  checkDNSConfig(spec.dnsConfig, spec.dnsPolicy, ".dnsConfig", errors);
  checkNames(spec, errors);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined) {
    for (const text of isInRange(deadline, 1, MAX_INT32))
      errors.push(invalidValue(".activeDeadlineSeconds", deadline, text));
  }
  for (const [index, { ip, hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    const path = `.hostAliases[${index}]`;
    if (!isIPAddress(ip ?? "")) errors.push(invalidValue(`${path}.ip`, ip ?? "", IP_DETAIL));
    for (const [at, name] of hostnames.entries()) {
      for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`${path}.hostnames[${at}]`, name, text));
    }
  }
}

const IP_DETAIL = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

function oneOf(value: string | undefined, supported: readonly string[], field: string, errors: FieldError[]): void {
  if (!value) errors.push(required(field));
  else if (!supported.includes(value)) errors.push(notSupported(field, value, supported));
}

function checkNames(spec: PodSpec, errors: FieldError[]): void {
  const check = (field: "serviceAccountName" | "nodeName" | "priorityClassName" | "runtimeClassName"): void => {
    const name = spec[field];
    if (name) for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`.${field}`, name, text));
  };
  check("serviceAccountName");
  check("nodeName");
  for (const field of ["hostname", "subdomain"] as const) {
    const name = spec[field];
    if (name) for (const text of isDNS1123Label(name)) errors.push(invalidValue(`.${field}`, name, text));
  }
  check("priorityClassName");
  check("runtimeClassName");
}

function checkSecurityContext(context: PodSecurityContext, field: string, errors: FieldError[]): void {
  for (const name of ["fsGroup", "runAsUser", "runAsGroup"] as const) {
    const id = context[name];
    if (id === undefined) continue;
    for (const text of isValidId(id)) errors.push(invalidValue(`${field}.${name}`, id, text));
  }
  for (const [index, id] of (context.supplementalGroups ?? []).entries()) {
    for (const text of isValidId(id)) errors.push(invalidValue(`${field}.supplementalGroups[${index}]`, id, text));
  }
  const policies = ["Always", "OnRootMismatch"];
  const policy = context.fsGroupChangePolicy;
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(notSupported(`${field}.fsGroupChangePolicy`, policy, policies));
  }
  const names = new Set<string>();
  for (const [index, { name }] of (context.sysctls ?? []).entries()) {
    const path = `${field}.sysctls[${index}].name`;
    if (!name) errors.push(required(path));
    else if (!/^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/.test(name)) {
      errors.push(invalidValue(path, name, "must be a valid sysctl name"));
    } else if (names.has(name)) {
      errors.push({ type: "FieldValueDuplicate", field: path, badValue: name, detail: "" });
    }
    names.add(name);
  }
}

export function checkDNSConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  field: string,
  errors: FieldError[],
): void {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === "None") {
    if (config === undefined) {
      errors.push(required(field, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    if (nameservers.length === 0) {
      errors.push(
        required(`${field}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None"),
      );
      return;
    }
  }
  if (nameservers.length > 3) {
    errors.push(invalidValue(`${field}.nameservers`, nameservers, "must not have more than 3 nameservers"));
  }
  for (const [index, address] of nameservers.entries()) {
    if (!isIPAddress(address)) errors.push(invalidValue(`${field}.nameservers[${index}]`, address, IP_DETAIL));
  }
  if (searches.length > 32) {
    errors.push(invalidValue(`${field}.searches`, searches, "must not have more than 32 search paths"));
  }
  if (searches.join(" ").length > 2048) {
    const detail = "must not have more than 2048 characters (including spaces) in the search list";
    errors.push(invalidValue(`${field}.searches`, searches, detail));
  }
  for (const [index, search] of searches.entries()) {
    if (search === ".") continue;
    const name = search.endsWith(".") ? search.slice(0, -1) : search;
    for (const text of isDNS1123SubdomainWithUnderscore(name)) {
      errors.push(invalidValue(`${field}.searches[${index}]`, search, text));
    }
  }
  for (const [index, { name }] of options.entries()) {
    if (!name) errors.push(required(`${field}.options[${index}]`, "must not be empty"));
  }
}
