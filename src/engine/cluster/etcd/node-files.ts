/** What kubeadm leaves of etcd on the disk of a control-plane node. */
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { etcdCertificates } from "./certificates.ts";
import { FIRST_GENERATION, writeMark } from "./data-folders.ts";
import { ETCD_DATA } from "./paths.ts";

export function putEtcdFiles(sim: Simulation, node: string, disk: MemoryFileSystem): void {
  for (const [path, text] of Object.entries(etcdCertificates(sim, node))) {
    disk.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    disk.writeFile(path, text, { mode: path.endsWith(".key") ? 0o600 : 0o644 });
  }
  writeMark(disk, ETCD_DATA, FIRST_GENERATION);
  disk.chmod(ETCD_DATA, 0o700);
}
