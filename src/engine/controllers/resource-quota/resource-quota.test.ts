import { expect, it } from "vitest";
import { configMaps, pods, replicaSets, resourceQuotas } from "../../api/registry.ts";
import { podTemplate, TestControlPlane } from "../testing/test-control-plane.ts";

function status(plane: TestControlPlane) {
  return plane.get(resourceQuotas, "q").status;
}

function quota(hard: Record<string, string>) {
  return { metadata: { name: "q" }, spec: { hard } };
}

const REPLICAS = {
  metadata: { name: "web" },
  spec: { replicas: 5, selector: { matchLabels: { app: "web" } }, template: podTemplate("web", "nginx") },
};

it("counts what is there already", () => {
  const plane = new TestControlPlane();
  plane.create(configMaps, { metadata: { name: "a" } });
  plane.create(replicaSets, { ...REPLICAS, spec: { ...REPLICAS.spec, replicas: 2 } });
  plane.settle();
  plane.create(
    resourceQuotas,
    quota({ pods: "5", configmaps: "9", "count/replicasets.apps": "1", "requests.cpu": "1" }),
  );
  plane.settle();
  expect(status(plane)).toEqual({
    hard: { pods: "5", configmaps: "9", "count/replicasets.apps": "1", "requests.cpu": "1" },
    used: { pods: "2", configmaps: "2", "count/replicasets.apps": "1", "requests.cpu": "0" },
  });
});

it("frees what a deleted pod used, so that another takes its place", () => {
  const plane = new TestControlPlane();
  plane.create(resourceQuotas, quota({ pods: "3" }));
  plane.settle();
  plane.create(replicaSets, REPLICAS);
  plane.settle();
  expect([plane.pods().length, status(plane).used]).toEqual([3, { pods: "3" }]);
  const [first] = plane.pods();
  plane.client.resource(pods).delete("default", first?.metadata.name as string);
  plane.pass(60_000);
  expect([plane.pods().length, status(plane).used]).toEqual([3, { pods: "3" }]);
});

it("a changed quota counts from then on", () => {
  const plane = new TestControlPlane();
  plane.create(resourceQuotas, quota({ pods: "1" }));
  plane.settle();
  plane.edit(resourceQuotas, "q", (given) => ({ ...given, spec: { hard: { configmaps: "2" } } }));
  plane.settle();
  expect(status(plane)).toEqual({ hard: { configmaps: "2" }, used: { configmaps: "1" } });
});

it("pods that end are free of charge", () => {
  const plane = new TestControlPlane();
  plane.create(resourceQuotas, quota({ pods: "3", "count/pods": "3" }));
  plane.settle();
  const pod = plane.create(pods, { metadata: { name: "a" }, spec: { containers: [{ name: "a", image: "nginx" }] } });
  plane.settle();
  expect(status(plane).used).toEqual({ pods: "1", "count/pods": "1" });
  plane.client.resource(pods).updateStatus({
    ...pod,
    metadata: { ...pod.metadata, resourceVersion: "" },
    status: { ...pod.status, phase: "Succeeded" },
  });
  plane.settle();
  expect(status(plane).used).toEqual({ pods: "0", "count/pods": "1" });
});
