/**
 * `kubeadm join`: the machine becomes a worker. Upstream: cmd/kubeadm/app/cmd/join.go and phases/join.
 *
 * **Simplified:** no machine joins a control plane; discovery is by token alone.
 */
import { stringify } from "yaml";
import { BOOTSTRAP_TOKEN } from "../../../apiserver/auth/authentication/bootstrap-token.ts";
import { encodeBase64 } from "../../../base/base64.ts";
import type { FileSystem } from "../../../base/program.ts";
import { sleep } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { isObject } from "../../../base/json.ts";
import { MINUTE } from "../../../base/time.ts";
import { BOOTSTRAP_KUBECONFIG, KUBELET_KUBECONFIG } from "../kubeconfig-files.ts";
import { KUBELET_CONFIG } from "../kubelet-configuration.ts";
import { FLAGS_FILE } from "../kubelet-unit.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { PKI } from "../pki-files.ts";
import { dataOf, getFromApi } from "./api-request.ts";
import { readingConfiguration } from "./cluster-configuration.ts";
import { discover } from "./discovery.ts";
import type { Discovered } from "./discovery.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";
import { TOKEN_PATTERN } from "./token.ts";

const TIMEOUT = 4 * MINUTE;
const POLL = 500;
const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";

export const join: Subcommand = {
  flags:
    "token discovery-token discovery-token-ca-cert-hash discovery-token-unsafe-skip-ca-verification:bool node-name cri-socket control-plane:bool certificate-key ignore-preflight-errors",
  *run(call) {
    const { endpoint, token, hashes } = readArguments(call);
    yield* call.out("[preflight] Running pre-flight checks\n");
    yield* call.preflight([...call.privilegeProblem, ...joinProblems(call)]);
    const { server, authority } = yield* discover(call, { endpoint, token, hashes });
    const address = server.replace("https://", "");
    yield* call.out(readingConfiguration("preflight"));
    const kubelet = yield* fetched(address, `${CONFIG_MAPS}/kubelet-config`, token);
    yield* fetched(address, `${CONFIG_MAPS}/kubeadm-config`, token);
    yield* refuseTwin(call, address, token);
    const { disk } = call.host.kubelet;
    for (const folder of [PKI, "/var/lib/kubelet", MANIFESTS]) disk.mkdir(folder, { recursive: true });
    disk.writeFile(BOOTSTRAP_KUBECONFIG, bootstrapKubeconfig({ server, authority }, token), { mode: 0o600 });
    disk.writeFile(`${PKI}/ca.crt`, authority);
    yield* startKubelet(call, kubelet["kubelet"] ?? "");
    yield* call.out("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap\n\n");
    yield* until(call, "kubelet-wait-bootstrap", () => disk.exists(KUBELET_KUBECONFIG));
    disk.remove(BOOTSTRAP_KUBECONFIG);
    yield* call.out(DONE);
    return 0;
  },
};

const DONE = `This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.

`;

function readArguments(call: KubeadmCall): { endpoint: string; token: string; hashes: string[] } {
  if (call.has("control-plane") || call.value("certificate-key") !== undefined) {
    throw new KubeadmError("join --control-plane is not simulated");
  }
  call.allowOnly({ "node-name": call.host.name });
  const [endpoint = ""] = call.operands;
  const token = call.value("token") ?? call.value("discovery-token") ?? "";
  if (endpoint === "" && token === "") {
    throw new KubeadmError('discovery: Invalid value: "": bootstrapToken or file must be set', 3);
  }
  if (endpoint === "") {
    throw new KubeadmError(
      'discovery.bootstrapToken.apiServerEndpoint: Required value: "APIServerEndpoint" is not set',
      3,
    );
  }
  if (!BOOTSTRAP_TOKEN.test(token)) {
    const quoted = JSON.stringify(token);
    throw new KubeadmError(
      `discovery.bootstrapToken.token: Invalid value: ${quoted}: the bootstrap token ${quoted} was not of the form ${TOKEN_PATTERN}`,
      3,
    );
  }
  const hash = call.value("discovery-token-ca-cert-hash");
  if (hash === undefined && !call.has("discovery-token-unsafe-skip-ca-verification")) {
    throw new KubeadmError(
      'discovery.bootstrapToken: Invalid value: "": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue',
      3,
    );
  }
  return { endpoint: /:\d+$/.test(endpoint) ? endpoint : `${endpoint}:6443`, token, hashes: hash?.split(",") ?? [] };
}

/** What a machine has that belongs to a cluster. */
function joinProblems({ host }: KubeadmCall): { check: string; problem: string }[] {
  const { disk } = host.kubelet;
  return [
    ...fileProblem(disk, KUBELET_KUBECONFIG),
    ...fileProblem(disk, BOOTSTRAP_KUBECONFIG),
    ...kubeletPortProblem(host.kubelet.active),
    ...forwardingProblem(disk),
    ...fileProblem(disk, `${PKI}/ca.crt`),
  ];
}

/** A file that is to be written must not be there. */
export function fileProblem(disk: FileSystem, path: string): { check: string; problem: string }[] {
  if (!disk.exists(path)) return [];
  return [{ check: `FileAvailable-${path.replaceAll("/", "-")}`, problem: `${path} already exists` }];
}

/** Pods' packets must pass. Upstream: cmd/kubeadm/app/preflight/checks.go. */
export function forwardingProblem(disk: FileSystem): { check: string; problem: string }[] {
  const path = "/proc/sys/net/ipv4/ip_forward";
  if (!disk.exists(path) || disk.readFile(path).trim() === "1") return [];
  return [{ check: `FileContent-${path.replaceAll("/", "-")}`, problem: `${path} contents are not set to 1` }];
}

export function kubeletPortProblem(active: boolean): { check: string; problem: string }[] {
  return active ? [{ check: "Port-10250", problem: "Port 10250 is in use" }] : [];
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

/** Writes what the kubelet reads, and starts it. */
export function* startKubelet(call: KubeadmCall, configuration: string): Call<void> {
  const { disk, sim } = call.host.kubelet;
  disk.writeFile(KUBELET_CONFIG, configuration);
  disk.writeFile(FLAGS_FILE, `KUBELET_KUBEADM_ARGS=""\n`);
  yield* call.out(
    `[kubelet-start] Writing kubelet configuration to file ${JSON.stringify(KUBELET_CONFIG)}\n[kubelet-start] Writing kubelet environment file with flags to file ${JSON.stringify(FLAGS_FILE)}\n[kubelet-start] Starting the kubelet\n`,
  );
  call.host.service.stop();
  call.host.service.start();
  const begun = sim.now;
  yield* call.out(
    "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s\n",
  );
  yield* until(call, "kubelet-start", () => call.host.service.state === "active");
  yield* call.out(`[kubelet-check] The kubelet is healthy after ${sim.now - begun}ms\n`);
}

/** `done` is asked each half second, the first time after one. */
export function* until(call: KubeadmCall, phase: string, done: () => boolean): Call<void> {
  const { sim } = call.host.kubelet;
  const end = sim.now + TIMEOUT;
  do {
    if (sim.now >= end) throw new KubeadmError(`error execution phase ${phase}: context deadline exceeded`);
    yield* sleep(POLL);
  } while (!done());
}
