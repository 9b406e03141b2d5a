/** Answers the laptop's `drydock` command: faults happen here, everything else is the page's. */
import { SystemError } from "../engine/base/program.ts";
import { COMPONENTS, findPreset, UnknownPreset } from "../engine/index.ts";
import type { Cluster } from "../engine/index.ts";
import type { SessionFault } from "../session/session.ts";
import type { DrydockRequest } from "../terminal/drydock.ts";

/** What only a page can do. */
export type PageControl = Extract<
  DrydockRequest,
  { action: "pause" | "play" | "step" | "settle" | "hint" | "solution" | "reset" | "new" | "share" | "speed" }
>;

/** Throws where `preset` names no kind of cluster. */
export function checkPreset(preset: string): void {
  try {
    findPreset(preset);
  } catch (error) {
    throw error instanceof UnknownPreset ? new SystemError("EINVAL", error.message) : error;
  }
}

/** The fault that a request stands for, checked against the cluster; undefined when it is the page's. */
export function faultOf(request: DrydockRequest, cluster: Cluster | undefined): SessionFault | undefined {
  switch (request.action) {
    case "power-off":
    case "power-on":
      if (cluster?.nodes.has(request.node) !== true)
        throw new SystemError("EINVAL", `there is no node "${request.node}"`);
      return { kind: request.action, node: request.node };
    case "kill-container": {
      const { namespace, pod } = request;
      const running = cluster?.containersOf(namespace, pod) ?? [];
      const container = request.container === "" ? running[0] : request.container;
      if (container === undefined || !running.includes(container)) {
        throw new SystemError("EINVAL", `no container of pod "${pod}" in namespace "${namespace}" is running`);
      }
      return { kind: "kill-container", namespace, pod, container };
    }
    case "link":
      for (const node of [request.from, request.to])
        if (node !== "" && cluster?.nodes.has(node) !== true)
          throw new SystemError("EINVAL", `there is no node "${node}"`);
      return linkFault(request);
    case "stop-component":
    case "start-component":
      if (!COMPONENTS.some((name) => name === request.component)) {
        throw new SystemError("EINVAL", `there is no component "${request.component}": ${COMPONENTS.join(", ")}`);
      }
      if (request.component === "kube-proxy" && cluster?.preset.proxyDaemonSet === true && !cluster.apiServerReachable)
        throw new SystemError("EINVAL", "kube-proxy is a DaemonSet: without the API server it can't be changed");
      return { kind: request.action, component: request.component };
    default:
      return undefined;
  }
}

function linkFault({ from, to, change, amount }: Extract<DrydockRequest, { action: "link" }>): SessionFault {
  return { kind: "link", from, to, change, amount };
}
