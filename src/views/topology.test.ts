import { describe, expect, it } from "vitest";
import { deployments, pods, services } from "../engine/api/registry.ts";
import { createTestCluster } from "../engine/cluster/testing/test-cluster.ts";
import type { TestCluster } from "../engine/cluster/testing/test-cluster.ts";
import { storeSource } from "../worker/store-source.ts";
import type { TopologyDiff } from "../worker/protocol.ts";
import { Topology } from "./topology.ts";

function follow(test: TestCluster): Topology {
  return new Topology(storeSource(test.cluster), {
    powered: (node) => test.cluster.nodes.get(node)?.powered ?? true,
    pull: (uid) => test.cluster.pullFor(uid),
  });
}

const labels = { app: "web" };

function createWeb(test: TestCluster, replicas: number): void {
  test.client.resource(deployments).create({
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "nginx", image: "nginx", resources: { requests: { cpu: "500m" } } }] },
      },
    },
  });
}

/** What a page has that takes in every diff. */
class Page {
  readonly nodes = new Map<string, TopologyDiff["nodes"][number]>();
  readonly pods = new Map<string, TopologyDiff["pods"][number]>();
  readonly services = new Map<string, TopologyDiff["services"][number]>();
  readonly workloads = new Map<string, TopologyDiff["workloads"][number]>();

  take(diff: TopologyDiff | undefined): void {
    if (diff === undefined) return;
    const parts = [this.nodes, this.pods, this.services, this.workloads];
    if (diff.reset) for (const part of parts) part.clear();
    for (const node of diff.nodes) this.nodes.set(node.name, node);
    for (const pod of diff.pods) this.pods.set(pod.uid, pod);
    for (const service of diff.services) this.services.set(service.uid, service);
    for (const workload of diff.workloads) this.workloads.set(workload.uid, workload);
    for (const id of diff.removed) for (const part of parts) part.delete(id.slice(id.indexOf("/") + 1));
  }
}

describe("the sea", () => {
  it("comes whole at first, then as what changed, and then not at all", () => {
    const test = createTestCluster();
    const topology = follow(test);
    const first = topology.take();
    expect(first?.reset).toBe(true);
    expect(first?.nodes.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "control-plane ready",
      "worker-1 ready",
      "worker-2 ready",
      "worker-3 ready",
    ]);
    expect(first?.pods.length).toBeGreaterThan(0);
    expect(first?.pods.filter(({ system, state }) => !system || state !== "running")).toEqual([]);
    expect(topology.take()).toBeUndefined();
    createWeb(test, 1);
    const second = topology.take();
    expect(second).toMatchObject({ reset: false, nodes: [], pods: [], services: [], removed: [] });
    expect(second?.workloads).toMatchObject([{ kind: "Deployment", name: "web", desired: 1, ready: 0 }]);
  });

  it("shows a pod's way from Pending to Running to gone, and what it asks of its node", () => {
    const test = createTestCluster();
    const topology = follow(test);
    const page = new Page();
    page.take(topology.take());
    const before = [...page.nodes.values()].reduce((sum, node) => sum + node.cpu.requestedMilli, 0);
    createWeb(test, 1);
    const seen: string[] = [];
    const look = (): void => {
      page.take(topology.take());
      const state = [...page.pods.values()].find(({ system }) => !system)?.state ?? "gone";
      if (seen.at(-1) !== state) seen.push(state);
    };
    // Finding a node takes a few milliseconds, everything after it longer.
    for (let i = 0; i < 30; i++) {
      test.run(1);
      look();
    }
    for (let i = 0; i < 400; i++) {
      test.run(10);
      look();
    }
    expect([...page.nodes.values()].reduce((sum, node) => sum + node.cpu.requestedMilli, 0)).toBe(before + 500);
    test.client.resource(deployments).delete("default", "web");
    for (let i = 0; i < 400; i++) {
      test.run(100);
      look();
    }
    expect(seen.filter((state, i) => i > 0 || state !== "gone")).toEqual([
      "pending",
      "waiting",
      "running",
      "terminating",
      "gone",
    ]);
    expect([...page.nodes.values()].reduce((sum, node) => sum + node.cpu.requestedMilli, 0)).toBe(before);
    expect([...page.workloads.values()].filter(({ system }) => !system)).toEqual([]);
  });

  it("leads a service to its pods, gives siblings one family, and notices power", () => {
    const test = createTestCluster();
    const topology = follow(test);
    createWeb(test, 3);
    test.client.resource(services).create({
      metadata: { name: "web", namespace: "default" },
      spec: { type: "NodePort", selector: labels, ports: [{ port: 80 }] },
    });
    test.runUntil(() => test.get(deployments, "web").status.readyReplicas === 3);
    test.run(2000);
    const page = new Page();
    page.take(topology.take());
    const web = [...page.services.values()].find(({ name }) => name === "web");
    const own = test.list(pods).map((pod) => pod.metadata.uid);
    expect(web?.endpoints.map(({ pod }) => pod).toSorted()).toEqual(own.toSorted());
    expect(web?.endpoints.every(({ ready }) => ready)).toBe(true);
    expect(web?.ports[0]).toMatch(/^80 → :3\d{4}$/);
    expect(new Set(own.map((uid) => page.pods.get(uid)?.family))).toEqual(new Set(["Deployment/web"]));
    test.cluster.nodes.get("worker-1")?.powerOff();
    topology.touchNode("worker-1");
    expect(topology.take()?.nodes).toMatchObject([{ name: "worker-1", powered: false, state: "ready" }]);
    test.run(60_000);
    page.take(topology.take());
    expect(page.nodes.get("worker-1")).toMatchObject({ powered: false, state: "unknown" });
  });

  it("can be sent whole again", () => {
    const test = createTestCluster();
    const topology = follow(test);
    const first = topology.take();
    topology.resend();
    expect(topology.take()).toEqual(first);
  });
});
