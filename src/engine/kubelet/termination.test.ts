import { describe, expect, it } from "vitest";
import { pods } from "../api/registry.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";
import { worker } from "./testing/test-images.ts";

setDeepFreeze(true);

function exists(node: TestNode, name: string): boolean {
  try {
    node.pod(name);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Virtual seconds from the delete until the object is gone. */
function secondsToGo(node: TestNode, name: string, options: { gracePeriodSeconds?: number } = {}): number {
  const began = node.sim.now;
  node.admin.resource(pods).delete("default", name, options);
  while (exists(node, name)) node.sim.runUntil(node.sim.now + 100);
  return (node.sim.now - began) / 1000;
}

describe("the end of a pod", () => {
  it("is quick when the program heeds SIGTERM; its last status shows how it ended", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    expect(secondsToGo(node, "web")).toBeLessThan(2);
    expect(node.events("web").at(-1)).toBe("Killing Stopping container nginx");
    const log = [...node.runtime.list()];
    expect(log).toEqual([]);
  });

  it("takes the whole grace period when the program ignores SIGTERM", () => {
    const node = new TestNode();
    const image = "gcr.io/google-samples/kubernetes-bootcamp:v1";
    node.bind("app", { containers: [{ name: "app", image }] });
    node.bind("quick", { containers: [{ name: "app", image }], terminationGracePeriodSeconds: 5 });
    node.sim.runUntilIdle(60_000);
    // The grace period, then up to 1.3 s until the kubelet has noticed and cleaned up.
    for (const [name, grace] of [
      ["app", 30],
      ["quick", 5],
    ] as const) {
      const seconds = secondsToGo(node, name);
      expect(seconds).toBeGreaterThanOrEqual(grace);
      expect(seconds).toBeLessThan(grace + 1.5);
    }
  });

  it("waits for the preStop hook within the grace period", () => {
    const node = new TestNode({ images: [worker] });
    const lifecycle = { preStop: { sleep: { seconds: 7 } } };
    node.bind("app", { containers: [{ name: "app", image: "test/worker:v1", lifecycle }] });
    node.sim.runUntilIdle(60_000);
    expect(Math.floor(secondsToGo(node, "app"))).toBe(7);
  });

  it("removes the object at once when forced, and the containers soon after", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    expect(secondsToGo(node, "web", { gracePeriodSeconds: 0 })).toBe(0);
    node.sim.runUntil(node.sim.now + 5000);
    expect([...node.runtime.list()]).toEqual([]);
    expect([...node.kubelet.allWorkers()]).toEqual([]);
  });

  it("ends a pod that is still being pulled", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    node.sim.runUntil(node.sim.now + 1000);
    expect(secondsToGo(node, "web")).toBeLessThan(2);
    expect([...node.runtime.pulls]).toEqual([]);
  });

  it("gives the address back", () => {
    const node = new TestNode();
    node.bind("a", { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    const { podIP } = node.pod("a").status;
    secondsToGo(node, "a");
    expect(podIP).toBe("10.244.1.2");
    expect(node.network.node("worker-1")?.podCIDR).toBe("10.244.1.0/24");
    for (const name of ["b", "c"]) node.bind(name, { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    expect(new Set([node.pod("b").status.podIP, node.pod("c").status.podIP]).size).toBe(2);
  });
});
