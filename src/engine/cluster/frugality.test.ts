/** What thousands of pods don't need isn't made for them: a benchmark would tell, but after the fact. */
import { expect, it } from "vitest";
import { pods } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { createTestCluster } from "./testing/test-cluster.ts";

setDeepFreeze(true);

it.each(["nginx", "httpd", "registry.k8s.io/pause:3.10"])("%s runs without a file tree of its own", (image) => {
  const test = createTestCluster();
  test.client.resource(pods).create({
    metadata: { name: "web", namespace: "default" },
    spec: { containers: [{ name: "main", image }] },
  });
  expect(test.runUntil(() => test.get(pods, "web").status.phase === "Running", 60_000)).toBe(true);
  test.run(5000);
  const containers = [...test.cluster.nodes.values()].flatMap(({ runtime }) => [...runtime.list()]);
  const [container] = containers.filter(({ sandbox }) => sandbox.name === "web");
  expect(container?.running).toBe(true);
  // A tree that was made has no such file; one that was not is said to have it.
  expect(container?.lost("/no/such/file")).toBe(false);
  container?.fs.exists("/");
  expect(container?.lost("/no/such/file")).toBe(true);
});
