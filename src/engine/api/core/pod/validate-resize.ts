/**
 * The subresource `resize`: CPU and memory of pods and containers that run. Upstream: ValidatePodResize in
 * pkg/apis/core/validation/validation.go.
 */
import { deepEqual } from "../../../base/json.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../generated/types.ts";
import { forbiddenField, invalidValue, type FieldError } from "../../meta/field-error.ts";
import { computeQosClass } from "./qos.ts";
import { isSidecar } from "./sidecar.ts";
import { MIRROR } from "./validate-annotations.ts";
import { validatePodMetadataAndSpec } from "./validation.ts";

type Amounts = Readonly<Record<string, string>>;

const ONLY_CPU_AND_MEMORY = "only cpu and memory resources are mutable";

export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined) return [forbiddenField("", "static pods cannot be resized")];
  if (old.spec.os?.name === "windows") return [forbiddenField("", "windows pods cannot be resized")];
  const errors = [...validatePodMetadataAndSpec(pod)];
  if ((old.status.qosClass ?? computeQosClass(old.spec)) !== computeQosClass(pod.spec)) {
    const detail = "Pod QOS Class may not change as a result of resizing";
    errors.push(invalidValue("spec", pod.status.qosClass ?? "", detail));
  }
  const rest: PodSpec = { ...pod.spec };
  validateAmountsStay(pod.spec, old.spec, "spec.resources", errors);
  const ofPod = withOldAmounts(pod.spec, old.spec);
  if (ofPod !== undefined) rest.resources = ofPod;
  for (const list of ["initContainers", "containers"] as const) {
    const before = old.spec[list] ?? [];
    for (const [index, container] of (pod.spec[list] ?? []).entries()) {
      const was = before[index];
      if (was === undefined || (list === "initContainers" && !isSidecar(was))) continue;
      validateAmountsStay(container, was, `spec.${list}[${index}].resources`, errors);
    }
  }
  for (const list of ["containers", "initContainers"] as const) {
    const next = pod.spec[list];
    if (next === undefined) continue;
    rest[list] = next.map((container, index) => {
      const was = old.spec[list]?.[index];
      if (was === undefined) return container;
      return compareRest(container, was, { list, errors });
    });
  }
  if (errors.length === 0 && !deepEqual(rest, old.spec)) errors.push(forbiddenField("spec", ONLY_CPU_AND_MEMORY));
  return errors;
}

type WithResources = Pick<Container, "resources">;

function validateAmountsStay(next: WithResources, before: WithResources, field: string, errors: FieldError[]): void {
  for (const list of ["requests", "limits"] as const) {
    const now = next.resources?.[list] ?? {};
    if (Object.keys(before.resources?.[list] ?? {}).every((name) => name in now)) continue;
    errors.push(forbiddenField(`${field}.${list}`, `resource ${list} cannot be removed`));
  }
}

/** The container with the old CPU and memory; complains when it differs from the old one even so. */
function compareRest(
  container: Container,
  before: Container,
  { list, errors }: { list: "containers" | "initContainers"; errors: FieldError[] },
): Container {
  const plainInit = list === "initContainers" && !isSidecar(container);
  const rest = plainInit ? container : { ...container, resources: withOldAmounts(container, before) };
  if (deepEqual(rest, before)) return rest;
  const detail = plainInit
    ? "resources for non-sidecar init containers are immutable"
    : list === "containers"
      ? ONLY_CPU_AND_MEMORY
      : "only cpu and memory resources for sidecar containers are mutable";
  errors.push(forbiddenField("spec", detail));
  return rest;
}

function withOldAmounts(container: WithResources, before: WithResources): ResourceRequirements | undefined {
  if (before.resources === undefined && container.resources === undefined) return undefined;
  const amounts = (next: Amounts | undefined, old: Amounts | undefined): Record<string, string> | undefined => {
    if (old === undefined) return undefined;
    const { cpu: _cpu, memory: _memory, ...others } = next ?? {};
    const kept: Record<string, string> = { ...others };
    for (const name of ["cpu", "memory"]) if (old[name] !== undefined) kept[name] = old[name];
    return kept;
  };
  const limits = amounts(container.resources?.limits, before.resources?.limits);
  const requests = amounts(container.resources?.requests, before.resources?.requests);
  const { claims } = container.resources ?? {};
  return {
    ...(limits !== undefined && { limits }),
    ...(requests !== undefined && { requests }),
    ...(claims !== undefined && { claims }),
  };
}
