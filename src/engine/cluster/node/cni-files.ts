/**
 * What a node's runtime finds of a pod network: the configuration and the plugins that it names. Upstream: containerd's
 * internal/cri (go-cni), CNI specification 1.0, the bridge, portmap and host-local plugins.
 *
 * **Simplified:** of the configuration its plugins' names count, nothing else; what it says of addresses is what the
 * cluster's network does anyway. Pods that end while nothing is configured end all the same.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { FileSystem } from "../../base/program.ts";
import type { CniFailure, CniState } from "../../kubelet/kubelet-context.ts";
import { FLANNEL_PLUGIN, SUBNET_FILE } from "../flannel/flannel-files.ts";

const CONFIG_FOLDER = "/etc/cni/net.d";
const PLUGIN_FOLDER = "/opt/cni/bin";
export const CNI_CONFIG = `${CONFIG_FOLDER}/10-bridge.conflist`;
/** What containernetworking/plugins brings. */
const PLUGINS =
  "bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static tap tuning vlan vrf";

/** Paths of the plugins. */
export const CNI_PLUGINS: readonly string[] = PLUGINS.split(" ").map((name) => `${PLUGIN_FOLDER}/${name}`);

/** The configuration of a node whose pods have addresses of `ranges`, as many as are known. */
export function cniConfig(ranges: readonly string[]): string {
  const bridge = {
    ...{ type: "bridge", bridge: "cni0", isDefaultGateway: true, ipMasq: true, hairpinMode: true },
    ipam: { type: "host-local", ranges: ranges.map((subnet) => [{ subnet }]) },
  };
  const portmap = { type: "portmap", capabilities: { portMappings: true } };
  return `${JSON.stringify({ cniVersion: "1.0.0", name: "bridge", plugins: [bridge, portmap] }, null, 2)}\n`;
}

export function concernsCni(path: string): boolean {
  return path.startsWith("/etc/cni") || path.startsWith(PLUGIN_FOLDER);
}

/**
 * The first configuration by name counts; one that can't be read is passed over. `ranged`: the node has a range of
 * addresses for its pods. Without one the bridge isn't ready; flannel is, and fails when a pod comes.
 */
export function cniState(disk: FileSystem, ranged: boolean): CniState {
  if (!disk.exists(CONFIG_FOLDER)) return { initialized: false };
  for (const name of disk.readdir(CONFIG_FOLDER).toSorted()) {
    if (!/\.(conf|conflist|json)$/.test(name)) continue;
    const types = pluginsOf(disk.readFile(`${CONFIG_FOLDER}/${name}`));
    if (types.length === 0) continue;
    const failure = failureOf(disk, types);
    const initialized = ranged || types.includes(FLANNEL_PLUGIN);
    return { initialized, ...(failure !== undefined && { failure }) };
  }
  return { initialized: false };
}

/** Upstream: containernetworking/plugins pkg/invoke, flannel-io/cni-plugin. */
function failureOf(disk: FileSystem, types: readonly string[]): CniFailure | undefined {
  const notFound = (type: string): string | undefined =>
    disk.exists(`${PLUGIN_FOLDER}/${type}`)
      ? undefined
      : `failed to find plugin ${JSON.stringify(type)} in path [${PLUGIN_FOLDER}]`;
  for (const plugin of types) {
    const missing = notFound(plugin);
    if (missing !== undefined) return { plugin, why: missing, missing };
    if (plugin !== FLANNEL_PLUGIN) continue;
    // It asks its daemon's file for the range, and lets the bridge do the work.
    if (!disk.exists(SUBNET_FILE)) {
      return { plugin, why: `loadFlannelSubnetEnv failed: open ${SUBNET_FILE}: no such file or directory` };
    }
    const delegate = notFound("bridge") ?? notFound("host-local");
    if (delegate !== undefined) return { plugin, why: `failed to delegate add: ${delegate}`, missing: delegate };
  }
  return undefined;
}

function pluginsOf(text: string): string[] {
  let config: unknown;
  try {
    config = parseJson(text);
  } catch {
    return [];
  }
  if (!isObject(config)) return [];
  const plugins = Array.isArray(config["plugins"]) ? config["plugins"] : [config];
  return plugins.flatMap((plugin: unknown) => {
    if (!isObject(plugin) || typeof plugin["type"] !== "string") return [];
    const { ipam } = plugin;
    return [plugin["type"], ...(isObject(ipam) && typeof ipam["type"] === "string" ? [ipam["type"]] : [])];
  });
}
