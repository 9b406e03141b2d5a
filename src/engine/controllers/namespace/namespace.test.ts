import { describe, expect, it } from "vitest";
import { configMaps, deployments, namespaces, pods, serviceAccounts } from "../../api/registry.ts";
import { TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";

const inShop = (object: object): object => {
  const { metadata } = object as { metadata: object };
  return { ...object, metadata: { ...metadata, namespace: "shop" } };
};
const names = (plane: TestControlPlane) => plane.list(namespaces).map(({ metadata }) => metadata.name);

describe("a namespace", () => {
  it("gets its default service account, and gets it back", () => {
    const plane = new TestControlPlane();
    plane.create(namespaces, { metadata: { name: "shop" } });
    plane.settle();
    expect(plane.list(serviceAccounts, "shop").map(({ metadata }) => metadata.name)).toEqual(["default"]);
    plane.client.resource(serviceAccounts).delete("shop", "default");
    plane.settle();
    expect(plane.list(serviceAccounts, "shop")).toHaveLength(1);
  });

  it("goes with everything in it when deleted, and is Terminating until then", () => {
    const plane = new TestControlPlane();
    plane.create(namespaces, { metadata: { name: "shop" } });
    plane.create(deployments, inShop(webDeployment()));
    plane.settle();
    expect(plane.list(pods, "shop")).toHaveLength(3);
    plane.client.resource(namespaces).delete("", "shop");
    plane.pass(1_000);
    expect(plane.get(namespaces, "shop").status.phase).toBe("Terminating");
    expect(plane.list(pods, "shop")).toHaveLength(3);
    plane.settle();
    expect(names(plane)).not.toContain("shop");
    expect(plane.list(pods, "shop")).toEqual([]);
    expect(plane.list(deployments, "shop")).toEqual([]);
  });

  it("is emptied even when it waits for the finalizer of somebody else alone", () => {
    const plane = new TestControlPlane();
    plane.create(namespaces, { metadata: { name: "shop" } });
    plane.settle();
    plane.create(configMaps, inShop({ metadata: { name: "settings" } }));
    const target = { namespace: "", name: "shop", subresource: "finalize" };
    const shop = plane.get(namespaces, "shop");
    plane.client.put(namespaces, target, { ...shop, spec: { finalizers: ["example.com/hold"] } });
    plane.client.resource(namespaces).delete("", "shop");
    plane.settle();
    const { spec, status } = plane.get(namespaces, "shop");
    expect([spec.finalizers, status.phase, plane.list(configMaps, "shop")]).toEqual([
      ["example.com/hold"],
      "Terminating",
      [],
    ]);
  });

  it("says what it waits for", () => {
    const plane = new TestControlPlane();
    plane.create(namespaces, { metadata: { name: "shop" } });
    plane.create(configMaps, { metadata: { name: "held", namespace: "shop", finalizers: ["example.com/hold"] } });
    plane.settle();
    plane.client.resource(namespaces).delete("", "shop");
    plane.pass(8_000);
    const conditions = plane.get(namespaces, "shop").status.conditions ?? [];
    expect(conditions.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
      ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"],
      [
        "NamespaceDeletionGroupVersionParsingFailure",
        "False",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
      ],
      [
        "NamespaceDeletionContentFailure",
        "False",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
      ],
      [
        "NamespaceContentRemaining",
        "True",
        "SomeResourcesRemain",
        "Some resources are remaining: configmaps. has 1 resource instances",
      ],
      [
        "NamespaceFinalizersRemaining",
        "True",
        "SomeFinalizersRemain",
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
      ],
    ]);
    plane.client.resource(configMaps).patch("shop", "held", { metadata: { finalizers: null } }, { type: "merge" });
    plane.settle();
    expect(names(plane)).not.toContain("shop");
  });
});
