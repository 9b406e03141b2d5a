import { describe, expect, it } from "vitest";
import { pods } from "../api/registry.ts";
import type { ResourceRequirements } from "../api/generated/types.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const idle = { name: "app", image: "busybox:1.36", command: ["sleep", "3600"] };

function resize(node: TestNode, name: string, resources: ResourceRequirements): void {
  const patch = { spec: { containers: [{ name: "app", resources }] } };
  node.admin.resource(pods).patch("default", name, patch, { subresource: "resize" });
}

function conditions(node: TestNode, name: string): unknown[] {
  const all = node.pod(name).status.conditions ?? [];
  return all
    .filter(({ type }) => type.startsWith("PodResize"))
    .map(({ type, reason, message }) => [type, reason, message]);
}

function container(node: TestNode, name: string) {
  const [{ allocatedResources, resources, restartCount } = { restartCount: -1 }] =
    node.pod(name).status.containerStatuses ?? [];
  return { allocatedResources, resources, restartCount };
}

describe("in-place resize", () => {
  it("changes the cgroup of a running container, and restarts one that wants it", () => {
    const node = new TestNode();
    const resources = { requests: { cpu: "500m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } };
    node.bind("web", {
      containers: [
        {
          ...idle,
          resources,
          resizePolicy: [
            { resourceName: "cpu", restartPolicy: "NotRequired" },
            { resourceName: "memory", restartPolicy: "RestartContainer" },
          ],
        },
      ],
      terminationGracePeriodSeconds: 2,
    });
    node.sim.runUntilIdle(60_000);
    expect(container(node, "web")).toEqual({ allocatedResources: resources.requests, resources, restartCount: 0 });

    const faster = { requests: { cpu: "800m", memory: "64Mi" }, limits: { cpu: "2", memory: "64Mi" } };
    resize(node, "web", faster);
    node.sim.runUntil(node.sim.now + 100);
    expect(conditions(node, "web")).toEqual([["PodResizeInProgress", undefined, undefined]]);
    expect(container(node, "web")).toEqual({ allocatedResources: faster.requests, resources, restartCount: 0 });
    node.sim.runUntil(node.sim.now + 2000);
    expect(conditions(node, "web")).toEqual([]);
    expect(container(node, "web")).toEqual({ allocatedResources: faster.requests, resources: faster, restartCount: 0 });
    expect(node.exec("web", "cat /sys/fs/cgroup/cpu.max")).toBe("200000 100000\n");
    const summary = (generation: number, limits: object, requests: object): string =>
      JSON.stringify({ containers: [{ name: "app", resources: { limits, requests } }], generation });
    expect(node.events("web").slice(-2)).toEqual([
      `ResizeStarted Pod resize started: ${summary(2, faster.limits, faster.requests)}`,
      `ResizeCompleted Pod resize completed: ${summary(2, faster.limits, faster.requests)}`,
    ]);

    const larger = { requests: { cpu: "800m", memory: "64Mi" }, limits: { cpu: "2", memory: "128Mi" } };
    resize(node, "web", larger);
    node.sim.runUntil(node.sim.now + 10_000);
    expect(conditions(node, "web")).toEqual([]);
    expect(container(node, "web")).toEqual({ allocatedResources: larger.requests, resources: larger, restartCount: 1 });
    expect(node.exec("web", "cat /sys/fs/cgroup/memory.max")).toBe(`${128 * 1024 * 1024}\n`);
    expect(node.events("web")).toContain("Killing Container app resize requires restart");
  });

  it("waits for room, and says when there never will be enough", () => {
    const node = new TestNode({ cpu: 4 });
    const asking = (cpu: string) => ({
      containers: [{ ...idle, resources: { requests: { cpu } } }],
      terminationGracePeriodSeconds: 0,
    });
    node.bind("one", asking("1"));
    node.bind("two", asking("2"));
    node.sim.runUntilIdle(60_000);
    resize(node, "one", { requests: { cpu: "5" } });
    node.sim.runUntil(node.sim.now + 1000);
    const infeasible = "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000";
    expect(conditions(node, "one")).toEqual([["PodResizePending", "Infeasible", infeasible]]);
    expect(node.events("one").at(-1)).toBe(
      `ResizeInfeasible Pod resize Infeasible: ${JSON.stringify({ containers: [{ name: "app", resources: { requests: { cpu: "5" } } }], generation: 2, error: infeasible })}`,
    );

    resize(node, "one", { requests: { cpu: "3" } });
    node.sim.runUntil(node.sim.now + 1000);
    const deferred = "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000";
    expect(conditions(node, "one")).toEqual([["PodResizePending", "Deferred", deferred]]);
    expect(container(node, "one").allocatedResources).toEqual({ cpu: "1" });
    node.admin.resource(pods).delete("default", "two", { gracePeriodSeconds: 0 });
    node.sim.runUntil(node.sim.now + 5000);
    expect(conditions(node, "one")).toEqual([]);
    expect(container(node, "one")).toEqual({
      allocatedResources: { cpu: "3" },
      resources: { requests: { cpu: "3" } },
      restartCount: 0,
    });
  });
});
