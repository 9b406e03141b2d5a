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
import { SeriesRecorder } from "../client/series-recorder.ts";
import type { ProxySettings } from "../network/proxy-settings.ts";
import type { Server, ServerContext } from "../runtime/containers/image.ts";
import type { Simulation } from "../sim/simulation.ts";
import { readComponentFlags } from "./component-flags.ts";
import { listenAsProxy } from "./component-endpoints.ts";
import { GOLANG_SETTINGS } from "./component-log.ts";
import { withoutEffect } from "./flags-without-effect.ts";
import { configurationByFlags, flagsBesideFile, parseProxyConfiguration } from "./kube-proxy-config.ts";
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
  /** `--cleanup`: takes away what proxies have written on the node. */
  readonly cleanUp: (node: string) => void;
  /** With the rights of its service account. */
  readonly client: Client;
}

export function kubeProxyServer(sim: Simulation, options: KubeProxyOptions): Server {
  const { version, hook, cleanUp, client } = options;
  /** How many processes are up on a node. */
  const running = new Map<string, number>();
  return (ctx) => {
    const node = ctx.hostname;
    let up = false;
    const count = (by: number): number => {
      const number = (running.get(node) ?? 0) + by;
      running.set(node, number);
      return number;
    };
    const read = readComponentFlags("kube-proxy", ctx.argv);
    if (read.problem !== undefined) return end(ctx, read.problem);
    const { flags } = read;
    if (isSet(flags, "version")) return finish(ctx, `Kubernetes ${version}`);
    if (flags.has("write-config-to")) return end(ctx, "--write-config-to is not simulated");
    sayIdle(ctx, flags);
    const config = begin(ctx, { flags, configured: options.configured });
    if (config === undefined) return undefined;
    if (isSet(flags, "cleanup")) {
      cleanUp(node);
      return finish(ctx);
    }
    if (isSet(flags, "init-only")) return finish(ctx);
    const recorder = new SeriesRecorder(sim, client, { controller: "kube-proxy", host: node });
    const timer = sim.after(STARTUP_MS, () => {
      const failure = start(ctx, config, version);
      if (failure !== undefined) {
        end(ctx, failure);
        return;
      }
      up = true;
      count(1);
      // The node's name stands for its uid: the proxy asks nobody for the object.
      const regarding = { kind: "Node", name: node, uid: node };
      recorder.event(regarding, { type: "Normal", reason: "Starting", action: "StartKubeProxy", note: "" });
      const { mode, minSyncMs, syncMs } = config;
      const traffic = options.configured ? config.traffic : byFlags(config, flags);
      hook(node, { mode, minSyncMs, syncMs, ...(traffic !== undefined && { traffic }) });
    });
    return {
      signals: { SIGTERM: () => ctx.exit(0) },
      ended() {
        sim.cancel(timer);
        recorder.stop();
        if (up && count(-1) === 0) hook(node, undefined);
        up = false;
      },
    };
  };
}

/** Without a file it knows pods by their addresses, unless a flag says how. */
function byFlags(
  { traffic: { local, ...traffic } = {} }: KubeProxyConfiguration,
  flags: ReadonlyMap<string, string>,
): ProxySettings["traffic"] {
  const told = local !== undefined && (flags.has("cluster-cidr") || flags.has("detect-local-mode"));
  return told ? { ...traffic, local } : traffic;
}

function isSet(flags: ReadonlyMap<string, string>, name: string): boolean {
  return /^[1tT]/.test(flags.get(name) ?? "");
}

function end(ctx: ServerContext, failure: string): undefined {
  sayFailure(ctx, failure);
  ctx.exit(1);
}

function finish(ctx: ServerContext, said?: string): undefined {
  if (said !== undefined) ctx.log(said);
  ctx.exit(0);
}

/** Whom it asks is its client's matter here, and its node is the one that it runs on. */
function sayIdle(ctx: ServerContext, flags: ReadonlyMap<string, string>): void {
  const idle = { master: "", "hostname-override": ctx.hostname };
  for (const [name, asHere] of Object.entries(idle)) {
    if ((flags.get(name) ?? asHere) !== asHere) sayKlog(ctx, "W", "flags.go:64", withoutEffect(name));
  }
}

/** Undefined: it ends, and has said why. */
function begin(
  ctx: ServerContext,
  { flags, configured }: { flags: ReadonlyMap<string, string>; configured: boolean },
): KubeProxyConfiguration | undefined {
  const path = configured ? flags.get("config") : undefined;
  const read = path === undefined ? configurationByFlags(flags) : readConfiguration(ctx, path);
  if ("error" in read) return end(ctx, read.error);
  const beside = path === undefined ? [] : flagsBesideFile(flags);
  if (beside.length > 0) ctx.log(`Drydock: the file says it, and not --${beside.join(", --")}`, "stderr");
  return read;
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

function readConfiguration(ctx: ServerContext, path: string): KubeProxyConfiguration | { error: string } {
  let text: string;
  try {
    text = ctx.fs.readFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { error: `failed complete: open ${path}: no such file or directory` };
  }
  return parseProxyConfiguration(text);
}
