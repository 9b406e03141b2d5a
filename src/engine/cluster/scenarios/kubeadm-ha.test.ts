/** A control plane of several machines by kubeadm, found at one name. */
import { expect, it } from "vitest";
import { configMaps, endpoints, leases, nodes, services } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { applyPublished } from "../testing/apply-published.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

const test = createTestCluster({ preset: "bare" });
const ssh = (node: string, command: string, waitMs = 250): string => sshTo(test, node, command, waitMs);
const MACHINES = ["control-plane", "worker-1", "worker-2"];
const TRACE = "To see the stack trace of this error execute with --v=5 or higher\n";
const FLANNEL = "https://github.com/flannel-io/flannel/releases/download/v0.27.4/kube-flannel.yml";
const INIT =
  "sudo kubeadm init --control-plane-endpoint kube.example.com:6443 --upload-certs --pod-network-cidr 10.244.0.0/16";
/** What `init` says of how others join. */
const commands = { controlPlane: "", worker: "" };
const pointTo = (address: string, machines = MACHINES): void => {
  for (const machine of machines) {
    const disk = test.cluster.nodes.get(machine)?.kubelet.disk;
    disk?.writeFile("/etc/hosts", `127.0.0.1 localhost\n${address} kube.example.com\n`);
  }
};
const readyNodes = (): string[] =>
  test
    .list(nodes, "")
    .filter(({ status }) => status.conditions?.find(({ type }) => type === "Ready")?.status === "True")
    .map(({ metadata }) => metadata.name);

it("is not begun where its name leads nowhere: kubeadm doesn't reach the API server that it has started", () => {
  expect(ssh("control-plane", "sudo kubeadm init --control-plane-endpoint Kube:6443")).toBe(
    `error: controlPlaneEndpoint: Invalid value: "Kube:6443": host 'Kube' must be a valid IP address or a valid RFC-1123 DNS subdomain\n${TRACE}`,
  );
  expect(ssh("control-plane", "sudo kubeadm init --control-plane-endpoint kube:http")).toBe(
    `error: controlPlaneEndpoint: Invalid value: "kube:http": port http must be a valid number between 1 and 65535, inclusive\n${TRACE}`,
  );
  const said = ssh("control-plane", INIT, 120_000);
  expect(said).toContain("[control-plane-check] kube-apiserver is healthy after ");
  expect(said.slice(said.indexOf("error:"))).toBe(
    `error: error execution phase upload-config/kubeadm: could not bootstrap the admin user in file admin.conf: unable to create ClusterRoleBinding: Post "https://kube.example.com:6443/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?timeout=10s": dial tcp: lookup kube.example.com on 127.0.0.53:53: no such host\n${TRACE}`,
  );
  ssh("control-plane", "sudo kubeadm reset -f", 20_000);
});

it("is begun with two commands for others, and names the endpoint in certificates, kubeconfigs and its configuration", () => {
  pointTo("172.18.0.2");
  const said = ssh("control-plane", INIT, 60_000);
  expect(said).toContain(
    "[certs] apiserver serving cert is signed for DNS names [control-plane kube.example.com kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local] and IPs [10.96.0.1 172.18.0.2]\n",
  );
  const end = said.slice(said.indexOf("You can now join"));
  expect(end.replace(/[0-9a-f]{64}/g, "X").replace(/[a-z0-9]{6}\.[a-z0-9]{16}/g, "T")).toBe(
    `You can now join any number of the control-plane node running the following command on each as root:

  kubeadm join kube.example.com:6443 --token T \\
	--discovery-token-ca-cert-hash sha256:X \\
	--control-plane --certificate-key X

Please note that the certificate-key gives access to cluster sensitive data, keep it secret!
As a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use
"kubeadm init phase upload-certs --upload-certs" to reload certs afterward.

Then you can join any number of worker nodes by running the following on each as root:

kubeadm join kube.example.com:6443 --token T \\
	--discovery-token-ca-cert-hash sha256:X 
`,
  );
  const [, controlPlane = "", , worker = ""] = end.replaceAll("\\\n", "").split(/^ *(?=kubeadm join)/m);
  commands.controlPlane = controlPlane.split("\n")[0] ?? "";
  commands.worker = (worker === "" ? end.slice(end.lastIndexOf("kubeadm join")).replace("\\\n", "") : worker).trim();
  expect(test.get(configMaps, "kubeadm-config", "kube-system").data?.["ClusterConfiguration"]).toContain(
    "\nclusterName: kubernetes\ncontrolPlaneEndpoint: kube.example.com:6443\ncontrollerManager: {}\n",
  );
  expect(test.get(configMaps, "cluster-info", "kube-public").data?.["kubeconfig"]).toContain(
    "server: https://kube.example.com:6443\n",
  );
  expect(
    ssh(
      "control-plane",
      "cd /etc/kubernetes; sudo grep -h server: admin.conf super-admin.conf kubelet.conf scheduler.conf controller-manager.conf",
    ),
  ).toBe(
    [...Array(2).fill("kube.example.com"), ...Array(3).fill("172.18.0.2")]
      .map((host) => `    server: https://${host}:6443\n`)
      .join(""),
  );
  expect(test.get(nodes, "control-plane", "").spec.taints?.map(({ key }) => key)).toContain(
    "node-role.kubernetes.io/control-plane",
  );
  applyPublished(test, FLANNEL);
  test.run(30_000);
  expect(readyNodes()).toEqual(["control-plane"]);
});

it("is joined by a worker by that name, whose kubelet is lost to it when it starts while the name leads elsewhere", () => {
  expect(ssh("worker-2", `sudo ${commands.worker}`, 40_000)).toMatch(/\nThis node has joined the cluster:\n/);
  expect(readyNodes()).toEqual(["control-plane", "worker-2"]);
  expect(ssh("worker-2", "sudo grep server: /etc/kubernetes/kubelet.conf")).toBe(
    "    server: https://kube.example.com:6443\n",
  );
  // A connection that is there stays.
  pointTo("172.18.0.3", ["worker-2"]);
  test.run(70_000);
  expect(readyNodes()).toEqual(["control-plane", "worker-2"]);
  ssh("worker-2", "sudo systemctl restart kubelet", 70_000);
  expect(readyNodes()).toEqual(["control-plane"]);
  expect(ssh("worker-2", "sudo journalctl -u kubelet | tail -n 20")).toContain(
    "dial tcp 172.18.0.3:6443: connect: connection refused",
  );
  pointTo("172.18.0.2", ["worker-2"]);
  test.run(20_000);
  expect(readyNodes()).toEqual(["control-plane", "worker-2"]);
});

const TLS =
  "--cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key";
const etcdctl = (node: string, command: string, waitMs?: number): string =>
  ssh(node, `sudo etcdctl ${TLS} ${command}`, waitMs);

it("is not joined without the authorities' keys or with another key", () => {
  const without = commands.controlPlane.replace(/--certificate-key .*/, "");
  const missing = (file: string): string =>
    `/etc/kubernetes/pki/${file}: open /etc/kubernetes/pki/${file}: no such file or directory`;
  expect(ssh("worker-1", `sudo ${without}`, 5000)).toBe(`[preflight] Running pre-flight checks
[preflight] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
error: error execution phase preflight: 
One or more conditions for hosting a new control plane instance is not satisfied.

[failure loading certificate for CA: couldn't load the certificate file ${missing("ca.crt")}, failure loading key for service account: couldn't load the private key file ${missing("sa.key")}, failure loading certificate for front-proxy CA: couldn't load the certificate file ${missing("front-proxy-ca.crt")}, failure loading certificate for etcd CA: couldn't load the certificate file ${missing("etcd/ca.crt")}]

Please ensure that:
* The cluster has a stable controlPlaneEndpoint address.
* The certificates that must be shared among control plane instances are provided.


${TRACE}`);
  const withKey = (key: string): string => ssh("worker-1", `sudo ${without} --certificate-key ${key}`, 30_000);
  const download = "error: error execution phase control-plane-prepare/download-certs: error downloading certs: ";
  expect(withKey("a".repeat(64))).toContain(
    `${download}error decoding secret data with provided key: cipher: message authentication failed\n`,
  );
  expect(withKey("mine")).toContain(
    `${download}error decoding certificate key: encoding/hex: invalid byte: U+006D 'm'\n`,
  );
  expect(ssh("worker-1", "sudo ls /etc/kubernetes/pki")).toBe("");
});

const holderOf = (name: string): string =>
  (test.get(leases, name, "kube-system").spec.holderIdentity ?? "").replace(/_.*/, "");
const addressesOf = (): string[] =>
  (test.get(endpoints, "kubernetes").subsets ?? []).flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));
const curl = (node: string, address: string, path: string): string =>
  ssh(
    node,
    `sudo curl -s --cacert /etc/kubernetes/pki/ca.crt --cert /etc/kubernetes/pki/apiserver-kubelet-client.crt --key /etc/kubernetes/pki/apiserver-kubelet-client.key https://${address}:6443${path}`,
    10_000,
  );

it("is joined by a machine with the key, which runs all of it and is the second member of etcd", () => {
  const said = ssh("worker-1", `sudo ${commands.controlPlane}`, 90_000);
  expect(said.replace(/ after .*s$/gm, " after T")).toBe(JOINED);
  expect(etcdctl("worker-1", "member list").replace(/^[0-9a-f]+/gm, "ID")).toBe(
    `ID, started, control-plane, https://172.18.0.2:2380, https://172.18.0.2:2379, false
ID, started, worker-1, https://172.18.0.3:2380, https://172.18.0.3:2379, false
`,
  );
  expect(etcdctl("worker-1", "endpoint status --cluster").match(/(true|false), false/g)).toEqual([
    ...["true, false", "false, false"],
  ]);
  expect(readyNodes()).toEqual(MACHINES);
  expect(Object.keys(test.get(nodes, "worker-1", "").metadata.labels ?? {})).toContain(
    "node-role.kubernetes.io/control-plane",
  );
  expect(ssh("worker-1", "cd /etc/kubernetes; sudo ls; sudo grep -h server: admin.conf kubelet.conf")).toBe(
    "admin.conf\ncontroller-manager.conf\nkubelet.conf\nmanifests\npki\nscheduler.conf\n    server: https://kube.example.com:6443\n    server: https://172.18.0.3:6443\n",
  );
  expect(ssh("worker-1", "sudo grep -o 'initial-cluster.*' /etc/kubernetes/manifests/etcd.yaml")).toBe(
    "initial-cluster=control-plane=https://172.18.0.2:2380,worker-1=https://172.18.0.3:2380\ninitial-cluster-state=existing\n",
  );
  expect(addressesOf()).toEqual(["172.18.0.2", "172.18.0.3"]);
  expect(["kube-controller-manager", "kube-scheduler"].map(holderOf)).toEqual(["control-plane", "control-plane"]);
});

it("has two servers of one store", () => {
  test.client.resource(configMaps).create({ metadata: { name: "note", namespace: "default" }, data: { a: "1" } });
  for (const address of ["172.18.0.2", "172.18.0.3"]) {
    expect(curl("worker-1", address, "/api/v1/namespaces/default/configmaps/note")).toContain('"a": "1"');
  }
});

it("answers nothing when one of two machines is lost, since one member of etcd is no majority", () => {
  test.cluster.nodes.get("control-plane")?.powerOff();
  const path = "/api/v1/namespaces/default/configmaps/note";
  expect(curl("worker-1", "172.18.0.3", path)).toContain('"message": "etcdserver: request timed out"');
  expect(curl("worker-1", "172.18.0.2", path)).toBe("");
  expect(etcdctl("worker-1", "get a", 6000)).toBe("Error: context deadline exceeded\n");
  test.cluster.nodes.get("control-plane")?.powerOn();
  expect(test.runUntil(() => test.cluster.server.running, 400_000)).toBe(true);
  test.run(60_000);
  expect(readyNodes()).toEqual(MACHINES);
});

/** A JoinConfiguration that says what the command does. */
function joinFile(): string {
  const [, token] = /--token (\S+)/.exec(commands.controlPlane) ?? [];
  const [, hash] = /--discovery-token-ca-cert-hash (\S+)/.exec(commands.controlPlane) ?? [];
  const [, key] = /--certificate-key (\S+)/.exec(commands.controlPlane) ?? [];
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
controlPlane: {certificateKey: ${key}}
discovery:
  bootstrapToken: {apiServerEndpoint: "kube.example.com:6443", token: ${token}, caCertHashes: ["${hash}"]}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 5
`;
}

function joinByFile(text: string, more = ""): string {
  test.cluster.nodes.get("worker-2")?.kubelet.disk.writeFile("/root/join.yaml", text);
  return ssh("worker-2", `sudo kubeadm join --config /root/join.yaml ${more}`, 90_000);
}

it("is told what is wrong with a file by which a machine is to join", () => {
  expect(joinByFile(joinFile(), "--token abc")).toBe(`error: can not mix '--config' with arguments [token]\n${TRACE}`);
  expect(joinByFile("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n")).toBe(
    `error: no JoinConfiguration found in the supplied config\n${TRACE}`,
  );
  expect(joinByFile(joinFile().replace(/caCertHashes: .*\]/, "unsafeSkipCAVerification: false"))).toMatch(
    /^error: discovery\.bootstrapToken: Invalid value: "": using token-based discovery without caCertHashes can be unsafe\./,
  );
  expect(joinByFile(joinFile().replace("discovery:", "discovery:\n  file: {kubeConfigPath: /tmp/a}"))).toBe(
    `error: discovery.file of a JoinConfiguration is not simulated\n${TRACE}`,
  );
  expect(joinByFile(joinFile().replace("controlPlane:", "nodeRegistration: {name: other}\ncontrolPlane:"))).toBe(
    `error: nodeRegistration.name=other of a JoinConfiguration is not simulated: in this preset it is worker-2\n${TRACE}`,
  );
});

it("goes on without the first of three: others lead, and who asks by the name does when that leads to another", () => {
  ssh("worker-2", "sudo kubeadm reset -f", 20_000);
  test.client.resource(nodes).delete("", "worker-2");
  const said = joinByFile(joinFile());
  expect(said).toMatch(
    /^W joinconfiguration\.go:124\] \[config\] WARNING: Ignored configuration document with GroupVersionKind kubelet\.config\.k8s\.io\/v1beta1, Kind=KubeletConfiguration\n\[preflight\] Running pre-flight checks\n/,
  );
  expect(said).toContain("A new etcd member was added");
  expect(etcdctl("worker-2", "member list").match(/started/g)?.length).toBe(3);
  expect(addressesOf()).toEqual(["172.18.0.2", "172.18.0.3", "172.18.0.4"]);
  test.cluster.nodes.get("control-plane")?.powerOff();
  test.run(90_000);
  expect(readyNodes()).toEqual(["worker-1", "worker-2"]);
  expect(["kube-controller-manager", "kube-scheduler"].map(holderOf)).not.toContain("control-plane");
  expect(addressesOf()).toEqual(["172.18.0.3", "172.18.0.4"]);
  expect(ssh("worker-1", "kubeadm token list")).toBe(
    `error: Get "https://kube.example.com:6443/api/v1/namespaces/kube-system/secrets": dial tcp 172.18.0.2:6443: i/o timeout\n${TRACE}`,
  );
  expect(curl("worker-1", "kube.example.com", "/version")).toBe("");
  pointTo("172.18.0.4");
  expect(curl("worker-1", "kube.example.com", "/version")).toContain('"gitVersion": "v1.36.');
});

it("is left by `kubeadm reset`, which takes the member out of etcd", () => {
  test.cluster.nodes.get("control-plane")?.powerOn();
  test.run(120_000);
  expect(ssh("worker-1", "sudo kubeadm reset -f", 20_000)).toContain(
    "[reset] Deleted contents of the etcd data directory: /var/lib/etcd\n",
  );
  expect(etcdctl("worker-2", "member list").replace(/^[0-9a-f]+/gm, "ID")).toBe(
    `ID, started, control-plane, https://172.18.0.2:2380, https://172.18.0.2:2379, false
ID, started, worker-2, https://172.18.0.4:2380, https://172.18.0.4:2379, false
`,
  );
  test.run(30_000);
  expect(addressesOf()).toEqual(["172.18.0.4", "172.18.0.2"]);
});

it("is not left in order without a majority, and who begins another cluster has that of the first turned away", () => {
  test.cluster.nodes.get("worker-2")?.powerOff();
  expect(ssh("control-plane", "sudo kubeadm reset -f", 20_000)).not.toContain("Reading configuration");
  pointTo("172.18.0.2");
  expect(ssh("control-plane", INIT, 60_000)).toContain("has initialized successfully!");
  expect(test.get(services, "kubernetes").spec.clusterIP).toBe("10.96.0.1");
  expect(test.list(nodes, "").map(({ metadata }) => metadata.name)).toEqual(["control-plane"]);
  test.cluster.nodes.get("worker-2")?.powerOn();
  test.run(20_000);
  expect(etcdctl("control-plane", "member list").match(/started/g)?.length).toBe(1);
  expect(test.cluster.podLog("kube-system", "etcd-worker-2")).toContain("request cluster ID mismatch");
  expect(ssh("worker-1", "sudo kubeadm init")).toMatch(
    /^error: a second cluster is not simulated: control-plane has one/,
  );
});

const JOINED = `[preflight] Running pre-flight checks
[preflight] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
[preflight] Running pre-flight checks before initializing the new control plane instance
[preflight] Pulling images required for setting up a Kubernetes cluster
[preflight] This might take a minute or two, depending on the speed of your internet connection
[preflight] You can also perform this action beforehand using 'kubeadm config images pull'
[download-certs] Downloading the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace
[download-certs] Saving the certificates to the folder: "/etc/kubernetes/pki"
[certs] Using certificateDir folder "/etc/kubernetes/pki"
[certs] Generating "apiserver" certificate and key
[certs] apiserver serving cert is signed for DNS names [kube.example.com kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local worker-1] and IPs [10.96.0.1 172.18.0.3]
[certs] Generating "apiserver-kubelet-client" certificate and key
[certs] Generating "front-proxy-client" certificate and key
[certs] Generating "etcd/server" certificate and key
[certs] etcd/server serving cert is signed for DNS names [worker-1 localhost] and IPs [172.18.0.3 127.0.0.1 ::1]
[certs] Generating "etcd/peer" certificate and key
[certs] etcd/peer serving cert is signed for DNS names [worker-1 localhost] and IPs [172.18.0.3 127.0.0.1 ::1]
[certs] Generating "etcd/healthcheck-client" certificate and key
[certs] Generating "apiserver-etcd-client" certificate and key
[certs] Valid certificates and keys now exist in "/etc/kubernetes/pki"
[certs] Using the existing "sa" key
[kubeconfig] Generating kubeconfig files
[kubeconfig] Using kubeconfig folder "/etc/kubernetes"
[kubeconfig] Writing "admin.conf" kubeconfig file
[kubeconfig] Writing "controller-manager.conf" kubeconfig file
[kubeconfig] Writing "scheduler.conf" kubeconfig file
[control-plane] Using manifest folder "/etc/kubernetes/manifests"
[control-plane] Creating static Pod manifest for "kube-apiserver"
[control-plane] Creating static Pod manifest for "kube-controller-manager"
[control-plane] Creating static Pod manifest for "kube-scheduler"
[check-etcd] Checking that the etcd cluster is healthy
[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"
[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"
[kubelet-start] Starting the kubelet
[etcd] Announced new etcd member joining to the existing etcd cluster
[etcd] Creating static Pod manifest for "etcd"
[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s
[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s
[kubelet-check] The kubelet is healthy after T
[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap

[mark-control-plane] Marking the node worker-1 as control-plane by adding the labels: [node-role.kubernetes.io/control-plane node.kubernetes.io/exclude-from-external-load-balancers]
[mark-control-plane] Marking the node worker-1 as control-plane by adding the taints [node-role.kubernetes.io/control-plane:NoSchedule]
[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s
[control-plane-check] Checking kube-apiserver at https://172.18.0.3:6443/livez
[control-plane-check] Checking kube-controller-manager at https://127.0.0.1:10257/healthz
[control-plane-check] Checking kube-scheduler at https://127.0.0.1:10259/livez
[control-plane-check] kube-apiserver is healthy after T
[control-plane-check] kube-controller-manager is healthy after T
[control-plane-check] kube-scheduler is healthy after T

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
