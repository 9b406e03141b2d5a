import type { Pod } from "../../../engine/api/generated/types.ts";
import { podPhase } from "../../../engine/kubelet/pod-phase.ts";
import { defineTopic, expectEqual, type DataCase } from "../topic.ts";

interface PhaseCase extends DataCase {
  pod: Pod;
  podIsTerminal: boolean;
  expect: string;
}

export const podPhases = defineTopic<PhaseCase>({
  topic: "pod_phase",
  run({ pod, podIsTerminal, expect }) {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    return expectEqual(expect, podPhase(pod.spec, [...initContainerStatuses, ...containerStatuses], podIsTerminal));
  },
});
