import { describe, expect, it } from "vitest";
import { configMaps, pods } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { ssh } from "../testing/ssh.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

const PKI = "/etc/kubernetes/pki/etcd";
const TLS = `--cacert=${PKI}/ca.crt --cert=${PKI}/server.crt --key=${PKI}/server.key`;
const MANIFEST = "/etc/kubernetes/manifests/etcd.yaml";

const on = (test: TestCluster, command: string, waitMs?: number): string => ssh(test, "control-plane", command, waitMs);

/** What an editor does to etcd's manifest. */
function edit(test: TestCluster, from: string, to: string): void {
  const disk = test.cluster.nodes.get("control-plane")?.kubelet.disk;
  const text = disk?.readFile(MANIFEST) ?? "";
  expect(text).toContain(from);
  disk?.writeFile(MANIFEST, text.replaceAll(from, to));
  expect(test.runUntil(() => !test.cluster.server.running, 60_000)).toBe(true);
}

const backUp = (test: TestCluster, path: string): string =>
  on(test, `sudo ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 ${TLS} snapshot save ${path}`);

const note = (test: TestCluster, name: string): void =>
  void test.client.resource(configMaps).create({ metadata: { name, namespace: "default" }, data: { a: "1" } });
const notes = (test: TestCluster): string[] =>
  test.list(configMaps).flatMap(({ metadata: { name } }) => (name.startsWith("note-") ? [name] : []));

describe("etcd on a control-plane node", () => {
  const test = createTestCluster();
  // Tests of one flow, on one cluster, in this order.
  it("answers those who show a certificate, and nobody else", () => {
    expect(on(test, `sudo etcdctl ${TLS} endpoint health`)).toBe(
      "127.0.0.1:2379 is healthy: successfully committed proposal: took = 1ms\n",
    );
    expect(on(test, `etcdctl ${TLS} endpoint health`)).toBe(`Error: open ${PKI}/server.key: permission denied\n`);
    expect(on(test, "etcdctl endpoint health", 6000)).toBe(
      "127.0.0.1:2379 is unhealthy: failed to commit proposal: context deadline exceeded\nError: unhealthy cluster\n",
    );
    expect(on(test, `etcdctl --cacert=${PKI}/ca.crt --cert=/nope --key=/nope get a`)).toBe(
      "Error: open /nope: no such file or directory\n",
    );
    expect(on(test, `sudo etcdctl ${TLS} member list`)).toMatch(
      /^[0-9a-f]{12,16}, started, control-plane, https:\/\/172\.18\.0\.2:2380, https:\/\/172\.18\.0\.2:2379, false\n$/,
    );
    expect(on(test, `sudo etcdctl ${TLS} endpoint status -w table`)).toMatch(/\| 3\.6\.8 +\| 3\.6\.0 +\|/);
  });

  it("shows what the API server stores, and what one puts there oneself", () => {
    note(test, "note-1");
    expect(on(test, `sudo etcdctl ${TLS} get /registry/configmaps/default/ --prefix --keys-only`)).toBe(
      "/registry/configmaps/default/kube-root-ca.crt\n\n/registry/configmaps/default/note-1\n\n",
    );
    expect(on(test, `sudo etcdctl ${TLS} get /registry/configmaps/default/note-1 --print-value-only`)).toContain(
      '"data":{"a":"1"}',
    );
    expect(
      on(
        test,
        `sudo etcdctl ${TLS} put greeting hello; sudo etcdctl ${TLS} get greeting; sudo etcdctl ${TLS} del greeting`,
      ),
    ).toBe("OK\ngreeting\nhello\n1\n");
    expect(on(test, `sudo etcdctl ${TLS} lease grant 10`)).toMatch(/^Error: unknown command "lease" for "etcdctl"\n/);
    expect(on(test, `sudo etcdctl ${TLS} get greeting --rev=3`)).toBe("Error: unknown flag: --rev\n");
  });

  it("is saved and told about", () => {
    const printed = backUp(test, "/opt/backup.db");
    expect(printed).toContain('"msg":"saved","path":"/opt/backup.db"');
    expect(printed).toContain("Snapshot saved at /opt/backup.db\n");
    expect(on(test, "sudo etcdutl snapshot status /opt/backup.db")).toMatch(
      /^[0-9a-f]{8}, \d+, \d+, \d+ kB, 3\.6\.0\n$/,
    );
    on(test, "echo garbage | sudo tee /opt/broken.db");
    expect(on(test, "etcdutl snapshot status /opt/broken.db")).toBe(
      "Error: snapshot missing hash but --skip-hash-check=false\n",
    );
    expect(on(test, "etcdctl snapshot restore /opt/backup.db")).toBe(
      "Drydock: since etcd 3.6, `snapshot restore` is etcdutl's: etcdutl snapshot restore\n",
    );
    expect(on(test, "etcdutl snapshot restore /opt/backup.db")).toBe('Error: required flag(s) "data-dir" not set\n');
    expect(on(test, "sudo etcdutl snapshot restore /opt/backup.db --data-dir /var/lib/etcd")).toBe(
      'Error: data-dir "/var/lib/etcd" not empty or could not be read\n',
    );
  });

  it("comes back as it was when its manifest names the restored folder", () => {
    note(test, "note-2");
    test.client.resource(configMaps).delete("default", "note-1");
    expect(on(test, "sudo etcdutl snapshot restore /opt/backup.db --data-dir /var/lib/etcd-backup")).toContain(
      '"msg":"restored snapshot"',
    );
    edit(test, "path: /var/lib/etcd\n", "path: /var/lib/etcd-backup\n");
    expect(test.boot()).toBe(true);
    expect(notes(test)).toEqual(["note-1"]);
    // The cluster goes on from there.
    note(test, "note-3");
    test.client.resource(pods).create({
      metadata: { name: "web", namespace: "default" },
      spec: { containers: [{ name: "web", image: "nginx" }] },
    } as never);
    expect(test.runUntil(() => test.get(pods, "web").status.phase === "Running", 60_000)).toBe(true);
  });

  it("has what it had in the first folder when the manifest names that again", () => {
    edit(test, "path: /var/lib/etcd-backup\n", "path: /var/lib/etcd\n");
    expect(test.boot()).toBe(true);
    expect(notes(test)).toEqual(["note-2"]);
    expect(test.runUntil(() => test.list(pods).length === 0)).toBe(true);
  });

  it("is empty in an empty folder: not even the administrator may do anything", () => {
    edit(test, "path: /var/lib/etcd\n", "path: /var/lib/nothing\n");
    expect(test.runUntil(() => test.cluster.server.running, 60_000)).toBe(true);
    expect(on(test, `sudo etcdctl ${TLS} get /registry/clusterrolebindings/kubeadm:cluster-admins --keys-only`)).toBe(
      "",
    );
    expect(() => notes(test)).toThrow(
      'configmaps is forbidden: User "kubernetes-admin" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
  });
});

it("an etcd of one's own keeps its keys in its folder, and wants to be advertised", () => {
  const test = createTestCluster();
  const run = (name: string, command: string[]): void =>
    void test.client.resource(pods).create({
      metadata: { name, namespace: "default" },
      spec: {
        containers: [
          {
            name: "etcd",
            image: "quay.io/coreos/etcd:v3.6.6",
            command: ["etcd", ...command],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    } as never);
  const urls = ["--listen-client-urls=http://0.0.0.0:2379", "--advertise-client-urls=http://kv:2379"];
  run("kv", ["--data-dir=/data/kv", ...urls]);
  run("shy", ["--data-dir=/data/kv", urls[0] as string]);
  test.run(30_000);
  const { podIP = "" } = test.get(pods, "kv").status;
  expect(test.cluster.podLog("default", "shy")).toContain("--advertise-client-urls is required");
  expect(on(test, `etcdctl --endpoints=${podIP}:2379 put a 1`)).toBe("OK\n");
  test.cluster.killContainer("default", "kv", "etcd");
  test.run(40_000);
  expect(on(test, `etcdctl --endpoints=${podIP}:2379 get a`)).toBe("a\n1\n");
  expect(on(test, `curl -s http://${podIP}:2379/health`)).toBe('{"health":"true","reason":""}');
  // The cluster's own is another.
  expect(test.cluster.isUp("etcd")).toBe(true);
});
