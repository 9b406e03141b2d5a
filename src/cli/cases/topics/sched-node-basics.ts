import type { ContainerPort, Pod } from "../../../engine/api/generated/types.ts";
import { hostPortsOf } from "../../../engine/scheduler/pod-info.ts";
import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic, expectEqual } from "../topic.ts";

interface BasicsCase extends PluginCase {
  pods: Pod[];
  ports: ContainerPort[];
}

export const schedNodeBasics = defineTopic<BasicsCase>({
  topic: "sched_nodebasics",
  run(item) {
    if (item.kind !== "hostPorts") return runPluginCase(item);
    const ports = item.pods.flatMap((pod) => hostPortsOf(pod)).map(({ protocol, port }) => ({ protocol, port }));
    return expectEqual(
      item.ports.map(({ protocol, hostPort }) => ({ protocol, port: hostPort })),
      ports,
    );
  },
});
