/**
 * `kubeadm join`: the machine becomes a worker, or one more of the control plane. Upstream: cmd/kubeadm/app/cmd/join.go and
 * phases/join.
 *
 * **Simplified:** discovery is by token alone.
 */
import { stringify } from "yaml";
import { encodeBase64 } from "../../../base/base64.ts";
import { isObject } from "../../../base/json.ts";
import { write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { BOOTSTRAP_KUBECONFIG, KUBELET_KUBECONFIG } from "../kubeconfig-files.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { PKI } from "../pki-files.ts";
import { dataOf, getFromApi } from "./api-request.ts";
import { clusterConfigurationOf, readingConfiguration } from "./cluster-configuration.ts";
import { discover } from "./discovery.ts";
import type { Discovered } from "./discovery.ts";
import {
  addControlPlane,
  CONTROL_PLANE_DONE,
  joinEtcd,
  prepareControlPlane,
  refuseControlPlane,
} from "./join-control-plane.ts";
import { joinOptions } from "./join-options.ts";
import { awaitKubelet, beginKubelet, until } from "./kubelet-start.ts";
import { fileProblem, forwardingProblem, kubeletPortProblem } from "./preflight-checks.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";

export const join: Subcommand = {
  flags:
    "token discovery-token tls-bootstrap-token discovery-token-ca-cert-hash discovery-token-unsafe-skip-ca-verification:bool node-name cri-socket control-plane:bool certificate-key apiserver-advertise-address apiserver-bind-port config ignore-preflight-errors",
  *run(call) {
    const options = joinOptions(call);
    const { controlPlane, token } = options;
    const { host } = call;
    for (const warning of options.warnings) yield* write(2, `${warning}\n`);
    yield* call.out("[preflight] Running pre-flight checks\n");
    yield* call.preflight([...call.privilegeProblem, ...joinProblems(call, controlPlane !== undefined)]);
    const { server, authority } = yield* discover(call, options);
    const address = server.replace("https://", "");
    yield* call.out(readingConfiguration("preflight"));
    const kubelet = yield* fetched(address, `${CONFIG_MAPS}/kubelet-config`, token);
    const cluster = clusterConfigurationOf(yield* fetched(address, `${CONFIG_MAPS}/kubeadm-config`, token));
    const joining = { cluster, server: address, token, certificateKey: controlPlane?.certificateKey };
    if (controlPlane !== undefined) yield* refuseControlPlane(call, joining);
    const { disk } = host.kubelet;
    for (const folder of [PKI, "/var/lib/kubelet", MANIFESTS]) disk.mkdir(folder, { recursive: true });
    if (controlPlane !== undefined) yield* prepareControlPlane(call, joining);
    else host.becomes("worker");
    yield* refuseTwin(call, address, token);
    const own = controlPlane === undefined ? server : host.localServer;
    disk.writeFile(BOOTSTRAP_KUBECONFIG, bootstrapKubeconfig({ server: own, authority }, token), { mode: 0o600 });
    if (!disk.exists(`${PKI}/ca.crt`)) disk.writeFile(`${PKI}/ca.crt`, authority);
    yield* beginKubelet(call, kubelet["kubelet"] ?? "");
    if (controlPlane !== undefined) yield* joinEtcd(call, cluster);
    yield* awaitKubelet(call);
    yield* call.out("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap\n\n");
    yield* until(call, "kubelet-wait-bootstrap", () => disk.exists(KUBELET_KUBECONFIG));
    disk.remove(BOOTSTRAP_KUBECONFIG);
    if (controlPlane !== undefined) yield* addControlPlane(call);
    yield* call.out(controlPlane === undefined ? DONE : CONTROL_PLANE_DONE);
    return 0;
  },
};

const DONE = `This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.

`;

/** What a machine has that belongs to a cluster. */
function joinProblems({ host }: KubeadmCall, controlPlane: boolean): { check: string; problem: string }[] {
  const { disk } = host.kubelet;
  return [
    ...fileProblem(disk, KUBELET_KUBECONFIG),
    ...fileProblem(disk, BOOTSTRAP_KUBECONFIG),
    ...kubeletPortProblem(host.kubelet.active),
    ...forwardingProblem(disk),
    ...(controlPlane ? [] : fileProblem(disk, `${PKI}/ca.crt`)),
  ];
}

function* fetched(address: string, path: string, token: string): Call<Record<string, string>> {
  const answer = yield* getFromApi(address, path, token);
  if (answer.status === 200) return dataOf(answer);
  throw new KubeadmError(
    `error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: ${String(answer.body["message"])}`,
  );
}

function* refuseTwin(call: KubeadmCall, address: string, token: string): Call<void> {
  const { name } = call.host;
  const answer = yield* getFromApi(address, `/api/v1/nodes/${name}`, token);
  const status = isObject(answer.body["status"]) ? answer.body["status"] : {};
  const conditions = Array.isArray(status["conditions"]) ? (status["conditions"] as unknown[]) : [];
  const ready = conditions.some((each) => isObject(each) && each["type"] === "Ready" && each["status"] === "True");
  if (answer.status !== 200 || !ready) return;
  throw new KubeadmError(
    `error execution phase kubelet-start: a Node with name ${JSON.stringify(name)} and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
  );
}

function bootstrapKubeconfig({ server, authority }: Discovered, token: string): string {
  const user = "tls-bootstrap-token-user";
  const context = `${user}@kubernetes`;
  return stringify(
    {
      apiVersion: "v1",
      clusters: [{ cluster: { "certificate-authority-data": encodeBase64(authority), server }, name: "kubernetes" }],
      contexts: [{ context: { cluster: "kubernetes", user }, name: context }],
      "current-context": context,
      kind: "Config",
      users: [{ name: user, user: { token } }],
    },
    { indentSeq: false, lineWidth: 0 },
  );
}
