import { describe, expect, it } from "vitest";
import type { Deployment, IntOrString, ReplicaSet } from "../../api/generated/types.ts";
import { maxUnavailable, minAvailable, resolveFenceposts } from "./fenceposts.ts";
import { planNewReplicaSet, planScaleDown, planUnhealthyCleanup, scaleDownRoom } from "./rolling.ts";
import { planScaling } from "./scaling.ts";
import { equalIgnoringHash } from "./same-template.ts";

function deployment(replicas: number, surge: IntOrString, unavailable: IntOrString): Deployment {
  const rollingUpdate = { maxSurge: surge, maxUnavailable: unavailable };
  return {
    metadata: { name: "web" },
    spec: { replicas, strategy: { type: "RollingUpdate", rollingUpdate }, template: {} },
    status: {},
  } as Deployment;
}

function replicaSet(name: string, replicas: number, facts: { available?: number; whole?: number } = {}): ReplicaSet {
  const { available = 0, whole } = facts;
  const annotations = whole === undefined ? {} : { "deployment.kubernetes.io/max-replicas": String(whole) };
  const creationTimestamp = `2026-01-01T00:00:0${name.length}Z`;
  return {
    metadata: { name, annotations, creationTimestamp },
    spec: { replicas },
    status: { replicas, availableReplicas: available },
  } as unknown as ReplicaSet;
}

describe("fenceposts", () => {
  it.each([
    ["0%", "0%", 0, 0, 1],
    ["39%", "39%", 10, 4, 3],
    [0, 0, 10, 0, 1],
    ["25%", "25%", 1, 1, 0],
    [2, 1, 3, 2, 1],
  ])("surge %s and unavailable %s of %i are %i and %i", (surge, unavailable, desired, up, down) => {
    expect(resolveFenceposts(surge, unavailable, desired)).toEqual({ surge: up, unavailable: down });
  });

  it("never allow more pods to be missing than there should be", () => {
    expect([maxUnavailable(deployment(5, 1, 10)), minAvailable(deployment(5, 1, 10))]).toEqual([5, 0]);
    expect(maxUnavailable(deployment(0, 1, 10))).toBe(0);
  });
});

describe("a rolling step", () => {
  it("lets the newest replica set grow into the surge", () => {
    const [old, newest] = [replicaSet("old", 10), replicaSet("new", 0)];
    expect(planNewReplicaSet(deployment(10, 2, 0), [old, newest], newest)?.replicas).toBe(2);
    expect(planNewReplicaSet(deployment(10, 0, 2), [old, newest], newest)).toBeUndefined();
  });

  it("takes broken old pods first, then healthy ones down to the minimum", () => {
    const old = replicaSet("old", 10, { available: 8 });
    const newest = replicaSet("new", 0);
    expect(scaleDownRoom(deployment(10, 0, 4), [old], newest)).toBe(4);
    expect(planUnhealthyCleanup([old], 4)).toEqual([{ replicaSet: old, replicas: 8 }]);
    expect(planScaleDown(deployment(10, 0, 4), [old, newest], [old])).toEqual([{ replicaSet: old, replicas: 8 }]);
  });

  it("gives up on statuses that are behind their sizes", () => {
    expect(planUnhealthyCleanup([replicaSet("old", 3, { available: 8 })], 5)).toBeUndefined();
  });
});

describe("scaling in the middle of a rollout", () => {
  const sizes = (wanted: number, parts: readonly ReplicaSet[]) => {
    const [newest, ...old] = parts;
    return Object.fromEntries(
      planScaling(deployment(wanted, 0, 0), newest, old).map((step) => [step.replicaSet.metadata.name, step.replicas]),
    );
  };

  it("grows and shrinks in proportion", () => {
    const parts = [
      replicaSet("abc", 5, { whole: 10 }),
      replicaSet("ab", 3, { whole: 10 }),
      replicaSet("a", 2, { whole: 10 }),
    ];
    expect(sizes(20, parts)).toEqual({ abc: 10, ab: 6, a: 4 });
    expect(sizes(5, parts)).toEqual({ abc: 2, ab: 2, a: 1 });
  });

  it("gives what is left over to the biggest", () => {
    const parts = [replicaSet("ab", 5, { whole: 10 }), replicaSet("a", 5, { whole: 10 })];
    expect(sizes(11, parts)).toEqual({ ab: 6, a: 5 });
  });
});

describe("the template hash", () => {
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "a", image: "b" }] } } as never;

  it("does not count as a difference between templates", () => {
    const labelled = {
      ...(template as object),
      metadata: { labels: { app: "web", "pod-template-hash": "x" } },
    } as never;
    expect(equalIgnoringHash(template, labelled)).toBe(true);
    expect(equalIgnoringHash(template, { metadata: { labels: { app: "api" } } } as never)).toBe(false);
  });
});
