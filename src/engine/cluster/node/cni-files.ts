/**
 * What a node's runtime finds of a pod network: the configuration and the plugins that it names. Upstream: containerd's
 * internal/cri (go-cni), CNI specification 1.0, the bridge, portmap and host-local plugins.
 *
 * **Simplified:** of the configuration its plugins' names count, nothing else; what it says of addresses is what the
 * cluster's network does anyway. Pods that end while nothing is configured end all the same.
 */
import { isObject, parseJson } from "../../base/json.ts";
import type { FileSystem } from "../../base/program.ts";
import type { CniState } from "../../kubelet/kubelet-context.ts";

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

/** The first configuration by name counts; one that can't be read is passed over. */
export function cniState(disk: FileSystem): CniState {
  if (!disk.exists(CONFIG_FOLDER)) return { initialized: false };
  for (const name of disk.readdir(CONFIG_FOLDER).toSorted()) {
    if (!/\.(conf|conflist|json)$/.test(name)) continue;
    const types = pluginsOf(disk.readFile(`${CONFIG_FOLDER}/${name}`));
    if (types.length === 0) continue;
    const missing = types.find((type) => !disk.exists(`${PLUGIN_FOLDER}/${type}`));
    return { initialized: true, ...(missing !== undefined && { missing: { plugin: missing, folder: PLUGIN_FOLDER } }) };
  }
  return { initialized: false };
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
