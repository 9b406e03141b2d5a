import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../base/program.ts";
import type { Exchanged } from "../runtime/network-port.ts";
import { readNginxConf } from "./nginx-conf.ts";
import { NginxUpstreams } from "./nginx-upstream.ts";

const outer = (block: string) =>
  readNginxConf("/etc/nginx/nginx.conf", { read: () => `upstream web {\n${block}\n}\n`, list: () => [] });

/** Sends requests; `broken` servers refuse. Answers with those that answered, and counts what was tried. */
function balance(block: string) {
  const groups = new NginxUpstreams(outer(block));
  const state = { now: 0, broken: new Set<string>(), asked: [] as string[] };
  const exchange = ({ url }: HttpRequest): Exchanged => {
    state.asked.push(url);
    if (state.broken.has(url)) return { ok: false, errno: "ECONNREFUSED", latencyMs: 1, hops: [] };
    return { ok: true, response: { status: 200, body: url }, latencyMs: 1, hops: [] };
  };
  const ctx = { now: () => state.now, network: { exchange } } as unknown as Parameters<NginxUpstreams["ask"]>[0];
  const ask = (client = "10.0.0.1"): string => {
    const place = { authority: "web", method: "GET", expand: (text: string) => text.replace("$remote_addr", client) };
    const outcome = groups.ask(ctx, place, (url) => ({ method: "GET", url, headers: {}, body: "" }));
    return outcome === undefined ? "nobody" : outcome.ok ? outcome.response.body : outcome.errno;
  };
  const take = (count: number): string => Array.from({ length: count }, () => ask()).join(" ");
  return { state, ask, take };
}

describe("an upstream block", () => {
  it("shares by weight, leaves out who is down and keeps backups for need", () => {
    const { state, take } = balance("server a weight=3; server b; server c down; server d backup;");
    expect(take(8)).toBe("a a b a a a b a");
    state.broken = new Set(["a", "b"]);
    expect(take(1)).toBe("d");
    expect(state.asked.slice(8)).toEqual(["a", "b", "d"]);
    // Who failed isn't asked for ten seconds.
    expect([take(1), state.asked.length]).toEqual(["d", 12]);
    state.now += 10_001;
    state.broken.clear();
    expect(take(4).split(" ").sort().join(" ")).toBe("a a a b");
  });

  it("tries the next server of those that refuse, and gives up when none is left", () => {
    const { state, ask } = balance("server a max_fails=2 fail_timeout=30s; server b max_fails=0;");
    state.broken = new Set(["a", "b"]);
    expect([ask(), ask(), ask()]).toEqual(["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
    expect(state.asked.filter((each) => each === "a")).toHaveLength(2);
    const gone = balance("server a down;");
    expect(gone.ask()).toBe("nobody");
  });

  it("keeps a client with its server where it says so", () => {
    for (const how of ["ip_hash;", "hash $remote_addr consistent;"]) {
      const { ask } = balance(`${how} server a; server b; server c;`);
      const of = (client: string) => new Set(Array.from({ length: 6 }, () => ask(client)));
      expect(["10.0.0.1", "10.0.7.2", "10.3.0.9"].map((client) => of(client).size)).toEqual([1, 1, 1]);
      expect(new Set(Array.from({ length: 30 }, (_, at) => ask(`10.0.0.${at}`))).size).toBe(3);
    }
    expect(balance("least_conn; server a; server b;").take(4)).toBe("a b a b");
  });

  it("says what is wrong in it", () => {
    const wrong = (block: string) => () => new NginxUpstreams(outer(block));
    expect(wrong("server a weigth=3;")).toThrow('invalid parameter "weigth=3" in /etc/nginx/nginx.conf:2');
    expect(wrong("server a weight=0;")).toThrow('invalid parameter "weight=0" in /etc/nginx/nginx.conf:2');
    expect(wrong("server a fail_timeout=1x;")).toThrow('invalid parameter "fail_timeout=1x"');
    expect(wrong("server a fail_timeout=1m max_conns=100;")).not.toThrow();
    expect(wrong("least_conn;")).toThrow("no servers are inside upstream in /etc/nginx/nginx.conf:1");
  });
});
