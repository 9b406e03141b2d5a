import { expect, it } from "vitest";
import { placementLines } from "./drydock-placement.ts";

const fit = { name: "NodeResourcesFit", raw: 91, weighted: 91 };
const taint = { plugin: "TaintToleration", reasons: ["node(s) had untolerated taint(s) {team: a}"] };

it("shows what each plugin found and added on each node, and who ruled the others out", () => {
  const plugins = [{ name: "TaintToleration", raw: 0, weighted: 300 }, fit];
  const nodes = [
    { node: "worker-1", total: 391, plugins },
    { node: "control-plane", total: 0, plugins: [], rejected: taint },
  ];
  expect(placementLines({ node: "worker-1", fitting: 2, total: 3, nodes })).toEqual([
    "The scheduler chose worker-1: 2 of 3 nodes that it looked at fit, and none scored more.",
    "NODE            PLUGIN             RAW   WEIGHTED",
    "worker-1        TaintToleration    0     300",
    "                NodeResourcesFit   91    91",
    "                (total)                  391",
    "control-plane   TaintToleration    node(s) had untolerated taint(s) {team: a}",
  ]);
});

it("tells whom it pushed out, that a node alone isn't scored, and how many nodes it leaves out", () => {
  const only = { node: "n0", total: 0, plugins: [] };
  const others = Array.from({ length: 11 }, (_, at) => ({ ...only, node: `n${at + 1}`, rejected: taint }));
  const roomMade = { node: "n0", victims: ["default/low"] };
  const lines = placementLines({ node: "n0", fitting: 1, total: 12, roomMade, nodes: [only, ...others] });
  expect([...lines.slice(0, 4), lines.length, lines.at(-1)]).toEqual([
    "The scheduler chose n0: 1 of 12 nodes that it looked at fits.",
    "On n0 it pushed out default/low.",
    "NODE   PLUGIN            RAW   WEIGHTED",
    "n0     the only one that fits: not scored",
    14,
    "and 2 more nodes",
  ]);
});
