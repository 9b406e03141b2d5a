/** `kubeadm reset`: undoes init and join on this machine. Upstream: cmd/kubeadm/app/cmd/reset.go and phases/reset. */
import type { MemoryFileSystem } from "../../../runtime/memory-file-system.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import type { Call } from "../../../base/syscalls.ts";
import { write } from "../../../base/syscalls.ts";
import { EtcdctlError } from "../../etcd/etcd-client.ts";
import { ETCD_DATA } from "../../etcd/paths.ts";
import { BOOTSTRAP_KUBECONFIG, KUBELET_KUBECONFIG } from "../kubeconfig-files.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { PKI } from "../pki-files.ts";
import { ADMIN_CONF } from "./admin-client.ts";
import { clusterRelease, readingConfiguration } from "./cluster-configuration.ts";
import { removeMember } from "./etcd-members.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

const FOLDERS = [MANIFESTS, "/var/lib/kubelet", PKI];
const FILES = [
  ADMIN_CONF,
  "/etc/kubernetes/super-admin.conf",
  KUBELET_KUBECONFIG,
  BOOTSTRAP_KUBECONFIG,
  "/etc/kubernetes/controller-manager.conf",
  "/etc/kubernetes/scheduler.conf",
];
const ETCD_MANIFEST = `${MANIFESTS}/etcd.yaml`;

const END = `
The reset process does not perform cleanup of CNI plugin configuration,
network filtering rules and kubeconfig files.

For information on how to perform this cleanup manually, please see:
    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/

`;

export const reset: Subcommand = {
  flags: "force/f:bool ignore-preflight-errors cri-socket",
  *run(call) {
    const { host } = call;
    const { disk } = host.kubelet;
    let known = false;
    if (disk.exists(ADMIN_CONF)) {
      try {
        clusterRelease(host.admin);
        known = true;
        yield* call.out(readingConfiguration("reset"));
      } catch (error) {
        // The cluster may be gone already.
        if (!(error instanceof StatusError)) throw error;
      }
    }
    yield* write(
      2,
      "W preflight.go:56] [reset] WARNING: Changes made to this host by 'kubeadm init' or 'kubeadm join' will be reverted.\n",
    );
    if (!call.has("force")) yield* call.confirm("[reset] Are you sure you want to proceed?");
    yield* call.out("[preflight] Running pre-flight checks\n");
    yield* call.preflight(call.privilegeProblem);
    const hadEtcd = disk.exists(ETCD_MANIFEST);
    if (hadEtcd && known) yield* leaveEtcd(call);
    if (hadEtcd) yield* call.out(`[reset] Deleted contents of the etcd data directory: ${ETCD_DATA}\n`);
    yield* call.out(
      `[reset] Stopping the kubelet service\n[reset] Unmounting mounted directories in "/var/lib/kubelet"\n[reset] Deleting contents of directories: [${FOLDERS.join(" ")}]\n[reset] Deleting files: [${FILES.join(" ")}]\n`,
    );
    host.leaveCluster();
    for (const folder of hadEtcd ? [...FOLDERS, ETCD_DATA] : FOLDERS) empty(disk, folder);
    for (const file of FILES) if (disk.exists(file)) disk.remove(file);
    yield* call.out(END);
    return 0;
  },
};

function* leaveEtcd(call: KubeadmCall): Call<void> {
  try {
    yield* removeMember(call);
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof EtcdctlError)) throw error;
    yield* write(
      2,
      `W removeetcdmember.go:106] [reset] Failed to remove etcd member: ${error.message}, please manually remove this etcd member using etcdctl\n`,
    );
  }
}

function empty(disk: MemoryFileSystem, folder: string): void {
  if (!disk.exists(folder)) return;
  for (const entry of disk.readdir(folder)) disk.remove(`${folder}/${entry}`, { recursive: true });
}
