/** Pods that somebody still holds back. Upstream: pkg/scheduler/framework/plugins/schedulinggates. */
import type { Plugin } from "../framework.ts";

const NAME = "SchedulingGates";

export const schedulingGates: Plugin = {
  name: NAME,
  scope: "node",
  preEnqueue({ pod }) {
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length === 0) return undefined;
    const names = gates.map(({ name }) => name).join(" ");
    return {
      code: "UnschedulableAndUnresolvable",
      plugin: NAME,
      reasons: [`waiting for scheduling gates: [${names}]`],
    };
  },
};
