/**
 * The process of kube-proxy on a node: reads its configuration when it starts, and from then on the node follows the rules.
 * Upstream: cmd/kube-proxy/app/server.go, pkg/proxy/apis/config/{v1alpha1,validation}.
 *
 * **Simplified:** of the configuration, the mode, its `minSyncPeriod` and its `syncPeriod` count, and it says which other fields have no
 * effect; a change is seen by a new process, as it is upstream.
 */
import { parse } from "yaml";
import { parseGoDuration } from "../base/go-duration.ts";
import { isObject } from "../base/json.ts";
import { keyed, sayFailure, sayKlog } from "../base/klog.ts";
import { SystemError } from "../base/program.ts";
import type { Client } from "../client/client.ts";
import { noteEvent } from "../client/note-event.ts";
import type { ProxyMode, ProxySettings } from "../network/node-network.ts";
import { MIN_SYNC_MS, SYNC_MS } from "../network/service-watch.ts";
import type { Server, ServerContext } from "../runtime/containers/image.ts";
import type { Simulation } from "../sim/simulation.ts";
import { listenAsProxy } from "./component-endpoints.ts";
import { GOLANG_SETTINGS } from "./component-log.ts";

const STARTUP_MS = 300;
const OPEN_NODE_PORTS = keyed("Kube-proxy configuration may be incomplete or incorrect", {
  err: "nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using `--nodeport-addresses primary`",
});
const IPVS_DEPRECATED =
  "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.";
const MODES: readonly ProxyMode[] = ["iptables", "ipvs", "nftables"];
const DEFAULTS: ProxySettings = { mode: "iptables", minSyncMs: MIN_SYNC_MS, syncMs: SYNC_MS };
/** Fields that kubeadm writes and that are as here whatever they say, beside those that count. */
const EXPECTED: ReadonlySet<string> = new Set([
  "apiVersion",
  "bindAddress",
  "clientConnection",
  "clusterCIDR",
  "kind",
  "mode",
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
      const settings = configured ? readSettings(ctx) : DEFAULTS;
      if (typeof settings === "string") {
        sayFailure(ctx, settings);
        ctx.exit(1);
        return;
      }
      up = true;
      sayStart(ctx, settings.mode, version);
      listenAsProxy(ctx, settings.mode);
      // The node's name stands for its uid: the proxy asks nobody for the object.
      const regarding = { kind: "Node", name: node, uid: node };
      noteEvent(
        sim,
        { client, controller: "kube-proxy", host: node, alive: () => up },
        { regarding, reason: "Starting", action: "StartKubeProxy", note: "" },
      );
      hook(node, settings);
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

/** **Simplified:** nothing is said of the families that it serves. */
function sayStart(ctx: ServerContext, mode: ProxyMode, version: string): void {
  sayKlog(ctx, "I", "server.go:228", `"Successfully retrieved NodeIPs" NodeIPs=${JSON.stringify([ctx.podIP])}`);
  sayKlog(ctx, "E", "server.go:265", OPEN_NODE_PORTS);
  sayKlog(ctx, "I", "server_linux.go:194", keyed(`Using ${mode} Proxier`, {}));
  if (mode === "ipvs") sayKlog(ctx, "E", "server_linux.go:196", keyed(IPVS_DEPRECATED, {}));
  sayKlog(ctx, "I", "server.go:539", keyed("Version info", { version }));
  sayKlog(ctx, "I", "server.go:541", GOLANG_SETTINGS);
}

/** The proxies of a cluster read the same text, one after another. */
let latest: { readonly text: string; readonly config: unknown } | undefined;

/** Undefined for what is no YAML. */
function parsed(text: string): unknown {
  if (latest?.text !== text) {
    let config: unknown;
    try {
      config = parse(text);
    } catch {
      config = undefined;
    }
    latest = { text, config };
  }
  return latest.config;
}

/** What the configuration asks for, or what is wrong with it. */
function readSettings(ctx: ServerContext): ProxySettings | string {
  const path = ctx.argv.find((word) => word.startsWith("--config="))?.slice("--config=".length);
  if (path === undefined) return DEFAULTS;
  let text: string;
  try {
    text = ctx.fs.readFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `failed to read config file: open ${path}: no such file or directory`;
  }
  const config = parsed(text);
  if (!isObject(config) || config["kind"] !== "KubeProxyConfiguration")
    return `no kind "KubeProxyConfiguration" is registered in ${path}`;
  const wanted = config["mode"] ?? "";
  const mode = wanted === "" ? "iptables" : MODES.find((known) => known === wanted);
  if (mode === undefined)
    return `KubeProxyConfiguration.Mode: Invalid value: ${JSON.stringify(wanted)}: must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])`;
  const idle = withoutEffect(config, mode);
  if (idle.length > 0) ctx.log(`Drydock: these fields have no effect in this playground: ${idle.join(", ")}`, "stderr");
  const section = `KubeProxyConfiguration.KubeProxy${mode === "ipvs" ? "IPVS" : mode === "nftables" ? "NFTables" : "IPTables"}Configuration`;
  const period = durationOf(config[mode], "minSyncPeriod");
  if (period === undefined) return `${section}.MinSyncPeriod: Invalid value: must be greater than or equal to 0`;
  const sync = durationOf(config[mode], "syncPeriod");
  if (sync === undefined) return `${section}.SyncPeriod: Invalid value: must be greater than 0`;
  // What isn't set is a second, except in IPVS mode, where it is no limit.
  const minSyncMs = period === 0 && mode !== "ipvs" ? MIN_SYNC_MS : period;
  return { mode, minSyncMs, syncMs: sync === 0 ? SYNC_MS : sync };
}

/** Milliseconds; undefined when it is no duration that can be. */
function durationOf(section: unknown, name: "minSyncPeriod" | "syncPeriod"): number | undefined {
  const text = isObject(section) ? (section[name] ?? "0s") : "0s";
  const period = typeof text === "string" ? parseGoDuration(text) : undefined;
  return typeof period !== "number" || period < 0 ? undefined : period;
}

/** Names of fields that are set to something and that nothing here goes by. */
function withoutEffect(config: Readonly<Record<string, unknown>>, mode: ProxyMode): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (EXPECTED.has(name) || isUnset(value)) return [];
    if (name !== mode || !isObject(value)) return [name];
    return Object.keys(value).flatMap((key) =>
      key === "minSyncPeriod" || key === "syncPeriod" || isUnset(value[key]) ? [] : [`${name}.${key}`],
    );
  });
}

function isUnset(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isUnset);
  return value === undefined || value === null || value === "" || value === 0 || value === false || value === "0s";
}
