import { describe, expect, it } from "vitest";
import type { EdgeRate } from "../../../worker/protocol.ts";
import { ratesAtEnds, ratesOfEdges } from "./edge-rates.ts";
import type { Edge } from "./edges.ts";

const edge = (from: string, to: string): Edge => ({ id: `${from}>${to}`, from, to, path: "", ready: true });
const rates = (...list: [from: string, to: string, perSecond: number, errors: number, ms: number][]) =>
  new Map<string, EdgeRate>(
    list.map(([from, to, perSecond, errors, ms]) => [`${from}>${to}`, { from, to, perSecond, errors, ms }]),
  );
const placeOf = (pod: string): string => (pod === "c" ? "dock/worker-2" : "dock/worker-1");

describe("what goes over a line of the chart", () => {
  it("is what goes over its edge; from outside, what nodes hand on to the service", () => {
    const edges = [edge("laptop", "service/s"), edge("service/s", "pod/a")];
    const told = rates(
      ["laptop", "node/worker-1", 10, 0, 3],
      ["node/worker-1", "service/s", 10, 0, 3],
      ["node/worker-2", "service/s", 30, 1, 7],
      ["service/s", "pod/a", 40, 1, 6],
      ["pod/x", "service/s", 5, 0, 2],
    );
    expect([...ratesOfEdges(edges, told, placeOf)]).toEqual([
      ["laptop>service/s", { from: "node/worker-1", to: "service/s", perSecond: 40, errors: 1, ms: 6 }],
      ["service/s>pod/a", { from: "service/s", to: "pod/a", perSecond: 40, errors: 1, ms: 6 }],
    ]);
  });

  it("is the sum over a dock's pods where lines end at docks", () => {
    const edges = [edge("service/s", "node/worker-1"), edge("service/s", "node/worker-2")];
    const told = rates(
      ["service/s", "pod/a", 10, 0, 2],
      ["service/s", "pod/b", 30, 3, 4],
      ["service/s", "pod/c", 1, 0, 9],
    );
    const shown = ratesOfEdges(edges, told, placeOf);
    expect(shown.get("service/s>node/worker-1")).toMatchObject({ perSecond: 40, errors: 3, ms: 4 });
    expect(shown.get("service/s>node/worker-2")).toMatchObject({ perSecond: 1, errors: 0, ms: 9 });
  });

  it("is said once at a pod or a dock where several lines end, and not at a service", () => {
    const edges = [edge("service/s", "pod/a"), edge("service/t", "pod/a"), edge("laptop", "service/s")];
    const told = rates(
      ["service/s", "pod/a", 10, 1, 2],
      ["service/t", "pod/a", 30, 0, 6],
      ["laptop", "service/s", 5, 0, 2],
      ["service/s", "pod/c", 7, 0, 3],
    );
    const atEnds = (lines: readonly Edge[]) => ratesAtEnds(lines, ratesOfEdges(lines, told, placeOf));
    expect([...atEnds(edges)]).toEqual([
      ["pod/a", { from: "service/s", to: "pod/a", perSecond: 40, errors: 1, ms: 5 }],
    ]);
    expect([...atEnds([edge("service/s", "node/worker-2")]).keys()]).toEqual(["node/worker-2"]);
  });
});
