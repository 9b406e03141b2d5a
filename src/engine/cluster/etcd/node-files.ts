/** What kubeadm leaves of etcd on the disk of a control-plane node, its certificates aside. */
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import { FIRST_GENERATION, writeMark } from "./data-folders.ts";
import { ETCD_DATA } from "./paths.ts";

export function putEtcdFiles(disk: MemoryFileSystem): void {
  writeMark(disk, ETCD_DATA, FIRST_GENERATION);
  disk.chmod(ETCD_DATA, 0o700);
}
