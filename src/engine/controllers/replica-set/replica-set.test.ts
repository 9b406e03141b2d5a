import { describe, expect, it } from "vitest";
import { pods, replicaSets } from "../../api/registry.ts";
import { podTemplate, TestControlPlane } from "../testing/test-control-plane.ts";

const selector = { matchLabels: { app: "web" } };
const replicaSet = (replicas: number, spec: object = {}) => ({
  metadata: { name: "web" },
  spec: { replicas, selector, template: podTemplate("web", "nginx"), ...spec },
});
const controllerNames = (plane: TestControlPlane) =>
  plane.pods().map(({ metadata }) => metadata.ownerReferences?.[0]?.name ?? "none");

describe("a replica set", () => {
  it("creates pods that it owns, with an event each", () => {
    const plane = new TestControlPlane();
    plane.create(replicaSets, replicaSet(2));
    plane.settle();
    const [owner] = plane.replicaSets();
    for (const { metadata } of plane.pods()) {
      expect(metadata.generateName).toBe("web-");
      expect(metadata.ownerReferences).toEqual([
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web",
          uid: owner?.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
    expect(plane.events("web")).toEqual(
      plane.pods().map(({ metadata }) => `Normal SuccessfulCreate Created pod: ${metadata.name}`),
    );
    expect(owner?.status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
  });

  it("replaces a deleted pod at once and counts it as terminating", () => {
    const plane = new TestControlPlane({ kubelet: { stopMs: 5_000 } });
    plane.create(replicaSets, replicaSet(2));
    plane.settle();
    const victim = plane.pods()[0]?.metadata.name as string;
    plane.client.resource(pods).delete("default", victim);
    plane.pass(1_000);
    expect(plane.pods()).toHaveLength(3);
    expect(plane.get(replicaSets, "web").status).toMatchObject({ replicas: 2, terminatingReplicas: 1 });
    plane.settle();
    expect(plane.pods().map(({ metadata }) => metadata.name)).not.toContain(victim);
  });

  it("deletes the pods that serve least when scaled down", () => {
    const plane = new TestControlPlane();
    plane.create(replicaSets, replicaSet(3));
    plane.settle();
    const unready = plane.pods()[1]?.metadata.name as string;
    plane.kubelet.setReady(`default/${unready}`, false);
    plane.settle();
    plane.edit(replicaSets, "web", (object) => ({ ...object, spec: { ...object.spec, replicas: 2 } }));
    plane.settle();
    expect(plane.events("web")).toContain(`Normal SuccessfulDelete Deleted pod: ${unready}`);
    expect(plane.pods()).toHaveLength(2);
  });

  it("adopts a matching orphan and releases a pod whose labels no longer match", () => {
    const plane = new TestControlPlane();
    plane.create(pods, {
      metadata: { name: "stray", labels: { app: "web" } },
      spec: { containers: [{ name: "a", image: "b" }] },
    });
    plane.create(replicaSets, replicaSet(2));
    plane.settle();
    expect(plane.pods()).toHaveLength(2);
    expect(controllerNames(plane)).toEqual(["web", "web"]);
    plane.edit(pods, "stray", (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: "other" } } }));
    plane.settle();
    expect(plane.pods()).toHaveLength(3);
    expect(plane.get(pods, "stray").metadata.ownerReferences ?? []).toEqual([]);
  });

  it("does not adopt while it is being deleted", () => {
    const plane = new TestControlPlane();
    plane.create(replicaSets, { ...replicaSet(0), metadata: { name: "web", finalizers: ["example.com/hold"] } });
    plane.settle();
    plane.client.resource(replicaSets).delete("default", "web");
    plane.create(pods, {
      metadata: { name: "stray", labels: { app: "web" } },
      spec: { containers: [{ name: "a", image: "b" }] },
    });
    plane.settle();
    expect(plane.get(pods, "stray").metadata.ownerReferences).toBeUndefined();
  });

  it("is available only after minReadySeconds", () => {
    const plane = new TestControlPlane();
    plane.create(replicaSets, replicaSet(1, { minReadySeconds: 10 }));
    plane.pass(3_000);
    expect(plane.get(replicaSets, "web").status).toMatchObject({ readyReplicas: 1 });
    expect(plane.get(replicaSets, "web").status.availableReplicas).toBeUndefined();
    plane.pass(9_000);
    expect(plane.get(replicaSets, "web").status.availableReplicas).toBe(1);
  });

  it("survives a restart of the controller manager without creating twice", () => {
    const plane = new TestControlPlane();
    plane.create(replicaSets, replicaSet(5));
    plane.manager.stop();
    plane.settle();
    expect(plane.pods()).toHaveLength(0);
    plane.manager.start();
    plane.pass(3);
    plane.manager.stop();
    plane.manager.start();
    plane.settle();
    expect(plane.pods()).toHaveLength(5);
  });
});
