import { describe, expect, it } from "vitest";
import type { Pod } from "../engine/api/generated/types.ts";
import { pendingRows, placedByRow, scoresOf } from "./placement.ts";

const on = (nodeName: string): Pod => ({ spec: { nodeName } }) as unknown as Pod;
const fit = { name: "NodeResourcesFit", weighted: 84 };
const taint = { plugin: "TaintToleration", reasons: ["node(s) had untolerated taint {team: a}"] };
const nodes = [
  { node: "b", total: 187, plugins: [fit] },
  { node: "a", total: 164, plugins: [fit] },
  { node: "c", total: 0, plugins: [], rejected: taint },
];

describe("the scheduler's choice", () => {
  it("is told with the score of the chosen node and of the best other one", () => {
    const placement = { fitting: 2, total: 3, nodes };
    const values = { fitting: 2, total: 3, node: "b", mine: 187, next: 164 };
    expect(placedByRow(placement, on("b"))[0]?.text).toEqual({ key: "inspector.placed-by-score", values });
    expect(placedByRow(placement, on("a"))[0]?.text?.values).toMatchObject({ node: "a", mine: 164, next: 187 });
    const only = { fitting: 1, total: 2, nodes: [nodes[0], nodes[2]] as typeof nodes };
    expect(placedByRow(only, on("b"))[0]?.text).toEqual({
      key: "inspector.placed-by-only",
      values: { node: "b", total: 2 },
    });
    expect(placedByRow(undefined, on("b"))).toEqual([]);
  });

  it("tells whom it pushed out for the pod", () => {
    const roomMade = { node: "b", victims: ["default/batch-1", "default/batch-2"] };
    expect(placedByRow({ fitting: 1, total: 3, nodes, roomMade }, on("b"))[1]).toEqual({
      label: { key: "inspector.room-made" },
      value: "default/batch-1, default/batch-2",
      text: {
        key: "inspector.room-made-text",
        values: { victims: "default/batch-1, default/batch-2", count: 2 },
      },
    });
    // In the end it went elsewhere.
    expect(placedByRow({ fitting: 1, total: 3, nodes, roomMade }, on("a"))).toHaveLength(1);
  });

  it("lists every node, with who ruled it out", () => {
    expect(scoresOf({ fitting: 2, total: 3, nodes }).scores).toEqual([
      { node: "b", total: 187, plugins: [fit] },
      { node: "a", total: 164, plugins: [fit] },
      {
        node: "c",
        total: 0,
        plugins: [],
        rejected: "TaintToleration: node(s) had untolerated taint {team: a}",
      },
    ]);
    expect(scoresOf(undefined)).toEqual({});
  });

  it("says for a pod that waits what keeps it out", () => {
    const values = { nodes: 3, reason: "Insufficient cpu" };
    expect(pendingRows([{ key: "pending.resources", values }])).toEqual([
      {
        label: { key: "inspector.kept-out" },
        value: "Insufficient cpu",
        text: { key: "diagnose.pending.resources", values },
      },
    ]);
  });
});
