import { expect, it } from "vitest";
import { setDeepFreeze } from "../../base/freeze.ts";
import { TestNode } from "../../kubelet/testing/test-node.ts";

setDeepFreeze(true);

const node = new TestNode();
const hostPath = { path: "/srv/ring", type: "DirectoryOrCreate" };
const start = (name: string, spec: object = {}, container: object = {}): void =>
  void node.bind(name, {
    containers: [{ name: "cassandra", image: "cassandra:4.1", ...container }],
    ...spec,
  });
const mounted = { volumeMounts: [{ name: "data", mountPath: "/var/lib/cassandra" }] };
start("ring-0", { volumes: [{ name: "data", hostPath }] }, mounted);
node.sim.runUntil(node.sim.now + 10_000);
const at = (name: string): string => node.pod(name).status.podIP ?? "";
start("ring-1", {}, { env: [{ name: "CASSANDRA_SEEDS", value: at("ring-0") }] });
node.sim.runUntil(node.sim.now + 120_000);
const say = (name: string, ...statements: string[]): string =>
  node.exec(name, `cqlsh -e "${statements.join("; ").replaceAll('"', '\\"')}"`);

it("cqlsh makes keyspaces and tables, and rows are on the whole ring", () => {
  expect(
    say(
      "ring-0",
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
      "USE shop",
      "CREATE TABLE ships (name text, id int PRIMARY KEY, afloat boolean)",
      "INSERT INTO ships (id, name, afloat) VALUES (2, 'Beagle', true)",
      "INSERT INTO ships (id, name) VALUES (1, 'Argo')",
      "UPDATE ships SET afloat = false WHERE id = 1",
    ),
  ).toBe("");
  expect(say("ring-1", "SELECT * FROM shop.ships", "SELECT count(*) FROM shop.ships")).toBe(
    "\n id | afloat | name\n----+--------+--------\n  1 |  False |   Argo\n  2 |   True | Beagle\n\n(2 rows)\n\n count\n-------\n     2\n\n(1 rows)\n",
  );
  expect(say("ring-1", "DELETE FROM shop.ships WHERE id = 2", "SELECT name FROM shop.ships WHERE id = 2")).toBe(
    "\n name\n------\n\n(0 rows)\n",
  );
  expect(say("ring-0", "SELECT name FROM shop.ships")).toContain("\n Argo\n\n(1 rows)");
});

it("refuses what is not there, in Cassandra's words", () => {
  const refused = (statement: string): string => say("ring-0", "USE shop", statement).trimEnd();
  const invalid = (text: string): string =>
    `<stdin>:1:InvalidRequest: Error from server: code=2200 [Invalid query] message="${text}"`;
  expect(
    [
      "SELECT * FROM boats",
      "INSERT INTO ships (name) VALUES ('x')",
      "INSERT INTO ships (id, mast) VALUES (1, 2)",
      "SELECT * FROM ships WHERE name = 'Argo'",
      "USE none",
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      "INSERT INTO ships (id) VALUES ('one')",
    ].map(refused),
  ).toEqual([
    invalid("table boats does not exist"),
    invalid("Some partition key parts are missing: id"),
    invalid("Undefined column name mast in table shop.ships"),
    invalid(
      "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING",
    ),
    invalid("Keyspace 'none' does not exist"),
    "<stdin>:1:AlreadyExists: Keyspace 'shop' already exists",
    invalid('Invalid STRING constant (one) for \\"id\\" of type int'),
  ]);
  expect(say("ring-0", "SELECT * FROM shop.ships WHERE name = 'Argo' ALLOW FILTERING")).toContain("(1 rows)");
  expect(refused("SELEC 1; echo $?")).toMatch(
    /^<stdin>:1:SyntaxException: line 1:0 no viable alternative at input 'selec'/,
  );
  const options = (words: string): string => refused(`CREATE TABLE t (id int PRIMARY KEY) WITH ${words}`);
  expect(["default_time_to_live = 60", "comment = 'x' AND nonsense = {'a': 1}"].map(options)).toEqual(
    ["default_time_to_live", "nonsense"].map(
      (name) => `<stdin>:1:SyntaxException: Unknown property '${name}' (Drydock: or none that this playground has)`,
    ),
  );
  expect(refused("CREATE TABLE t (id number PRIMARY KEY)")).toBe(
    invalid("Unknown type shop.number (Drydock: or none that this playground has)"),
  );
  expect(node.exec("ring-0", "cqlsh localhost 9999 2>&1; echo $?")).toMatch(/^Connection error: .*refused.*\n1\n$/);
});

it("rows of a partition are in the order that the table was made with, and TRUNCATE leaves none on any node", () => {
  expect(
    say(
      "ring-0",
      "CREATE TABLE shop.log (ship int, day int, PRIMARY KEY (ship, day)) WITH CLUSTERING ORDER BY (day DESC) AND compaction = {'class': 'X'} AND comment = 'by day'",
      "INSERT INTO shop.log (ship, day) VALUES (1, 3)",
      "INSERT INTO shop.log (ship, day) VALUES (1, 12)",
      "SELECT day FROM shop.log WHERE ship = 1",
      "TRUNCATE shop.log",
    ),
  ).toBe("\n day\n-----\n  12\n   3\n\n(2 rows)\n");
  expect(say("ring-1", "SELECT * FROM shop.log", "DROP TABLE shop.log", "SELECT * FROM shop.log")).toBe(
    '\n ship | day\n------+-----\n\n(0 rows)\n<stdin>:1:InvalidRequest: Error from server: code=2200 [Invalid query] message="table log does not exist"\n',
  );
});

it("keeps its rows on its volume, and tells a node that was away what it missed", () => {
  node.exec("ring-1", "kill 1");
  node.sim.runUntil(node.sim.now + 3000);
  say("ring-0", "INSERT INTO shop.ships (id, name) VALUES (3, 'Calypso')");
  node.sim.runUntil(node.sim.now + 90_000);
  expect(say("ring-1", "SELECT name FROM shop.ships WHERE id = 3")).toContain("Calypso");
  node.exec("ring-0", "kill 1");
  node.sim.runUntil(node.sim.now + 90_000);
  expect(say("ring-0", "SELECT count(*) FROM shop.ships")).toContain("     2\n");
});
