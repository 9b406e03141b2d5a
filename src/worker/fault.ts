import { COMPONENTS } from "../engine/index.ts";
import type { Cluster } from "../engine/index.ts";
import type { SessionFault } from "../session/session.ts";

/** What a learner breaks or mends by hand. A node or component that is not there is left alone. */
export function inflict(cluster: Cluster, fault: SessionFault): void {
  switch (fault.kind) {
    case "power-off":
      return cluster.nodes.get(fault.node)?.powerOff();
    case "power-on":
      return cluster.nodes.get(fault.node)?.powerOn();
    case "kill-container":
      return cluster.killContainer(fault.namespace, fault.pod, fault.container);
    case "link":
      return cluster.setLink(fault.from, fault.to === "" ? undefined : fault.to, linkFault(fault));
    case "stop-component":
    case "start-component": {
      const component = COMPONENTS.find((name) => name === fault.component);
      if (component !== undefined) cluster.setComponent(component, fault.kind === "start-component");
    }
  }
}

function linkFault({ change, amount }: Extract<SessionFault, { kind: "link" }>): Parameters<Cluster["setLink"]>[2] {
  if (change === "latency") return { latencyMs: amount };
  if (change === "loss") return { lossPercent: amount };
  return change === "cut" ? { cut: true } : { cut: false, latencyMs: 0, lossPercent: 0 };
}
