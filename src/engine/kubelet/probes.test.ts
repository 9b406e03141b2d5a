import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import type { Container } from "../api/generated/types.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const kuard = (probes: Partial<Container>): Container => ({
  name: "kuard",
  image: "gcr.io/kuar-demo/kuard-amd64:blue",
  ...probes,
});

function isReady(node: TestNode, name: string): boolean {
  return node.pod(name).status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

function put(node: TestNode, path: string, body: string): void {
  const listener = node.kubelet.worker("default", "web")?.sandbox?.network.listeners.get(8080);
  listener?.({ method: "PUT", path, query: "", headers: {}, body, remoteAddress: "10.0.0.1", port: 8080 });
}

describe("probes", () => {
  it("takes a pod out of Ready while its readiness probe fails", () => {
    const node = new TestNode();
    const readinessProbe = { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 2, failureThreshold: 3 };
    node.bind("web", { containers: [kuard({ readinessProbe })] });
    node.sim.runUntilIdle(60_000);
    expect(isReady(node, "web")).toBe(true);
    put(node, "/ready/api", '{"failNext":5}');
    node.sim.runUntil(node.sim.now + 7000);
    expect(isReady(node, "web")).toBe(false);
    expect(node.events("web").at(-1)).toMatch(
      /^Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 500/,
    );
    node.sim.runUntil(node.sim.now + 10_000);
    expect(isReady(node, "web")).toBe(true);
    expect(node.pod("web").status.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it("restarts a container whose liveness probe fails", () => {
    const node = new TestNode();
    const livenessProbe = { httpGet: { path: "/healthy", port: 8080 }, periodSeconds: 1, failureThreshold: 3 };
    node.bind("web", { containers: [kuard({ livenessProbe })] });
    node.sim.runUntilIdle(60_000);
    put(node, "/healthy/api", '{"failNext":-1}');
    node.sim.runUntil(node.sim.now + 10_000);
    const status = node.pod("web").status.containerStatuses?.[0];
    expect(status?.restartCount).toBe(1);
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 2, reason: "Error" });
    expect(node.events("web")).toContain("Killing Container kuard failed liveness probe, will be restarted");
  });

  it("says connection refused when nobody listens on the port", () => {
    const node = new TestNode();
    const readinessProbe = { httpGet: { path: "/", port: 81 }, periodSeconds: 1 };
    node.bind("web", { containers: [kuard({ readinessProbe })] });
    node.sim.runUntil(node.sim.now + 10_000);
    expect(isReady(node, "web")).toBe(false);
    expect(node.events("web").at(-1)).toMatch(
      'Unhealthy Readiness probe failed: Get "http://10.244.1.2:81/": dial tcp 10.244.1.2:81: connect: connection refused',
    );
  });

  it("holds the other probes back until the startup probe succeeds", () => {
    const node = new TestNode();
    const startupProbe = { tcpSocket: { port: 8080 }, initialDelaySeconds: 20, periodSeconds: 1 };
    const readinessProbe = { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 };
    node.bind("web", { containers: [kuard({ startupProbe, readinessProbe })] });
    node.sim.runUntil(node.sim.now + 15_000);
    expect(node.pod("web").status.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    node.sim.runUntil(node.sim.now + 15_000);
    expect(node.pod("web").status.containerStatuses?.[0]).toMatchObject({ started: true, ready: true });
  });

  it("costs a running pod without probes nothing", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    const before = node.sim.eventCount;
    node.sim.runUntil(node.sim.now + 60_000);
    // Renewals of the node's lease, one report of its images, one look at the room that the new one has left.
    expect(node.sim.eventCount - before).toBeLessThanOrEqual(9);
  });
});
