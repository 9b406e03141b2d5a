/**
 * What the components serve beside their work, for whoever looks whether they are well. Upstream: apiserver
 * pkg/server/healthz, cmd/kubelet/app/server.go, cmd/kube-proxy/app/server.go, pkg/proxy/healthcheck/proxy_health.go.
 *
 * **Simplified:** health, and the mode of kube-proxy: no metrics, and nothing for who shows credentials.
 */
import { StatusError } from "../api/meta/status-error.ts";
import { sayFailure } from "../base/klog.ts";
import { SystemError } from "../base/program.ts";
import type { ServerContext } from "../runtime/containers/image.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import { daemonPorts } from "./node/daemon-ports.ts";
import type { DaemonPorts } from "./node/daemon-ports.ts";
import { overTls } from "../runtime/network-port.ts";
import type { Listener, ServedResponse } from "../runtime/network-port.ts";

const LOOPBACK = "127.0.0.1";
const KUBELET_PORT = 10_250;
const KUBELET_HEALTH_PORT = 10_248;

export const OK: ServedResponse = { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "ok" };
export const NOT_FOUND: ServedResponse = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
};
const UNAUTHORIZED: ServedResponse = {
  status: 401,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "Unauthorized",
};

/** Health is for everybody (`--authorization-always-allow-paths`), all else for who may; of its three pages `served` are there. */
const componentPages = (served: RegExp): Listener =>
  overTls(({ path }) => {
    if (/^\/(healthz|livez|readyz)$/.test(path)) return served.test(path) ? OK : NOT_FOUND;
    const why = `forbidden: User "system:anonymous" cannot get path ${JSON.stringify(path)}`;
    const status = { ...new StatusError(403, "Forbidden", why).toStatus(), details: {} };
    return {
      status: 403,
      headers: { "content-type": "application/json" },
      body: `${JSON.stringify(status, null, 2)}\n`,
    };
  });

export const COMPONENT_PAGES = {
  "kube-controller-manager": componentPages(/^\/healthz$/),
  "kube-scheduler": componentPages(/./),
};

/** False: the port is somebody else's, and the process ends. */
export function listenSecurely(
  ctx: ServerContext,
  { address, port, listener }: { address: string; port: number; listener: Listener },
): boolean {
  try {
    ctx.listen(port, listener, address === "0.0.0.0" ? undefined : address);
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const at = `${address}:${port}`;
    const why = error.errno === "EADDRINUSE" ? "address already in use" : "cannot assign requested address";
    sayFailure(ctx, `failed to create listener: failed to listen on ${at}: listen tcp ${at}: bind: ${why}`);
    ctx.exit(1);
    return false;
  }
}

/** Of kube-proxy, at two addresses with ports. What a port says that somebody else has is for the caller, who may go on. */
export function listenAsProxy(
  ctx: ServerContext,
  { mode, healthz, metrics }: { mode: string; healthz: string; metrics: string },
): { healthz?: string; metrics?: string } {
  const since = ctx.now();
  const health: Listener = ({ path }) => {
    if (path !== "/healthz" && path !== "/livez") return NOT_FOUND;
    const now = goTime(ctx.now(), since);
    const body = `{"lastUpdated": "${now}","currentTime": "${now}", "nodeEligible": true}`;
    return { status: 200, headers: { "content-type": "application/json" }, body };
  };
  const pages: Listener = ({ path }) => {
    if (path === "/healthz") return OK;
    return path === "/proxyMode" ? { ...OK, body: mode } : NOT_FOUND;
  };
  const [unwell, unmeasured] = [listenAt(ctx, healthz, health), listenAt(ctx, metrics, pages)];
  return {
    ...(unwell !== undefined && { healthz: `failed to start proxy healthz on ${healthz}: ${unwell}` }),
    ...(unmeasured !== undefined && { metrics: `starting metrics server failed: ${unmeasured}` }),
  };
}

/** Why it can't listen at an address with a port, if it can't. */
function listenAt(ctx: ServerContext, at: string, listener: Listener): string | undefined {
  const host = at.slice(0, at.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  try {
    ctx.listen(
      Number(at.slice(at.lastIndexOf(":") + 1)),
      listener,
      host === "0.0.0.0" || host === "::" ? undefined : host,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why = error.errno === "EADDRINUSE" ? "address already in use" : "cannot assign requested address";
    return `listen tcp ${at}: bind: ${why}`;
  }
}

/** As Go prints a time of a process that began at `start`. */
function goTime(time: number, start: number): string {
  const [day = "", clock = ""] = new Date(time).toISOString().slice(0, -1).split("T");
  return `${day} ${clock.replace(/\.?0+$/, "")} +0000 UTC m=+${((time - start) / 1000).toFixed(9)}`;
}

const kubeletHealth: Listener = ({ path }) => (path === "/healthz" ? OK : NOT_FOUND);
const kubeletApi = overTls(() => UNAUTHORIZED);

/** Of a kubelet on its node. */
export function listenAsKubelet(node: NetworkNamespace): DaemonPorts {
  return daemonPorts(node, [
    { port: KUBELET_PORT, bind: () => node.bindHttp(KUBELET_PORT, kubeletApi) },
    { port: KUBELET_HEALTH_PORT, bind: () => node.bindHttp(KUBELET_HEALTH_PORT, kubeletHealth, LOOPBACK) },
  ]);
}
