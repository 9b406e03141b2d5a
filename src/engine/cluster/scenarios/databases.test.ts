import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { configMaps, persistentVolumeClaims, pods, services } from "../../api/registry.ts";
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
  expect(test.cluster.podLog("default", "cli")).toBe(`curl 52\n${podIP}:5432 - accepting connections\n`);
});

it("databases run the SQL that is mounted for their first start, listen where they are told to, and end on options they don't have", () => {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(configMaps).create({
    metadata: { name: "init", namespace: "default" },
    data: { "a.sql": "CREATE TABLE t (n int);\nINSERT INTO t VALUES (1), (2);\nGRANT ALL ON t TO me;\n" },
  });
  const env = [password, { name: "POSTGRES_PASSWORD", value: "secret" }, { name: "MYSQL_DATABASE", value: "shop" }];
  const volumeMounts = [{ name: "init", mountPath: "/docker-entrypoint-initdb.d" }];
  const volumes = [{ name: "init", configMap: { name: "init" } }];
  const start = (name: string, image: string, args: string[] = []): void =>
    run(test, name, { restartPolicy: "Never", volumes, containers: [{ name: "db", image, args, env, volumeMounts }] });
  start("my", "mysql:8.0");
  start("pg", "postgres:16", ["-c", "max_connections=200"]);
  start("local", "postgres:16", ["-c", "listen_addresses=localhost", "-p", "5555"]);
  start("my-wrong", "mysql:8.0", ["--nonsense=1"]);
  start("pg-wrong", "postgres:16", ["-c", "nonsense=1"]);
  start("mongo-wrong", "mongo:6", ["--nonsense"]);
  start("cache-wrong", "memcached:1.6", ["-q"]);
  test.run(60_000);
  expect(test.exec("my", "mysql -N -uroot -psecret shop -e 'select count(*) from t' 2>/dev/null")).toBe("2\n");
  expect(test.exec("pg", "psql -U postgres -t -A -c 'select count(*) from t'")).toBe("2\n");
  const notes = test.cluster
    .podLog("default", "pg")
    .split("\n")
    .filter((line) => line.includes("Drydock"));
  expect(notes).toEqual([
    "Drydock: without effect in this playground: max_connections",
    "Drydock: not done in this playground: GRANT ALL ON t TO me",
  ]);
  const { podIP } = test.get(pods, "local").status;
  expect(test.exec("pg", `pg_isready -p 5555 -h ${podIP}`)).toBe(`${podIP}:5555 - no response\n[2]`);
  expect(test.exec("local", "pg_isready -p 5555 -h localhost")).toBe("localhost:5555 - accepting connections\n");
  const end = (name: string): [number | undefined, string | undefined] => [
    test.get(pods, name).status.containerStatuses?.[0]?.state?.terminated?.exitCode,
    test.cluster
      .podLog("default", name)
      .trimEnd()
      .split("\n")
      .find((line) => /nonsense|invalid/.test(line)),
  ];
  expect(end("my-wrong")).toEqual([1, expect.stringContaining("mysqld --nonsense=1 --verbose --help")]);
  expect(end("pg-wrong")).toEqual([
    1,
    expect.stringMatching(/FATAL: {2}unrecognized configuration parameter "nonsense"$/),
  ]);
  expect(end("mongo-wrong")).toEqual([2, "Error parsing command line: unrecognised option '--nonsense'"]);
  expect(end("cache-wrong")).toEqual([64, "memcached: invalid option -- 'q'"]);
});

it("databases run the shell scripts that are mounted for their first start beside SQL, by name, before anybody reaches them", () => {
  const test = createTestCluster({ seed: 1 });
  const postgres = `set -e
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<-EOSQL
	CREATE USER shop WITH PASSWORD '$SHOP_PASSWORD';
	CREATE DATABASE shop OWNER shop;
	GRANT ALL PRIVILEGES ON DATABASE shop TO shop;
	\\c shop
	CREATE TABLE ships (name text);
EOSQL
`;
  const mysql = `mysql -uroot -p"$MYSQL_ROOT_PASSWORD" <<EOF
CREATE DATABASE shop;
CREATE USER 'shop'@'%' IDENTIFIED BY '$SHOP_PASSWORD';
EOF
`;
  const files = {
    "a.sh": `if [ -n "$PGDATA" ]; then\n${postgres}else\n${mysql}fi\n`,
    "b.sql": "CREATE TABLE t (n int);\n",
    "c.txt": "x",
  };
  for (const [name, data] of [
    ["init", files],
    ["broken", { "a.sh": "echo no; false\n" }],
  ] as const)
    test.client.resource(configMaps).create({ metadata: { name, namespace: "default" }, data });
  const values = { MYSQL_ROOT_PASSWORD: "pw", POSTGRES_PASSWORD: "pw", MYSQL_DATABASE: "db", SHOP_PASSWORD: "tea" };
  const env = Object.entries(values).map(([name, value]) => ({ name, value }));
  const start = (name: string, image: string, config: string): void =>
    run(test, name, {
      restartPolicy: "Never",
      volumes: [{ name: "init", configMap: { name: config } }],
      containers: [
        { name: "db", image, env, volumeMounts: [{ name: "init", mountPath: "/docker-entrypoint-initdb.d" }] },
      ],
    });
  start("pg", "postgres:16", "init");
  start("my", "mysql:8.0", "init");
  start("pg-broken", "postgres:16", "broken");
  test.run(60_000);
  expect(
    test.exec("pg", "PGPASSWORD=tea psql -h localhost -U shop -t -A -c '\\dt' shop; psql -U postgres -tAc '\\dt'"),
  ).toBe("ships\nt\n");
  expect(test.exec("pg", "PGPASSWORD=no psql -h localhost -U shop shop -c 'select 1' 2>&1 | tail -n 1")).toContain(
    'password authentication failed for user "shop"',
  );
  expect(
    test.exec(
      "my",
      "mysql -N -ushop -ptea shop -e 'show databases' 2>/dev/null | grep shop; mysql -N -uroot -ppw db -e 'show tables' 2>/dev/null",
    ),
  ).toBe("shop\nt\n");
  const renames = ["shop TO store", "shop TO x", "store TO postgres", "postgres TO me"]
    .map((names) => `-c 'ALTER ROLE ${names.replace(" TO", " RENAME TO")}'`)
    .join(" ");
  expect(
    test.exec("pg", `psql -U postgres ${renames} 2>&1; PGPASSWORD=tea psql -h localhost -U store -tAc 'select 1' shop`),
  ).toBe(
    'ALTER ROLE\nERROR:  role "shop" does not exist\nERROR:  role "postgres" already exists\nERROR:  session user cannot be renamed\n1\n',
  );
  const lines = test.cluster.podLog("default", "pg").split("\n");
  expect(lines.filter((line) => line.includes("docker-entrypoint"))).toEqual(
    ["sourcing", "running", "ignoring"].map(
      (word, at) =>
        `/usr/local/bin/docker-entrypoint.sh: ${word} /docker-entrypoint-initdb.d/${Object.keys(files)[at] ?? ""}`,
    ),
  );
  expect(lines.filter((line) => /CREATE|GRANT|connected/.test(line))).toEqual([
    "CREATE ROLE",
    "CREATE DATABASE",
    "GRANT",
    'You are now connected to database "shop" as user "postgres".',
    "CREATE TABLE",
    "CREATE TABLE",
  ]);
  expect(lines.filter((line) => line.includes("listening")).map((line) => line.replace(/^.*LOG: {2}/, ""))).toEqual([
    'listening on IPv4 address "127.0.0.1", port 5432',
    'listening on IPv4 address "0.0.0.0", port 5432',
  ]);
  // Its directory is there from now on: a second start would pass the script over.
  expect(test.get(pods, "pg-broken").status.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(1);
});
