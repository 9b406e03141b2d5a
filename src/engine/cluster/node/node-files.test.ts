import { beforeAll, describe, expect, it } from "vitest";
import { configMaps, nodes, secrets } from "../../api/registry.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import { etcdAuthority } from "../etcd/certificates.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
import type { TestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

let test: TestCluster;
const PKI = "/etc/kubernetes/pki";
const MISSING = "no such file or directory";

const ssh = (node: string, command: string): string => sshTo(test, node, command);

/** What an editor does: the file afterwards is the file before with one text for another. */
function edit(node: string, path: string, [from, to]: readonly [string, string]): void {
  const disk = test.cluster.nodes.get(node)?.kubelet.disk;
  const text = disk?.readFile(path) ?? "";
  expect(text).toContain(from);
  disk?.writeFile(path, text.replaceAll(from, to));
}

const ready = (name: string): string | undefined =>
  test.get(nodes, name, "").status.conditions?.find(({ type }) => type === "Ready")?.status;

beforeAll(() => {
  test = createTestCluster();
});

describe("a control-plane node's certificates", () => {
  const on = (command: string): string => ssh("control-plane", command);

  it("are files that openssl reads", () => {
    expect(on(`ls ${PKI} ${PKI}/etcd | tr '\\n' ' '`)).toBe(
      `${PKI}: apiserver-etcd-client.crt apiserver-etcd-client.key apiserver-kubelet-client.crt apiserver-kubelet-client.key apiserver.crt apiserver.key ca.crt ca.key etcd front-proxy-ca.crt front-proxy-ca.key front-proxy-client.crt front-proxy-client.key sa.key sa.pub  ${PKI}/etcd: ca.crt ca.key healthcheck-client.crt healthcheck-client.key peer.crt peer.key server.crt server.key `,
    );
    expect(on(`openssl x509 -in ${PKI}/apiserver.crt -noout -subject -issuer -dates`)).toBe(
      "subject=CN = kube-apiserver\nissuer=CN = kubernetes\nnotBefore=Jan  1 00:00:00 2026 GMT\nnotAfter=Jan  1 00:00:00 2027 GMT\n",
    );
    expect(on(`openssl x509 -in ${PKI}/apiserver.crt -noout -text | grep DNS:`)).toBe(
      "                DNS:control-plane, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, DNS:kubernetes.default.svc.cluster.local, IP Address:10.96.0.1, IP Address:172.18.0.2\n",
    );
    expect(on("ls -l /etc/kubernetes/admin.conf")).toMatch(/^-rw------- 1 root root \d{4} /);
    expect(on(`cat /etc/kubernetes/admin.conf ${PKI}/ca.key; echo x > /etc/hosts; touch /etc/own; ls /root`)).toBe(
      `cat: /etc/kubernetes/admin.conf: Permission denied\ncat: ${PKI}/ca.key: Permission denied\nbash: line 1: /etc/hosts: Permission denied\ntouch: cannot touch '/etc/own': Permission denied\nls: cannot open directory '/root': Permission denied\n`,
    );
    expect(on(`openssl x509 -req -in /tmp/x.csr -CA ${PKI}/ca.crt -CAkey ${PKI}/ca.key 2>&1 | head -n 1`)).toBe(
      "Could not open file or uri for loading certificate request from /tmp/x.csr: No such file or directory\n",
    );
    expect(
      on("cp /etc/kubernetes/admin.conf /tmp; find /root; kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes"),
    ).toMatch(
      /^cp: cannot open '\/etc\/kubernetes\/admin.conf' for reading: Permission denied\n\/root\nfind: \/root: Permission denied\n/,
    );
    expect(
      on(
        "mkdir -p ~/own; sudo cp -i /etc/kubernetes/admin.conf ~/own/config; sudo chown 1000:1000 ~/own/config; head -n 1 ~/own/config",
      ),
    ).toBe("apiVersion: v1\n");
    expect(
      on("ls -l ~/.kube/config | cut -d ' ' -f 1,3,4; ls -l /etc/kubernetes/manifests/etcd.yaml | cut -d ' ' -f 1,3,4"),
    ).toBe("-rw------- docker docker\n-rw------- root root\n");
    const [, data = ""] = /client-certificate-data: (\S+)/.exec(on("sudo cat /etc/kubernetes/scheduler.conf")) ?? [];
    expect(decodeBase64(data)).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  });

  it("are the authority's, whose key signs for others too", () => {
    on(
      "openssl genrsa -out /tmp/jane.key 2048; openssl req -new -key /tmp/jane.key -out /tmp/jane.csr -subj /O=devs/CN=jane",
    );
    on(
      `sudo openssl x509 -req -in /tmp/jane.csr -CA ${PKI}/ca.crt -CAkey ${PKI}/ca.key -CAcreateserial -out /tmp/jane.crt -days 30`,
    );
    const signed = on("cat /tmp/jane.crt");
    expect(clusterKeys(test.sim).authority.verify(signed)?.subject).toEqual([
      ["O", "devs"],
      ["CN", "jane"],
    ]);
    expect(etcdAuthority(test.sim).verify(on(`cat ${PKI}/apiserver-etcd-client.crt`))).toBeDefined();
  });

  it("end when kubeadm says, whose other commands make tokens or say that they aren't there", () => {
    const shown = on("kubeadm certs check-expiration").split("\n");
    const row = (name: string, end: string, left: string, rest: string): string =>
      name.padEnd(27) + end.padEnd(25) + left.padEnd(16) + rest;
    expect(shown.slice(3, 6)).toEqual([
      row("CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY   EXTERNALLY MANAGED"),
      row("admin.conf", "Jan 01, 2027 00:00 UTC", "364d", "ca                      no      "),
      row("apiserver", "Jan 01, 2027 00:00 UTC", "364d", "ca                      no      "),
    ]);
    expect(shown.at(-2)).toBe("front-proxy-ca          Dec 30, 2035 00:00 UTC   9y              no      ");
    on(`sudo mv ${PKI}/apiserver.crt /tmp/`);
    expect(on("kubeadm certs check-expiration | grep MISSING")).toMatch(/^!MISSING! apiserver\s+\n$/);
    on(`sudo mv /tmp/apiserver.crt ${PKI}/`);
    expect(test.get(configMaps, "kubeadm-config", "kube-system").data?.["ClusterConfiguration"]).toContain(PKI);

    const [, token = ""] =
      /^kubeadm join 172\.18\.0\.2:6443 --token (\S+) --discovery-token-ca-cert-hash sha256:[0-9a-f]{64} \n$/.exec(
        on("kubeadm token create --print-join-command --ttl 2h"),
      ) ?? [];
    expect(on("kubeadm token list | tail -n 1")).toMatch(
      new RegExp(
        `^${token}   1h    2026-01-01T02:\\d\\d:\\d\\dZ   authentication,signing   <none>        system:bootstrappers:kubeadm:default-node-token\n$`,
      ),
    );
    const { type, data } = test.get(secrets, `bootstrap-token-${token.split(".")[0]}`, "kube-system");
    expect([type, data?.["token-id"]]).toEqual(["bootstrap.kubernetes.io/token", expect.any(String)]);
    expect(on(`kubeadm token delete ${token}; kubeadm token list`)).toBe(
      `bootstrap token "${token.split(".")[0]}" deleted\n`,
    );
    expect(on("kubeadm upgrade diff")).toMatch(/^error: upgrade diff is not simulated/);
    expect(ssh("worker-1", "kubeadm token list")).toContain(`open /etc/kubernetes/admin.conf: ${MISSING}`);
  });

  it("that flags name and that aren't there end their component", () => {
    const log = (name: string): string =>
      on(`sudo crictl logs $(sudo crictl ps -a --name ${name} -q | head -n 1) 2>&1 | tail -n 1`);
    const manifest = (name: string): string => `/etc/kubernetes/manifests/${name}.yaml`;
    const broken = (name: string, change: readonly [string, string]): string => {
      edit("control-plane", manifest(name), change);
      test.run(35_000);
      // Without klog's header, which has the moment in it.
      const line = log(name).replace(/^[EF]\d{4} [\d:.]+ +1 \w+\.go:\d+\] /, "");
      edit("control-plane", manifest(name), [change[1], change[0]]);
      return line;
    };
    expect(broken("kube-scheduler", ["--kubeconfig=/etc/kubernetes/s", "--kubeconfig=/etc/kubernetes/S"])).toBe(
      `"command failed" err="stat /etc/kubernetes/Scheduler.conf: ${MISSING}"\n`,
    );
    expect(broken("kube-controller-manager", ["--root-ca-file=/etc/kubernetes/pki", "--root-ca-file=/etc/pki"])).toBe(
      `"command failed" err="error reading root-ca-file at /etc/pki/ca.crt: open /etc/pki/ca.crt: ${MISSING}"\n`,
    );
    // The mount is what counts: the path on the node is another one.
    expect(broken("kube-apiserver", ["path: /etc/kubernetes/pki", "path: /etc/kubernetes/PKI"])).toBe(
      `"command failed" err="unable to load client CA provider: open /etc/kubernetes/pki/ca.crt: ${MISSING}"\n`,
    );
    expect(broken("kube-apiserver", ["--etcd-cafile=/etc/kubernetes/pki/etcd", "--etcd-cafile=/etc/etcd"])).toBe(
      `Error creating leases: error creating storage factory: open /etc/etcd/ca.crt: ${MISSING}\n`,
    );
    expect(test.runUntil(() => test.cluster.ready, 400_000)).toBe(true);
  });
});

describe("the components of a node", () => {
  const get = (...urls: string[]): string[] =>
    urls.map((url) => ssh("control-plane", `curl -sk ${url} -w ' %{http_code}'`));

  it("tell whether they are well, on their ports of loopback or of all addresses", () => {
    expect(get("localhost:10248/healthz", "https://localhost:10250/pods", "http://localhost:10250/healthz")).toEqual([
      "ok 200",
      "Unauthorized 401",
      "Client sent an HTTP request to an HTTPS server.\n 400",
    ]);
    const [scheduler = "", manager, refused] = get(
      "https://localhost:10259/metrics",
      "https://127.0.0.1:10257/healthz",
      "https://172.18.0.2:10257/healthz",
    );
    expect(JSON.parse(scheduler.slice(0, -4))).toMatchObject({
      reason: "Forbidden",
      message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
      code: 403,
    });
    expect([manager, refused]).toEqual(["ok 200", " 000"]);
    expect(get("localhost:10249/proxyMode", "localhost:2381/health", "localhost:10256/healthz")).toEqual([
      "iptables 200",
      '{"health":"true","reason":""} 200',
      expect.stringMatching(
        /^\{"lastUpdated": "2026-01-01 \d\d:\d\d:\d\d[.\d]* \+0000 UTC m=\+\d+\.\d{9}","currentTime": ".*", "nodeEligible": true\} 200$/,
      ),
    ]);
    ssh("control-plane", "sudo systemctl stop kubelet");
    expect(get("localhost:10248/healthz")).toEqual([" 000"]);
    ssh("control-plane", "sudo systemctl start kubelet");
    expect(get("localhost:10248/healthz")).toEqual(["ok 200"]);
  });
});

describe("a kubelet reads what its unit names", () => {
  const on = (command: string): string => ssh("worker-1", command);
  const failure = (): string => on("sudo journalctl -u kubelet | grep 'command failed' | tail -n 1");
  const restart = (): string => on("sudo systemctl restart kubelet");

  it("the API server's address, or its node is lost", () => {
    const path = "/etc/kubernetes/kubelet.conf";
    const told = (problem: string): void => {
      restart();
      test.run(10_000);
      expect(on("sudo journalctl -u kubelet | grep 'Unable to register' | tail -n 1")).toMatch(
        new RegExp(
          `"Unable to register node with API server" err="Post .*/api/v1/nodes\\\\": ${problem}" node="worker-1"`,
        ),
      );
    };
    edit("worker-1", path, [":6443", ":6553"]);
    told("dial tcp 172.18.0.2:6553: connect: connection refused");
    expect(test.runUntil(() => ready("worker-1") === "Unknown", 60_000)).toBe(true);
    edit("worker-1", path, ["172.18.0.2:6553", "nowhere:6443"]);
    told("dial tcp: lookup nowhere on 127.0.0.53:53: no such host");
    edit("worker-1", path, ["nowhere:6443", "172.18.0.2:6443"]);
    restart();
    expect(test.runUntil(() => ready("worker-1") === "True", 20_000)).toBe(true);
  });

  it("certificates, authority and configuration, or it ends", () => {
    const path = "/etc/kubernetes/kubelet.conf";
    const pem = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    edit("worker-1", path, [`client-certificate: ${pem}`, "client-certificate: /nope.pem"]);
    restart();
    expect(failure()).toContain(
      `err="failed to run Kubelet: invalid configuration: unable to read client-cert /nope.pem for default-auth due to open /nope.pem: ${MISSING}"`,
    );
    on(`sudo mv ${path} /tmp/`);
    restart();
    expect(failure()).toContain(
      `err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: ${MISSING}"`,
    );
    on(`sudo mv /tmp/kubelet.conf ${path}`);
    edit("worker-1", path, ["client-certificate: /nope.pem", `client-certificate: ${pem}`]);
    on(`sudo mv ${PKI}/ca.crt /tmp/`);
    restart();
    expect(failure()).toContain(`unable to load client CA file ${PKI}/ca.crt: open ${PKI}/ca.crt: ${MISSING}`);
    on(`sudo mv /tmp/ca.crt ${PKI}/`);
  });

  it("its program, whose path the drop-in has", () => {
    const dropIn = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
    expect(on("systemctl cat kubelet")).toContain(`# ${dropIn}\n[Service]\nEnvironment="KUBELET_KUBECONFIG_ARGS=`);
    edit("worker-1", dropIn, ["=/usr/bin/kubelet", "=/usr/local/bin/kubelet"]);
    on("sudo systemctl daemon-reload");
    restart();
    expect(on("systemctl status kubelet | grep Process:")).toMatch(
      /^ {4}Process: \d+ ExecStart=\/usr\/local\/bin\/kubelet \$KUBELET_KUBECONFIG_ARGS \$KUBELET_CONFIG_ARGS \$KUBELET_KUBEADM_ARGS \$KUBELET_EXTRA_ARGS \(code=exited, status=203\/EXEC\)\n$/,
    );
    expect(on("sudo journalctl -u kubelet -n 3")).toMatch(
      /Failed at step EXEC spawning \/usr\/local\/bin\/kubelet: No such file or directory\n.*status=203\/EXEC\n.*Failed with result 'exit-code'\.\n$/,
    );
    edit("worker-1", dropIn, ["--config=/var/lib/kubelet/config.yaml", "--config=/var/lib/kubelet/confg.yaml"]);
    edit("worker-1", dropIn, ["=/usr/local/bin/kubelet", "=/usr/bin/kubelet"]);
    restart();
    expect(failure()).toContain(`open /var/lib/kubelet/confg.yaml: ${MISSING}`);
    edit("worker-1", dropIn, ["confg.yaml", "config.yaml"]);
    expect(test.runUntil(() => ready("worker-1") === "True", 20_000)).toBe(true);
  });
});
