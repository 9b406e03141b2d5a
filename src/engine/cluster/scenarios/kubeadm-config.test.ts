/** kubeadm's configuration file, single phases of init, and what it prints for others to use. */
import { describe, expect, it } from "vitest";
import { configMaps, daemonSets, deployments, nodes, pods, secrets } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { applyPublished } from "../testing/apply-published.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

const NODE = "control-plane";
const TRACE = "To see the stack trace of this error execute with --v=5 or higher\n";

describe("a machine that is to be a control plane", () => {
  const test = createTestCluster({ preset: "bare" });
  const ssh = (command: string, waitMs = 250): string => sshTo(test, NODE, command, waitMs);
  const write = (text: string): void =>
    test.cluster.nodes.get(NODE)?.kubelet.disk.writeFile("/root/kubeadm.yaml", text);
  const init = (text: string): string => {
    write(text);
    return ssh("sudo kubeadm init --config /root/kubeadm.yaml");
  };

  it("is told what is wrong with its file", () => {
    expect(ssh("sudo kubeadm init --config /root/none.yaml")).toBe(
      `error: unable to read config from "/root/none.yaml" : open /root/none.yaml: no such file or directory\n${TRACE}`,
    );
    const cluster = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    expect(init(`${cluster}networking: {podSubnet: 10.10.0.0/16}\n`)).toBe(
      `error: networking.podSubnet=10.10.0.0/16 of a ClusterConfiguration is not simulated: in this preset it is 10.244.0.0/16\n${TRACE}`,
    );
    expect(init(`${cluster}etcd: {external: {endpoints: [https://10.0.0.1:2379]}}\n`)).toBe(
      `error: etcd.external of a ClusterConfiguration is not simulated\n${TRACE}`,
    );
    expect(init("apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n")).toBe(
      `error: your configuration file uses an old API spec: "kubeadm.k8s.io/v1beta2" (kind: "ClusterConfiguration"). Please use kubeadm v1.22 instead and run 'kubeadm config migrate --old-config old-config.yaml --new-config new-config.yaml', which will write the new, similar spec using a newer API version.\n${TRACE}`,
    );
    const token = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens:\n- ttl: 1h\n  ";
    expect(init(`${token}usages: [signing]\n`)).toBe(
      `error: bootstrapTokens.usages of an InitConfiguration is not simulated\n${TRACE}`,
    );
    expect(init(`${token}description: mine\n`)).toBe(
      `error: bootstrapTokens.description of an InitConfiguration is not simulated\n${TRACE}`,
    );
    expect(init(`${cluster}scheduler:\n  extraArgs:\n  - name: v\n    value: 4\n`)).toBe(
      `error: json: cannot unmarshal number into Go struct field Arg.scheduler.extraArgs.value of type string\n${TRACE}`,
    );
    expect(init(`${cluster}scheduler: {\n`)).toBe(
      `error: error converting YAML to JSON: yaml: line 3: did not find expected node content\n${TRACE}`,
    );
    write(cluster);
    expect(ssh("sudo kubeadm init --config /root/kubeadm.yaml --token-ttl 1h")).toBe(
      `error: can not mix '--config' with arguments [token-ttl]\n${TRACE}`,
    );
  });

  it("is set up by the defaults that kubeadm prints, with more flags, volumes and names", () => {
    const defaults = ssh("kubeadm config print init-defaults");
    expect(defaults.split("\n").slice(0, 15)).toEqual([
      ...["apiVersion: kubeadm.k8s.io/v1beta4", "bootstrapTokens:", "- groups:"],
      ...["  - system:bootstrappers:kubeadm:default-node-token", "  token: abcdef.0123456789abcdef"],
      ...["  ttl: 24h0m0s", "  usages:", "  - signing", "  - authentication", "kind: InitConfiguration"],
      ...["localAPIEndpoint:", "  advertiseAddress: 1.2.3.4", "  bindPort: 6443", "nodeRegistration:"],
      "  criSocket: unix:///var/run/containerd/containerd.sock",
    ]);
    write(
      defaults
        .replace("1.2.3.4", "172.18.0.2")
        .replace("name: node", "name: control-plane")
        .replace("networking:\n", "networking:\n  podSubnet: 10.244.0.0/16\n")
        .replace(
          "apiServer: {}",
          `apiServer:
  certSANs: [api.example.com, 10.1.1.1]
  extraArgs:
  - {name: event-ttl, value: 2h}
  - {name: enable-admission-plugins, value: "NodeRestriction,AlwaysPullImages"}
  extraVolumes:
  - {name: audit, hostPath: /etc/kubernetes/audit, mountPath: /etc/kubernetes/audit, readOnly: true, pathType: DirectoryOrCreate}`,
        )
        .concat("---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 20\n"),
    );
    const said = ssh("sudo kubeadm init --config /root/kubeadm.yaml --upload-certs", 60_000);
    expect(said).toContain("[init] Using Kubernetes version: v1.36.0\n");
    expect(said).toContain(
      "[certs] apiserver serving cert is signed for DNS names [api.example.com control-plane kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local] and IPs [10.96.0.1 172.18.0.2 10.1.1.1]\n",
    );
    expect(said).toMatch(
      /\[upload-certs\] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n\[upload-certs\] Using certificate key:\n[0-9a-f]{64}\n/,
    );
    expect(said).toContain("kubeadm join 172.18.0.2:6443 --token abcdef.0123456789abcdef \\\n");
    test.run(30_000);
    const { spec } = test.get(pods, `kube-apiserver-${NODE}`, "kube-system");
    const [container] = spec.containers;
    expect(container?.command?.filter((flag) => /event-ttl|plugins/.test(flag))).toEqual([
      "--enable-admission-plugins=NodeRestriction,AlwaysPullImages",
      "--event-ttl=2h",
    ]);
    expect(container?.volumeMounts?.[0]).toEqual({ mountPath: "/etc/kubernetes/audit", name: "audit", readOnly: true });
    const configuration = test.get(configMaps, "kubeadm-config", "kube-system").data?.["ClusterConfiguration"];
    expect(configuration).toContain("- name: event-ttl\n    value: 2h\n");
    expect(test.get(configMaps, "kubelet-config", "kube-system").data?.["kubelet"]).toContain("maxPods: 20\n");
    expect(ssh("sudo cat /var/lib/kubelet/config.yaml")).toContain("maxPods: 20\n");
    expect(ssh("openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -text | grep -o 'DNS:api.example.com'")).toBe(
      "DNS:api.example.com\n",
    );
  });

  it("keeps them when it is upgraded", () => {
    const flannel = "https://raw.githubusercontent.com/flannel-io/flannel/v0.26.7/Documentation/kube-flannel.yml";
    applyPublished(test, flannel);
    test.run(30_000);
    ssh("sudo apt-get update; sudo apt-get install -y --allow-change-held-packages kubeadm=1.36.1-1.1", 60_000);
    expect(ssh("sudo kubeadm upgrade apply -y v1.36.1", 300_000)).toContain('your cluster was upgraded to "v1.36.1"');
    const { spec } = test.get(pods, `kube-apiserver-${NODE}`, "kube-system");
    expect(spec.containers[0]?.image).toBe("registry.k8s.io/kube-apiserver:v1.36.1");
    expect(spec.containers[0]?.command).toContain("--event-ttl=2h");
    const manager = test.get(pods, `kube-controller-manager-${NODE}`, "kube-system");
    expect(manager.spec.containers[0]?.command).toContain("--cluster-cidr=10.244.0.0/16");
  });
});

it("a cluster comes without those phases that init is told to skip", () => {
  const test = createTestCluster({ preset: "bare" });
  const ssh = (command: string, waitMs = 250): string => sshTo(test, NODE, command, waitMs);
  expect(ssh("sudo kubeadm init --skip-phases=addon/proxy")).toBe(`error: invalid phase name: addon/proxy\n${TRACE}`);
  expect(ssh("sudo kubeadm init --skip-phases=certs")).toBe(`error: --skip-phases=certs is not simulated\n${TRACE}`);
  const said = ssh("sudo kubeadm init --skip-phases=preflight,addon/kube-proxy,mark-control-plane", 60_000);
  expect(said.split("\n").slice(0, 2)).toEqual([
    "[init] Using Kubernetes version: v1.36.2",
    '[certs] Using certificateDir folder "/etc/kubernetes/pki"',
  ]);
  expect(said).not.toMatch(/mark-control-plane|kube-proxy/);
  expect(said).toContain("[addons] Applied essential addon: CoreDNS\n");
  expect(test.list(daemonSets, "kube-system")).toEqual([]);
  expect(test.get(nodes, NODE, "").spec.taints?.map(({ key }) => key)).toEqual(["node.kubernetes.io/not-ready"]);
});

describe("a control plane", () => {
  const test = createTestCluster();
  const ssh = (command: string, waitMs = 250): string => sshTo(test, NODE, command, waitMs);

  it("gets certificates and kubeconfigs anew that are gone", () => {
    ssh("cd /etc/kubernetes; sudo rm pki/apiserver.crt pki/apiserver.key scheduler.conf");
    expect(ssh("kubeadm init phase certs apiserver")).toBe(
      `error: error execution phase certs/apiserver: open /etc/kubernetes/pki: permission denied\n${TRACE}`,
    );
    expect(ssh("sudo kubeadm init phase certs apiserver --apiserver-cert-extra-sans=api.example.com")).toBe(
      '[certs] Generating "apiserver" certificate and key\n[certs] apiserver serving cert is signed for DNS names [api.example.com control-plane kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local] and IPs [10.96.0.1 172.18.0.2]\n',
    );
    expect(ssh("sudo kubeadm init phase certs all | tail -n 3")).toBe(
      '[certs] Using existing etcd/healthcheck-client certificate and key on disk\n[certs] Using existing apiserver-etcd-client certificate and key on disk\n[certs] Using the existing "sa" key\n',
    );
    expect(ssh("sudo kubeadm init phase kubeconfig scheduler; sudo kubeadm init phase kubeconfig admin")).toBe(
      '[kubeconfig] Writing "scheduler.conf" kubeconfig file\n[kubeconfig] Using existing kubeconfig file: "/etc/kubernetes/admin.conf"\n',
    );
    ssh("sudo mv /etc/kubernetes/pki/etcd/ca.key /tmp; sudo rm /etc/kubernetes/pki/etcd/server.crt");
    expect(ssh("sudo kubeadm init phase certs etcd-server")).toBe(
      `error: error execution phase certs/etcd-server: couldn't load CA certificate etcd-ca: couldn't load etcd/ca certificate authority from /etc/kubernetes/pki\n${TRACE}`,
    );
    ssh("sudo mv /tmp/ca.key /etc/kubernetes/pki/etcd/");
    ssh("sudo kubeadm init phase certs etcd-server");
  });

  it("gets its manifests anew, with the flags that are asked for", () => {
    expect(
      ssh(
        "sudo kubeadm init phase control-plane all --kubernetes-version v1.36.0 --scheduler-extra-args=v=4,profiling=false",
      ),
    ).toBe(
      '[control-plane] Using manifest folder "/etc/kubernetes/manifests"\n[control-plane] Creating static Pod manifest for "kube-apiserver"\n[control-plane] Creating static Pod manifest for "kube-controller-manager"\n[control-plane] Creating static Pod manifest for "kube-scheduler"\n',
    );
    expect(ssh("sudo grep -A9 -- '- command' /etc/kubernetes/manifests/kube-scheduler.yaml")).toBe(
      "  - command:\n    - kube-scheduler\n    - --authentication-kubeconfig=/etc/kubernetes/scheduler.conf\n    - --authorization-kubeconfig=/etc/kubernetes/scheduler.conf\n    - --bind-address=127.0.0.1\n    - --kubeconfig=/etc/kubernetes/scheduler.conf\n    - --leader-elect=true\n    - --profiling=false\n    - --v=4\n    image: registry.k8s.io/kube-scheduler:v1.36.0\n",
    );
    test.run(40_000);
    expect(test.cluster.ready).toBe(true);
  });

  it("gets back what its cluster began with, phase by phase", () => {
    test.client.resource(deployments).delete("kube-system", "coredns");
    test.client.resource(nodes).patch("", NODE, {
      metadata: { labels: { "node-role.kubernetes.io/control-plane": null } },
      spec: { taints: null },
    });
    expect(ssh("kubeadm init phase addon coredns")).toBe(
      `error: error execution phase addon/coredns: open /etc/kubernetes/admin.conf: permission denied\n${TRACE}`,
    );
    expect(ssh("sudo kubeadm init phase addon dns")).toBe(
      `error: unknown command "dns" for "kubeadm init phase addon"\n${TRACE}`,
    );
    expect(ssh("sudo kubeadm init phase addon all")).toBe(
      "[addons] Applied essential addon: CoreDNS\n[addons] Applied essential addon: kube-proxy\n",
    );
    expect(test.get(deployments, "coredns", "kube-system").spec.replicas).toBe(2);
    expect(ssh("sudo kubeadm init phase mark-control-plane")).toContain(
      "[mark-control-plane] Marking the node control-plane as control-plane by adding the taints [node-role.kubernetes.io/control-plane:NoSchedule]\n",
    );
    const { metadata, spec } = test.get(nodes, NODE, "");
    expect([metadata.labels?.["node-role.kubernetes.io/control-plane"], spec.taints]).toEqual([
      "",
      [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
    ]);
    const [, token = ""] = /Using token: (\S+)/.exec(ssh("sudo kubeadm init phase bootstrap-token")) ?? [];
    expect(ssh("kubeadm token list")).toContain(`${token}   23h `);
    expect(ssh("sudo kubeadm init phase kubelet-finalize all")).toBe(
      '[kubelet-finalize] Updating "/etc/kubernetes/kubelet.conf" to point to a rotatable kubelet client certificate and key\n',
    );
    expect(ssh("sudo kubeadm init phase kubelet-start")).toBe(
      '[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"\n[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"\n[kubelet-start] Starting the kubelet\n',
    );
    expect(ssh("sudo kubeadm init phase preflight")).toContain(
      "\t[ERROR Port-6443]: Port 6443 is in use\n\t[ERROR FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml]",
    );
    expect(ssh("sudo kubeadm init phase show-join-command")).toBe(
      `error: init phase show-join-command is not simulated\n${TRACE}`,
    );
    expect(test.boot()).toBe(true);
  });

  it("keeps its keys for another one as long as a token lives", () => {
    expect(ssh("sudo kubeadm init phase upload-certs")).toBe(
      "[upload-certs] Skipping phase. Please see --upload-certs\n",
    );
    const key = "0123456789abcdef".repeat(4);
    expect(ssh(`sudo kubeadm init phase upload-certs --upload-certs --certificate-key ${key}`)).toBe(
      `[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n[upload-certs] Using certificate key:\n${key}\n`,
    );
    expect(Object.keys(test.get(secrets, "kubeadm-certs", "kube-system").data ?? {}).sort()).toEqual([
      "ca.crt",
      "ca.key",
      "etcd-ca.crt",
      "etcd-ca.key",
      "front-proxy-ca.crt",
      "front-proxy-ca.key",
      "sa.key",
      "sa.pub",
    ]);
    expect(ssh("kubeadm certs certificate-key")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(ssh(`kubeadm token create --print-join-command --certificate-key ${key}`)).toMatch(
      new RegExp(` --discovery-token-ca-cert-hash sha256:[0-9a-f]{64} --control-plane --certificate-key ${key}\n$`),
    );
    test.run(7_300_000);
    expect(test.list(secrets, "kube-system").map(({ metadata }) => metadata.name)).not.toContain("kubeadm-certs");
  });

  it("tells of its images, and gives others a kubeconfig", () => {
    expect(ssh("kubeadm config images list --kubernetes-version v1.36.0 --image-repository example.com/k8s")).toBe(
      ["kube-apiserver:v1.36.0", "kube-controller-manager:v1.36.0", "kube-scheduler:v1.36.0", "kube-proxy:v1.36.0"]
        .concat("coredns:v1.14.2", "pause:3.10.2", "etcd:3.6.8-0")
        .map((image) => `example.com/k8s/${image}\n`)
        .join(""),
    );
    expect(ssh("kubeadm config print join-defaults | head -n 10")).toBe(
      "apiVersion: kubeadm.k8s.io/v1beta4\ncaCertPath: /etc/kubernetes/pki/ca.crt\ndiscovery:\n  bootstrapToken:\n    apiServerEndpoint: kube-apiserver:6443\n    token: abcdef.0123456789abcdef\n    unsafeSkipCAVerification: true\n  tlsBootstrapToken: abcdef.0123456789abcdef\nkind: JoinConfiguration\nnodeRegistration:\n",
    );
    expect(ssh("kubeadm kubeconfig user")).toBe(`error: required flag(s) "client-name" not set\n${TRACE}`);
    ssh("sudo kubeadm kubeconfig user --client-name ann --org dev --validity-period 24h > /tmp/ann.conf");
    expect(
      ssh(
        "grep client-certificate-data /tmp/ann.conf | cut -d ' ' -f 6 | base64 -d | openssl x509 -noout -subject -enddate",
      ),
    ).toMatch(/^subject=O = dev, CN = ann\nnotAfter=Jan  2 0\d:\d\d:\d\d 2026 GMT\n$/);
    expect(ssh("kubeadm kubeconfig user --client-name ann --token abc | tail -n 4")).toBe(
      "users:\n- name: ann\n  user:\n    token: abc\n",
    );
  });

  it("says what is wrong with the configuration that the cluster keeps", () => {
    const resource = test.client.resource(configMaps);
    const map = resource.get("kube-system", "kubeadm-config");
    resource.update({ ...map, data: { ClusterConfiguration: "kind: ClusterConfiguration\nscheduler: {\n" } });
    expect(ssh("sudo kubeadm upgrade plan")).toContain(
      "error: failed to decode cluster configuration data: error converting YAML to JSON: yaml: line 2: did not find expected node content\n",
    );
  });
});
