import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { pods, services, statefulSets } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const SET = {
  metadata: { name: "mongo", namespace: "default" },
  spec: {
    serviceName: "mongo",
    replicas: 3,
    podManagementPolicy: "Parallel",
    selector: { matchLabels: { app: "mongo" } },
    template: {
      metadata: { labels: { app: "mongo" } },
      spec: {
        terminationGracePeriodSeconds: 5,
        containers: [
          {
            name: "mongo",
            image: "mongo:7.0",
            command: ["mongod", "--replSet", "rs0", "--bind_ip_all"],
            readinessProbe: { tcpSocket: { port: 27017 }, periodSeconds: 5 },
            volumeMounts: [{ name: "data", mountPath: "/data/db" }],
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
const settled = (test: TestCluster, count = 3): boolean =>
  test.runUntil(() => test.list(pods).filter(isReady).length === count, 180_000);
const ask = (test: TestCluster, pod: string, text: string, options = ""): string =>
  test.exec(pod, `mongosh --quiet ${options} --eval '${text}'`).trimEnd();
const states = (test: TestCluster, pod: string): string[] =>
  [...ask(test, pod, "rs.status()").matchAll(/name: '(mongo-\d).*?stateStr: '([^']+)'/gs)].map(
    ([, name, state]) => `${name} ${state}`,
  );
const member = (at: number): string => `mongo-${at}.mongo:27017`;

it("a replica set elects a primary, takes writes there alone, and goes on without the one that dies", () => {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(services).create({
    metadata: { name: "mongo", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "mongo" }, ports: [{ port: 27017 }] },
  });
  test.client.resource(statefulSets).create(SET as never);
  expect(settled(test)).toBe(true);
  expect(ask(test, "mongo-0", "rs.status()")).toBe("MongoServerError: no replset config has been received\n[1]");
  expect(ask(test, "mongo-0", "db.ships.insertOne({name: 1})")).toBe("MongoServerError: not primary\n[1]");
  expect(ask(test, "mongo-0", `rs.initiate({_id: "rs1", members: [{_id: 0, host: "${member(0)}"}]})`)).toBe(
    "MongoServerError: Rejecting initiate with a set name that differs from command line set name, initiate set name: rs1, command line set name: rs0\n[1]",
  );
  const members = [0, 1].map((at) => `{_id: ${at}, host: "${member(at)}"}`).join(", ");
  expect(ask(test, "mongo-0", `rs.initiate({_id: "rs0", members: [${members}]})`)).toBe("{ ok: 1 }");
  test.run(5000);
  expect(states(test, "mongo-1")).toEqual(["mongo-0 PRIMARY", "mongo-1 SECONDARY"]);
  expect(ask(test, "mongo-1", `rs.add("${member(2)}")`)).toMatch(/should only be run on a writable PRIMARY/);
  expect(ask(test, "mongo-0", `rs.add("${member(2)}")`)).toBe("{ ok: 1 }");
  test.run(5000);
  expect(states(test, "mongo-0")).toEqual(["mongo-0 PRIMARY", "mongo-1 SECONDARY", "mongo-2 SECONDARY"]);

  expect(ask(test, "mongo-0", 'db.ships.insertOne({_id: 1, name: "Ark"})')).toMatch(/acknowledged: true/);
  expect(ask(test, "mongo-1", "db.ships.insertOne({_id: 2})")).toBe("MongoServerError: not primary\n[1]");
  expect(ask(test, "mongo-2", "db.ships.find()")).toBe(
    "MongoServerError: not primary and secondaryOk=false - consider using db.getMongo().setReadPref() or readPreference in the connection string\n[1]",
  );
  const found = "[\n  { _id: 1, name: 'Ark' }\n]";
  expect(ask(test, "mongo-2", 'db.getMongo().setReadPref("secondary"); db.ships.find()')).toBe(found);

  // The primary's pod goes: another takes over, and a client that names the set finds it.
  test.client.resource(pods).delete("default", "mongo-0");
  expect(test.runUntil(() => test.list(pods).filter(isReady).length < 3, 20_000)).toBe(true);
  test.run(3000);
  expect(settled(test)).toBe(true);
  test.run(20_000);
  expect(states(test, "mongo-0").toSorted()).toEqual(["mongo-0 SECONDARY", "mongo-1 PRIMARY", "mongo-2 SECONDARY"]);
  const url = `"mongodb://${member(0)},${member(1)},${member(2)}/shop?replicaSet=rs0"`;
  expect(ask(test, "mongo-2", "db.ships.insertOne({_id: 3})", url)).toMatch(/acknowledged: true/);
  expect(ask(test, "mongo-0", "rs.secondaryOk(); use shop; db.ships.countDocuments({})")).toBe(
    'Setting read preference from "primary" to "primaryPreferred"\nswitched to db shop\n1',
  );
  expect(ask(test, "mongo-1", "rs.stepDown()")).toBe("{ ok: 1 }");
  test.run(10_000);
  expect(states(test, "mongo-1")).toEqual(["mongo-0 PRIMARY", "mongo-1 SECONDARY", "mongo-2 SECONDARY"]);

  // One alone is no majority: it can be read, and takes no writes.
  test.client.resource(statefulSets).patch("default", "mongo", { spec: { replicas: 1 } });
  expect(settled(test, 1)).toBe(true);
  test.run(20_000);
  expect(ask(test, "mongo-0", "db.ships.insertOne({_id: 4})")).toBe("MongoServerError: not primary\n[1]");
  expect(ask(test, "mongo-0", 'db.getMongo().setReadPref("nearest"); db.ships.find()')).toBe(found);
  expect(states(test, "mongo-0")).toEqual([
    "mongo-0 SECONDARY",
    "mongo-1 (not reachable/healthy)",
    "mongo-2 (not reachable/healthy)",
  ]);
});
