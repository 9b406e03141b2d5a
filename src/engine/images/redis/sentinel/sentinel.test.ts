import { expect, it } from "vitest";
import { setDeepFreeze } from "../../../base/freeze.ts";
import { pods } from "../../../api/registry.ts";
import { TestNode } from "../../../kubelet/testing/test-node.ts";

setDeepFreeze(true);

const node = new TestNode();
const wait = (ms: number): void => void node.sim.runUntil(node.sim.now + ms);
const at = (name: string): string => node.pod(name).status.podIP ?? "";
const image = "redis:7.2";
const server = (name: string, ...args: string[]): void =>
  void node.bind(name, {
    containers: [{ name: "redis", image, args: ["--masterauth", "pw", "--requirepass", "pw", ...args] }],
  });
const say = (name: string, words: string): string => node.exec("client", `redis-cli -h ${at(name)} ${words}`).trimEnd();
const log = (name: string): string[] =>
  (node.kubelet.worker("default", name)?.slots[0]?.current?.log.since(0) ?? []).map(({ text }) =>
    text.replace(/^1:X .*? [*#] /, ""),
  );

node.bind("client", { containers: [{ name: "redis", image }] });
server("redis-0");
wait(10_000);
for (const name of ["redis-1", "redis-2"]) server(name, "--replicaof", at("redis-0"), "6379");
const sentinels = [0, 1, 2].map((number) => `sentinel-${number}`);
const conf = (host: string, more = ""): string[] => [
  "sh",
  "-c",
  `printf 'sentinel monitor mymaster ${host} 6379 2\\nsentinel auth-pass mymaster pw\\nsentinel down-after-milliseconds mymaster 5000\\nsentinel failover-timeout mymaster 60000\\n${more}' >/tmp/s.conf; exec redis-sentinel /tmp/s.conf`,
];
for (const name of sentinels) node.bind(name, { containers: [{ name: "s", image, command: conf(at("redis-0")) }] });
for (const [name, command] of [
  ["named", conf("redis-0.nowhere")],
  ["mistyped", conf("10.0.0.9", "sentinel quorun mymaster 2\\n")],
  ["bare", ["redis-sentinel"]],
] as const)
  node.bind(name, { containers: [{ name: "s", image, command: [...command] }], restartPolicy: "Never" });
wait(25_000);

it("Sentinels find a master's replicas and each other, and tell clients where it is", () => {
  expect(say("sentinel-0", "-p 26379 sentinel get-master-addr-by-name mymaster")).toBe(`${at("redis-0")}\n6379`);
  expect(say("sentinel-0", "-p 26379 --csv sentinel get-master-addr-by-name other")).toBe("NULL");
  expect(say("sentinel-1", "-p 26379 sentinel ckquorum mymaster")).toBe(
    "OK 3 usable Sentinels. Quorum and failover authorization can be reached",
  );
  expect(say("sentinel-2", "-p 26379 info sentinel | grep ^master0")).toBe(
    `master0:name=mymaster,status=ok,address=${at("redis-0")}:6379,slaves=2,sentinels=3`,
  );
  const own = say("sentinel-0", "-p 26379 sentinel myid");
  expect(log("sentinel-0").slice(3, 8)).toEqual([
    "Running mode=sentinel, port=26379.",
    `Sentinel ID is ${own}`,
    `+monitor master mymaster ${at("redis-0")} 6379 quorum 2`,
    ...["redis-1", "redis-2"].map(
      (name) => `+slave slave ${at(name)}:6379 ${at(name)} 6379 @ mymaster ${at("redis-0")} 6379`,
    ),
  ]);
  expect(say("sentinel-0", "-p 26379 sentinel nonsense; true")).toBe(
    "ERR unknown subcommand 'nonsense'. Try SENTINEL HELP.",
  );
});

it("a Sentinel ends without a file that it may write, for a name that it may not resolve and for what it doesn't know", () => {
  expect(log("named").slice(-2)).toEqual([
    ">>> 'sentinel monitor mymaster redis-0.nowhere 6379 2'",
    "Can't resolve instance hostname.",
  ]);
  expect(log("mistyped").at(-1)).toBe("Unrecognized sentinel configuration statement.");
  expect(log("bare")).toEqual(["Sentinel needs config file on disk... Exiting!"]);
});

it("a master that is gone is replaced by a replica that most Sentinels agree on, with its data", () => {
  say("redis-0", "-a pw --no-auth-warning set ship Argo");
  node.admin.resource(pods).delete("default", "redis-0", { gracePeriodSeconds: 0 });
  const old = at("redis-1");
  wait(20_000);
  const places = sentinels.map((name) => say(name, "-p 26379 sentinel get-master-addr-by-name mymaster"));
  const [master = ""] = (places[0] ?? "").split("\n");
  expect(new Set(places).size).toBe(1);
  expect([old, at("redis-2")]).toContain(master);
  const leader = master === old ? "redis-1" : "redis-2";
  const other = leader === "redis-1" ? "redis-2" : "redis-1";
  expect(say(leader, "-a pw --no-auth-warning get ship")).toBe("Argo");
  expect(say(leader, "-a pw --no-auth-warning set ship Beagle")).toBe("OK");
  expect(say(other, "-a pw --no-auth-warning get ship")).toBe("Beagle");
  const events = sentinels.map((name) => log(name).map((line) => line.split(" ")[0]));
  const led = events.find((names) => names.includes("+elected-leader")) ?? [];
  expect(led.filter((name) => /^[+]/.test(name ?? "")).slice(5)).toEqual([
    "+sdown",
    "+odown",
    "+new-epoch",
    "+try-failover",
    "+vote-for-leader",
    "+elected-leader",
    "+failover-state-select-slave",
    "+selected-slave",
    "+failover-state-send-slaveof-noone",
    "+failover-state-wait-promotion",
    "+promoted-slave",
    "+failover-state-reconf-slaves",
    "+slave-reconf-sent",
    "+slave-reconf-inprog",
    "+slave-reconf-done",
    "+failover-end",
    "+switch-master",
    "+slave",
    "+slave",
    "+sdown",
  ]);
  for (const names of events) expect(names).toContain("+switch-master");
});

it("is kept in the file, and a failover can be asked for", () => {
  const [before = ""] = say("sentinel-0", "-p 26379 sentinel get-master-addr-by-name mymaster").split("\n");
  expect(node.exec("sentinel-0", "grep -c -E 'monitor mymaster .* 6379 2|known-|myid' /tmp/s.conf")).toBe("6\n");
  expect(node.exec("sentinel-0", "grep monitor /tmp/s.conf")).toBe(`sentinel monitor mymaster ${before} 6379 2\n`);
  expect(say("sentinel-0", "-p 26379 sentinel failover mymaster")).toBe("OK");
  wait(10_000);
  const [after = ""] = say("sentinel-1", "-p 26379 sentinel get-master-addr-by-name mymaster").split("\n");
  expect([at("redis-1"), at("redis-2")].filter((address) => address !== before)).toEqual([after]);
});

it("SENTINEL SET takes what may be set, and a Sentinel listens where it is bound and names what has no effect", () => {
  const set = (words: string): string => say("sentinel-0", `-p 26379 sentinel set mymaster ${words}`);
  expect(["quorum 3", "quorum none", "known-replica 10.0.0.9", "leader-epoch 7"].map(set)).toEqual([
    "OK",
    ...["quorum none", "known-replica 10.0.0.9", "leader-epoch 7"].map((words) => {
      const [option = "", value = ""] = words.split(" ");
      return `ERR Invalid argument '${value}' for SENTINEL SET '${option}'`;
    }),
  ]);
  expect(set("auth-pass other")).toBe("OK");
  wait(10_000);
  expect(say("sentinel-0", "-p 26379 info | grep -o status=[a-z]*")).toBe("status=sdown");
  expect(set("auth-pass pw")).toBe("OK");
  wait(3000);
  expect(say("sentinel-0", "-p 26379 info | grep -o status=[a-z]*")).toBe("status=ok");
  expect(say("sentinel-0", "-p 26379 sentinel reset 'my*'")).toBe("1");
  node.bind("bound", { containers: [{ name: "s", image, command: conf("10.0.0.9", "bind 127.0.0.1\ndir /tmp\n") }] });
  wait(5000);
  expect(log("bound")).toContain("Drydock: these directives have no effect in this playground: dir");
  expect(say("bound", "-p 26379 ping 2>&1")).toMatch(/Connection refused/);
  expect(node.exec("bound", "redis-cli -p 26379 ping")).toBe("PONG\n");
});
