import { describe, expect, it } from "vitest";
import type { LoadSpec } from "../base/load.ts";
import type { LoadRun } from "./load-run.ts";
import type { StationPort } from "./port.ts";
import { createTestNetwork, pod, says } from "./testing/test-network.ts";

function start(
  net: ReturnType<typeof createTestNetwork>,
  spec: Partial<LoadSpec>,
  url: string,
): { run: LoadRun; done: number[] } {
  const done: number[] = [];
  const port = pod(net.worker1, `client-${net.sim.now}-${url}`).port() as StationPort;
  const request = { method: "GET", url, headers: {}, body: "", timeoutMs: 1000 };
  const run = port.load(
    { request, connections: 1, ...spec },
    { background: false, done: () => void done.push(net.sim.now) },
  );
  return { run, done };
}

describe("a load generator's run", () => {
  it("sends as many as it is told, each connection again when its answer is there", () => {
    const net = createTestNetwork();
    const web = pod(net.worker2, "web");
    let asked = 0;
    web.namespace.bindHttp(80, () => ({ status: ++asked % 4 === 0 ? 503 : 200, body: "hello" }));
    const begin = net.sim.now;
    const { run, done } = start(net, { requests: 40, connections: 10 }, `http://${web.ip}/`);
    net.sim.runUntilIdle(5000);
    expect(run.result).toEqual({
      startedAt: begin,
      endedAt: begin + 8,
      answered: 40,
      failed: 0,
      latencies: new Map([[2, 40]]),
      statuses: new Map([
        [200, 30],
        [503, 10],
      ]),
      errors: new Map(),
      bodyBytes: 200,
      headBytes: 760,
      first: { length: 5, server: "" },
      perSecond: [40],
    });
    expect([asked, done]).toEqual([40, [begin + 8]]);
  });

  it("keeps to its rate, ends with its time, and tells each edge's traffic once a second", () => {
    const net = createTestNetwork();
    const web = pod(net.worker2, "web");
    web.namespace.bindHttp(8080, says("hello"));
    const { clusterIP } = net.service("web", {}).spec;
    net.slice("web", [{ addresses: [web.ip], nodeName: "worker-2" }]);
    net.settle();
    const begin = net.sim.now;
    const before = net.sim.eventCount;
    const { run, done } = start(net, { durationMs: 3000, connections: 100, perSecond: 2000 }, `http://${clusterIP}/`);
    net.sim.runUntil(begin + 4000);
    expect(done).toEqual([begin + 3000]);
    expect(run.result.perSecond.map((count) => Math.abs(count - 2000) < 10)).toEqual([true, true, true]);
    expect(net.sim.eventCount - before).toBeLessThan(3100);
    const lines = net.sim.journal.since(0);
    const traffic = lines.filter(({ kind }) => kind === "traffic").map(({ detail }) => JSON.parse(detail));
    expect(traffic.slice(0, 2)).toEqual([
      {
        from: `pod/default/client-${begin}-http://${clusterIP}/`,
        to: "service/default/web",
        requests: 2000,
        errors: 0,
        ms: 2,
      },
      { from: "service/default/web", to: "pod/default/web", requests: 2000, errors: 0, ms: 2 },
    ]);
    // Only some requests are journalled one by one.
    expect(lines.filter(({ kind }) => kind === "hop").length).toBe(30);
  });

  it("makes ten thousand requests a virtual second, by few events and fewer lines", () => {
    const net = createTestNetwork();
    const web = pod(net.worker2, "web");
    web.namespace.bindHttp(80, says("hello"));
    const [begin, events] = [net.sim.now, net.sim.eventCount];
    const { run } = start(net, { durationMs: 1000, connections: 200, perSecond: 10_000 }, `http://${web.ip}/`);
    net.sim.runUntil(begin + 2000);
    const { perSecond, statuses, errors } = run.result;
    expect([Math.abs((perSecond[0] ?? 0) - 10_000) < 50, [...statuses.keys()], errors.size]).toEqual([true, [200], 0]);
    expect(net.sim.eventCount - events).toBeLessThan(1100);
    expect(net.sim.journal.since(0).filter(({ kind }) => kind === "hop").length).toBeLessThan(20);
  });

  it("counts what is refused, what does not answer in time and what answers late", () => {
    const net = createTestNetwork();
    const web = pod(net.worker2, "web");
    web.namespace.bindHttp(1, () => ({ status: 200, body: "", hangs: true }));
    web.namespace.bindHttp(2, () => ({
      status: 0,
      body: "",
      later: (answer) => {
        const timer = net.sim.after(30, () => answer({ status: 201, body: "late" }));
        return () => net.sim.cancel(timer);
      },
    }));
    web.namespace.bindHttp(3, () => ({ status: 0, body: "", later: () => () => undefined }));
    const ran = [1, 2, 3, 4].map((port) => start(net, { requests: 2 }, `http://${web.ip}:${port}/`).run.result);
    net.sim.runUntilIdle(10_000);
    expect(ran.map(({ statuses, errors }) => [...statuses, ...errors])).toEqual([
      [["ETIMEDOUT", 2]],
      [[201, 2]],
      [["ETIMEDOUT", 2]],
      [["ECONNREFUSED", 2]],
    ]);
  });

  it("sends nothing any more once it is stopped", () => {
    const net = createTestNetwork();
    const web = pod(net.worker2, "web");
    web.namespace.bindHttp(80, says("hello"));
    const { run, done } = start(net, { durationMs: 60_000, connections: 2 }, `http://${web.ip}/`);
    net.sim.runUntil(net.sim.now + 100);
    run.stop();
    const { answered } = run.result;
    net.sim.runUntilIdle(1000);
    expect([run.result.answered === answered, answered > 50, done]).toEqual([true, true, []]);
  });
});
