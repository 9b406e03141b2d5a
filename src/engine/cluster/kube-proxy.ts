/**
 * The process of kube-proxy on a node: reads its configuration when it starts, and from then on the node follows the rules.
 * Upstream: cmd/kube-proxy/app/server.go, pkg/proxy/apis/config/validation.
 *
 * **Simplified:** of the configuration, `mode` alone counts; a change is seen by a new process, as it is upstream.
 */
import { parse } from "yaml";
import { isObject } from "../base/json.ts";
import { SystemError } from "../base/program.ts";
import type { ProxyMode } from "../network/node-network.ts";
import type { Server, ServerContext } from "../runtime/containers/image.ts";
import type { Simulation } from "../sim/simulation.ts";

const STARTUP_MS = 300;
const MODES: readonly ProxyMode[] = ["iptables", "ipvs", "nftables"];

/** Called when the proxy of a node comes up in a mode, or goes down. */
export type ProxyHook = (node: string, mode: ProxyMode | undefined) => void;

/** Without a ConfigMap (`configured` false) its file is not there, and the defaults count. */
export function kubeProxyServer(sim: Simulation, configured: boolean, hook: ProxyHook): Server {
  return (ctx) => {
    const node = ctx.hostname;
    let up = false;
    const timer = sim.after(STARTUP_MS, () => {
      const mode = configured ? configuredMode(ctx) : "iptables";
      if (!MODES.some((known) => known === mode)) {
        ctx.log(`"command failed" err="${mode}"`, "stderr");
        ctx.exit(1);
        return;
      }
      up = true;
      ctx.log(`Using ${mode} Proxier`, "stderr");
      hook(node, mode as ProxyMode);
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

/** The mode, or what is wrong with the configuration. */
function configuredMode({ argv, fs }: ServerContext): string {
  const path = argv.find((word) => word.startsWith("--config="))?.slice("--config=".length);
  if (path === undefined) return "iptables";
  let text: string;
  try {
    text = fs.readFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `failed to read config file: open ${path}: no such file or directory`;
  }
  let config: unknown;
  try {
    config = parse(text);
  } catch {
    config = undefined;
  }
  if (!isObject(config) || config["kind"] !== "KubeProxyConfiguration")
    return `no kind "KubeProxyConfiguration" is registered in ${path}`;
  const mode = config["mode"] ?? "";
  if (mode === "") return "iptables";
  return MODES.some((known) => known === mode)
    ? (mode as string)
    : `KubeProxyConfiguration.Mode: Invalid value: ${JSON.stringify(mode)}: must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])`;
}
