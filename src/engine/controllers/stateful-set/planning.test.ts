import { describe, expect, it } from "vitest";
import type { OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from "../../api/generated/types.ts";
import { wantedOwners, isClaimStale } from "./claim-owners.ts";
import { planStatefulSet } from "./plan.ts";
import { maxUnavailableOf } from "./rolling-update.ts";

const NOW = Date.UTC(2026, 0, 10);

function setOf(spec: object = {}): StatefulSet {
  const strategy = { type: "RollingUpdate", rollingUpdate: { partition: 0 } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "default", uid: "set" },
    spec: { replicas: 3, selector: {}, template: {}, updateStrategy: strategy, ...spec },
    status: { replicas: 0 },
  } as unknown as StatefulSet;
}

function podOf(ordinal: number, { ready = true, going = false, revision = "new", phase = "Running" } = {}): Pod {
  const name = `db-${ordinal}`;
  return {
    metadata: {
      name,
      uid: name,
      labels: { "statefulset.kubernetes.io/pod-name": name, "controller-revision-hash": revision },
      ...(going && { deletionTimestamp: "2026-01-09T00:00:00Z" }),
    },
    spec: {},
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  } as unknown as Pod;
}

/** `create 2`, `delete db-1`: what happens, phase by phase. */
function planned(spec: object, pods: readonly Pod[]): string[][] {
  const { phases } = planStatefulSet({ set: setOf(spec), pods, update: "new", claim: () => undefined, now: NOW });
  return phases.map((actions) =>
    actions.map((action) =>
      action.type === "create" ? `create ${action.ordinal}` : `${action.type} ${action.pod.metadata.name}`,
    ),
  );
}

describe("planning a stateful set", () => {
  it("fills the lowest gap first when ordered, all of them when parallel", () => {
    expect(planned({}, [podOf(0)])).toEqual([["create 1"]]);
    expect(planned({ podManagementPolicy: "Parallel" }, [podOf(0)])).toEqual([["create 1", "create 2"]]);
  });

  it("waits for a pod that is going or not ready when ordered", () => {
    expect(planned({}, [podOf(0, { going: true })])).toEqual([]);
    expect(planned({}, [podOf(0, { ready: false })])).toEqual([]);
  });

  it("takes away first what is highest, before it updates anything", () => {
    const pods = [podOf(0, { revision: "old" }), podOf(1), podOf(2)];
    expect(planned({ replicas: 1 }, pods)).toEqual([["delete db-2"]]);
    expect(planned({ replicas: 1, podManagementPolicy: "Parallel" }, pods)).toEqual([
      ["delete db-2", "delete db-1"],
      ["delete db-0"],
    ]);
  });

  it("takes away a surplus pod that is unhealthy only if it is the one in trouble", () => {
    expect(planned({ replicas: 1 }, [podOf(0), podOf(1), podOf(2, { ready: false })])).toEqual([["delete db-2"]]);
    expect(planned({ replicas: 1 }, [podOf(0), podOf(1, { ready: false }), podOf(2, { ready: false })])).toEqual([]);
  });

  it("counts ordinals from the start that is set", () => {
    expect(planned({ ordinals: { start: 2 } }, [podOf(0), podOf(2), podOf(3), podOf(4)])).toEqual([["delete db-0"]]);
  });

  it("does nothing for a set that is being deleted", () => {
    const set = setOf();
    const going = { ...set, metadata: { ...set.metadata, deletionTimestamp: "2026-01-09T00:00:00Z" } };
    expect(planStatefulSet({ set: going, pods: [], update: "new", claim: () => undefined, now: NOW })).toEqual({
      phases: [],
    });
  });

  it("provides missing claims of a pod that waits for them", () => {
    const volumeClaimTemplates = [{ metadata: { name: "data" }, spec: {} }];
    expect(planned({ volumeClaimTemplates, replicas: 1 }, [podOf(0, { phase: "Pending", ready: false })])).toEqual([
      ["provide-claims db-0"],
    ]);
  });
});

it("how many may be unavailable is rounded down, to 1 at least", () => {
  const of = (value: number | string | undefined, replicas: number) => maxUnavailableOf(value, replicas);
  expect([of(undefined, 10), of(3, 0), of(0, 0), of("100%", 5), of("50%", 5), of("1%", 0)]).toEqual([1, 3, 1, 5, 2, 1]);
});

describe("owners of a claim", () => {
  const user = { name: "db-0", uid: "db-0", ordinal: 0 };
  const away = { name: "db-7", uid: "db-7", ordinal: 7 };
  const claim = (...ownerReferences: Partial<OwnerReference>[]): PersistentVolumeClaim =>
    ({ metadata: { name: "data-db-0", ownerReferences } }) as unknown as PersistentVolumeClaim;
  const bySet = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "set", controller: true };
  const policy = (whenDeleted: string, whenScaled: string) =>
    setOf({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
  const uids = (references: readonly OwnerReference[] | undefined) => references?.map(({ uid }) => uid);

  it("follow the policy: none, the set, or the pod once it is scaled away", () => {
    expect(uids(wantedOwners(policy("Retain", "Retain"), claim(bySet), user))).toEqual([]);
    expect(uids(wantedOwners(policy("Delete", "Retain"), claim(), user))).toEqual(["set"]);
    expect(uids(wantedOwners(policy("Delete", "Delete"), claim(bySet), away))).toEqual(["db-7"]);
    expect(uids(wantedOwners(policy("Retain", "Delete"), claim(), away))).toEqual(["db-7"]);
  });

  it("are left alone when they are right or another controller's", () => {
    expect(wantedOwners(policy("Delete", "Retain"), claim(bySet), user)).toBeUndefined();
    const other = { apiVersion: "x/v1", kind: "Other", name: "o", uid: "o", controller: true };
    expect(wantedOwners(policy("Delete", "Retain"), claim(other), user)).toBeUndefined();
    expect(uids(wantedOwners(policy("Delete", "Retain"), claim(other, bySet), user))).toEqual(["o"]);
  });

  it("of an earlier pod of that name make the claim stale", () => {
    const earlier = { apiVersion: "v1", kind: "Pod", name: "db-0", uid: "before", controller: true };
    expect(isClaimStale(policy("Retain", "Delete"), claim(earlier), user)).toBe(true);
    expect(isClaimStale(policy("Delete", "Retain"), claim(earlier), user)).toBe(false);
    expect(wantedOwners(policy("Retain", "Delete"), claim(earlier), user)).toBeUndefined();
  });
});
