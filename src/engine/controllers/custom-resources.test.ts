import { describe, expect, it } from "vitest";
import { configMaps, customResourceDefinitions, namespaces } from "../api/registry.ts";
import { crontab, crontabDefinition } from "../apiserver/testing/crontab.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { TestControlPlane } from "./testing/test-control-plane.ts";

interface Plane {
  plane: TestControlPlane;
  tabs: Resource;
}

function defined(): Plane {
  const plane = new TestControlPlane();
  plane.settle();
  plane.create(customResourceDefinitions, crontabDefinition() as never);
  const tabs = plane.server.catalog.at("stable.example.com", "v1", "crontabs");
  if (tabs === undefined) throw new Error("not served");
  return { plane, tabs };
}

const ownedBy = ({ apiVersion, kind, metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid,
});

describe("controllers and custom resources", () => {
  it("collects what a custom object owned, and custom objects that lost their owner", () => {
    const { plane, tabs } = defined();
    const owner = plane.create(tabs, crontab() as never);
    plane.create(configMaps, { metadata: { name: "child", ownerReferences: [ownedBy(owner)] } });
    const map = plane.create(configMaps, { metadata: { name: "owner" } });
    const owned = crontab({ image: "x" }, "owned") as KubeObject;
    plane.create(tabs, { ...owned, metadata: { name: "owned", ownerReferences: [ownedBy(map)] } } as never);
    plane.settle();
    expect(plane.list(tabs)).toHaveLength(2);
    plane.client.resource(tabs).delete("default", "one");
    plane.client.resource(configMaps).delete("default", "owner");
    plane.settle();
    expect(plane.list(tabs)).toEqual([]);
    expect(plane.list(configMaps).map(({ metadata }) => metadata.name)).not.toContain("child");
  });

  it("orphans a custom object's dependents when asked to", () => {
    const { plane, tabs } = defined();
    const owner = plane.create(tabs, crontab() as never);
    const child = crontab({ image: "x" }, "child") as KubeObject;
    plane.create(tabs, { ...child, metadata: { name: "child", ownerReferences: [ownedBy(owner)] } } as never);
    plane.settle();
    plane.client.resource(tabs).delete("default", "one", { propagationPolicy: "Orphan" });
    plane.settle();
    expect(plane.list(tabs).map(({ metadata }) => [metadata.name, metadata.ownerReferences ?? []])).toEqual([
      ["child", []],
    ]);
  });

  it("empties a namespace of custom objects", () => {
    const { plane, tabs } = defined();
    plane.create(namespaces, { metadata: { name: "away" } });
    plane.create(tabs, { ...crontab(), metadata: { name: "one", namespace: "away" } } as never);
    plane.settle();
    plane.client.resource(namespaces).delete("", "away");
    plane.settle();
    expect(plane.list(namespaces).map(({ metadata }) => metadata.name)).not.toContain("away");
    expect(plane.client.resource(tabs).list("").items).toEqual([]);
  });

  it("forgets a resource that is gone and finds it when it comes back", () => {
    const { plane, tabs } = defined();
    plane.create(tabs, crontab() as never);
    plane.settle();
    plane.client.resource(customResourceDefinitions).delete("", "crontabs.stable.example.com");
    plane.settle();
    plane.create(customResourceDefinitions, crontabDefinition() as never);
    const again = plane.server.catalog.at("stable.example.com", "v1", "crontabs") as Resource;
    const owner = plane.create(again, crontab() as never);
    plane.create(configMaps, { metadata: { name: "child", ownerReferences: [ownedBy(owner)] } });
    plane.settle();
    plane.client.resource(again).delete("default", "one");
    plane.settle();
    expect(plane.list(configMaps).map(({ metadata }) => metadata.name)).not.toContain("child");
  });
});
