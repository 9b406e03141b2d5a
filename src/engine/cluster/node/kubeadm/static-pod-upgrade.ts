/**
 * Takes a node's static pods to another release: their files are exchanged one by one, and each time kubeadm waits until
 * the kubelet runs the new one. Upstream: cmd/kubeadm/app/phases/upgrade/staticpods.go.
 *
 * **Simplified:** files are as kubeadm would write them for the preset, with the `extraArgs` and `extraVolumes` of the
 * ClusterConfiguration. etcd stays what it is, as between upstream's releases of one minor version.
 */
import { pods } from "../../../api/registry.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { sleep, write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import type { Client } from "../../../client/client.ts";
import { MINUTE } from "../../../base/time.ts";
import { KUBELET_CONFIG } from "../kubelet-configuration.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { renew } from "./certificate-renewal.ts";
import { clusterConfiguration } from "./cluster-configuration.ts";
import { componentExtras, podSubnetOf } from "./init-configuration.ts";
import { withExtras } from "./manifest-extras.ts";
import { STATIC_COMPONENTS } from "./cluster-health.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

const TEMPORARY = "/etc/kubernetes/tmp";
const TIMEOUT = 5 * MINUTE;
const POLL = 500;
const ETCD_STAYS = `[upgrade/staticpods] Preparing for "etcd" upgrade
[upgrade/staticpods] Current and new manifests of etcd are equal, skipping upgrade
`;
const HASH = "kubernetes.io/config.hash";

/** Which certificates a component has, and which of them upstream renews with it. */
const CERTIFICATES: Readonly<Record<string, readonly string[]>> = {
  "kube-apiserver": ["apiserver", "apiserver-kubelet-client", "front-proxy-client", "apiserver-etcd-client"],
  "kube-controller-manager": ["controller-manager.conf"],
  "kube-scheduler": ["scheduler.conf"],
};

export function* upgradeStaticPods(
  call: KubeadmCall,
  client: Client,
  { release, renewing, etcd }: { release: string; renewing: boolean; etcd: boolean },
): Call<void> {
  const { disk } = call.host.kubelet;
  const fresh = `${TEMPORARY}/kubeadm-upgraded-manifests${call.temporaryNumber()}`;
  const backup = `${TEMPORARY}/kubeadm-backup-manifests-${stamp(call.host.kubelet.sim.now)}`;
  const before = call.host.releaseOf(call.host.name);
  const configuration = clusterConfiguration(client);
  call.host.podSubnet = podSubnetOf(configuration);
  call.host.adoptRelease(release);
  const manifests = call.host.manifestsAt(release);
  for (const folder of [fresh, backup]) disk.mkdir(folder, { recursive: true });
  yield* call.out(
    `[upgrade/staticpods] Writing new Static Pod manifests to ${JSON.stringify(fresh)}\n${etcd ? ETCD_STAYS : ""}`,
  );
  const extras = componentExtras(configuration);
  for (const component of STATIC_COMPONENTS) {
    const text = manifests.get(component) ?? "";
    disk.writeFile(`${fresh}/${component}.yaml`, withExtras(text, extras.get(component)), { mode: 0o600 });
  }
  const done: string[] = [];
  try {
    for (const component of STATIC_COMPONENTS) {
      done.push(component);
      yield* upgradeComponent(call, client, { component, renewing, fresh, backup });
    }
  } catch (error) {
    if (!(error instanceof KubeadmError)) throw error;
    if (before !== undefined) call.host.adoptRelease(before);
    for (const component of done) {
      const kept = `${backup}/${component}.yaml`;
      if (disk.exists(kept)) disk.rename(kept, `${MANIFESTS}/${component}.yaml`);
    }
    throw error;
  }
  disk.remove(fresh, { recursive: true });
}

function* upgradeComponent(
  call: KubeadmCall,
  client: Client,
  what: { component: string; renewing: boolean; fresh: string; backup: string },
): Call<void> {
  const { component, renewing, fresh, backup } = what;
  const { disk } = call.host.kubelet;
  yield* call.out(`[upgrade/staticpods] Preparing for ${JSON.stringify(component)} upgrade\n`);
  for (const name of renewing ? (CERTIFICATES[component] ?? []) : []) {
    if (renew(call.host, name)) yield* call.out(`[upgrade/staticpods] Renewing ${name} certificate\n`);
  }
  const [current, next, kept] = [MANIFESTS, fresh, backup].map((folder) => `${folder}/${component}.yaml`) as [
    string,
    string,
    string,
  ];
  if (disk.readFile(current) === disk.readFile(next)) {
    yield* call.out(`[upgrade/staticpods] Current and new manifests of ${component} are equal, skipping upgrade\n`);
    return;
  }
  const before = hashOf(call, client, component);
  disk.rename(current, kept);
  disk.rename(next, current);
  yield* call.out(
    `[upgrade/staticpods] Moving new manifest to ${JSON.stringify(current)} and backing up old manifest to ${JSON.stringify(kept)}\n[upgrade/staticpods] Waiting for the kubelet to restart the component\n[upgrade/staticpods] This can take up to 5m0s\n`,
  );
  const { sim } = call.host.kubelet;
  const end = sim.now + TIMEOUT;
  for (;;) {
    const now = hashOf(call, client, component);
    if (now !== undefined && now.hash !== before?.hash && now.ready) break;
    if (sim.now >= end) {
      throw new KubeadmError(
        `error execution phase control-plane: couldn't complete the static pod upgrade: couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: static Pod hash for component ${component} on Node ${call.host.name} did not change after ${TIMEOUT / MINUTE}m0s: timed out waiting for the condition`,
      );
    }
    yield* sleep(POLL);
  }
  const count = client.resource(pods).list("kube-system", { labelSelector: `component=${component}` }).items.length;
  yield* call.out(
    `[apiclient] Found ${count} Pods for label selector component=${component}\n[upgrade/staticpods] Component ${JSON.stringify(component)} upgraded successfully!\n`,
  );
}

/** The mirror pod's hash of this node's component; undefined while nobody tells. */
function hashOf(
  { host }: KubeadmCall,
  client: Client,
  component: string,
): { hash: string | undefined; ready: boolean } | undefined {
  try {
    const { metadata, status } = client.resource(pods).get("kube-system", `${component}-${host.name}`);
    const ready = status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    return { hash: metadata.annotations?.[HASH], ready };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return undefined;
  }
}

/** `2026-01-01-00-05-10` */
function stamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replace(/[T:]/g, "-");
}

/** The kubelet's file as the cluster's ConfigMap has it; what was there is kept. */
export function* writeKubeletConfiguration(call: KubeadmCall, text: string): Call<void> {
  const { disk } = call.host.kubelet;
  const folder = `${TEMPORARY}/kubeadm-kubelet-config${call.temporaryNumber()}`;
  disk.mkdir(folder, { recursive: true });
  if (disk.exists(KUBELET_CONFIG)) disk.writeFile(`${folder}/config.yaml`, disk.readFile(KUBELET_CONFIG));
  yield* write(1, `[upgrade] Backing up kubelet config file to ${folder}/config.yaml\n`);
  disk.writeFile(KUBELET_CONFIG, text);
  yield* write(
    1,
    `[kubelet-start] Writing kubelet configuration to file ${JSON.stringify(KUBELET_CONFIG)}\n[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!\n`,
  );
}
