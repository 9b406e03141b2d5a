import { describe, expect, it } from "vitest";
import type { Event, Pod, PodDisruptionBudgetSpec } from "../../api/generated/types.ts";
import { deployments, events, podDisruptionBudgets, pods } from "../../api/registry.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";
import { budgetStatus, countHealthy, disruptedPods, expectedPods } from "./plan.ts";

const selector = { matchLabels: { app: "web" } };

function planeWith(spec: PodDisruptionBudgetSpec, replicas = 3): TestControlPlane {
  const plane = new TestControlPlane();
  plane.create(deployments, webDeployment({ replicas }));
  plane.settle();
  plane.create(podDisruptionBudgets, { metadata: { name: "web" }, spec: { selector, ...spec } });
  plane.settle();
  return plane;
}

function status(plane: TestControlPlane) {
  const {
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods: expected,
  } = plane.get(podDisruptionBudgets, "web").status ?? {};
  return [disruptionsAllowed, currentHealthy, desiredHealthy, expected];
}

/** undefined: evicted. */
function evict(plane: TestControlPlane, name: string): StatusError | undefined {
  try {
    plane.client.post(pods, { namespace: "default", name, subresource: "eviction" }, { metadata: { name } });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

describe("a budget's status", () => {
  it.each<[PodDisruptionBudgetSpec, (number | undefined)[]]>([
    [{ minAvailable: 2 }, [1, 3, 2, 3]],
    [{ minAvailable: "50%" }, [1, 3, 2, 3]],
    [{ maxUnavailable: 1 }, [1, 3, 2, 3]],
    [{ maxUnavailable: "100%" }, [3, 3, 0, 3]],
    [{ minAvailable: 3 }, [0, 3, 3, 3]],
  ])("%j", (spec, expected) => {
    expect(status(planeWith(spec))).toEqual(expected);
  });

  it("says in a condition whether a disruption is allowed", () => {
    const plane = planeWith({ minAvailable: 3 });
    const budget = plane.get(podDisruptionBudgets, "web");
    expect(budget.status?.conditions).toEqual([
      {
        type: "DisruptionAllowed",
        status: "False",
        observedGeneration: 1,
        reason: "InsufficientPods",
        message: "",
        lastTransitionTime: budget.status?.conditions?.[0]?.lastTransitionTime,
      },
    ]);
    plane.editDeployment("web", { replicas: 4 });
    plane.settle();
    expect(plane.get(podDisruptionBudgets, "web").status?.conditions?.[0]).toMatchObject({
      status: "True",
      reason: "SufficientPods",
    });
  });

  it("can't be told of pods without a controller under a share", () => {
    const plane = new TestControlPlane();
    plane.create(pods, {
      metadata: { name: "a", labels: { app: "web" } },
      spec: { containers: [{ name: "a", image: "nginx" }] },
    });
    plane.create(podDisruptionBudgets, { metadata: { name: "web" }, spec: { selector, maxUnavailable: 1 } });
    plane.settle();
    expect(plane.events("web")[0]).toMatch(
      /^Warning UnmanagedPods Pods selected by this PodDisruptionBudget \(selector: app=web\) were found to be unmanaged\./,
    );
    const told = plane.list<Event>(events).find(({ reason }) => reason === "UnmanagedPods");
    expect(told?.source).toEqual({ component: "controllermanager" });
  });
});

describe("evictions", () => {
  it("API116 go on as long as the budget allows, and no further", () => {
    const plane = planeWith({ minAvailable: 2 });
    const [first, second] = plane.pods().map(({ metadata }) => metadata.name) as [string, string];
    expect(evict(plane, first)).toBeUndefined();
    const refused = evict(plane, second);
    expect(refused?.toStatus()).toMatchObject({
      code: 429,
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          { reason: "DisruptionBudget", message: "The disruption budget web needs 2 healthy pods and has 3 currently" },
        ],
      },
    });
    plane.settle();
    expect(status(plane)).toEqual([1, 3, 2, 3]);
    expect(evict(plane, second)).toBeUndefined();
  });

  it("API116 a budget that its controller hasn't seen yet refuses", () => {
    const plane = planeWith({ minAvailable: 1 });
    const [pod] = plane.pods() as [Pod];
    plane.edit(podDisruptionBudgets, "web", (budget) => ({ ...budget, spec: { ...budget.spec, minAvailable: 0 } }));
    expect(evict(plane, pod.metadata.name)?.details).toEqual({
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget web is still being processed by the server." },
      ],
      retryAfterSeconds: 10,
    });
    plane.settle();
    expect(evict(plane, pod.metadata.name)).toBeUndefined();
  });

  it("API116 two budgets for one pod are one too many", () => {
    const plane = planeWith({ minAvailable: 1 });
    plane.create(podDisruptionBudgets, { metadata: { name: "too" }, spec: { selector, minAvailable: 1 } });
    plane.settle();
    const refused = evict(plane, plane.pods()[0]?.metadata.name as string);
    const { code, reason, message } = refused?.toStatus() ?? {};
    expect([code, reason, message]).toEqual([
      500,
      undefined,
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    ]);
  });

  it("API116 an evicted pod says so", () => {
    const plane = planeWith({ minAvailable: 0 });
    const name = plane.pods()[0]?.metadata.name as string;
    evict(plane, name);
    const condition = plane.get(pods, name).status.conditions?.find(({ type }) => type === "DisruptionTarget");
    expect(condition).toMatchObject({
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    });
  });
});

describe("planning", () => {
  const NOW = Date.UTC(2026, 0, 1);
  const meta = (name: string) => ({
    name,
    namespace: "default",
    uid: name,
    resourceVersion: "1",
    creationTimestamp: "",
  });
  const pod = (name: string, ready = true): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(name),
    spec: { containers: [] },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
  const budget = (disrupted: Record<string, string> = {}) => ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { ...meta("web"), generation: 3 },
    spec: { minAvailable: 1 },
    status: { disruptedPods: disrupted },
  });

  it("counts neither the evicted nor the unready as healthy", () => {
    const all = [pod("a"), pod("b"), pod("c", false)];
    const { disrupted, recheckAfter } = disruptedPods(budget({ a: "2025-12-31T23:59:00Z" }), all, NOW);
    expect([disrupted, recheckAfter, countHealthy(all, disrupted)]).toEqual([{ a: "2025-12-31T23:59:00Z" }, 60_000, 1]);
  });

  it("gives up on a pod that was to be deleted two minutes ago", () => {
    const all = [pod("a")];
    const { disrupted, overdue } = disruptedPods(budget({ a: "2025-12-31T23:57:00Z" }), all, NOW);
    expect([disrupted, overdue.map(({ metadata }) => metadata.name)]).toEqual([{}, ["a"]]);
  });

  it("rounds shares up and allows nothing of nothing", () => {
    expect(expectedPods({ ...budget(), spec: { minAvailable: "34%" } }, [], () => 3)).toEqual({
      expected: 3,
      desired: 2,
    });
    expect(budgetStatus(budget(), { healthy: 1, desired: 0, expected: 0, disrupted: {} }, NOW).disruptionsAllowed).toBe(
      0,
    );
  });
});
