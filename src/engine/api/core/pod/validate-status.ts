/** What a pod's status may become. Upstream: ValidatePodStatusUpdate in pkg/apis/core/validation/validation.go. */
import type { ContainerStatus, Pod, PodCondition, PodSpec } from "../../generated/types.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, type FieldError } from "../../meta/field-error.ts";
import { isIPAddress } from "../../meta/ip-address.ts";
import { isDNS1123Subdomain, isQualifiedName, isValidId } from "../../meta/names.ts";
import { validateImmutable } from "../../meta/validate-meta.ts";
import { isSidecar } from "./sidecar.ts";
import { validateAnnotationUpdates } from "./validate-annotations.ts";

const SYSTEM_CONDITIONS = new Set(["PodScheduled", "Ready", "Initialized"]);
const IP_DETAIL = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const HEALTHS = ["Healthy", "Unhealthy", "Unknown"];

export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = validateAnnotationUpdates(pod, old);
  const { spec, status } = pod;
  const before = old.status ?? {};
  const { conditions = NONE } = status;
  for (let index = 0; index < conditions.length; index++) {
    const { type = "" } = conditions[index] as PodCondition;
    if (SYSTEM_CONDITIONS.has(type) || goodTypes.has(type)) continue;
    const texts = isQualifiedName(type);
    if (texts.length === 0) remember(type);
    // Upstream's path has these in the metadata.
    for (const text of texts) errors.push(invalidValue(`metadata.conditions[${index}].Type`, type, text));
  }
  if ((spec.nodeName ?? "") !== (old.spec.nodeName ?? "")) {
    errors.push(forbiddenField("status.nodeName", "may not be changed directly"));
  }
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) {
    for (const text of isDNS1123Subdomain(nominated)) {
      errors.push(invalidValue("status.nominatedNodeName", nominated, text));
    }
  }
  validateImmutable(status.qosClass ?? "", before.qosClass ?? "", "status.qosClass", errors);
  for (const list of LISTS) {
    const statuses = before[list];
    if (statuses !== undefined) validateTransitions([status[list] ?? NONE, statuses], { list, spec: old.spec, errors });
  }
  validateIPs(pod, errors);
  for (const list of LISTS) {
    const statuses = status[list] ?? NONE;
    for (let index = 0; index < statuses.length; index++) {
      const item = statuses[index] as ContainerStatus;
      if (item.user !== undefined) validateUser(item, `status.${list}[${index}].linux`, { spec, errors });
      if (item.allocatedResourcesStatus !== undefined) validateAllocated(item, { list, index, spec }, errors);
    }
  }
  return errors;
}

const LISTS = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;
const NONE: readonly never[] = [];

/** Types of conditions that were found good: all pods have the same few. */
const goodTypes = new Set<string>();
const REMEMBERED = 1000;

function remember(type: string): void {
  if (goodTypes.size >= REMEMBERED) goodTypes.clear();
  goodTypes.add(type);
}

/** A container that ended stays ended, unless the restart policy would start it again. */
function validateTransitions(
  [next, before]: readonly [readonly ContainerStatus[], readonly ContainerStatus[]],
  { list, spec, errors }: { list: string; spec: PodSpec; errors: FieldError[] },
): void {
  // Ephemeral containers are never restarted.
  const policy = list === "ephemeralContainerStatuses" ? "Never" : spec.restartPolicy;
  if (policy === "Always") return;
  for (const [index, { name, state }] of before.entries()) {
    const ended = state?.terminated;
    if (ended === undefined || (ended.exitCode !== 0 && policy === "OnFailure") || restarts(spec, list, name)) continue;
    const now = next.find((candidate) => candidate.name === name);
    if (now === undefined || now.state?.terminated !== undefined) continue;
    errors.push(forbiddenField(`status.${list}[${index}].state`, "may not be transitioned to non-terminated state"));
  }
}

/** Whether the container has a restart policy of its own that brings it back. */
function restarts(spec: PodSpec, list: string, name: string): boolean {
  if (list === "initContainerStatuses") {
    return (spec.initContainers ?? []).some((container) => container.name === name && isSidecar(container));
  }
  const own = list === "containerStatuses" ? spec.containers.find((container) => container.name === name) : undefined;
  if (own === undefined) return false;
  return (
    (own.restartPolicy !== undefined && own.restartPolicy !== "Never") || (own.restartPolicyRules ?? []).length > 0
  );
}

function validateIPs({ status }: Pod, errors: FieldError[]): void {
  const { hostIP = "", hostIPs = [], podIPs = [] } = status;
  const [first] = hostIPs;
  if (first !== undefined && first.ip !== hostIP) {
    errors.push(invalidValue("status.hostIPs[0].ip", first.ip, "must be equal to `hostIP`"));
  }
  validateFamilies("status.podIPs", podIPs, errors);
  validateFamilies("status.hostIPs", hostIPs, errors);
}

function validateFamilies(field: string, list: readonly { ip?: string }[], errors: FieldError[]): void {
  // The usual one.
  if (list.length === 0 || (list.length === 1 && isIPAddress(list[0]?.ip ?? ""))) return;
  const addresses = list.map(({ ip = "" }) => ip);
  for (const [index, ip] of addresses.entries()) {
    if (!isIPAddress(ip)) errors.push(invalidValue(`${field}[${index}]`, ip, IP_DETAIL));
  }
  if (addresses.length < 2) return;
  const families = new Set(addresses.map((ip) => ip.includes(":")));
  if (families.size < 2 || addresses.length > 2) {
    errors.push(invalidValue(field, list, "may specify no more than one IP for each IP family"));
  }
  for (const [index, ip] of addresses.entries()) {
    if (addresses.indexOf(ip) < index) errors.push(duplicate(`${field}[${index}]`, list[index]));
  }
}

function validateUser(
  { user }: ContainerStatus,
  field: string,
  { spec, errors }: { spec: PodSpec; errors: FieldError[] },
): void {
  const linux = user?.linux;
  if (linux === undefined) return;
  if (spec.os?.name === "windows") {
    errors.push(forbiddenField(field, "cannot be set for a windows pod"));
    return;
  }
  const check = (id: number | undefined, at: string): void => {
    for (const text of isValidId(id ?? 0)) errors.push(invalidValue(at, id, text));
  };
  check(linux.uid, `${field}.uid`);
  check(linux.gid, `${field}.gid`);
  for (const [index, id] of (linux.supplementalGroups ?? []).entries())
    check(id, `${field}.supplementalGroups[${index}]`);
}

function validateAllocated(
  { name, allocatedResourcesStatus = [] }: ContainerStatus,
  { list, index, spec }: { list: string; index: number; spec: PodSpec },
  errors: FieldError[],
): void {
  const field = `status.${list}[${index}].allocatedResourcesStatus`;
  if (list === "ephemeralContainerStatuses") {
    if (allocatedResourcesStatus.length > 0) {
      errors.push(forbiddenField(field, "must not be specified in container status"));
    }
    return;
  }
  const containers = list === "containerStatuses" ? spec.containers : (spec.initContainers ?? []);
  const container = containers.find((candidate) => candidate.name === name);
  for (const [at, allocated] of allocatedResourcesStatus.entries()) {
    const { requests = {}, claims = [] } = container?.resources ?? {};
    const isClaim = allocated.name.startsWith("claim:");
    const known = isClaim
      ? claims.some((claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ""}` === allocated.name)
      : allocated.name in requests;
    if (container !== undefined && !known) {
      const detail = isClaim
        ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
        : "must match one of the container's resource requests";
      errors.push(invalidValue(`${field}[${at}].name`, allocated.name, detail));
    }
    const ids = new Set<string>();
    for (const [place, { health, resourceID }] of (allocated.resources ?? []).entries()) {
      const path = `${field}[${at}].resources[${place}]`;
      if (health === undefined || !HEALTHS.includes(health)) {
        errors.push(notSupported(`${path}.health`, health ?? "", HEALTHS));
      }
      if (ids.has(resourceID)) errors.push(duplicate(`${path}.resourceID`, resourceID));
      ids.add(resourceID);
    }
  }
}
