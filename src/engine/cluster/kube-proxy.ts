/**
 * The process of kube-proxy on a node: reads its configuration when it starts, and from then on the node follows the rules.
 * Upstream: cmd/kube-proxy/app/server.go, pkg/proxy/apis/config/{v1alpha1,validation}.
 *
 * **Simplified:** it says of IPv4 and IPv6 what it says on a node that has both; a port that somebody else has is asked for
 * once. A changed configuration is seen by a new process, as it is upstream.
 */
import { keyed, sayFailure, sayKlog } from "../base/klog.ts";
import { SystemError } from "../base/program.ts";
import type { Client } from "../client/client.ts";
import { noteEvent } from "../client/note-event.ts";
import type { ProxySettings } from "../network/proxy-settings.ts";
import type { Server, ServerContext } from "../runtime/containers/image.ts";
import type { Simulation } from "../sim/simulation.ts";
import { listenAsProxy } from "./component-endpoints.ts";
import { GOLANG_SETTINGS } from "./component-log.ts";
import { DEFAULT_PROXY_CONFIGURATION, parseProxyConfiguration } from "./kube-proxy-config.ts";
import type { KubeProxyConfiguration } from "./kube-proxy-config.ts";

const STARTUP_MS = 300;
const BAD_CONFIGURATION = "Kube-proxy configuration may be incomplete or incorrect";
const OPEN_NODE_PORTS =
  "nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using `--nodeport-addresses primary`";
const LOCALNET =
  "Setting route_localnet=1 to allow node-ports on localhost; to change this either disable iptables.localhostNodePorts (--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to filter loopback addresses";
const NO_CLUSTER_CIDR = "Detect-local-mode set to ClusterCIDR, but no cluster CIDR specified for primary IP family";
const IPVS_DEPRECATED =
  "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.";
/** The modules of the kernel. */
const SCHEDULERS: ReadonlySet<string> = new Set([
  "",
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "lblcr",
  "sh",
  "dh",
  "sed",
  "nq",
]);

/** Called when the proxy of a node comes up, or goes down. */
export type ProxyHook = (node: string, settings: ProxySettings | undefined) => void;

export interface KubeProxyOptions {
  /** The release of its image. */
  readonly version: string;
  /** False: there is no ConfigMap, so that its file is not there, and the defaults count. */
  readonly configured: boolean;
  readonly hook: ProxyHook;
  /** With the rights of its service account. */
  readonly client: Client;
}

export function kubeProxyServer(sim: Simulation, { version, configured, hook, client }: KubeProxyOptions): Server {
  return (ctx) => {
    const node = ctx.hostname;
    let up = false;
    const timer = sim.after(STARTUP_MS, () => {
      const config = begin(ctx, { configured, version });
      if (config === undefined) return;
      up = true;
      // The node's name stands for its uid: the proxy asks nobody for the object.
      const regarding = { kind: "Node", name: node, uid: node };
      noteEvent(
        sim,
        { client, controller: "kube-proxy", host: node, alive: () => up },
        { regarding, reason: "Starting", action: "StartKubeProxy", note: "" },
      );
      const { mode, minSyncMs, syncMs, traffic } = config;
      hook(node, { mode, minSyncMs, syncMs, ...(configured && traffic !== undefined && { traffic }) });
    });
    return {
      signals: { SIGTERM: () => ctx.exit(0) },
      ended() {
        sim.cancel(timer);
        if (up) hook(node, undefined);
        up = false;
      },
    };
  };
}

/** Undefined: it ends, and has said why. */
function begin(
  ctx: ServerContext,
  { configured, version }: Pick<KubeProxyOptions, "configured" | "version">,
): KubeProxyConfiguration | undefined {
  const read = configured ? readConfiguration(ctx) : DEFAULT_PROXY_CONFIGURATION;
  const failure = "error" in read ? read.error : start(ctx, read, version);
  if (failure === undefined && !("error" in read)) return read;
  sayFailure(ctx, failure ?? "");
  ctx.exit(1);
  return undefined;
}

/** Says what it does and listens; answers why it ends. */
function start(ctx: ServerContext, config: KubeProxyConfiguration, version: string): string | undefined {
  const { mode, unknown, withoutEffect, nodePortAddresses, traffic, clusterCIDR, scheduler } = config;
  const say = (text: string, more: Record<string, string> = {}): void =>
    sayKlog(ctx, "I", "server_linux.go:53", keyed(text, more));
  if (unknown.length > 0) {
    const err = `strict decoding error: ${unknown.map((path) => `unknown field ${JSON.stringify(path)}`).join(", ")}`;
    sayKlog(ctx, "I", "options.go:452", keyed("Using lenient decoding as strict decoding failed", { err }));
  }
  if (withoutEffect.length > 0)
    ctx.log(`Drydock: these fields have no effect in this playground: ${withoutEffect.join(", ")}`, "stderr");
  sayKlog(ctx, "I", "server.go:228", `"Successfully retrieved NodeIPs" NodeIPs=${JSON.stringify([ctx.podIP])}`);
  if (nodePortAddresses.length === 0 && mode !== "nftables")
    sayKlog(ctx, "E", "server.go:265", keyed(BAD_CONFIGURATION, { err: OPEN_NODE_PORTS }));
  sayKlog(ctx, "I", "server.go:276", `"kube-proxy running in dual-stack mode" primary ipFamily="IPv4"`);
  if (clusterCIDR === "" && typeof traffic?.local === "object" && "ranges" in traffic.local)
    say(NO_CLUSTER_CIDR, { ipFamily: "IPv4" });
  if (mode === "ipvs" && !SCHEDULERS.has(scheduler)) {
    const err = "no such file or directory";
    sayKlog(ctx, "E", "proxier.go:766", keyed("Could not create dummy VS", { err, scheduler }));
    return runFailure(ctx, `can't use the IPVS proxier: ${err}`);
  }
  sayKlog(ctx, "I", "server_linux.go:194", keyed(`Using ${mode} Proxier`, {}));
  if (mode === "ipvs") sayKlog(ctx, "E", "server_linux.go:196", keyed(IPVS_DEPRECATED, {}));
  if (mode === "iptables" && traffic?.localhostNodePorts !== false && nodePortAddresses.length === 0)
    sayKlog(ctx, "I", "proxier.go:241", keyed(LOCALNET, {}));
  sayKlog(ctx, "I", "server.go:539", keyed("Version info", { version }));
  sayKlog(ctx, "I", "server.go:541", GOLANG_SETTINGS);
  return serve(ctx, config);
}

/** Upstream tries a port again every five seconds unless it was told to give up. */
function serve(ctx: ServerContext, config: KubeProxyConfiguration): string | undefined {
  const { mode, healthzBindAddress, metricsBindAddress, bindAddressHardFail } = config;
  const taken = listenAsProxy(ctx, { mode, healthz: healthzBindAddress, metrics: metricsBindAddress });
  if (taken.healthz !== undefined)
    sayKlog(ctx, "E", "server.go:478", keyed("Healthz server failed", { err: taken.healthz }));
  if (taken.metrics !== undefined) sayKlog(ctx, "E", "server.go:524", keyed("Unhandled Error", { err: taken.metrics }));
  if (!bindAddressHardFail) return undefined;
  if (taken.healthz !== undefined) return runFailure(ctx, `healthz server failed: ${taken.healthz}`);
  return taken.metrics === undefined ? undefined : runFailure(ctx, taken.metrics);
}

function runFailure(ctx: ServerContext, err: string): string {
  sayKlog(ctx, "E", "server.go:146", keyed("Error running ProxyServer", { err }));
  return err;
}

/** What the configuration asks for, or why the process ends. */
function readConfiguration(ctx: ServerContext): KubeProxyConfiguration | { error: string } {
  const path = ctx.argv.find((word) => word.startsWith("--config="))?.slice("--config=".length);
  if (path === undefined) return DEFAULT_PROXY_CONFIGURATION;
  let text: string;
  try {
    text = ctx.fs.readFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { error: `failed complete: open ${path}: no such file or directory` };
  }
  return parseProxyConfiguration(text);
}
