import { expect, it } from "vitest";
import { nodes } from "../api/registry.ts";
import { SECOND } from "../base/time.ts";
import { createTestCluster } from "./testing/test-cluster.ts";

it("a node whose links to the control plane are cut is lost to it until they are mended", () => {
  const test = createTestCluster({ preset: "default" });
  const ready = (name: string): string | undefined =>
    test.get(nodes, name).status?.conditions?.find(({ type }) => type === "Ready")?.status;
  expect(test.runUntil(() => ready("worker-1") === "True")).toBe(true);
  test.cluster.setLink("worker-1", "worker-2", { cut: true });
  test.run(60 * SECOND);
  expect(ready("worker-1")).toBe("True");
  test.cluster.setLink("worker-1", "control-plane", { cut: true });
  test.run(60 * SECOND);
  expect([ready("worker-1"), ready("worker-2")]).toEqual(["Unknown", "True"]);
  test.cluster.setLink("worker-1", "control-plane", { cut: false });
  expect(test.runUntil(() => ready("worker-1") === "True", 60 * SECOND)).toBe(true);
});
