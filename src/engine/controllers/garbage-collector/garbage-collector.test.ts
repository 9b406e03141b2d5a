import { describe, expect, it } from "vitest";
import type { Event } from "../../api/generated/types.ts";
import { clusterRoles, configMaps, deployments, events, namespaces, pods, replicaSets } from "../../api/registry.ts";
import { TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";

const started = (): TestControlPlane => {
  const plane = new TestControlPlane();
  plane.create(deployments, webDeployment());
  plane.settle();
  return plane;
};
const counts = (plane: TestControlPlane) => [
  plane.list(deployments).length,
  plane.replicaSets().length,
  plane.pods().length,
];

describe("garbage collection", () => {
  it("background: the owner goes at once, its dependents follow", () => {
    const plane = started();
    plane.client.resource(deployments).delete("default", "web", { propagationPolicy: "Background" });
    expect(counts(plane)).toEqual([0, 1, 3]);
    plane.settle();
    expect(counts(plane)).toEqual([0, 0, 0]);
  });

  it("foreground: the owner stays until the last dependent that blocks it is gone", () => {
    const plane = started();
    plane.client.resource(deployments).delete("default", "web", { propagationPolicy: "Foreground" });
    plane.pass(100);
    expect(plane.deployment("web").metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect(plane.replicaSets()[0]?.metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect(plane.pods().length).toBeGreaterThan(0);
    expect(plane.pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
    plane.settle();
    expect(counts(plane)).toEqual([0, 0, 0]);
  });

  it("orphan: the dependents stay and belong to nobody", () => {
    const plane = started();
    plane.client.resource(deployments).delete("default", "web", { propagationPolicy: "Orphan" });
    plane.settle();
    expect(counts(plane)).toEqual([0, 1, 3]);
    expect(plane.replicaSets()[0]?.metadata.ownerReferences ?? []).toEqual([]);
    // A new deployment of the same name takes them over.
    plane.create(deployments, webDeployment());
    plane.settle();
    expect(counts(plane)).toEqual([1, 1, 3]);
    expect(plane.replicaSets()[0]?.metadata.ownerReferences?.[0]?.name).toBe("web");
  });

  it("collects what refers to an owner that never was", () => {
    const plane = new TestControlPlane();
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "00000000-0000-0000-0000-000000000000" };
    plane.create(configMaps, { metadata: { name: "child", ownerReferences: [owner] } });
    plane.settle();
    expect(plane.list(configMaps).map(({ metadata }) => metadata.name)).not.toContain("child");
  });

  it("keeps what has another owner, and takes the lost one off", () => {
    const plane = new TestControlPlane();
    const reference = (name: string) => {
      const { uid } = plane.create(configMaps, { metadata: { name } }).metadata;
      return { apiVersion: "v1", kind: "ConfigMap", name, uid };
    };
    const [a, b] = [reference("a"), reference("b")];
    plane.create(configMaps, { metadata: { name: "child", ownerReferences: [a, b] } });
    plane.settle();
    plane.client.resource(configMaps).delete("default", "a");
    plane.settle();
    expect(plane.get(configMaps, "child").metadata.ownerReferences).toEqual([b]);
  });

  it("an owner in another namespace is none, and neither is one by another name; both are said or seen", () => {
    const plane = new TestControlPlane();
    const { uid } = plane.create(configMaps, { metadata: { name: "owner" } }).metadata;
    plane.create(namespaces, { metadata: { name: "shop" } });
    plane.settle();
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
    const maps = plane.client.resource(configMaps);
    for (const [name, namespace, reference] of [
      ["near", "default", owner],
      ["far", "shop", owner],
      ["misnamed", "default", { ...owner, name: "other" }],
    ] as const) {
      const made = maps.create({ metadata: { name, namespace } });
      maps.update({ ...made, metadata: { ...made.metadata, ownerReferences: [reference] } });
    }
    // What has no namespace can't be owned by what has one, and stays.
    const roles = plane.client.resource(clusterRoles);
    roles.create({ metadata: { name: "wide", ownerReferences: [owner] }, rules: [] });
    plane.settle();
    const names = [...maps.list("").items, ...roles.list("").items].map(({ metadata }) => metadata.name);
    expect(names.filter((name) => ["near", "far", "misnamed", "wide"].includes(name))).toEqual(["near", "wide"]);
    const said = (namespace: string): string =>
      `Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: ${namespace}, name: owner, uid: ${uid}] does not exist in namespace "${namespace}"`;
    const told = plane.client.resource<Event>(events).list("").items;
    const ours = told.filter(({ source }) => source?.component === "garbage-collector-controller");
    expect(ours.map(({ type, reason, message }) => `${type} ${reason} ${message}`)).toEqual([said(""), said("shop")]);
  });

  it("leaves owners of kinds that the server does not have alone", () => {
    const plane = new TestControlPlane();
    const owner = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      name: "w",
      uid: "00000000-0000-0000-0000-000000000001",
    };
    plane.create(configMaps, { metadata: { name: "child", ownerReferences: [owner] } });
    plane.settle();
    expect(plane.get(configMaps, "child").metadata.name).toBe("child");
  });

  it("collects what lost its owner while the controller manager was down", () => {
    const plane = started();
    plane.manager.stop();
    plane.client.resource(replicaSets).delete("default", plane.replicaSets()[0]?.metadata.name as string);
    plane.client.resource(deployments).delete("default", "web");
    plane.settle();
    expect(plane.list(pods)).toHaveLength(3);
    plane.manager.start();
    plane.settle();
    expect(counts(plane)).toEqual([0, 0, 0]);
  });
});
