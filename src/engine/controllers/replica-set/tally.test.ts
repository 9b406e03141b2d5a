import fc from "fast-check";
import { expect, it } from "vitest";
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { countPods } from "./counts.ts";
import { PodTally } from "./tally.ts";

const replicaSet = {
  metadata: { name: "web", uid: "rs-1" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web", tier: "front" } } },
  },
  status: { replicas: 0 },
} as unknown as ReplicaSet;
const labels = [{ app: "web", tier: "front" }, { app: "web" }];
const owners = ["rs-1", "rs-2"];

const anyPod = fc.record({
  labels: fc.constantFrom(...labels),
  uid: fc.constantFrom(...owners),
  phase: fc.constantFrom("Pending", "Running", "Succeeded", "Failed"),
  ready: fc.boolean(),
  going: fc.boolean(),
});

function podOf(
  name: string,
  facts: { labels: object; uid: string; phase: string; ready: boolean; going: boolean },
): Pod {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: facts.uid, controller: true };
  return {
    metadata: {
      name,
      labels: facts.labels,
      ownerReferences: [owner],
      ...(facts.going && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    status: { phase: facts.phase, conditions: [{ type: "Ready", status: facts.ready ? "True" : "False" }] },
  } as unknown as Pod;
}

it("the tally of changing pods equals a count of each", () => {
  const step = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), pod: fc.option(anyPod, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const tally = new PodTally("ReplicaSet");
      const pods = new Map<string, Pod>();
      for (const { name, pod: facts } of steps) {
        const old = pods.get(name);
        if (facts === undefined) {
          if (old !== undefined) tally.handler.onDelete?.(old, old);
          pods.delete(name);
          continue;
        }
        const pod = podOf(name, facts);
        if (old === undefined) tally.handler.onAdd?.(pod);
        else tally.handler.onUpdate?.(pod, old);
        pods.set(name, pod);
      }
      const owned = [...pods.values()].filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === "rs-1");
      const selector = labelSelectorAsSelector(replicaSet.spec.selector);
      expect(tally.counts(replicaSet, selector)).toEqual(countPods(replicaSet, owned, 0));
    }),
    { seed: 1 },
  );
});

it("the tally leaves pods that do not match to a closer look", () => {
  const tally = new PodTally("ReplicaSet");
  const facts = { labels: { app: "other" }, uid: "rs-1", phase: "Running", ready: true, going: false };
  tally.handler.onAdd?.(podOf("a", facts));
  expect(tally.counts(replicaSet, labelSelectorAsSelector(replicaSet.spec.selector))).toBeUndefined();
});
