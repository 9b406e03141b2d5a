/** A cluster goes from one release to the next as kubeadm's instructions have it, node by node. */
import { beforeAll, expect, it } from "vitest";
import { configMaps, daemonSets, nodes, pods } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
import type { TestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

let test: TestCluster;
const control = (command: string, waitMs = 4000): string => sshTo(test, "control-plane", command, waitMs);
const worker = (command: string, waitMs = 4000): string => sshTo(test, "worker-1", command, waitMs);
const versions = (): (string | undefined)[] =>
  test.list(nodes, "").map(({ status }) => status.nodeInfo?.kubeletVersion);
const HELD = "E: Held packages were changed and -y was used without --allow-change-held-packages.\n";
const ORIGIN = "https://pkgs.k8s.io/core:/stable:/v1.36/deb  Packages";

beforeAll(() => {
  test = createTestCluster();
});

it("the repository is added as the instructions have it: with what the distribution carries, and the repository's key", () => {
  const keyring = "/etc/apt/keyrings/kubernetes-apt-keyring.gpg";
  const key = "https://pkgs.k8s.io/core:/stable:/v1.36/deb/Release.key";
  expect(worker("which gpg; sudo apt-get update", 20_000)).toContain(
    `\nHit:4 https://prod-cdn.packages.k8s.io/repositories/isv:/kubernetes:/core:/stable:/v1.36/deb  InRelease\n`,
  );
  expect(
    worker(
      "sudo apt-get install -y apt-transport-https ca-certificates curl gpg jq=1.7.1-6 kubectl=1.36.0-1.1",
      20_000,
    ),
  ).toMatch(/\nSetting up gpg \(2\.4\.7-21\) [^]*\nkubectl is already the newest version \(1\.36\.0-1\.1\)\.\n/);
  worker(`sudo mkdir -p /etc/apt/keyrings; curl -fsSL ${key} | sudo gpg --dearmor -o ${keyring}`);
  expect(worker(`wc -l < ${keyring}; which gpg; echo x | gpg --dearmor; gpg --verify x`)).toBe(
    "1\n/usr/bin/gpg\ngpg: no valid OpenPGP data found.\ngpg: unrecognized option '--verify'\nTry 'gpg --help' for more information.\n",
  );
  expect(worker("sudo apt-get install -y nonesuch")).toContain("E: Unable to locate package nonesuch\n");
});

it("packages come from a repository, and are held until they are let go", () => {
  expect(worker("apt-cache madison kubeadm")).toBe(
    ["1.36.2-1.1", "1.36.1-1.1", "1.36.0-1.1"].map((version) => `   kubeadm | ${version} | ${ORIGIN}\n`).join(""),
  );
  expect(worker("apt-get update")).toBe(
    "E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)\nE: Unable to lock directory /var/lib/apt/lists/\n",
  );
  expect(worker("sudo apt-get update", 3000)).toBe(
    "Hit:1 http://deb.debian.org/debian trixie InRelease\nHit:2 http://deb.debian.org/debian trixie-updates InRelease\nHit:3 http://deb.debian.org/debian-security trixie-security InRelease\nHit:4 https://prod-cdn.packages.k8s.io/repositories/isv:/kubernetes:/core:/stable:/v1.36/deb  InRelease\nReading package lists... Done\n",
  );
  expect(worker("sudo apt-get install -y jq | tail -n 2")).toBe(
    "jq is already the newest version (1.7.1-6).\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n",
  );
  expect(worker("sudo apt-get install -y kubeadm=1.36.1-1.1")).toContain(HELD);
  expect(worker("apt-mark showhold | tr '\\n' ' '")).toBe("kubeadm kubectl kubelet ");
  expect(worker("sudo apt-get install -y kubeadm=1.37.0-1.1")).toContain(
    "E: Version '1.37.0-1.1' for 'kubeadm' was not found\n",
  );
  expect(worker("sudo apt-get install -y 'kubeadm=1.36.1('")).toContain(
    "E: Version '1.36.1(' for 'kubeadm' was not found\n",
  );
  expect(worker("sudo apt-get remove kubeadm")).toBe("E: remove is not simulated\n");
  expect(
    worker("sudo apt-get install -yd --allow-change-held-packages kubeadm=1.36.1-1.1; kubeadm version -o short"),
  ).toMatch(/\nDownload complete and in download only mode\nv1\.36\.0\n$/);
  const list = "/etc/apt/sources.list.d/kubernetes.list";
  const before = worker(`cat ${list}`);
  test.cluster.nodes.get("worker-1")?.kubelet.disk.writeFile(list, before.replace("v1.36", "v1.37"));
  expect(worker("sudo apt-get update")).toContain(
    "E: The repository 'https://pkgs.k8s.io/core:/stable:/v1.37/deb  InRelease' is not signed.\n",
  );
  test.cluster.nodes.get("worker-1")?.kubelet.disk.writeFile(list, before);
  worker("sudo apt-get update");
  expect(
    worker("sudo apt-mark unhold kubeadm; sudo apt-get install -y kubeadm=1.36.1-*; kubeadm version -o short"),
  ).toMatch(
    /^Canceled hold on kubeadm\.\n[^]*Unpacking kubeadm \(1\.36\.1-1\.1\) over \(1\.36\.0-1\.1\) \.\.\.\nSetting up kubeadm \(1\.36\.1-1\.1\) \.\.\.\nv1\.36\.1\n$/,
  );
  expect(worker("dpkg -l kubeadm kubelet | grep kube")).toMatch(
    /^ii {2}kubeadm 1\.36\.1-1\.1 .*\nhi {2}kubelet 1\.36\.0-1\.1 /,
  );
  expect(worker("echo n | sudo apt-get install kubelet=1.36.2-1.1 | tail -n 1")).toBe(
    "Do you want to continue? [Y/n] Abort.\n",
  );
});

it("the plan names what would change, and kubeadm's own version is the limit", () => {
  expect(control("kubeadm upgrade plan")).toBe(
    "[preflight] Running pre-flight checks.\nerror: [preflight] Some fatal errors occurred:\n\t[ERROR IsPrivilegedUser]: user is not running as root\n[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\nTo see the stack trace of this error execute with --v=5 or higher\n",
  );
  const plan = control("sudo kubeadm upgrade plan");
  expect(plan).toContain("[upgrade/versions] Cluster version: v1.36.0\n[upgrade/versions] kubeadm version: v1.36.0\n");
  expect(plan).toContain("\nkubelet     worker-3        v1.36.0   v1.36.2\n");
  expect(plan).toContain("\nkube-apiserver            control-plane   v1.36.0   v1.36.2\n");
  expect(plan).toContain("Note: Before you can perform this upgrade, you have to update kubeadm to v1.36.2.\n");
  expect(control("sudo kubeadm upgrade apply v1.36.1 -y")).toContain(
    'error: error execution phase preflight: the version argument is invalid due to these errors:\n\n\t- Specified version to upgrade to "v1.36.1" is higher than the kubeadm version "v1.36.0". Upgrade kubeadm first using the tool you used to install kubeadm\n\nCan be bypassed if you pass the --force flag\n',
  );
  expect(worker("sudo kubeadm upgrade apply v1.36.1")).toMatch(/failed to load admin kubeconfig: open .*admin\.conf/);
  expect(control("sudo kubeadm upgrade apply v1.36.1 --bogus")).toMatch(/^error: unknown flag: --bogus\n/);
});

it("the control plane's pods get new images one after the other, and the add-on kube-proxy too", () => {
  control("sudo apt-get install -y --allow-change-held-packages kubeadm=1.36.1-1.1");
  const scheduler = test.get(pods, "kube-scheduler-control-plane", "kube-system").metadata.uid;
  expect(control("echo no | sudo kubeadm upgrade apply v1.36.1")).toContain(
    "[upgrade] Are you sure you want to proceed? [y/N]: error: won't proceed; the user didn't answer (Y|y) in order to continue\n",
  );
  const said = control("sudo kubeadm upgrade apply v1.36.1 -y", 120_000);
  expect(said.split("\n").filter((line) => line.endsWith("upgraded successfully!"))).toEqual(
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
      (name) => `[upgrade/staticpods] Component "${name}" upgraded successfully!`,
    ),
  );
  expect(said).toMatch(/\n\[upgrade\] SUCCESS! A control plane node of your cluster was upgraded to "v1\.36\.1"\.\n/);
  const { metadata, spec } = test.get(pods, "kube-scheduler-control-plane", "kube-system");
  expect(metadata.uid).not.toBe(scheduler);
  expect(spec.containers[0]?.image).toBe("registry.k8s.io/kube-scheduler:v1.36.1");
  expect(test.cluster.server.version).toBe("v1.36.1");
  expect(test.get(configMaps, "kubeadm-config", "kube-system").data?.["ClusterConfiguration"]).toContain(
    "\nkubernetesVersion: v1.36.1\n",
  );
  const { template } = test.get(daemonSets, "kube-proxy", "kube-system").spec;
  expect(template.spec?.containers[0]?.image).toBe("registry.k8s.io/kube-proxy:v1.36.1");
  expect(control("ls /etc/kubernetes/tmp/kubeadm-backup-manifests-*")).toBe(
    "kube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml\n",
  );
  // Renewed with their components; those of etcd, which stayed, are not.
  const expirations = control("kubeadm certs check-expiration");
  expect(expirations).toMatch(/\napiserver +Jan 01, 2027 00:0[1-9] UTC/);
  expect(expirations).toMatch(/\netcd-server +Jan 01, 2027 00:00 UTC/);
});

it("a node shows its kubelet's version once that is installed and started anew", () => {
  expect(versions()).toEqual(["v1.36.0", "v1.36.0", "v1.36.0", "v1.36.0"]);
  control("sudo apt-get install -y --allow-change-held-packages kubelet=1.36.1-1.1 kubectl=1.36.1-1.1");
  expect(versions()).toEqual(["v1.36.0", "v1.36.0", "v1.36.0", "v1.36.0"]);
  const server = test.get(pods, "kube-apiserver-control-plane", "kube-system").metadata.uid;
  control("sudo systemctl daemon-reload; sudo systemctl restart kubelet", 12_000);
  expect(versions()).toEqual(["v1.36.1", "v1.36.0", "v1.36.0", "v1.36.0"]);
  expect(test.get(pods, "kube-apiserver-control-plane", "kube-system").metadata.uid).toBe(server);
  // What the cluster's kubelets are to be configured with reaches a node with `upgrade node`.
  const config = test.get(configMaps, "kubelet-config", "kube-system");
  const kubelet = `${config.data?.["kubelet"]}containerLogMaxSize: 1Mi\n`;
  test.client.resource(configMaps).update({ ...config, data: { kubelet } });
  expect(worker("sudo kubeadm upgrade node")).toMatch(
    /\n\[upgrade\/control-plane\] Skipping phase\. Not a control plane node\.\n[^]*\[upgrade\/kubelet-config\] The kubelet configuration for this node was successfully upgraded!\n/,
  );
  expect(worker("tail -n 1 /var/lib/kubelet/config.yaml")).toBe("containerLogMaxSize: 1Mi\n");
  worker(
    "sudo apt-get install -y --allow-change-held-packages kubelet=1.36.1-1.1; sudo systemctl restart kubelet",
    12_000,
  );
  expect(versions()).toEqual(["v1.36.1", "v1.36.1", "v1.36.0", "v1.36.0"]);
});

it("an upgrade that no kubelet carries out is taken back", () => {
  control("sudo apt-get install -y --allow-change-held-packages kubeadm=1.36.2-1.1; sudo systemctl stop kubelet");
  const said = control("sudo kubeadm upgrade apply v1.36.2 -y --ignore-preflight-errors=all", 330_000);
  expect(said).toMatch(
    /static Pod hash for component kube-apiserver on Node control-plane did not change after 5m0s: timed out waiting for the condition\n/,
  );
  control("sudo systemctl start kubelet", 30_000);
  expect(test.get(pods, "kube-apiserver-control-plane", "kube-system").spec.containers[0]?.image).toBe(
    "registry.k8s.io/kube-apiserver:v1.36.1",
  );
});

it("certificates are renewed for a year from now", () => {
  expect(control("kubeadm certs renew apiserver")).toContain("permission denied");
  expect(control("sudo kubeadm certs renew etcd-server")).toMatch(/\n\ncertificate for serving etcd renewed\n$/);
  expect(control("kubeadm certs check-expiration | grep etcd-server")).toMatch(/Jan 01, 2027 00:(?!00)\d\d UTC/);
  const said = control("sudo kubeadm certs renew all").split("\n");
  expect(said.slice(3, 5)).toEqual([
    "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed",
    "certificate for serving the Kubernetes API renewed",
  ]);
  expect(said.at(-2)).toBe(
    "Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.",
  );
  expect(control("kubeadm certs check-expiration | grep -c 'Jan 01, 2027 00:00'")).toBe("0\n");
});
