import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { networkPolicies, pods, services, statefulSets } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const ready = { exec: { command: ["sh", "-c", "zookeeper-ready 2181"] }, initialDelaySeconds: 2 };
const SET = {
  metadata: { name: "zk", namespace: "default" },
  spec: {
    serviceName: "zk-hs",
    replicas: 3,
    selector: { matchLabels: { app: "zk" } },
    template: {
      metadata: { labels: { app: "zk" } },
      spec: {
        terminationGracePeriodSeconds: 5,
        securityContext: { runAsUser: 1000, fsGroup: 1000 },
        containers: [
          {
            name: "zookeeper",
            image: "registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10",
            command: ["sh", "-c", "start-zookeeper --servers=3 --heap=512M --sync_limit=5"],
            readinessProbe: ready,
            livenessProbe: { ...ready, failureThreshold: 2 },
            volumeMounts: [{ name: "datadir", mountPath: "/var/lib/zookeeper" }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "datadir" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
};

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
const settled = (test: TestCluster, count = 3): boolean =>
  test.runUntil(() => test.list(pods).filter(isReady).length === count, 180_000);
const cli = (test: TestCluster, pod: string, command: string): string => test.exec(pod, `zkCli.sh ${command}`);
const modes = (test: TestCluster): string[] =>
  ["zk-0", "zk-1", "zk-2"].map((pod) => test.exec(pod, "zkServer.sh status 2>/dev/null").trimEnd());
const HEAD = "Connecting to localhost:2181\n\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n";
const LOST = (path: string): string =>
  `Connecting to localhost:2181\nException in thread "main" org.apache.zookeeper.KeeperException$ConnectionLossException: KeeperErrorCode = ConnectionLoss for ${path}\n[1]`;

it("an ensemble configures itself by its pods' names and keeps data by majority", () => {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(services).create({
    metadata: { name: "zk-hs", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "zk" }, ports: [{ port: 2888 }] },
  });
  test.client.resource(statefulSets).create(SET as never);
  expect(settled(test)).toBe(true);
  test.run(10_000);
  expect(test.exec("zk-1", "hostname -f; cat /var/lib/zookeeper/data/myid; tail -3 /opt/zookeeper/conf/zoo.cfg")).toBe(
    `zk-1.zk-hs.default.svc.cluster.local
2
server.1=zk-0.zk-hs.default.svc.cluster.local:2888:3888
server.2=zk-1.zk-hs.default.svc.cluster.local:2888:3888
server.3=zk-2.zk-hs.default.svc.cluster.local:2888:3888
`,
  );
  expect(modes(test)).toEqual(["Mode: follower", "Mode: leader", "Mode: follower"]);
  expect(cli(test, "zk-0", "create /hello world")).toBe(`${HEAD}Created /hello\n`);
  expect(cli(test, "zk-0", "create /hello again")).toBe(`${HEAD}Node already exists: /hello\n`);
  const [, data, cZxid] = cli(test, "zk-2", "get /hello")
    .slice(HEAD.length - 1)
    .split("\n");
  expect([data, cZxid]).toEqual(["world", "cZxid = 0x100000002"]);

  // Its process dies: the others choose another leader, and it follows when it is back.
  expect(test.exec("zk-1", "pkill java")).toBe("");
  test.run(20_000);
  expect(modes(test)).toEqual(["Mode: follower", "Mode: follower", "Mode: leader"]);
  expect(cli(test, "zk-1", "set /hello there")).toMatch(/\ndataVersion = 1\n/);

  // The leader dies and comes back where it reaches nobody: it serves nobody, and the majority goes on.
  const cut = {
    metadata: { name: "cut", namespace: "default" },
    spec: { podSelector: { matchLabels: { "apps.kubernetes.io/pod-index": "2" } } },
  };
  test.client
    .resource(networkPolicies)
    .create({ ...cut, spec: { ...cut.spec, policyTypes: ["Ingress", "Egress"] } } as never);
  test.exec("zk-2", "pkill java");
  test.run(30_000);
  expect(cli(test, "zk-2", "get /hello")).toBe(LOST("/hello"));
  expect(test.exec("zk-2", "echo stat | nc 127.0.0.1 2181; echo ruok | nc 127.0.0.1 2181")).toBe(
    "This ZooKeeper instance is not currently serving requests\nimok",
  );
  expect(cli(test, "zk-0", "create /hello/below x")).toBe(`${HEAD}Created /hello/below\n`);
  expect(cli(test, "zk-0", "delete /hello")).toBe(`${HEAD}Node not empty: /hello\n`);
  test.client.resource(networkPolicies).delete("default", "cut");
  test.run(20_000);
  expect(cli(test, "zk-2", "ls /hello")).toBe(`${HEAD}[below]\n`);

  // One alone is no majority; all together have what they had on their volumes.
  test.client.resource(statefulSets).patch("default", "zk", { spec: { replicas: 1 } });
  expect(settled(test, 1)).toBe(true);
  test.run(30_000);
  expect(cli(test, "zk-0", "get /hello")).toBe(LOST("/hello"));
  test.client.resource(statefulSets).patch("default", "zk", { spec: { replicas: 3 } });
  expect(settled(test)).toBe(true);
  test.run(20_000);
  expect(cli(test, "zk-2", "get /hello").split("\n")[5]).toBe("there");

  // A probe that can't find its script has the container restarted, with the script in it.
  test.exec("zk-0", "rm /opt/zookeeper/bin/zookeeper-ready");
  test.run(60_000);
  expect(test.get(pods, "zk-0").status.containerStatuses?.[0]?.restartCount).toBe(1);
  expect(settled(test)).toBe(true);
});
