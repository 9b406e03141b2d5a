import { expect, it } from "vitest";
import { configMaps, namespaces, priorityClasses } from "../../api/registry.ts";
import { TestServer } from "../testing/test-server.ts";
import { LiveLists } from "./live-lists.ts";
import { ObjectStore } from "./object-store.ts";

function names(objects: readonly { metadata: { name: string } }[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}

it("API100 a list stays the same one until an object of its namespace is written or goes", () => {
  const test = new TestServer();
  const lists = new LiveLists(new ObjectStore(test.sim, test.store));
  test.create(configMaps, { metadata: { name: "b" } });
  const first = lists.list(configMaps, "default");
  expect(names(first)).toEqual(["b"]);
  expect(lists.list(configMaps, "kube-system")).toEqual([]);

  test.create(configMaps, { metadata: { name: "a", namespace: "kube-system" } });
  test.create(namespaces, { metadata: { name: "default-2" } });
  expect(lists.list(configMaps, "default")).toBe(first);
  expect(names(lists.list(configMaps, "kube-system"))).toEqual(["a"]);

  test.create(configMaps, { metadata: { name: "a" } });
  expect(names(lists.list(configMaps, "default"))).toEqual(["a", "b"]);
  test.delete(configMaps as never, "b");
  expect(names(lists.list(configMaps, "default"))).toEqual(["a"]);
});

it("API100 lists of cluster-scoped kinds renew themselves likewise", () => {
  const test = new TestServer();
  const lists = new LiveLists(new ObjectStore(test.sim, test.store));
  const before = names(lists.list(priorityClasses));
  test.create(priorityClasses, { metadata: { name: "gold" }, value: 7 });
  expect(names(lists.list(priorityClasses))).toEqual(["gold", ...before]);
});
