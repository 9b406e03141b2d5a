import { describe, expect, it } from "vitest";
import type { Node } from "../../api/generated/types.ts";
import { cpuRatios, exchanges } from "./topology-hints.ts";

function node(zone: string | undefined, cpu: string, more: { ready?: boolean; labels?: Record<string, string> } = {}) {
  const { ready = true, labels = {} } = more;
  return {
    metadata: { labels: { ...labels, ...(zone !== undefined && { "topology.kubernetes.io/zone": zone }) } },
    status: { allocatable: { cpu }, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  } as unknown as Node;
}

describe("the share of CPU", () => {
  it("counts ready workers, and is not known when one of them has no zone or all are in one", () => {
    const controlPlane = { labels: { "node-role.kubernetes.io/control-plane": "" } };
    const nodes = [
      node("b", "2"),
      node("a", "4"),
      node("a", "2"),
      node("c", "8", { ready: false }),
      node(undefined, "4", controlPlane),
    ];
    expect([...(cpuRatios(nodes) ?? [])]).toEqual([
      ["a", 0.75],
      ["b", 0.25],
    ]);
    expect([cpuRatios([node("a", "4"), node(undefined, "4")]), cpuRatios([node("a", "4"), node("a", "2")])]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("zones", () => {
  const moved = (desired: Record<string, number>, held: Record<string, number>) => {
    const { giving, receiving } = exchanges(new Map(Object.entries(desired)), new Map(Object.entries(held)));
    return [Object.fromEntries(giving), Object.fromEntries(receiving)];
  };

  it("give what they have too much of to those that have too little, in whole endpoints", () => {
    expect(moved({ a: 2, b: 2, c: 2 }, { a: 4, b: 1, c: 1 })).toEqual([{ a: 2 }, { b: 1, c: 1 }]);
    expect(moved({ a: 1.5, b: 1.5 }, { a: 3 })).toEqual([{ a: 1 }, { b: 1 }]);
    expect(moved({ a: 2.6, b: 2.4 }, { a: 3, b: 2 })).toEqual([{}, {}]);
    expect(moved({ a: 2, b: 2 }, { a: 2, b: 2 })).toEqual([{}, {}]);
  });
});
