import { expect, it } from "vitest";
import { nodes } from "../../api/registry.ts";
import { TestServer } from "../testing/test-server.ts";

const NOT_READY = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

it("API190 TaintNodesByCondition: a new node is tainted not ready, beside taints of its own and not twice", () => {
  const test = new TestServer();
  const own = { key: "dedicated", value: "gpu", effect: "NoSchedule" };
  const created = (name: string, spec: object) => test.create(nodes, { metadata: { name }, spec }).spec.taints;
  expect(created("a", {})).toEqual([NOT_READY]);
  expect(created("b", { taints: [own] })).toEqual([own, NOT_READY]);
  expect(created("c", { taints: [NOT_READY, own] })).toEqual([NOT_READY, own]);
  const drains = { ...NOT_READY, effect: "NoExecute" };
  expect(created("d", { taints: [drains] })).toEqual([drains, NOT_READY]);
});

it("API190 an update of a node may take the taint away", () => {
  const test = new TestServer();
  const node = test.create(nodes, { metadata: { name: "a" }, spec: {} });
  const updated = test.update(nodes, { ...node, spec: {} });
  expect(updated.spec).toEqual({});
});
