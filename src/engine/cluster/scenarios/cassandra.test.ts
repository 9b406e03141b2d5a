import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { pods, services, statefulSets } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const env = [
  { name: "CASSANDRA_SEEDS", value: "cassandra-0.cassandra.default.svc.cluster.local" },
  { name: "CASSANDRA_CLUSTER_NAME", value: "K8Demo" },
  { name: "CASSANDRA_DC", value: "DC1-K8Demo" },
  { name: "CASSANDRA_RACK", value: "Rack1-K8Demo" },
  { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
];
const SET = {
  metadata: { name: "cassandra", namespace: "default" },
  spec: {
    serviceName: "cassandra",
    replicas: 3,
    selector: { matchLabels: { app: "cassandra" } },
    template: {
      metadata: { labels: { app: "cassandra" } },
      spec: {
        terminationGracePeriodSeconds: 30,
        containers: [
          {
            name: "cassandra",
            image: "gcr.io/google-samples/cassandra:v13",
            env,
            // The image's own probe asks nodetool and grep; this one asks nodetool alone.
            readinessProbe: { exec: { command: ["nodetool", "status"] }, initialDelaySeconds: 11 },
            lifecycle: { preStop: { exec: { command: ["nodetool", "drain"] } } },
            volumeMounts: [{ name: "data", mountPath: "/cassandra_data" }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
};

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
const settled = (test: TestCluster, count: number): boolean =>
  test.runUntil(() => test.list(pods).filter(isReady).length === count, 180_000);
/** State and address of each node, as one of them sees the ring; sorted. */
const ring = (test: TestCluster, pod: string): string[] =>
  test
    .exec(pod, "nodetool status")
    .split("\n")
    .filter((line) => /^[UD][NLJM] /.test(line))
    .map((line) => line.split(/\s+/).slice(0, 2).join(" "))
    .sort();
const address = (test: TestCluster, at: number): string => test.get(pods, `cassandra-${at}`).status.podIP ?? "";

it("a ring finds its nodes through the seeds, grows, and knows who is down and who is back elsewhere", () => {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(services).create({
    metadata: { name: "cassandra", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "cassandra" }, ports: [{ port: 9042 }] },
  });
  test.client.resource(statefulSets).create(SET as never);
  expect(settled(test, 3)).toBe(true);
  test.run(10_000);
  const up = (...ordinals: number[]): string[] => ordinals.map((at) => `UN ${address(test, at)}`).sort();
  for (const pod of ["cassandra-0", "cassandra-1", "cassandra-2"]) expect(ring(test, pod)).toEqual(up(0, 1, 2));
  const text = test.exec("cassandra-1", "nodetool status");
  expect(text.split("\n").slice(0, 2)).toEqual(["Datacenter: DC1-K8Demo", "======================"]);
  const shares = [...text.matchAll(/ (\d+\.\d)% /g)].map(([, share]) => Number(share));
  expect(Math.round(shares.reduce((sum, share) => sum + share, 0))).toBe(200);
  expect(test.exec("cassandra-0", "/ready-probe.sh; echo $?")).toBe("0\n");

  // A pod that comes back has its host id, at another address.
  const before = address(test, 2);
  const hostId = (pod: string): string | undefined =>
    new RegExp(`${address(test, 2)} .*?([0-9a-f-]{36})`).exec(test.exec(pod, "nodetool status"))?.[1];
  const id = hostId("cassandra-0");
  test.client.resource(pods).delete("default", "cassandra-2");
  expect(test.runUntil(() => test.list(pods).filter(isReady).length < 3, 60_000)).toBe(true);
  test.run(2000);
  expect(ring(test, "cassandra-0")).toContain(`DN ${before}`);
  expect(settled(test, 3)).toBe(true);
  test.run(15_000);
  expect(ring(test, "cassandra-0")).toEqual(up(0, 1, 2));
  expect(hostId("cassandra-1")).toBe(id);

  // The ring grows with its set, and a node that was scaled away is down.
  test.client.resource(statefulSets).patch("default", "cassandra", { spec: { replicas: 4 } });
  expect(settled(test, 4)).toBe(true);
  test.run(15_000);
  expect(ring(test, "cassandra-3")).toEqual(up(0, 1, 2, 3));
  const gone = address(test, 3);
  test.client.resource(statefulSets).patch("default", "cassandra", { spec: { replicas: 3 } });
  expect(settled(test, 3)).toBe(true);
  test.run(30_000);
  expect(ring(test, "cassandra-0")).toEqual([`DN ${gone}`, ...up(0, 1, 2)]);
});
