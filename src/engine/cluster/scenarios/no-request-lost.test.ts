import { describe, expect, it } from "vitest";
import { adminUser } from "../../api/meta/user-info.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import type { Pod } from "../../api/generated/types.ts";
import { deployments, nodes, podDisruptionBudgets, pods, services } from "../../api/registry.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
import type { TestCluster } from "../testing/test-cluster.ts";

const CAREFUL = {
  readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 1 },
  lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
};
const labels = { app: "web" };

/** Four pods behind a service, and a load generator that asks it 200 times a virtual second. */
function underLoad({ careful, seconds }: { careful: boolean; seconds: number }): TestCluster {
  const test = createTestCluster();
  // A program that takes its time to start.
  const command = ["sh", "-c", "sleep 1; exec nginx -g 'daemon off;'"];
  const container = { name: "nginx", image: "nginx:1.27", command, ...(careful && CAREFUL) };
  test.client.resource(deployments).create({
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 4,
      strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
  test.client.resource(services).create({
    metadata: { name: "web", namespace: "default" },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
  test.runUntil(() => test.get(deployments, "web").status.availableReplicas === 4, 60_000);
  test.run(1000);
  const args = ["load", "-qps", "200", "-c", "16", "-t", `${seconds}s`, "http://web/"];
  test.client.resource(pods).create({
    metadata: { name: "load", namespace: "default" },
    spec: {
      restartPolicy: "Never",
      nodeName: "control-plane",
      containers: [{ name: "fortio", image: "fortio/fortio", args }],
    },
  });
  test.runUntil(() => test.get(pods, "load").status.phase === "Running", 60_000);
  return test;
}

function web(test: TestCluster): Pod[] {
  return test.list(pods).filter(({ metadata }) => metadata.labels?.["app"] === "web");
}

/** What the generator counted, by status; -1 is no answer. */
function counted(test: TestCluster): Record<string, number> {
  test.runUntil(() => test.get(pods, "load").status.phase === "Succeeded", 120_000);
  const lines = test.cluster.podLog("default", "load").matchAll(/^Code +(-?\d+) : (\d+)/gm);
  return Object.fromEntries([...lines].map(([, code, count]) => [code as string, Number(count)]));
}

/** Why requests had no answer, as the hops of their traces tell it. */
function failures(test: TestCluster): { at: string; why: string }[] {
  return test.sim.journal
    .since(0)
    .filter(({ kind, actor, detail }) => kind === "hop" && actor === "pod/default/load" && detail.includes('"errno"'))
    .map(({ detail }) => {
      const { why, hops } = JSON.parse(detail) as { why: string; hops: { at: string }[] };
      return { at: hops.at(-1)?.at ?? "", why };
    });
}

function rollOut(test: TestCluster): Pod[] {
  const old = web(test);
  const containers = [{ name: "nginx", image: "nginx:1.28" }];
  test.client
    .resource(deployments)
    .patch("default", "web", { spec: { template: { spec: { containers } } } }, { type: "strategic" });
  const done = (): boolean => {
    const { metadata, status } = test.get(deployments, "web");
    const { updatedReplicas, availableReplicas, observedGeneration } = status;
    if (observedGeneration !== metadata.generation) return false;
    return updatedReplicas === 4 && availableReplicas === 4 && web(test).length === 4;
  };
  test.runUntil(done, 60_000);
  // All of it happened under load.
  expect(test.get(pods, "load").status.phase).toBe("Running");
  return old;
}

/** What `kubectl drain` does: cordon, then evict, again where the budget has no room yet. */
function drain(test: TestCluster, node: string): void {
  test.client.resource(nodes).patch("", node, { spec: { unschedulable: true } }, { type: "merge" });
  const mine = web(test).filter(({ spec }) => spec.nodeName === node);
  for (const { metadata } of mine) {
    const { name, namespace } = metadata;
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    const evict = {
      verb: "create",
      resource: pods,
      namespace,
      name,
      subresource: "eviction",
      body,
      options: {},
      user: adminUser,
    } as const;
    const evicted = (): boolean => {
      try {
        test.cluster.server.request(evict);
        return true;
      } catch (error) {
        if (error instanceof StatusError && error.code === 429) return false;
        throw error;
      }
    };
    test.runUntil(evicted, 60_000);
  }
  const moved = (): boolean => web(test).every(({ spec }) => spec.nodeName !== node);
  test.runUntil(() => test.get(deployments, "web").status.availableReplicas === 4 && moved(), 60_000);
  expect([moved(), test.get(pods, "load").status.phase]).toEqual([true, "Running"]);
}

describe("200 requests a second", () => {
  it("lose none in a rolling update with readiness and preStop", () => {
    const test = underLoad({ careful: true, seconds: 25 });
    const old = rollOut(test);
    expect(counted(test)).toEqual({ "200": 5000 });
    const now = test.list(pods).map(({ metadata }) => metadata.name);
    expect(old.filter(({ metadata }) => now.includes(metadata.name))).toEqual([]);
  });

  it("lose some without them, and the trace says at which pods and why", () => {
    const test = underLoad({ careful: false, seconds: 12 });
    const gone = new Set(rollOut(test).map(({ metadata }) => `pod/default/${metadata.name}`));
    const { "200": good = 0, "-1": bad = 0 } = counted(test);
    expect([good + bad, bad > 0]).toEqual([2400, true]);
    const lost = failures(test);
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ why }) => why))).toEqual(new Set(["nothing listens on port 80"]));
    const fresh = test.list(pods).map(({ metadata }) => `pod/default/${metadata.name}`);
    expect(fresh).toEqual(expect.arrayContaining([...new Set(lost.map(({ at }) => at))].filter((at) => !gone.has(at))));
  });

  it("lose none while a node is drained under a disruption budget", () => {
    const test = underLoad({ careful: true, seconds: 20 });
    test.client.resource(podDisruptionBudgets).create({
      metadata: { name: "web", namespace: "default" },
      spec: { minAvailable: 3, selector: { matchLabels: labels } },
    });
    test.run(1000);
    drain(test, "worker-1");
    expect(counted(test)).toEqual({ "200": 4000 });
  });

  it("lose some while a node is drained without such care, and the trace says at which pods and why", () => {
    const test = underLoad({ careful: false, seconds: 10 });
    const before = web(test);
    // Whoever drains by deleting asks no budget.
    const drained = before[0]?.spec.nodeName as string;
    const gone = before.filter(({ spec }) => spec.nodeName === drained).map(({ metadata }) => metadata.name);
    drain(test, drained);
    const fresh = web(test).map(({ metadata }) => metadata.name);
    const { "200": good = 0, "-1": bad = 0 } = counted(test);
    expect([good + bad, bad > 0]).toEqual([2000, true]);
    const lost = failures(test);
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ why }) => why))).toEqual(new Set(["nothing listens on port 80"]));
    // Those that had ended and those that had not begun to listen.
    const may = [...gone, ...fresh.filter((name) => !before.some(({ metadata }) => metadata.name === name))];
    expect(may.map((name) => `pod/default/${name}`)).toEqual(expect.arrayContaining(lost.map(({ at }) => at)));
  });
});
