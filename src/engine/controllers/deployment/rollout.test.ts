import { describe, expect, it } from "vitest";
import { deployments } from "../../api/registry.ts";
import { podTemplate, TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";

describe("a deployment", () => {
  it("creates its replica set and pods, and reports that it is available", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, webDeployment());
    plane.settle();
    const { status, metadata } = plane.deployment("web");
    const [replicaSet] = plane.replicaSets();
    const name = replicaSet?.metadata.name;
    expect(plane.pods()).toHaveLength(3);
    expect(metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "1" });
    expect(replicaSet?.metadata.annotations).toEqual({
      "deployment.kubernetes.io/desired-replicas": "3",
      "deployment.kubernetes.io/max-replicas": "4",
      "deployment.kubernetes.io/revision": "1",
    });
    expect(status).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    });
    expect(status.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
      ["Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."],
      ["Progressing", "True", "NewReplicaSetAvailable", `ReplicaSet "${name}" has successfully progressed.`],
    ]);
    expect(plane.events("web")).toEqual([`Normal ScalingReplicaSet Scaled up replica set ${name} from 0 to 3`]);
  });

  it("rolls to a new template one step at a time", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, webDeployment());
    plane.settle();
    const first = plane.replicaSets()[0]?.metadata.name as string;
    plane.editDeployment("web", { template: podTemplate("web", "nginx:1.26") });
    plane.settle();
    const second = plane.replicaSets().find(({ metadata }) => metadata.name !== first)?.metadata.name as string;
    expect(plane.events("web").slice(1)).toEqual([
      `Normal ScalingReplicaSet Scaled up replica set ${second} from 0 to 1`,
      `Normal ScalingReplicaSet Scaled down replica set ${first} from 3 to 2`,
      `Normal ScalingReplicaSet Scaled up replica set ${second} from 1 to 2`,
      `Normal ScalingReplicaSet Scaled down replica set ${first} from 2 to 1`,
      `Normal ScalingReplicaSet Scaled up replica set ${second} from 2 to 3`,
      `Normal ScalingReplicaSet Scaled down replica set ${first} from 1 to 0`,
    ]);
    expect(plane.pods().map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(3).fill("nginx:1.26"));
  });
});
