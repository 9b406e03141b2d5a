/**
 * What `kubeadm join --control-plane` does more: the files of a control plane, and one more member of its etcd.
 * Upstream: cmd/kubeadm/app/cmd/phases/join/{preflight,controlplaneprepare,checketcd,controlplanejoin}.go.
 */
import { MANIFESTS } from "../node-manifests.ts";
import { OWNERS } from "../kubeconfig-files.ts";
import type { Call } from "../../../base/syscalls.ts";
import { RELEASES } from "../../releases.ts";
import { PKI } from "../pki-files.ts";
import { certificatesText } from "./certificates-text.ts";
import { writeManifests, writeMissing, writeServerCertificate } from "./control-plane-files.ts";
import { announceMember, checkEtcd, promoteMember } from "./etcd-members.ts";
import { pullImages } from "./images.ts";
import { componentExtras, certificateNames, podSubnetOf } from "./init-configuration.ts";
import { until } from "./kubelet-start.ts";
import { markControlPlane } from "./mark-control-plane.ts";
import { STATIC_COMPONENTS } from "./cluster-health.ts";
import { controlPlaneProblems } from "./preflight-checks.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";
import { downloadCertificates } from "./upload-certs.ts";
import { waitForControlPlane } from "./wait-control-plane.ts";

export interface Joining {
  /** The ClusterConfiguration. */
  cluster: Readonly<Record<string, unknown>>;
  /** `kube.example.com:6443` */
  server: string;
  token: string;
  certificateKey: string | undefined;
}

/** Checks before anything is changed. */
export function* refuseControlPlane(call: KubeadmCall, { cluster, certificateKey }: Joining): Call<void> {
  const { host } = call;
  if (!host.isBare) throw new KubeadmError("join --control-plane is not simulated in this preset");
  const problem =
    String(cluster["controlPlaneEndpoint"] ?? "") === ""
      ? "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address"
      : certificateKey === undefined
        ? missingCertificates(call)
        : undefined;
  if (problem !== undefined) throw new KubeadmError(`error execution phase preflight: ${notReady(problem)}`);
  const release = releaseOf(cluster);
  if (!RELEASES.includes(release)) throw new KubeadmError(`kubernetesVersion=${release} is not simulated`);
  yield* call.out("[preflight] Running pre-flight checks before initializing the new control plane instance\n");
  yield* call.preflight(controlPlaneProblems(call));
  yield* pullImages(call, release, "preflight");
}

function notReady(problem: string): string {
  return `
One or more conditions for hosting a new control plane instance is not satisfied.

${problem}

Please ensure that:
* The cluster has a stable controlPlaneEndpoint address.
* The certificates that must be shared among control plane instances are provided.

`;
}

/** What all control planes share, and the names by which kubeadm complains of each. */
const SHARED: readonly (readonly [file: string, name: string])[] = [
  ["ca", "CA"],
  ["sa", "service account"],
  ["front-proxy-ca", "front-proxy CA"],
  ["etcd/ca", "etcd CA"],
];

function missingCertificates({ host }: KubeadmCall): string | undefined {
  const { disk } = host.kubelet;
  const problems = SHARED.flatMap(([file, name]) => {
    const certificate = file === "sa" ? [] : [[`${PKI}/${file}.crt`, "certificate", "the certificate file"] as const];
    const files = [...certificate, [`${PKI}/${file}.key`, "key", "the private key file"] as const];
    const absent = files.find(([path]) => !disk.exists(path));
    if (absent === undefined) return [];
    const [path, what, which] = absent;
    return [
      `failure loading ${what} for ${name}: couldn't load ${which} ${path}: open ${path}: no such file or directory`,
    ];
  });
  const [first] = problems;
  return problems.length > 1 ? `[${problems.join(", ")}]` : first;
}

function releaseOf(cluster: Joining["cluster"]): string {
  return String(cluster["kubernetesVersion"] ?? "");
}

/** Certificates, kubeconfigs and manifests. */
export function* prepareControlPlane(call: KubeadmCall, joining: Joining): Call<void> {
  const { cluster, server, token, certificateKey } = joining;
  const { host } = call;
  host.podSubnet = podSubnetOf(cluster);
  host.controlPlaneEndpoint = String(cluster["controlPlaneEndpoint"]);
  host.becomes("control-plane");
  if (certificateKey !== undefined) yield* downloadCertificates(call, { server, token, key: certificateKey });
  const { disk } = host.kubelet;
  const names = certificateNames(cluster, host.serverPort);
  const files = host.clusterFiles();
  const present = files.flatMap(({ path }) =>
    path.startsWith(`${PKI}/`) && disk.exists(path) ? [path.slice(PKI.length + 1).replace(/\.crt$/, "")] : [],
  );
  writeServerCertificate(call, names);
  for (const file of files) if (file.path.startsWith(`${PKI}/`)) writeMissing(call, file);
  yield* call.out(
    `${certificatesText(call, names, present)}[certs] Valid certificates and keys now exist in ${JSON.stringify(PKI)}\n[certs] Using the existing "sa" key\n`,
  );
  const configs = Object.keys(OWNERS).filter((name) => name !== "super-admin.conf");
  for (const file of files) if (configs.some((name) => file.path.endsWith(`/${name}`))) writeMissing(call, file);
  yield* call.out(
    `[kubeconfig] Generating kubeconfig files\n[kubeconfig] Using kubeconfig folder "/etc/kubernetes"\n${configs.map((name) => `[kubeconfig] Writing ${JSON.stringify(name)} kubeconfig file\n`).join("")}`,
  );
  writeManifests(call, releaseOf(cluster), componentExtras(cluster), (name) => name !== "etcd");
  yield* call.out(
    `[control-plane] Using manifest folder ${JSON.stringify(MANIFESTS)}\n${STATIC_COMPONENTS.map((name) => `[control-plane] Creating static Pod manifest for ${JSON.stringify(name)}\n`).join("")}[check-etcd] Checking that the etcd cluster is healthy\n`,
  );
  yield* checkEtcd(call);
}

/** The new member is announced, started and given its vote. */
export function* joinEtcd(call: KubeadmCall, cluster: Joining["cluster"]): Call<void> {
  const initial = yield* announceMember(call);
  yield* call.out(
    '[etcd] Announced new etcd member joining to the existing etcd cluster\n[etcd] Creating static Pod manifest for "etcd"\n',
  );
  const extras = componentExtras(cluster).get("etcd");
  const own = [
    ["initial-cluster", initial],
    ["initial-cluster-state", "existing"],
  ] as const;
  const args = { args: [...own, ...(extras?.args ?? [])], volumes: extras?.volumes ?? [] };
  writeManifests(call, releaseOf(cluster), new Map([["etcd", args]]), (name) => name === "etcd");
  yield* promoteMember(call);
  yield* call.out("[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s\n");
  yield* checkEtcd(call);
}

export function* addControlPlane(call: KubeadmCall): Call<void> {
  const { host } = call;
  yield* until(call, "control-plane-join/mark-control-plane", () => host.kubelet.nodeObject !== undefined);
  yield* call.out(markControlPlane(host.admin, host.name));
  yield* waitForControlPlane(call);
}

export const CONTROL_PLANE_DONE = `
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.
* A new etcd member was added to the local/stacked etcd cluster.

To start administering your cluster from this node, you need to run the following as a regular user:

	mkdir -p $HOME/.kube
	sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
	sudo chown $(id -u):$(id -g) $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.

`;
