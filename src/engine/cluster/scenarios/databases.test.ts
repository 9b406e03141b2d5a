import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { persistentVolumeClaims, pods, services } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const password = { name: "MYSQL_ROOT_PASSWORD", value: "secret" };

function run(test: TestCluster, name: string, spec: object): void {
  test.client.resource(pods).create({ metadata: { name, namespace: "default", labels: { app: name } }, spec } as never);
}

function database(test: TestCluster, environment: object[] = [password]): void {
  run(test, "db", {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: "db",
        image: "mysql:8.0",
        env: environment,
        readinessProbe: { tcpSocket: { port: 3306 }, periodSeconds: 2 },
        volumeMounts: [{ name: "data", mountPath: "/var/lib/mysql" }],
      },
    ],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
  });
}

/** What `mysql` says to the database from a pod of its own. */
function ask(test: TestCluster, name: string, sql: string, secret = "secret"): string {
  const command = ["mysql", "-N", "-h", "db", "-uroot", `-p${secret}`, "-e", sql];
  run(test, name, { restartPolicy: "Never", containers: [{ name: "main", image: "mysql:8.0", command }] });
  const ended = ({ status }: Pod): boolean => status.phase === "Succeeded" || status.phase === "Failed";
  expect(test.runUntil(() => ended(test.get(pods, name)), 60_000)).toBe(true);
  return test.cluster.podLog("default", name).replace(/^mysql: \[Warning\].*\n/, "");
}

const isReady = (test: TestCluster): boolean =>
  test.get(pods, "db").status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

it("a database is reached through its service, and its volume keeps rows and password when its pod goes", () => {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(persistentVolumeClaims).create({
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  } as never);
  test.client.resource(services).create({
    metadata: { name: "db", namespace: "default" },
    spec: { selector: { app: "db" }, ports: [{ port: 3306 }] },
  });
  database(test);
  expect(test.runUntil(() => isReady(test), 90_000)).toBe(true);
  const { nodeName } = test.get(pods, "db").spec;
  ask(
    test,
    "a",
    'create database shop; create table shop.t (id int auto_increment primary key, name text); insert into shop.t (name) values ("tea")',
  );
  expect(ask(test, "b", "select * from shop.t")).toBe("1\ttea\n");
  expect(ask(test, "c", "select 1", "wrong")).toMatch(
    /^ERROR 1045 \(28000\): Access denied for user 'root'@'10\.244\.\d\.\d+' \(using password: YES\)\n$/,
  );

  test.client.resource(pods).delete("default", "db");
  expect(test.runUntil(() => !test.list(pods).some(({ metadata }) => metadata.name === "db"), 60_000)).toBe(true);
  database(test, [{ ...password, value: "another" }]);
  expect(test.runUntil(() => isReady(test), 90_000)).toBe(true);
  // The volume is on the disk of one node, and holds its pods there.
  expect(test.get(pods, "db").spec.nodeName).toBe(nodeName);
  expect(ask(test, "d", "select name from shop.t where id = 1")).toBe("tea\n");
});

it("a database without a password says what it needs and ends", () => {
  const test = createTestCluster({ seed: 1 });
  run(test, "pg", { restartPolicy: "Never", containers: [{ name: "main", image: "postgres:16" }] });
  expect(test.runUntil(() => test.get(pods, "pg").status.phase === "Failed", 60_000)).toBe(true);
  expect(test.cluster.podLog("default", "pg").split("\n")[0]).toBe(
    "Error: Database is uninitialized and superuser password is not specified.",
  );
});

it("who speaks another protocol to a database is hung up on, and harms nothing", () => {
  const test = createTestCluster({ seed: 1 });
  run(test, "pg", {
    containers: [{ name: "main", image: "postgres:16", env: [{ name: "POSTGRES_PASSWORD", value: "pw" }] }],
  });
  expect(test.runUntil(() => test.cluster.podLog("default", "pg").includes("ready to accept"), 60_000)).toBe(true);
  const { podIP = "" } = test.get(pods, "pg").status;
  const script = `curl -s -m 5 http://${podIP}:5432/; echo "curl $?"; printf 'true\\n' | nc -w 2 ${podIP} 5432; pg_isready -h ${podIP}`;
  run(test, "cli", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "postgres:16", command: ["sh", "-c", script] }],
  });
  expect(test.runUntil(() => test.get(pods, "cli").status.phase === "Succeeded", 60_000)).toBe(true);
  expect(test.cluster.podLog("default", "cli")).toBe(`curl 56\n${podIP}:5432 - accepting connections\n`);
});
