/** `kubeadm upgrade node`: all nodes but the first of the control plane. Upstream: cmd/kubeadm/app/cmd/upgrade/node.go. */
import { KUBELET_KUBECONFIG } from "../kubeconfig-files.ts";
import { clusterRelease, kubeletConfiguration, readingConfiguration } from "./cluster-configuration.ts";
import { pullImages } from "./images.ts";
import { upgradeAddons } from "./upgrade-apply.ts";
import { upgradeStaticPods, writeKubeletConfiguration } from "./static-pod-upgrade.ts";
import { adminClient } from "./admin-client.ts";
import { KubeadmError } from "./subcommand.ts";
import type { Subcommand } from "./subcommand.ts";

export const upgradeNode: Subcommand = {
  flags: "certificate-renewal:bool etcd-upgrade:bool dry-run:bool ignore-preflight-errors",
  *run(call) {
    const { host } = call;
    if (call.has("dry-run")) throw new KubeadmError("--dry-run is not simulated");
    if (!host.kubelet.disk.exists(KUBELET_KUBECONFIG)) {
      throw new KubeadmError(
        `couldn't create a Kubernetes client from file "${KUBELET_KUBECONFIG}": failed to load admin kubeconfig: open ${KUBELET_KUBECONFIG}: no such file or directory`,
      );
    }
    const client = host.isControlPlane ? adminClient(call) : host.kubelet.client;
    yield* call.out(`${readingConfiguration("upgrade")}[upgrade/preflight] Running pre-flight checks\n`);
    yield* call.preflight(call.privilegeProblem);
    const release = clusterRelease(client);
    if (host.isControlPlane) {
      yield* pullImages(call, release, "upgrade/preflight");
      yield* call.out(
        `[upgrade/control-plane] Upgrading your Static Pod-hosted control plane instance to version ${JSON.stringify(release)}...\n`,
      );
      const renewing = call.value("certificate-renewal") !== "false";
      yield* upgradeStaticPods(call, client, { release, renewing, etcd: call.value("etcd-upgrade") !== "false" });
      yield* call.out(
        "[upgrade/control-plane] The control plane instance for this node was successfully upgraded!\n[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!\n",
      );
    } else {
      yield* call.out(
        "[upgrade/preflight] Skipping prepull. Not a control plane node.\n[upgrade/control-plane] Skipping phase. Not a control plane node.\n[upgrade/kubeconfig] Skipping phase. Not a control plane node.\n",
      );
    }
    yield* writeKubeletConfiguration(call, kubeletConfiguration(client));
    if (host.isControlPlane) yield* upgradeAddons(call, client, release);
    else {
      yield* call.out(
        "[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.\n[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.\n",
      );
    }
    return 0;
  },
};
