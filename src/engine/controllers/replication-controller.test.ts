import { describe, expect, it } from "vitest";
import { pods, replicationControllers } from "../api/registry.ts";
import { podTemplate, TestControlPlane } from "./testing/test-control-plane.ts";

const controller = (replicas: number) => ({
  metadata: { name: "web" },
  spec: { replicas, selector: { app: "web" }, template: podTemplate("web", "nginx") },
});

describe("a replication controller", () => {
  it("creates pods that it owns, with an event each", () => {
    const plane = new TestControlPlane();
    plane.create(replicationControllers, controller(2));
    plane.settle();
    const owner = plane.get(replicationControllers, "web");
    for (const { metadata } of plane.pods()) {
      expect(metadata.ownerReferences).toEqual([
        {
          apiVersion: "v1",
          kind: "ReplicationController",
          name: "web",
          uid: owner.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
    expect(plane.events("web")).toEqual(
      plane.pods().map(({ metadata }) => `Normal SuccessfulCreate Created pod: ${metadata.name}`),
    );
    expect(owner.status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });

  it("replaces what is deleted and removes what is too much", () => {
    const plane = new TestControlPlane();
    plane.create(replicationControllers, controller(2));
    plane.settle();
    const victim = plane.pods()[0]?.metadata.name as string;
    plane.client.resource(pods).delete("default", victim);
    plane.settle();
    expect(plane.pods()).toHaveLength(2);
    plane.edit(replicationControllers, "web", (object) => ({ ...object, spec: { ...object.spec, replicas: 1 } }));
    plane.settle();
    expect(plane.pods()).toHaveLength(1);
    expect(plane.get(replicationControllers, "web").status.replicas).toBe(1);
  });

  it("adopts an orphan that its selector matches", () => {
    const plane = new TestControlPlane();
    plane.create(pods, {
      metadata: { name: "stray", labels: { app: "web" } },
      spec: { containers: [{ name: "a", image: "b" }] },
    });
    plane.create(replicationControllers, controller(1));
    plane.settle();
    expect(plane.pods().map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.kind])).toEqual([
      ["stray", "ReplicationController"],
    ]);
  });
});
