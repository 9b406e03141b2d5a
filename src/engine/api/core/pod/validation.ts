/**
 * Pods and pod templates. Upstream: ValidatePodSpec, ValidatePodCreate, ValidatePodTemplateSpec in
 * pkg/apis/core/validation/validation.go.
 *
 * Complaints about a spec are kept by its identity: of a thousand pods with one template's spec, the first is checked.
 */
import type { Pod, PodDNSConfig, PodSpec, PodTemplateSpec } from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  notSupportedInOrder,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { validateIP } from "../../meta/ip-parsing.ts";
import { isDNS1123Label, isDNS1123Subdomain, isDNS1123SubdomainWithUnderscore, isInRange } from "../../meta/names.ts";
import { memoize } from "../../meta/share.ts";
import { validateAnnotations, validateLabels } from "../../meta/validate-meta.ts";
import { validatePodAnnotations, validateProfileAnnotations } from "./validate-annotations.ts";
import {
  validateContainers,
  validateEphemeralContainers,
  validateImageIsTrimmed,
  validateInitContainers,
} from "./validate-container.ts";
import { validatePodResources, validateRequirements } from "./validate-resources.ts";
import { validateAffinity, validatePodGates, validateSpread, validateTolerations } from "./validate-scheduling.ts";
import { validatePodSecurityContext } from "./validate-security-context.ts";
import { validateVolumes } from "./validate-volumes.ts";
import { validateHostProcess, validateHostUsers, validateOS } from "./validate-windows.ts";

const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const PREEMPTION_POLICIES = ["PreemptLowerPriority", "Never"];
const MAX_INT32 = 2 ** 31 - 1;
const NONE: readonly FieldError[] = [];

/** Complaints with paths relative to the spec, which begin with a dot. */
const templateErrors = memoize((spec: PodSpec) => collect(spec, { isPod: false }));
const podErrors = memoize((spec: PodSpec) => {
  const errors = [...collect(spec, { isPod: true })];
  checkPodOnly(spec, errors);
  return errors.length === 0 ? NONE : errors;
});

function collect(spec: PodSpec, { isPod }: { isPod: boolean }): readonly FieldError[] {
  const errors: FieldError[] = [];
  checkSpec(spec, isPod, errors);
  return errors.length === 0 ? NONE : errors;
}

/** What a template is not asked about. */
function checkPodOnly(spec: PodSpec, errors: FieldError[]): void {
  if (!spec.serviceAccountName) {
    for (const [index, { projected }] of (spec.volumes ?? []).entries()) {
      for (const [at, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
        if (serviceAccountToken === undefined) continue;
        const field = `.volumes[${index}].projected.sources[${at}].serviceAccountToken`;
        errors.push(forbiddenField(field, "must not be specified when serviceAccountName is not set"));
      }
    }
  }
  for (const list of ["containers", "initContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      validateImageIsTrimmed(container, `.${list}[${index}]`, errors);
    }
  }
}

function under(field: string, errors: readonly FieldError[]): readonly FieldError[] {
  return errors.length === 0 ? errors : errors.map((error) => ({ ...error, field: field + error.field }));
}

/** Of a template. */
export function validatePodSpec(spec: PodSpec, field: string): readonly FieldError[] {
  return under(field, templateErrors(spec));
}

/** Metadata that means something to pods, and the spec: what creating and updating a pod have in common. */
export function validatePodMetadataAndSpec(pod: Pod): readonly FieldError[] {
  const { metadata, spec } = pod;
  const own = podErrors(spec);
  const { annotations } = metadata;
  if (own.length === 0 && annotations === undefined && !hasEphemeralVolume(spec)) return NONE;
  const errors: FieldError[] = [];
  if (annotations !== undefined) validatePodAnnotations(annotations, spec, "metadata.annotations", errors);
  errors.push(...under("spec", own));
  checkCreatedClaims(pod, errors);
  return errors;
}

function hasEphemeralVolume({ volumes = [] }: PodSpec): boolean {
  return volumes.some(({ ephemeral }) => ephemeral !== undefined);
}

/** Claims that will be made for this very pod: their names come from the pod's. */
function checkCreatedClaims({ metadata, spec }: Pod, errors: FieldError[]): void {
  const name = metadata.name ?? "";
  if (name === "" || !hasEphemeralVolume(spec)) return;
  const created = new Set<string>();
  for (const [index, { name: volume = "", ephemeral }] of (spec.volumes ?? []).entries()) {
    if (ephemeral === undefined || volume === "") continue;
    const claim = `${name}-${volume}`;
    created.add(claim);
    for (const text of isDNS1123Subdomain(claim)) {
      errors.push(invalidValue(`spec.volumes[${index}].name`, volume, `PVC name "${claim}": ${text}`));
    }
  }
  for (const [index, { persistentVolumeClaim }] of (spec.volumes ?? []).entries()) {
    const claim = persistentVolumeClaim?.claimName;
    if (claim === undefined || !created.has(claim)) continue;
    const detail = "must not reference a PVC that gets created for an ephemeral volume";
    errors.push(invalidValue(`spec.volumes[${index}].persistentVolumeClaim.claimName`, claim, detail));
  }
}

export function validatePod(pod: Pod): FieldError[] {
  const { metadata, spec } = pod;
  const errors = validatePodMetadataAndSpec(pod);
  const more: FieldError[] = [];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    more.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"));
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    more.push(forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  if (metadata.annotations !== undefined) validateProfileAnnotations(metadata.annotations, spec, "spec", more);
  return more.length === 0 ? (errors as FieldError[]) : [...errors, ...more];
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
  const annotations = metadata?.annotations;
  if (annotations !== undefined) {
    validatePodAnnotations(annotations, spec ?? { containers: [] }, `${field}.annotations`, errors);
  }
  errors.push(...validatePodSpec(spec ?? { containers: [] }, `${field}.spec`));
  if (annotations !== undefined) {
    validateProfileAnnotations(annotations, spec ?? { containers: [] }, `${field}.spec`, errors);
  }
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

function checkSpec(spec: PodSpec, isPod: boolean, errors: FieldError[]): void {
  const volumes = validateVolumes(spec.volumes ?? [], ".volumes", { errors, isPod });
  const claimNames = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));
  checkResourceClaims(spec, ".resourceClaims", errors);
  const context = { errors, volumes, claimNames, spec };
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  validateContainers(containers, ".containers", context);
  validateInitContainers(initContainers, ".initContainers", { ...context, others: containers });
  const others = [...containers, ...initContainers];
  validateEphemeralContainers(spec.ephemeralContainers ?? [], ".ephemeralContainers", { ...context, others });
  validatePodResources(spec, ".resources", { errors, claimNames });
  if (spec.hostNetwork === true) checkHostPorts(spec, isPod, errors);
  oneOf(spec.restartPolicy, RESTART_POLICIES, ".restartPolicy", errors);
  oneOf(spec.dnsPolicy, DNS_POLICIES, ".dnsPolicy", errors);
  if (spec.nodeSelector !== undefined) validateLabels(spec.nodeSelector, ".nodeSelector", errors);
  validatePodSecurityContext(spec, ".securityContext", errors);
  if (spec.affinity !== undefined) validateAffinity(spec.affinity, ".affinity", errors);
  checkDNSConfig(spec.dnsConfig, spec.dnsPolicy, ".dnsConfig", errors);
  validatePodGates(spec, "", errors);
  validateSpread(spec.topologySpreadConstraints ?? [], ".topologySpreadConstraints", errors);
  validateHostProcess(spec, errors);
  validateHostUsers(spec, errors);
  checkName(spec, "serviceAccountName", errors);
  checkName(spec, "nodeName", errors);
  const deadline = spec.activeDeadlineSeconds;
  for (const text of deadline === undefined ? [] : isInRange(deadline, 1, MAX_INT32)) {
    errors.push(invalidValue(".activeDeadlineSeconds", deadline, text));
  }
  checkHostname(spec, errors);
  validateTolerations(spec.tolerations ?? [], ".tolerations", errors);
  checkHostAliases(spec, ".hostAliases", errors);
  checkName(spec, "priorityClassName", errors);
  checkName(spec, "runtimeClassName", errors);
  if (spec.preemptionPolicy !== undefined) {
    oneOf(spec.preemptionPolicy, PREEMPTION_POLICIES, ".preemptionPolicy", errors);
  }
  if (spec.overhead !== undefined) validateRequirements({ limits: spec.overhead }, ".overhead", { errors, claimNames });
  validateOS(spec, errors);
}

function oneOf(value: string | undefined, supported: readonly string[], field: string, errors: FieldError[]): void {
  if (!value) errors.push(required(field));
  else if (!supported.includes(value)) errors.push(notSupportedInOrder(field, value, supported));
}

function checkName(
  spec: PodSpec,
  field: "serviceAccountName" | "nodeName" | "priorityClassName" | "runtimeClassName",
  errors: FieldError[],
): void {
  const name = spec[field];
  // Only the runtime class is a pointer upstream: there, "" is a name, and a wrong one.
  if (name === undefined || (name === "" && field !== "runtimeClassName")) return;
  for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`.${field}`, name, text));
}

function checkHostname(spec: PodSpec, errors: FieldError[]): void {
  for (const field of ["hostname", "subdomain"] as const) {
    const name = spec[field];
    if (name) for (const text of isDNS1123Label(name)) errors.push(invalidValue(`.${field}`, name, text));
  }
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(".hostnameOverride", name, text));
  if (name.length > 64) {
    errors.push({
      type: "FieldValueTooLong",
      field: ".hostnameOverride",
      badValue: "",
      detail: "may not be more than 64 bytes",
    });
  }
  if (spec.hostNetwork === true) {
    errors.push(forbiddenField(".hostnameOverride", "may not be specified when hostNetwork is true"));
  }
  if (spec.setHostnameAsFQDN === true) {
    errors.push(forbiddenField(".hostnameOverride", "may not be specified when setHostnameAsFQDN is true"));
  }
}

function checkHostAliases({ hostAliases = [] }: PodSpec, field: string, errors: FieldError[]): void {
  for (const [index, { ip = "", hostnames = [] }] of hostAliases.entries()) {
    const path = `${field}[${index}]`;
    validateIP(ip, `${path}.ip`, { errors, legacy: true });
    for (const [at, name] of hostnames.entries()) {
      for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`${path}.hostnames[${at}]`, name, text));
    }
  }
}

/** On the host's network a port is the host's. A template may leave it open: it is filled in with the pod. */
function checkHostPorts(spec: PodSpec, isPod: boolean, errors: FieldError[]): void {
  for (const [index, { ports = [] }] of (spec.containers ?? []).entries()) {
    for (const [at, { hostPort = 0, containerPort }] of ports.entries()) {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) continue;
      const detail = "must match `containerPort` when `hostNetwork` is true";
      errors.push(invalidValue(`.containers[${index}].ports[${at}].hostPort`, hostPort, detail));
    }
  }
}

function checkResourceClaims({ resourceClaims = [] }: PodSpec, field: string, errors: FieldError[]): void {
  const names = new Set<string>();
  for (const [index, claim] of resourceClaims.entries()) {
    const path = `${field}[${index}]`;
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    if (!name) errors.push(required(`${path}.name`));
    else if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    else for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
    names.add(name);
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      errors.push(invalidValue(path, claim, detail));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      errors.push(invalidValue(path, claim, detail));
    }
    for (const [key, value] of Object.entries({ resourceClaimName, resourceClaimTemplateName })) {
      if (value === undefined) continue;
      for (const text of isDNS1123Subdomain(value)) errors.push(invalidValue(`${path}.${key}`, value, text));
    }
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
    validateIP(address, `${field}.nameservers[${index}]`, { errors, legacy: true });
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
