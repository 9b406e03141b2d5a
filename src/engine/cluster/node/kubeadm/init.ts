/**
 * `kubeadm init`: the machine becomes the control plane of a new cluster. Upstream: cmd/kubeadm/app/cmd/init.go and
 * phases/init.
 *
 * **Simplified:** addresses and ranges are those of the preset, and a flag that asks for others is refused.
 */
import { parseGoDuration } from "../../../base/go-duration.ts";
import { sleep, write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { MINUTE } from "../../../base/time.ts";
import { NEWEST, RELEASES } from "../../releases.ts";
import { DEFAULT_CONFIGURATION } from "../kubelet-configuration.ts";
import { OWNERS } from "../kubeconfig-files.ts";
import { MANIFESTS } from "../node-manifests.ts";
import { PKI } from "../pki-files.ts";
import { STATIC_COMPONENTS } from "./cluster-health.ts";
import { startKubelet, until } from "./kubelet-start.ts";
import { ADDONS, FINALIZED, initPreflight, makeToken } from "./init-cluster-phases.ts";
import { phasesToRun } from "./skip-phases.ts";
import { keepConfiguration } from "./cluster-configuration.ts";
import { readInitConfiguration, USUAL } from "./init-configuration.ts";
import type { InitConfiguration } from "./init-configuration.ts";
import { alternativeName, asRoot } from "./init-phases.ts";
import { uploadCertificates } from "./upload-certs.ts";
import { endpointHost, readEndpoint } from "./control-plane-endpoint.ts";
import { certificatesText } from "./certificates-text.ts";
import { writeManifests, writeMissing, writeServerCertificate } from "./control-plane-files.ts";
import { markControlPlane } from "./mark-control-plane.ts";
import { successText } from "./join-commands.ts";
import { waitForControlPlane } from "./wait-control-plane.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";
import { newToken, readToken } from "./token.ts";

/** How long kubeadm tries to reach the API. */
const API_TIMEOUT = MINUTE;
const RETRY = 500;

export const init: Subcommand = {
  flags:
    "kubernetes-version pod-network-cidr service-cidr apiserver-advertise-address apiserver-bind-port apiserver-cert-extra-sans control-plane-endpoint token token-ttl config upload-certs:bool certificate-key node-name cri-socket skip-phases ignore-preflight-errors",
  *run(call) {
    const { host } = call;
    const configuration = configurationOf(call);
    const does = phasesToRun(call.value("skip-phases")?.split(",") ?? configuration.skipPhases);
    const { endpoint } = configuration;
    for (const warning of configuration.warnings) yield* write(2, `${warning}\n`);
    const release = configuration.kubernetesVersion ?? call.value("kubernetes-version") ?? NEWEST;
    refuse(call, release);
    const token = configuration.token ?? call.value("token") ?? newToken(call.ctx);
    readToken(token);
    const ttl = parseGoDuration(configuration.ttl ?? call.value("token-ttl") ?? "24h");
    if (typeof ttl !== "number") throw new KubeadmError(`invalid argument for "--token-ttl" flag: ${ttl.problem}`);
    yield* call.out(`[init] Using Kubernetes version: ${release}\n`);
    if (does("preflight")) yield* initPreflight(call, release);
    else asRoot(call, "certs/ca", PKI);
    host.podSubnet = configuration.podSubnet;
    host.controlPlaneEndpoint = endpoint;
    host.becomes("control-plane");
    writeFiles(call, release, configuration);
    yield* call.out(
      `${certificatesText(call, configuration.names)}[certs] Generating "sa" key and public key\n${kubeconfigsText()}`,
    );
    yield* call.out(
      `[etcd] Creating static Pod manifest for local etcd in ${JSON.stringify(MANIFESTS)}\n[control-plane] Using manifest folder ${JSON.stringify(MANIFESTS)}\n${STATIC_COMPONENTS.map((name) => `[control-plane] Creating static Pod manifest for ${JSON.stringify(name)}\n`).join("")}`,
    );
    yield* startKubelet(call, configuration.kubelet ?? DEFAULT_CONFIGURATION);
    yield* waitForControlPlane(call);
    yield* reachOwnApi(call);
    yield* until(call, "mark-control-plane", () => host.kubelet.nodeObject !== undefined);
    host.initializeCluster(release, [
      "kubeadm",
      ...ADDONS.flatMap(({ part }) => (does(`addon/${part}`) ? [part] : [])),
    ]);
    keepConfiguration(host.admin, configuration);
    const end = ttl === 0 ? undefined : host.kubelet.sim.now + ttl;
    yield* call.out(UPLOADED);
    const uploading = call.has("upload-certs") && does("upload-certs");
    const uploaded = uploading ? uploadCertificates(call, host.admin) : undefined;
    if (does("upload-certs")) yield* call.out(uploaded?.said ?? SKIPPED);
    if (does("mark-control-plane")) yield* call.out(markControlPlane(host.admin, host.name));
    if (does("bootstrap-token")) yield* makeToken(call, token, end);
    if (does("kubelet-finalize")) yield* call.out(FINALIZED);
    for (const { part, title } of ADDONS) {
      if (does(`addon/${part}`)) yield* call.out(`[addons] Applied essential addon: ${title}\n`);
    }
    if (does("show-join-command")) {
      yield* call.out(successText(host, { token, endpoint, certificateKey: uploaded?.key }));
    }
    return 0;
  },
};

/** What the preset decides. */
function refuse(call: KubeadmCall, release: string): void {
  const { host } = call;
  if (!host.isControlPlane && !host.isBare) {
    throw new KubeadmError(`init is not simulated on ${host.name}: in this preset the control plane is elsewhere`);
  }
  if (host.founder !== undefined && host.founder !== host.name && !host.kubelet.active) {
    throw new KubeadmError(`a second cluster is not simulated: ${host.founder} has one, which this machine can join`);
  }
  call.allowOnly({
    "pod-network-cidr": host.clusterCIDR,
    "service-cidr": host.serviceCIDR,
    "apiserver-advertise-address": host.kubelet.node.address,
    "apiserver-bind-port": String(host.serverPort),
    "node-name": host.name,
  });
  if (!RELEASES.includes(release)) {
    throw new KubeadmError(`--kubernetes-version=${release} is not simulated: there are ${RELEASES.join(", ")}`);
  }
}

const SKIPPED = "[upload-certs] Skipping phase. Please see --upload-certs\n";

/** Flags that go with a configuration file. */
const BESIDE_FILE = new Set(["config", "upload-certs", "skip-phases", "ignore-preflight-errors"]);

function configurationOf(call: KubeadmCall): InitConfiguration {
  const path = call.value("config");
  const names = (call.value("apiserver-cert-extra-sans") ?? "").split(",").filter((name) => name !== "");
  const podSubnet = call.value("pod-network-cidr") ?? "";
  const endpoint = readEndpoint(call.value("control-plane-endpoint") ?? "", call.host.serverPort);
  if (path === undefined) {
    const all = [...names, ...(endpoint === "" ? [] : [endpointHost(endpoint)])];
    return { ...USUAL, podSubnet, endpoint, names: all.map(alternativeName) };
  }
  const beside = call.flags.filter((flag) => !BESIDE_FILE.has(flag));
  if (beside.length > 0) {
    throw new KubeadmError(`can not mix '--config' with arguments [${beside.sort().join(" ")}]`);
  }
  return readInitConfiguration(call, path);
}

/** Certificates that are there already stay, as upstream's do. */
function writeFiles(call: KubeadmCall, release: string, { names, extras }: InitConfiguration): void {
  writeServerCertificate(call, names);
  for (const file of call.host.clusterFiles()) writeMissing(call, file);
  writeManifests(call, release, extras);
}

function kubeconfigsText(): string {
  const files = ["admin.conf", "super-admin.conf", "kubelet.conf", "controller-manager.conf", "scheduler.conf"].filter(
    (name) => name === "kubelet.conf" || name in OWNERS,
  );
  const lines = files.map((name) => `[kubeconfig] Writing ${JSON.stringify(name)} kubeconfig file\n`);
  return `[kubeconfig] Using kubeconfig folder "/etc/kubernetes"\n${lines.join("")}`;
}

const UPLOADED = `[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace
[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster
`;

/** admin.conf leads to the endpoint: from there all that follows is written. */
function* reachOwnApi({ host }: KubeadmCall): Call<void> {
  const { sim } = host.kubelet;
  const end = sim.now + API_TIMEOUT;
  for (;;) {
    const problem = host.problemAt(host.server);
    if (problem === undefined) return;
    if (sim.now >= end) {
      const asked = `Post "${host.server}/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?timeout=10s": ${problem}`;
      throw new KubeadmError(
        `error execution phase upload-config/kubeadm: could not bootstrap the admin user in file admin.conf: unable to create ClusterRoleBinding: ${asked}`,
      );
    }
    yield* sleep(RETRY);
  }
}
