import { expect, it } from "vitest";
import { persistentVolumeClaims, pods, secrets } from "../api/registry.ts";
import { encodeBase64 } from "../base/base64.ts";
import { TestControlPlane } from "./testing/test-control-plane.ts";

const SPEC = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const POD = {
  containers: [{ name: "main", image: "nginx" }],
  volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: "b" } }, spec: SPEC } } }],
};

it("a pod's ephemeral volume is a claim of its own that goes with it; a stranger of that name is told of", () => {
  const plane = new TestControlPlane();
  plane.create(pods, { metadata: { name: "app" }, spec: POD });
  plane.create(persistentVolumeClaims, { metadata: { name: "other-scratch" }, spec: SPEC });
  plane.create(pods, { metadata: { name: "other" }, spec: POD });
  plane.settle();
  expect(plane.get(persistentVolumeClaims, "app-scratch").metadata).toMatchObject({
    labels: { a: "b" },
    ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "app", controller: true, blockOwnerDeletion: true }],
  });
  expect(plane.events("other")).toContain(
    "Warning FailedBinding ephemeral volume scratch: PVC default/other-scratch was not created for pod default/other (pod is not owner)",
  );
  plane.client.resource(pods).delete("default", "app");
  plane.settle();
  expect(plane.list(persistentVolumeClaims).map(({ metadata }) => metadata.name)).toEqual(["other-scratch"]);
});

it("a bootstrap token goes when its time is over", () => {
  const plane = new TestControlPlane();
  plane.create(secrets, {
    metadata: { name: "bootstrap-token-07401b", namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    data: {
      "token-id": encodeBase64("07401b"),
      "token-secret": encodeBase64("f395accd246ae52d"),
      expiration: encodeBase64(new Date(plane.sim.now + 60_000).toISOString()),
    },
  });
  plane.pass(50_000);
  expect(plane.list(secrets, "kube-system")).toHaveLength(1);
  plane.pass(15_000);
  expect(plane.list(secrets, "kube-system")).toEqual([]);
});
