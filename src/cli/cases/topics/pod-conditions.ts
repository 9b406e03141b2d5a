import type { ContainerStatus, PodCondition, PodSpec } from "../../../engine/api/generated/types.ts";
import { containersReady, podInitialized, podReady, type Verdict } from "../../../engine/kubelet/pod-conditions.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase } from "../topic.ts";

/** The kind is the condition's type. */
interface ConditionCase extends DataCase {
  spec: PodSpec;
  phase: string;
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
  conditions?: PodCondition[];
  expect: Verdict;
}

const NIL_LIST = "the source tells a list that is not there from an empty one, and the case shows an empty one";

export const podConditions = defineTopic<ConditionCase>({
  topic: "pod_conditions",
  doesNotApply: {
    "TestGenerateContainersReadyCondition#0": NIL_LIST,
    "TestGeneratePodInitializedCondition#0": NIL_LIST,
  },
  run(item) {
    const got = verdictOf(item);
    if (got === undefined) return unknownKind(item.kind);
    const { status, reason, message } = got;
    // The source looks at a message only where it expects one.
    return expectEqual(item.expect, { status, reason, ...(item.expect.message !== undefined && { message }) });
  },
});

function verdictOf({ kind, phase, conditions = [], ...item }: ConditionCase): Verdict | undefined {
  const spec = { ...item.spec, containers: item.spec.containers ?? [] };
  const { initContainerStatuses, containerStatuses } = item;
  const known = [initContainerStatuses, containerStatuses].some((list) => list !== undefined && list !== null);
  const statuses = known ? [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])] : undefined;
  switch (kind) {
    case "ContainersReady":
      return containersReady(spec, statuses, phase);
    case "Ready":
      return podReady(spec, conditions, containersReady(spec, statuses, phase));
    case "Initialized":
      return podInitialized(spec, statuses, phase);
    default:
      return undefined;
  }
}
