/** A control plane of several machines by kubeadm, found at one name. */
import { expect, it } from "vitest";
import { configMaps, nodes } from "../../api/registry.ts";
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
