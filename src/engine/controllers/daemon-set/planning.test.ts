import { describe, expect, it } from "vitest";
import type { DaemonSet, Node, Pod } from "../../api/generated/types.ts";
import { BackOff } from "./back-off.ts";
import { podsByNode } from "./daemon-pods.ts";
import { planDaemonSet } from "./plan.ts";
import { daemonTolerations } from "./pod-template.ts";
import { planRollingUpdate } from "./rolling-update.ts";

const NOW = Date.UTC(2026, 0, 10);

function daemonSet(rollingUpdate: object = { maxUnavailable: 1, maxSurge: 0 }, template: object = {}): DaemonSet {
  return {
    metadata: { name: "agent", annotations: {} },
    spec: {
      template: { spec: { containers: [], ...template } },
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
    },
    status: {},
  } as unknown as DaemonSet;
}

function node(name: string, labels: object = {}): Node {
  return { metadata: { name, labels }, spec: {} } as unknown as Node;
}

interface Facts {
  hash?: string;
  ready?: boolean;
  phase?: string;
  bound?: boolean;
  created?: string;
}

function pod(name: string, nodeName: string, facts: Facts = {}): Pod {
  const { hash = "new", ready = true, phase = "Running", bound = true, created = "2026-01-01T00:00:00Z" } = facts;
  const matchFields = [{ key: "metadata.name", operator: "In", values: [nodeName] }];
  return {
    metadata: { name, labels: { "controller-revision-hash": hash }, creationTimestamp: created },
    spec: bound
      ? { nodeName }
      : {
          affinity: {
            nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
          },
        },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  } as unknown as Pod;
}

const observe = (set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[]) => ({
  daemonSet: set,
  nodes,
  byNode: podsByNode(pods),
  hash: "new",
  now: NOW,
});
const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

describe("planning a daemon set", () => {
  it("puts a pod where one is missing and keeps the oldest where there are several", () => {
    const pods = [pod("young", "a", { created: "2026-01-02T00:00:00Z" }), pod("old", "a")];
    const plan = planDaemonSet(observe(daemonSet(), [node("a"), node("b")], pods));
    expect([plan.create, names(plan.remove)]).toEqual([["b"], ["young"]]);
  });

  it("takes pods off nodes that don't fit, and unbound ones of nodes that are gone", () => {
    const set = daemonSet({}, { nodeSelector: { disk: "ssd" } });
    const pods = [pod("misplaced", "a"), pod("lost", "gone", { bound: false }), pod("bound", "gone")];
    expect(names(planDaemonSet(observe(set, [node("a")], pods)).remove)).toEqual(["misplaced", "lost"]);
  });

  it("tells pods that failed from those that ended well", () => {
    const pods = [pod("f", "a", { phase: "Failed" }), pod("s", "b", { phase: "Succeeded" })];
    const plan = planDaemonSet(observe(daemonSet(), [node("a"), node("b")], pods));
    expect([plan.failed, plan.succeeded].map((list) => list.map((entry) => entry.pod.metadata.name))).toEqual([
      ["f"],
      ["s"],
    ]);
    expect([plan.create, plan.remove]).toEqual([[], []]);
  });

  it("with surge keeps an old and a new pod together until the new one serves or the old one doesn't", () => {
    const set = daemonSet({ maxSurge: 1, maxUnavailable: 0 });
    const removed = (...pods: Pod[]) => names(planDaemonSet(observe(set, [node("a")], pods)).remove);
    expect(removed(pod("old", "a", { hash: "x" }), pod("new", "a", { ready: false }))).toEqual([]);
    expect(removed(pod("old", "a", { hash: "x" }), pod("new", "a"))).toEqual(["old"]);
    expect(removed(pod("old", "a", { hash: "x", ready: false }), pod("new", "a", { ready: false }))).toEqual(["old"]);
  });
});

describe("planning its update", () => {
  const nodes = ["a", "b", "c"].map((name) => node(name));
  const old = (name: string, ready = true) => pod(`old-${name}`, name, { hash: "x", ready });

  it("replaces as many old pods as may be missing, and those that serve nobody in any case", () => {
    const plan = (...pods: Pod[]) => names(planRollingUpdate(observe(daemonSet(), nodes, pods)).remove);
    expect(plan(old("a"), old("b"), old("c"))).toEqual(["old-a"]);
    expect(plan(old("a"), old("b", false), old("c", false))).toEqual(["old-b", "old-c"]);
    expect(plan(old("a"), pod("new-b", "b", { ready: false }), old("c"))).toEqual([]);
    expect(plan(old("a"), old("b"))).toEqual([]);
  });

  it("with surge makes new pods beside old ones", () => {
    const set = daemonSet({ maxSurge: 1, maxUnavailable: 0 });
    const plan = (...pods: Pod[]) => {
      const { create, remove } = planRollingUpdate(observe(set, nodes, pods));
      return [create, names(remove)];
    };
    expect(plan(old("a"), old("b"), old("c"))).toEqual([["a"], []]);
    expect(plan(old("a"), pod("new-a", "a", { ready: false }), old("b"), old("c"))).toEqual([[], []]);
    expect(plan(old("a"), pod("new-a", "a"), old("b"), old("c"))).toEqual([["b"], ["old-a"]]);
  });
});

it("tolerations of its own stay, those of the same kind are replaced", () => {
  const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
  const other = { operator: "Exists" };
  const tolerations = daemonTolerations({ containers: [], hostNetwork: true, tolerations: [other, own] });
  expect(tolerations.slice(0, 2)).toEqual([
    other,
    { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  ]);
  expect(tolerations).toHaveLength(8);
  expect(tolerations.at(-1)).toEqual({
    key: "node.kubernetes.io/network-unavailable",
    operator: "Exists",
    effect: "NoSchedule",
  });
});

it("the back-off of failed pods doubles up to 15 minutes and is forgotten after half an hour", () => {
  const backOff = new BackOff();
  const delays: number[] = [];
  let now = NOW;
  for (let i = 0; i < 12; i++) {
    backOff.next("k", now);
    const delay = backOff.remaining("k", now);
    delays.push(delay / 1000);
    now += delay;
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  backOff.next("k", now + 31 * 60_000);
  expect(backOff.remaining("k", now + 31 * 60_000)).toBe(1000);
});
