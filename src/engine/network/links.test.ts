import { describe, expect, it } from "vitest";
import { bodyOf, createTestNetwork, pod, says } from "./testing/test-network.ts";

/** A client on worker-1, a server on worker-2 and one beside the client. */
function two() {
  const net = createTestNetwork();
  const far = pod(net.worker2, "far");
  const near = pod(net.worker1, "near");
  far.namespace.bindHttp(80, says("far"));
  near.namespace.bindHttp(80, says("near"));
  const client = pod(net.worker1, "client").port();
  const ask = (ip: string, timeoutMs?: number) =>
    net.get(client, `http://${ip}/`, timeoutMs === undefined ? {} : { timeoutMs });
  return { ...net, far, near, client, ask };
}

describe("a link between nodes", () => {
  it("that is cut lets nothing pass, and says so; within the node nothing changes", () => {
    const { ask, far, near, network, get } = two();
    network.setLink("worker-1", "worker-2", { cut: true });
    expect(ask(far.ip, 3000)).toMatchObject({
      errno: "ETIMEDOUT",
      latencyMs: 3000,
      why: "the link between worker-1 and worker-2 is cut",
    });
    expect(ask(near.ip).ok).toBe(true);
    expect(get(network.laptopPort(), "http://192.168.49.4/")).toMatchObject({ errno: "ECONNREFUSED" });
    network.setLink("worker-1", "worker-2", { cut: false });
    expect(bodyOf(ask(far.ip))).toBe("far to 10.244.1.3");
    network.setLink("worker-2", undefined, { cut: true });
    expect([ask(far.ip).ok, get(network.laptopPort(), "http://192.168.49.4/").ok]).toEqual([false, false]);
  });

  it("takes longer each way, for the connection and for the request", () => {
    const { ask, far, network } = two();
    expect(ask(far.ip).latencyMs).toBe(2);
    network.setLink("worker-1", "worker-2", { latencyMs: 100 });
    network.setLink("worker-2", undefined, { latencyMs: 10 });
    const slow = ask(far.ip);
    expect([slow.ok, slow.latencyMs]).toEqual([true, 442]);
    expect(slow.hops[1]).toEqual({
      at: "node/worker-1",
      decision: "cross",
      reason: "220 ms more over the link between worker-1 and worker-2",
    });
    expect(ask(far.ip, 200)).toMatchObject({ errno: "ETIMEDOUT", latencyMs: 200 });
  });

  it("loses packets, which are sent again, the same ones in every run", () => {
    const times = (): number[] => {
      const { ask, far, network } = two();
      network.setLink("worker-1", "worker-2", { lossPercent: 30 });
      return Array.from({ length: 30 }, () => ask(far.ip).latencyMs);
    };
    const first = times();
    expect(times()).toEqual(first);
    expect(first.filter((ms) => ms === 2).length).toBeGreaterThan(2);
    expect(first.some((ms) => ms >= 1000)).toBe(true);
    const { ask, far, network } = two();
    network.setLink("worker-1", "worker-2", { lossPercent: 100 });
    expect(ask(far.ip)).toMatchObject({ errno: "ETIMEDOUT", latencyMs: 127_000 });
  });

  it("delays what an open connection carries, and holds it while it is cut", () => {
    const { client, far, network, sim } = two();
    far.namespace.bindTcp(7, (connection) => ({ data: (text) => connection.write(text) }));
    const heard: string[] = [];
    let send = (_text: string): void => {};
    client.connect(
      { host: far.ip, port: 7 },
      {
        opened(connection) {
          send = (text) => connection.write(text);
          return { data: (text) => void heard.push(`${sim.now - from} ${text}`) };
        },
        fail: (errno) => void heard.push(errno),
      },
    );
    sim.runUntilIdle(1000);
    let from = sim.now;
    network.setLink("worker-1", "worker-2", { latencyMs: 50 });
    send("slow");
    sim.runUntilIdle(1000);
    network.setLink("worker-1", "worker-2", { latencyMs: 0, cut: true });
    from = sim.now;
    send("late");
    sim.runUntil(sim.now + 500);
    network.setLink("worker-1", "worker-2", { cut: false });
    sim.runUntil(sim.now + 500);
    expect(heard).toEqual(["101 slow", "601 late"]);
  });
});
