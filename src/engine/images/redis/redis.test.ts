import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../../base/freeze.ts";
import { pods } from "../../api/registry.ts";
import { TestNode } from "../../kubelet/testing/test-node.ts";
import { encode, RespReader, splitWords } from "./resp.ts";

setDeepFreeze(true);

describe("RESP", () => {
  it("reads what it writes, in whatever pieces it comes", () => {
    const reply = [{ simple: "OK" }, { error: "ERR no" }, 7, "zwölf ⚓", null, ["a", []]] as const;
    const reader = new RespReader();
    const text = encode(reply);
    for (const character of text.slice(0, -1)) {
      reader.feed(character);
      expect(reader.next()).toBeUndefined();
    }
    reader.feed(text.slice(-1));
    expect(reader.next()).toEqual(reply);
  });

  it("takes words between blanks and in quotes", () => {
    expect(splitWords(`set  k "a \\"b\\"" 'c d'`)).toEqual(["set", "k", 'a "b"', "c d"]);
    expect(splitWords('set "k')).toBeUndefined();
  });
});

describe("Redis in a pod", () => {
  const node = new TestNode();
  const wait = (ms: number): void => void node.sim.runUntil(node.sim.now + ms);
  const hostPath = { path: "/srv/redis", type: "DirectoryOrCreate" };
  const kept = { volumes: [{ name: "data", hostPath }] };
  const mounted = [{ name: "data", mountPath: "/data" }];
  node.bind("leader", {
    ...kept,
    containers: [{ name: "redis", image: "redis:7.2", args: ["--requirepass", "harbour"], volumeMounts: mounted }],
  });
  node.bind("client", { containers: [{ name: "redis", image: "redis:alpine" }] });
  wait(20_000);
  const at = (name: string): string => node.pod(name).status.podIP ?? "";
  const ask = (...commands: string[]): string[] =>
    commands.map((command) => node.exec("client", `redis-cli ${command}`).trimEnd());

  it("stores strings, lists, hashes, sets and scores, and prints raw where there is no terminal", () => {
    expect(
      ask("ping", "set a 1", "incr a", "rpush jobs apple 'a banana'", "lrange jobs 0 -1", "hset h f v", "hgetall h"),
    ).toEqual(["PONG", "OK", "2", "2", "apple\na banana", "1", "f\nv"]);
    expect(ask("sadd s x y x", "zadd z 2 b 1 a", "--no-raw zrange z 0 -1 withscores", "lpush a x", "get none")).toEqual(
      [
        "2",
        "2",
        '1) "a"\n2) "1"\n3) "b"\n4) "2"',
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "",
      ],
    );
    expect(ask("--no-raw get a", "--no-raw get none", "--no-raw dbsize", "nonsense x")).toEqual([
      '"2"',
      "(nil)",
      "(integer) 5",
      "ERR unknown command 'nonsense', with args beginning with: 'x'",
    ]);
  });

  it("runs what stands between MULTI and EXEC at once, or not at all", () => {
    const say = (...lines: string[]): string[] =>
      node
        .exec("client", `printf '${lines.join("\\n")}\\n' | redis-cli`)
        .trimEnd()
        .split("\n");
    expect(say("set n 1", "multi", "incr n", "incr n", "exec", "get n")).toEqual([
      "OK",
      "OK",
      "QUEUED",
      "QUEUED",
      "2",
      "3",
      "3",
    ]);
    expect(say("multi", "incr n", "nosuch", "exec", "get n").slice(-3)).toEqual([
      "EXECABORT Transaction discarded because of previous errors.",
      "",
      "3",
    ]);
    expect(say("multi", "incr n", "discard", "get n").at(-1)).toBe("3");
    expect(say("exec")).toEqual(["ERR EXEC without MULTI"]);
    // The key that it watches changes before its EXEC.
    expect(say("watch n", "set n 5", "multi", "incr n", "exec", "get n").slice(-2)).toEqual(["", "5"]);
  });

  it("forgets keys when their time is over", () => {
    expect(ask("set brief x ex 10", "ttl brief", "ttl a", "ttl none").slice(2)).toEqual(["-1", "-2"]);
    wait(10_000);
    expect(ask("exists brief")).toEqual(["0"]);
  });

  it("asks for its password over the network, and takes commands as plain lines", () => {
    const leader = `-h ${at("leader")}`;
    expect(ask(`${leader} ping`, `${leader} -a wrong --no-auth-warning ping`, `${leader} -a harbour set k v`)).toEqual([
      "NOAUTH Authentication required.",
      "AUTH failed: WRONGPASS invalid username-password pair or user is disabled.\nNOAUTH Authentication required.",
      "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\nOK",
    ]);
    expect(node.exec("client", `printf 'PING\\r\\n' | nc -w 1 ${at("client")} 6379`)).toBe("+PONG\r\n");
    expect(ask("-p 1 ping")).toEqual(["Could not connect to Redis at 127.0.0.1:1: Connection refused"]);
  });

  it("has replicas, which follow it and refuse writes", () => {
    const args = ["--replicaof", `${at("leader")} 6379`, "--masterauth", "harbour"];
    node.bind("follower", { containers: [{ name: "redis", image: "redis:7", args }] });
    wait(5000);
    ask(`-h ${at("leader")} -a harbour set later too`);
    const follower = `-h ${at("follower")}`;
    expect(ask(`${follower} get k`, `${follower} get later`, `${follower} set k x`)).toEqual([
      "v",
      "too",
      "READONLY You can't write against a read only replica.",
    ]);
    expect(node.exec("client", `redis-cli ${follower} info replication | grep -E '^(role|master_link)'`)).toBe(
      "role:slave\r\nmaster_link_status:up\r\n",
    );
  });

  it("keeps what it has on its volume when it is told to stop", () => {
    node.admin.resource(pods).delete("default", "leader", {});
    wait(5000);
    node.bind("again", { ...kept, containers: [{ name: "redis", image: "redis:7.2", volumeMounts: mounted }] });
    wait(5000);
    expect(ask(`-h ${at("again")} get k`)).toEqual(["v"]);
  });

  it("logs each write with appendonly, goes by its file, and ends when that is wrong", () => {
    const script = (text: string): string[] => [
      "sh",
      "-c",
      `printf '${text}' > /tmp/r.conf; exec redis-server /tmp/r.conf`,
    ];
    const image = "redis:7";
    node.bind("appends", {
      ...kept,
      containers: [
        { name: "redis", image, command: script("appendonly yes\\nmaxmemory 2mb\\ntimeout 5"), volumeMounts: mounted },
      ],
    });
    node.bind("broken", { containers: [{ name: "redis", image, command: script("sails 3") }], restartPolicy: "Never" });
    wait(5000);
    const host = `-h ${at("appends")}`;
    expect(ask(`${host} config get maxmemory`, `${host} set logged yes`)).toEqual(["maxmemory\n2097152", "OK"]);
    expect(node.exec("appends", "cat /data/appendonlydir/appendonly.aof.1.incr.aof | tail -n 3")).toBe(
      "logged\r\n$3\r\nyes\r\n",
    );
    expect(node.pod("broken").status.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(1);
    const log = (name: string): string[] =>
      node.kubelet
        .worker("default", name)
        ?.slots[0]?.current?.log.since(0)
        .map(({ text }) => text) ?? [];
    expect(log("broken").slice(-2)).toEqual([">>> 'sails 3'", "Bad directive or wrong number of arguments"]);
    expect(log("appends").filter((line) => line.includes("Drydock"))).toEqual([
      expect.stringMatching("these directives have no effect in this playground: timeout"),
    ]);
  });

  it("is a cluster once redis-cli makes one, sends clients to the right node, and a replica takes over", () => {
    const names = [0, 1, 2, 3, 4, 5].map((at) => `node-${at}`);
    const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    for (const name of names) node.bind(name, { containers: [{ name: "redis", image: "redis:7", args }] });
    wait(5000);
    const places = names.map((name) => `${at(name)}:6379`).join(" ");
    expect(ask(`-h ${at("node-0")} set foo bar`)).toEqual(["CLUSTERDOWN Hash slot not served"]);
    expect(ask(`--cluster create ${places} --cluster-replicas 2`)).toEqual([
      expect.stringMatching(/not possible with 6 nodes and 2 replicas per node\.\n\*{3} At least 9 nodes/),
    ]);
    node.exec("client", `redis-cli --cluster create --cluster-replicas 1 ${places} --cluster-yes > /tmp/made`);
    wait(5000);
    expect(node.exec("client", "tail -n 1 /tmp/made")).toBe("[OK] All 16384 slots covered.\n");
    // "foo" is in slot 12182, as the specification's own example has it.
    expect(ask(`-h ${at("node-0")} set foo bar`, `-c -h ${at("node-0")} set foo bar`)).toEqual([
      `MOVED 12182 ${at("node-2")}:6379`,
      "OK",
    ]);
    expect(ask(`-h ${at("node-0")} mset a 1 b 2`, `-h ${at("node-0")} cluster keyslot '{foo}.x'`)).toEqual([
      "CROSSSLOT Keys in request don't hash to the same slot",
      "12182",
    ]);
    node.admin.resource(pods).delete("default", "node-2", { gracePeriodSeconds: 0 });
    wait(1000);
    expect(ask(`-h ${at("node-0")} cluster info | head -n 1`)).toEqual(["cluster_state:fail"]);
    wait(6000);
    expect(ask(`-h ${at("node-0")} cluster info | head -n 1`, `-c -h ${at("node-0")} get foo`)).toEqual([
      "cluster_state:ok",
      "bar",
    ]);
  });
});
