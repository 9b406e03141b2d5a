/** Several members of etcd: what a majority can do, and what nobody can without one. */
import { describe, expect, it } from "vitest";
import { nodes } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { ssh } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

const PKI = "/etc/kubernetes/pki/etcd";
const TLS = `--cacert=${PKI}/ca.crt --cert=${PKI}/server.crt --key=${PKI}/server.key`;

describe("three control planes", () => {
  const test = createTestCluster({ preset: "ha" });
  const etcdctl = (command: string, waitMs = 250, node = "control-plane"): string =>
    ssh(test, node, `sudo etcdctl ${TLS} ${command}`, waitMs);
  const power = (name: string, on: boolean): void => {
    const node = test.cluster.nodes.get(name);
    if (on) node?.powerOn();
    else node?.powerOff();
  };
  /** Endpoint, whether it leads, what is wrong with it. */
  const status = (waitMs?: number): string[] =>
    etcdctl("endpoint status --cluster", waitMs)
      .trim()
      .split("\n")
      .map((line) => {
        const cells = line.split(", ");
        return [cells[0]?.replace("https://172.18.0.", ""), cells[8], cells[13]].join(" ");
      });

  it("are three members, of which one leads", () => {
    expect(etcdctl("member list")).toMatch(
      /^([0-9a-f]+, started, control-plane(-[23])?, https:\/\/172\.18\.0\.[234]:2380, https:\/\/172\.18\.0\.[234]:2379, false\n){3}$/,
    );
    expect(status()).toEqual(["2:2379 true ", "3:2379 false ", "4:2379 false "]);
  });

  it("go on without one of them, whom another follows as leader", () => {
    power("control-plane", false);
    test.run(2000);
    expect(test.cluster.server.running).toBe(true);
    expect(etcdctl("put a 1", 250, "control-plane-2")).toBe("OK\n");
    power("control-plane", true);
    expect(test.runUntil(() => test.cluster.ready, 120_000)).toBe(true);
    const leads = status().map((line) => line.includes("true"));
    expect([leads[0], leads.filter((each) => each).length]).toEqual([false, 1]);
  });

  it("answer nothing without two of them, until one comes back", () => {
    power("control-plane-2", false);
    power("control-plane-3", false);
    expect(() => test.list(nodes, "")).toThrow("etcdserver: request timed out");
    expect(ssh(test, "control-plane", "curl -sk https://172.18.0.2:6443/version")).toContain('"v1.36.0"');
    expect(etcdctl("get a", 6000)).toBe("Error: context deadline exceeded\n");
    expect(etcdctl("endpoint status", 250)).toContain(", false, false, ");
    expect(etcdctl("endpoint status", 250)).toContain(", etcdserver: no leader, ");
    expect(
      ssh(test, "control-plane", "curl -s http://127.0.0.1:2381/readyz; curl -s http://127.0.0.1:2381/livez"),
    ).toBe("[-]linearizable_read failed: context deadline exceeded\n[+]data_corruption ok\nreadyz check failed\nok\n");
    expect(ssh(test, "control-plane", "curl -sk https://172.18.0.2:6443/livez")).toContain("[-]etcd failed");
    // kube-apiserver is restarted again and again while it can't read.
    test.run(180_000);
    expect(test.cluster.podLog("kube-system", "kube-apiserver-control-plane")).toContain("context deadline exceeded");
    power("control-plane-2", true);
    expect(test.runUntil(() => test.cluster.server.running, 400_000)).toBe(true);
    test.run(60_000);
    expect(test.list(nodes, "").length).toBe(6);
    power("control-plane-3", true);
    expect(test.runUntil(() => test.cluster.ready, 400_000)).toBe(true);
  });

  it("lose a member for good by `member remove`, whose process ends; two of two are needed then", () => {
    const id = (name: string): string =>
      etcdctl("member list")
        .split("\n")
        .find((line) => line.includes(` ${name},`))
        ?.split(",")[0] ?? "";
    expect(etcdctl("member remove nobody")).toBe(
      'Error: bad member ID arg (strconv.ParseUint: parsing "nobody": invalid syntax), expecting ID in Hex\n',
    );
    expect(etcdctl("member remove 1234")).toBe("Error: etcdserver: member not found\n");
    expect(etcdctl("member add control-plane-3 --peer-urls=https://172.18.0.4:2380")).toBe(
      "Error: etcdserver: Peer URLs already exists\n",
    );
    const third = id("control-plane-3");
    expect(etcdctl(`member remove ${third}`)).toMatch(
      new RegExp(`^Member ${third.padStart(16)} removed from cluster [0-9a-f]{16}\n$`),
    );
    test.run(15_000);
    expect(test.cluster.podLog("kube-system", "etcd-control-plane-3")).toContain(
      "the member has been permanently removed from the cluster",
    );
    expect(status().length).toBe(2);
    power("control-plane-2", false);
    expect(etcdctl("get a", 6000)).toBe("Error: context deadline exceeded\n");
    power("control-plane-2", true);
    test.run(60_000);
    expect(etcdctl("get a")).toBe("a\n1\n");
  });

  it("take a new member up that is announced before it starts with an empty folder", () => {
    expect(etcdctl("member add control-plane-3 --peer-urls=https://172.18.0.4:2380 --learner")).toMatch(
      /^Learner member +[0-9a-f]+ added to cluster [0-9a-f]{16}\n\nETCD_NAME="control-plane-3"\nETCD_INITIAL_CLUSTER="control-plane=https:\/\/172\.18\.0\.2:2380,control-plane-2=https:\/\/172\.18\.0\.3:2380,control-plane-3=https:\/\/172\.18\.0\.4:2380"\nETCD_INITIAL_ADVERTISE_PEER_URLS="https:\/\/172\.18\.0\.4:2380"\nETCD_INITIAL_CLUSTER_STATE="existing"\n$/,
    );
    const [, third = ""] = /([0-9a-f]+), unstarted, , \S+, , true\n/.exec(etcdctl("member list")) ?? [];
    expect(etcdctl(`member promote ${third}`)).toBe(
      "Error: etcdserver: can only promote a learner member which is in sync with leader\n",
    );
    ssh(test, "control-plane-3", "sudo rm -r /var/lib/etcd/member");
    expect(test.runUntil(() => test.cluster.runsOn("etcd", "control-plane-3"), 400_000)).toBe(true);
    expect(etcdctl(`--endpoints=https://172.18.0.4:2379 get a`)).toBe(
      "Error: etcdserver: rpc not supported for learner\n",
    );
    expect(etcdctl(`member promote ${third}`)).toContain(" promoted in cluster ");
    expect(etcdctl("member list")).toContain(`${third}, started, control-plane-3, `);
    power("control-plane-2", false);
    expect(etcdctl("get a")).toBe("a\n1\n");
  });
});

it("a member that hears nothing of the others answers nothing, and its API server neither", () => {
  const test = createTestCluster({ preset: "ha" });
  test.cluster.setLink("control-plane", undefined, { cut: true });
  expect(ssh(test, "control-plane", `sudo etcdctl ${TLS} get a`, 6000)).toBe("Error: context deadline exceeded\n");
  expect(ssh(test, "control-plane-2", `sudo etcdctl ${TLS} put a 1`)).toBe("OK\n");
  test.cluster.setLink("control-plane", undefined, { cut: false });
  expect(ssh(test, "control-plane", `sudo etcdctl ${TLS} get a`)).toBe("a\n1\n");
});
