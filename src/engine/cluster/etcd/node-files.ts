/** What kubeadm leaves of etcd on a control-plane node, its certificates aside: its folder, and who its members are. */
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { Preset } from "../presets.ts";
import { FIRST_GENERATION, writeMark } from "./data-folders.ts";
import { memberOf } from "./membership.ts";
import type { Member } from "./membership.ts";
import { ETCD_DATA } from "./paths.ts";

export function putEtcdFiles(disk: MemoryFileSystem): void {
  writeMark(disk, ETCD_DATA, FIRST_GENERATION);
  disk.chmod(ETCD_DATA, 0o700);
}

/** One on each node of the control plane. */
export function controlPlaneMembers({ nodes }: Preset): Member[] {
  return nodes.flatMap(({ name, role, address }) =>
    role === "control-plane"
      ? [memberOf(name, { peers: `https://${address}:2380`, clients: `https://${address}:2379` })]
      : [],
  );
}
