/** Machines become a cluster and leave it again, by kubeadm's init, join and reset, and by bootstrap tokens. */
import { expect, it } from "vitest";
import { certificateSigningRequests, configMaps, nodes, pods, secrets } from "../../api/registry.ts";
import { detachedSignature } from "../../base/json-web-signature.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { applyPublished } from "../testing/apply-published.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

const test = createTestCluster({ preset: "bare" });
const ssh = (node: string, command: string, waitMs = 20_000): string => sshTo(test, node, command, waitMs);
const TOKEN = "abcdef.0123456789abcdef";
const JOIN = `sudo kubeadm join 172.18.0.2:6443 --token ${TOKEN}`;
const UNSAFE = "--discovery-token-unsafe-skip-ca-verification";
const readyNodes = (): string[] =>
  test
    .list(nodes, "")
    .filter(({ status }) => status.conditions?.find(({ type }) => type === "Ready")?.status === "True")
    .map(({ metadata }) => metadata.name);
const running = (): string[] =>
  test
    .list(pods, "kube-system")
    .filter(({ status }) => status.phase === "Running")
    .map(({ spec }) => `${spec.containers[0]?.name} ${spec.nodeName}`)
    .sort();
const FLANNEL = "https://github.com/flannel-io/flannel/releases/download/v0.27.4/kube-flannel.yml";
const clusterInfo = () => test.get(configMaps, "cluster-info", "kube-public").data ?? {};
let join = "";

it("a bare machine has a kubelet that waits for its configuration, kubeadm makes it a control plane, and flannel makes that ready", () => {
  expect(test.cluster.apiServerReachable).toBe(false);
  expect(
    ssh(
      "control-plane",
      "sudo journalctl -u kubelet | grep -m 1 -o 'open /var/lib/kubelet/config.yaml: no such.*'",
      250,
    ),
  ).toBe('open /var/lib/kubelet/config.yaml: no such file or directory"\n');
  expect(ssh("control-plane", "kubeadm init")).toContain("\t[ERROR IsPrivilegedUser]: user is not running as root\n");
  expect(ssh("control-plane", "sudo kubeadm init --pod-network-cidr=10.10.0.0/16")).toMatch(
    /^error: --pod-network-cidr=10\.10\.0\.0\/16 is not simulated: in this preset it is 10\.244\.0\.0\/16\n/,
  );
  expect(ssh("control-plane", "sudo kubeadm init --apiserver-bind-port=8443", 250)).toMatch(
    /^error: --apiserver-bind-port=8443 is not simulated: in this preset it is 6443\n/,
  );
  expect(ssh("control-plane", "sudo kubeadm init --token-ttl soon", 250)).toMatch(
    /^error: invalid argument for "--token-ttl" flag: time: invalid duration "soon"\n/,
  );
  expect(ssh("worker-1", "sudo kubeadm reset -f --cri-socket unix:///run/crio.sock", 250)).toMatch(
    /^error: --cri-socket=unix:\/\/\/run\/crio\.sock is not simulated: in this preset it is unix:\/\/\/run\/containerd/,
  );
  const said = ssh(
    "control-plane",
    "sudo kubeadm init --kubernetes-version v1.36.1 --pod-network-cidr 10.244.0.0/16",
    60_000,
  );
  expect(said).toContain("[init] Using Kubernetes version: v1.36.1\n[preflight] Running pre-flight checks\n");
  expect(said).toContain("\nYour Kubernetes control-plane has initialized successfully!\n");
  join = said.slice(said.lastIndexOf("kubeadm join")).replace("\\\n", "").trim();
  expect(readyNodes()).toEqual([]);
  expect(running()).not.toContain("coredns control-plane");
  applyPublished(test, FLANNEL);
  test.run(30_000);
  expect(readyNodes()).toEqual(["control-plane"]);
  expect(running()).toEqual([
    ...["coredns", "coredns", "etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"].map(
      (name) => `${name} control-plane`,
    ),
  ]);
  expect(test.cluster.server.version).toBe("v1.36.1");
  expect(ssh("worker-1", "sudo kubeadm init")).toMatch(
    /^error: a second cluster is not simulated: control-plane has one, which this machine can join\n/,
  );
  expect(ssh("control-plane", "sudo kubeadm init", 250)).toContain(
    "\t[ERROR Port-6443]: Port 6443 is in use\n\t[ERROR FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml]: /etc/kubernetes/manifests/kube-apiserver.yaml already exists\n",
  );
});

it("the command that it ends with lets a machine join, whose kubelet asks for its certificate with the token", () => {
  expect(ssh("worker-1", `sudo ${join}`, 30_000)).toMatch(/\nThis node has joined the cluster:\n/);
  expect(readyNodes()).toEqual(["control-plane", "worker-1"]);
  const [csr] = test.list(certificateSigningRequests, "");
  const id = /--token (\w{6})\./.exec(join)?.[1];
  expect([
    csr?.spec.username,
    csr?.spec.groups,
    csr?.status.conditions?.map(({ type, reason }) => [type, reason]),
  ]).toEqual([
    `system:bootstrap:${id}`,
    ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"],
    [["Approved", "AutoApproved"]],
  ]);
  expect(
    ssh("worker-1", "sudo ls /etc/kubernetes; sudo readlink /var/lib/kubelet/pki/kubelet-client-current.pem", 250),
  ).toMatch(/^kubelet\.conf\nmanifests\npki\n\/var\/lib\/kubelet\/pki\/kubelet-client-2026-01-01-[\d-]+\.pem\n$/);
  expect(ssh("worker-1", `sudo ${join}`, 250)).toContain(
    "\t[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists\n\t[ERROR Port-10250]: Port 10250 is in use\n\t[ERROR FileAvailable--etc-kubernetes-pki-ca.crt]: /etc/kubernetes/pki/ca.crt already exists\n",
  );
});

it("cluster-info is signed with the tokens that there are, as long as there are", () => {
  expect(ssh("control-plane", `kubeadm token create ${TOKEN} --ttl 10m --description mine`)).toBe(`${TOKEN}\n`);
  const { kubeconfig = "", "jws-kubeconfig-abcdef": signature } = clusterInfo();
  expect(signature).toBe(detachedSignature(kubeconfig, { id: "abcdef", secret: "0123456789abcdef" }));
  test.run(11 * 60_000);
  expect(Object.keys(clusterInfo()).filter((key) => key.includes("abcdef"))).toEqual([]);
  expect(test.list(secrets, "kube-system").filter(({ metadata }) => metadata.name.endsWith("abcdef"))).toEqual([]);
});

it("who has no good token, or another authority's hash, does not join", () => {
  expect(ssh("worker-2", "sudo kubeadm join 172.18.0.2:6443 --token nonsense", 250)).toMatch(
    /^error: discovery\.bootstrapToken\.token: Invalid value: "nonsense": the bootstrap token "nonsense" was not of the form /,
  );
  expect(ssh("worker-2", JOIN, 250)).toMatch(/using token-based discovery without caCertHashes can be unsafe/);
  expect(ssh("worker-2", `${JOIN} ${UNSAFE}`, 310_000)).toContain(
    `error: error execution phase preflight: couldn't validate the identity of the API Server: could not find a JWS signature in the cluster-info ConfigMap for token ID "abcdef"\n`,
  );
  ssh("control-plane", `kubeadm token create ${TOKEN}`);
  expect(ssh("worker-2", `${JOIN.replace("0123", "3210")} ${UNSAFE}`)).toContain(
    "failed to verify JWS signature of received cluster info object, can't trust this API Server\n",
  );
  expect(ssh("worker-2", `${JOIN} --discovery-token-ca-cert-hash sha256:${"0".repeat(64)}`)).toMatch(
    /cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "sha256:[0-9a-f]{64}" are pinned\n/,
  );
  expect(ssh("worker-2", `${JOIN} ${UNSAFE} --control-plane`)).toContain(
    "\nunable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address\n",
  );
  expect(readyNodes()).toEqual(["control-plane", "worker-1"]);
});

it("a node that is reset has nothing left to run, and joins again as a new one", () => {
  const before = test.get(nodes, "worker-1", "").metadata.uid;
  test.client.resource(nodes).delete("", "worker-1");
  expect(ssh("worker-1", "echo | sudo kubeadm reset", 250)).toContain("won't proceed; the user didn't answer (Y|y)");
  expect(ssh("worker-1", "sudo kubeadm reset -f")).toContain(
    "[reset] Deleting contents of directories: [/etc/kubernetes/manifests /var/lib/kubelet /etc/kubernetes/pki]\n",
  );
  test.run(30_000);
  expect([readyNodes(), [...(test.cluster.nodes.get("worker-1")?.runtime.list() ?? [])]]).toEqual([
    ["control-plane"],
    [],
  ]);
  expect(ssh("worker-1", "systemctl is-active kubelet", 250)).toBe("inactive\n");
  ssh("worker-1", `${JOIN} ${UNSAFE}`, 30_000);
  expect(readyNodes()).toEqual(["control-plane", "worker-1"]);
  expect(test.get(nodes, "worker-1", "").metadata.uid).not.toBe(before);
  expect(running()).toContain("kube-proxy worker-1");
});

it("a control plane that is reset takes its cluster with it, and init begins another one", () => {
  ssh("control-plane", "sudo kubeadm reset -f");
  expect(test.cluster.apiServerReachable).toBe(false);
  expect(ssh("control-plane", "sudo ls /var/lib/etcd /etc/kubernetes/manifests", 250)).toBe(
    "/etc/kubernetes/manifests:\n\n/var/lib/etcd:\n",
  );
  ssh("control-plane", "sudo kubeadm init", 60_000);
  expect(test.cluster.server.version).toBe("v1.36.2");
  expect(test.list(certificateSigningRequests, "")).toEqual([]);
  expect(running()).toContain("kube-apiserver control-plane");
});
