import { describe, expect, it } from "vitest";
import { endpointSlices } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { lineServer } from "../runtime/connection.ts";
import type { Connection, ConnectTarget } from "../runtime/connection.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { createTestNetwork, pod, says } from "./testing/test-network.ts";

setDeepFreeze(true);

/** A client that notes what it hears and when, in milliseconds since the start. */
function client(sim: Simulation, port: NetworkPort, target: ConnectTarget) {
  const heard: string[] = [];
  const since = sim.now;
  const note = (what: string): void => void heard.push(`${sim.now - since} ${what}`);
  const result: { heard: string[]; connection: Connection | undefined } = { heard, connection: undefined };
  port.connect(target, {
    opened(connection) {
      result.connection = connection;
      note("open");
      return {
        data: note,
        end() {
          note("end");
          connection.end();
        },
        closed: (errno) => note(`closed ${errno ?? ""}`.trim()),
      };
    },
    fail: note,
  });
  return result;
}

const echo = lineServer((connection) => {
  connection.write("hello\n");
  return (line) => {
    if (line === "quit") connection.close();
    return line === "quit" ? undefined : `${line}!\n`;
  };
});

describe("a TCP connection", () => {
  it("opens after a round trip, carries text both ways in order and ends when both ends have", () => {
    const { sim, worker1, worker2 } = createTestNetwork();
    const b = pod(worker2, "b");
    b.namespace.bindTcp(6379, echo);
    const { heard, connection } = client(sim, pod(worker1, "a").port(), { host: b.ip, port: 6379 });
    expect(connection).toBeUndefined();
    sim.runUntilIdle(1000);
    expect(heard).toEqual(["1 open", "1 hello\n"]);
  });

  it("is refused where nothing listens, times out where no one answers, and names are resolved first", () => {
    const { sim, worker1, worker2 } = createTestNetwork();
    const from = pod(worker1, "a").port({ hosts: "10.244.2.2 b" });
    pod(worker2, "b");
    const refused = client(sim, from, { host: "b", port: 1 });
    const nobody = client(sim, from, { host: "203.0.113.9", port: 1, timeoutMs: 5000 });
    const nameless = client(sim, from, { host: "nowhere", port: 1 });
    sim.runUntilIdle(60_000);
    expect([refused.heard, nobody.heard]).toEqual([["1 ECONNREFUSED"], ["5000 ETIMEDOUT"]]);
    expect(nameless.heard).toEqual(["10000 EAI_AGAIN"]);
    const line = sim.journal.since(0).find(({ subject }) => subject === "TCP b:1");
    expect(JSON.parse(line?.detail ?? "")).toMatchObject({ errno: "ECONNREFUSED", why: "nothing listens on port 1" });
  });

  it("goes through a service, whose endpoint it keeps when the service forgets it", () => {
    const { sim, worker1, worker2, service, slice, settle, client: api } = createTestNetwork();
    const b = pod(worker2, "b");
    b.namespace.bindTcp(8080, echo);
    const made = service("web", {});
    slice("web", [{ addresses: [b.ip], nodeName: "worker-2" }]);
    settle();
    const from = pod(worker1, "a").port();
    const host = made.spec.clusterIP as string;
    const open = client(sim, from, { host, port: 80 });
    sim.runUntilIdle(1000);
    expect(open.connection).toMatchObject({ remoteAddress: host, remotePort: 80, localAddress: "10.244.1.2" });
    api.resource(endpointSlices).delete("default", "web-1");
    settle();
    open.connection?.write("one\ntwo\nquit\n");
    sim.runUntilIdle(1000);
    expect(open.heard.slice(1)).toEqual([
      "1 hello\n",
      expect.stringMatching(/one!/),
      expect.stringMatching(/two!/),
      expect.stringMatching(/end/),
      expect.stringMatching(/closed$/),
    ]);
    const late = client(sim, from, { host, port: 80 });
    sim.runUntilIdle(1000);
    expect(late.heard).toEqual([expect.stringMatching(/ECONNREFUSED/)]);
  });

  it("is reset when the pod goes, and waits for a node without power until Linux gives up", () => {
    const { sim, worker1, worker2 } = createTestNetwork();
    const from = pod(worker1, "a").port();
    const b = pod(worker2, "b");
    b.namespace.bindTcp(1, echo);
    const first = client(sim, from, { host: b.ip, port: 1 });
    sim.runUntilIdle(1000);
    b.detach();
    sim.runUntilIdle(1000);
    expect(first.heard.at(-1)).toMatch(/closed ECONNRESET/);
    const c = pod(worker2, "c");
    c.namespace.bindTcp(1, echo);
    const second = client(sim, from, { host: c.ip, port: 1 });
    sim.runUntilIdle(1000);
    worker2.power(false);
    second.connection?.write("are you there?\n");
    sim.runUntil(sim.now + 900_000);
    expect(second.heard.at(-1)).toMatch(/hello/);
    sim.runUntil(sim.now + 30_000);
    expect(second.heard.at(-1)).toMatch(/closed ETIMEDOUT/);
    const third = client(sim, from, { host: c.ip, port: 1 });
    worker2.power(true);
    sim.runUntilIdle(1_000_000);
    const fourth = client(sim, from, { host: c.ip, port: 1 });
    sim.runUntilIdle(1000);
    worker2.power(false);
    fourth.connection?.write("late\n");
    sim.runUntil(sim.now + 3000);
    worker2.power(true);
    sim.runUntil(sim.now + 10_000);
    expect([third.heard[0], fourth.heard.at(-1)]).toEqual(["127000 ETIMEDOUT", expect.stringMatching(/late!/)]);
  });

  it("slows a writer down while its peer does not read", () => {
    const { sim, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    let server: Connection | undefined;
    a.namespace.bindTcp(1, (connection) => {
      server = connection;
      return { keeps: true };
    });
    const idle = client(sim, a.port(), { host: "localhost", port: 1 });
    sim.runUntilIdle(1000);
    const open = client(sim, a.port(), { host: "localhost", port: 1 });
    sim.runUntilIdle(1000);
    open.connection?.write("x".repeat(65_536));
    sim.runUntilIdle(1000);
    expect([idle.connection?.room, open.connection?.room]).toEqual([65_536, 0]);
    server?.consumed(10_000);
    expect(open.connection?.room).toBe(10_000);
  });
});

describe("ports of a namespace", () => {
  it("are taken once, whatever protocol is spoken over TCP; UDP has its own", () => {
    const { namespace } = pod(createTestNetwork().worker1, "a");
    const free = namespace.bindTcp(80, echo);
    expect(() => namespace.bindHttp(80, says("x"))).toThrow("EADDRINUSE: :80");
    expect(() => namespace.bindTcp(80, echo)).toThrow("EADDRINUSE: :80");
    namespace.bindUdp(80, () => "x");
    expect(() => namespace.bindUdp(80, () => "x")).toThrow("EADDRINUSE: :80");
    free();
    namespace.bindHttp(80, says("x"));
    expect(() => namespace.bindTcp(80, echo)).toThrow("EADDRINUSE: :80");
  });
});

describe("HTTP by hand", () => {
  it("is answered to who connects and types, one request after the other", () => {
    const { sim, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    a.namespace.bindHttp(80, ({ method, path, body }) => ({ status: 200, body: `${method} ${path} ${body}` }));
    const open = client(sim, a.port(), { host: a.ip, port: 80 });
    sim.runUntilIdle(1000);
    open.connection?.write("POST /x HTTP/1.1\nHost: a\nContent-Length: 2\n\nhiGET /y HTTP/1.0\n\n");
    sim.runUntilIdle(1000);
    expect(open.heard).toEqual([
      "0 open",
      "1 HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nPOST /x hi",
      "2 HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nGET /y ",
      "2 end",
      "2 closed",
    ]);
  });

  it("is understood by who asks a server of text, and cut off where it answers anything else", () => {
    const { sim, worker1 } = createTestNetwork();
    const a = pod(worker1, "a");
    a.namespace.bindTcp(80, (connection) => ({
      data: (text) => {
        connection.write(`HTTP/1.1 200 OK\n\n${text.split("\r\n")[0] ?? ""}`);
        connection.end();
      },
    }));
    a.namespace.bindTcp(81, echo);
    const heard: unknown[] = [];
    const sink = {
      head: (status: number) => void heard.push(status),
      data: (text: string) => void heard.push(text),
      frame: () => {},
      end: () => {},
      fail: (errno: string) => void heard.push(errno),
    };
    for (const port of [80, 81])
      a.port().send({ method: "GET", url: `http://localhost:${port}/p`, headers: {}, body: "" }, sink);
    sim.runUntilIdle(1000);
    expect(heard).toEqual(["EPROTO", 200, "GET /p HTTP/1.1"]);
  });
});

describe("datagrams", () => {
  it("reach a service's endpoint and are answered; where nothing listens the kernel refuses", () => {
    const { sim, worker1, worker2, service, slice, settle } = createTestNetwork();
    const b = pod(worker2, "b");
    b.namespace.bindUdp(5353, ({ data, remoteAddress }) => `${data} from ${remoteAddress}`);
    const made = service("dns", { ports: [{ port: 53, targetPort: 5353, protocol: "UDP" }] });
    slice("dns", [{ addresses: [b.ip], nodeName: "worker-2" }], [{ port: 5353, protocol: "UDP" }]);
    settle();
    const from = pod(worker1, "a").port();
    const good = client(sim, from, { host: made.spec.clusterIP as string, port: 53, protocol: "UDP" });
    const bad = client(sim, from, { host: b.ip, port: 9, protocol: "UDP" });
    sim.runUntilIdle(1000);
    for (const { connection } of [good, bad]) connection?.write("who?");
    sim.runUntilIdle(1000);
    expect([good.heard, bad.heard]).toEqual([
      ["0 open", "1 who? from 10.244.1.2"],
      ["0 open", "1 closed ECONNREFUSED"],
    ]);
  });
});
