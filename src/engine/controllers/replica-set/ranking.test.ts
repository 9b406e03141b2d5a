import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";
import { podsToDelete } from "./ranking.ts";

const NOW = Date.UTC(2026, 0, 10);
const HOUR = 3_600_000;

interface Facts {
  node?: string;
  phase?: string;
  /** Hours that it has been ready; absent: it isn't. */
  ready?: number;
  /** Hours since its creation. */
  age?: number;
  restarts?: number;
  cost?: string;
}

function pod(name: string, { node = "n", phase = "Running", ready, age = 10, restarts = 0, cost }: Facts): Pod {
  const conditions =
    ready === undefined ? [] : [{ type: "Ready", status: "True", lastTransitionTime: formatTime(NOW - ready * HOUR) }];
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: formatTime(NOW - age * HOUR),
      annotations: cost === undefined ? {} : { "controller.kubernetes.io/pod-deletion-cost": cost },
    },
    spec: { nodeName: node },
    status: { phase, conditions, containerStatuses: [{ restartCount: restarts }] },
  } as unknown as Pod;
}

const order = (...pods: Pod[]) =>
  podsToDelete([...pods, pod("z-last", { ready: 1000, age: 2000, cost: "1000" })], pods, {
    count: pods.length,
    now: NOW,
  }).map(({ metadata }) => metadata.name);

it("pods that serve least go first", () => {
  expect(
    order(
      pod("ready", { ready: 5 }),
      pod("not-ready", {}),
      pod("pending", { phase: "Pending" }),
      pod("unknown", { phase: "Unknown" }),
      pod("unscheduled", { phase: "Pending", node: "" }),
    ),
  ).toEqual(["unscheduled", "pending", "unknown", "not-ready", "ready"]);
});

it("among ready ones the cheap go first, then those on crowded nodes", () => {
  expect(order(pod("a", { ready: 5, cost: "10" }), pod("b", { ready: 5, cost: "-5" }))).toEqual(["b", "a"]);
  const crowd = [pod("lonely", { node: "m", ready: 1 }), pod("x", { ready: 50 }), pod("y", { ready: 500 })];
  expect(order(...crowd)).toEqual(["x", "y", "lonely"]);
});

it("then those ready for the shortest time, by powers of two, then those that restarted most", () => {
  expect(order(pod("old", { ready: 5 }), pod("young", { ready: 1 }))).toEqual(["young", "old"]);
  expect(order(pod("calm", { ready: 5 }), pod("restless", { ready: 5, restarts: 3 }))).toEqual(["restless", "calm"]);
  // 10 h and 11 h are of one class: chance decides, that is, the uid.
  expect(order(pod("b", { ready: 10 }), pod("a", { ready: 11 }))).toEqual(["a", "b"]);
});
