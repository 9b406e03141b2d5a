/**
 * `kubeadm upgrade apply VERSION` on the first control-plane node. Upstream: cmd/kubeadm/app/cmd/upgrade/apply.go,
 * cmd/kubeadm/app/phases/upgrade/policy.go.
 */
import { daemonSets, nodes } from "../../../api/registry.ts";
import type { Client } from "../../../client/client.ts";
import type { Call } from "../../../base/syscalls.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { compareReleases, MINOR } from "../../releases.ts";
import { componentImage } from "../../static-pods.ts";
import { adminClient } from "./admin-client.ts";
import { healthProblems } from "./cluster-health.ts";
import {
  clusterRelease,
  kubeletConfiguration,
  noteClusterRelease,
  readingConfiguration,
} from "./cluster-configuration.ts";
import { ROLES } from "./bootstrap-roles.ts";
import { pullImages } from "./images.ts";
import { upgradeStaticPods, writeKubeletConfiguration } from "./static-pod-upgrade.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

export const applyUpgrade: Subcommand = {
  flags: "yes/y:bool force/f:bool dry-run:bool certificate-renewal:bool etcd-upgrade:bool ignore-preflight-errors",
  *run(call) {
    const [given] = call.operands;
    if (given === undefined)
      throw new KubeadmError("missing one or more required arguments. Required arguments: [version]");
    if (call.has("dry-run")) throw new KubeadmError("--dry-run is not simulated");
    const client = adminClient(call);
    const release = given.startsWith("v") ? given : `v${given}`;
    yield* call.out(`${readingConfiguration("upgrade")}[upgrade/preflight] Running preflight checks\n`);
    yield* call.preflight(call.privilegeProblem);
    yield* call.out("[upgrade] Running cluster health checks\n");
    yield* call.preflight(healthProblems(call, client));
    yield* agree(call, client, release);
    yield* pullImages(call, release, "upgrade/preflight");
    yield* call.out(
      `[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version ${JSON.stringify(release)} (timeout: 5m0s)...\n`,
    );
    const renewing = call.value("certificate-renewal") !== "false";
    yield* upgradeStaticPods(call, client, { release, renewing, etcd: call.value("etcd-upgrade") !== "false" });
    yield* call.out("[upgrade/control-plane] The control plane instance for this node was successfully upgraded!\n");
    noteClusterRelease(client, release);
    yield* call.out(
      `[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace\n[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster\n[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!\n`,
    );
    yield* writeKubeletConfiguration(call, kubeletConfiguration(client));
    yield* call.out(`[upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules\n${ROLES}`);
    yield* upgradeAddons(call, client, release);
    yield* call.out(
      `\n[upgrade] SUCCESS! A control plane node of your cluster was upgraded to ${JSON.stringify(release)}.\n\n[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.\n`,
    );
    return 0;
  },
};

/** Whether that version may follow, and whether the person means it. */
function* agree(call: KubeadmCall, client: Client, release: string): Call<void> {
  const quoted = JSON.stringify(release);
  const current = clusterRelease(client);
  const own = call.host.packages.release("kubeadm");
  yield* call.out(`[upgrade/preflight] You have chosen to upgrade the cluster version to ${quoted}\n`);
  yield* call.out(`[upgrade/versions] Cluster version: ${current}\n[upgrade/versions] kubeadm version: ${own}\n`);
  const isRelease = /^v\d+\.\d+\.\d+$/.test(release);
  if (!isRelease) throw new KubeadmError(`couldn't parse version ${quoted}: could not parse ${quoted} as version`);
  const sameMinor = release.startsWith(`${MINOR}.`);
  const problems: string[] = [];
  if (compareReleases(release, own) > 0) {
    problems.push(
      `Specified version to upgrade to ${quoted} is higher than the kubeadm version ${JSON.stringify(own)}. Upgrade kubeadm first using the tool you used to install kubeadm`,
    );
  }
  if (!sameMinor && compareReleases(release, current) < 0) {
    problems.push(`Specified version to downgrade to ${quoted} is not supported: only one minor version down is`);
  }
  const list = problems.map((problem) => `\t- ${problem}\n`).join("");
  const phase = "error execution phase preflight: ";
  if (problems.length > 0 && !sameMinor) {
    throw new KubeadmError(
      `${phase}the version argument is invalid due to these fatal errors:\n\n${list}\nPlease fix the misalignments highlighted above and try upgrading again`,
    );
  }
  if (problems.length > 0 && !call.has("force")) {
    throw new KubeadmError(
      `${phase}the version argument is invalid due to these errors:\n\n${list}\nCan be bypassed if you pass the --force flag`,
    );
  }
  if (!call.has("yes") && !call.has("force")) yield* call.confirm("[upgrade] Are you sure you want to proceed?");
}

/** Once all control-plane nodes are there, the add-ons follow. */
export function* upgradeAddons(call: KubeadmCall, client: Client, release: string): Call<void> {
  const { items } = client.resource(nodes).list("", { labelSelector: "node-role.kubernetes.io/control-plane=" });
  const behind = items
    .map(({ metadata }) => metadata.name)
    .filter((name) => call.host.releaseOf(name) !== release)
    .map((name) => `kube-apiserver-${name}`);
  if (behind.length > 0) {
    // Once for CoreDNS and once for kube-proxy.
    const skipped = `[upgrade/addon] Skipping upgrade of addons because control plane instances [${behind.join(" ")}] have not been upgraded\n`;
    yield* call.out(skipped + skipped);
    return;
  }
  yield* call.out("[addons] Applied essential addon: CoreDNS\n");
  try {
    client.resource(daemonSets).patch("kube-system", "kube-proxy", {
      spec: {
        template: { spec: { containers: [{ name: "kube-proxy", image: componentImage("kube-proxy", release) }] } },
      },
    });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
  yield* call.out("[addons] Applied essential addon: kube-proxy\n");
}
