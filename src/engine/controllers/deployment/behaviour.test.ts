import { describe, expect, it } from "vitest";
import { deployments, pods, replicaSets } from "../../api/registry.ts";
import type { Deployment } from "../../api/generated/types.ts";
import { podTemplate, TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";

const progressing = ({ status }: Deployment) => {
  const condition = status.conditions?.find(({ type }) => type === "Progressing");
  return condition && [condition.status, condition.reason, condition.message];
};
const images = (plane: TestControlPlane) => plane.pods().map(({ spec }) => spec.containers[0]?.image);
const sizes = (plane: TestControlPlane) => plane.replicaSets().map(({ spec }) => spec.replicas);
const revisions = (plane: TestControlPlane) =>
  plane.replicaSets().map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"]);
const start = (spec: object = {}, options: ConstructorParameters<typeof TestControlPlane>[0] = {}) => {
  const plane = new TestControlPlane(options);
  plane.create(deployments, webDeployment(spec));
  plane.settle();
  return plane;
};
const roll = (plane: TestControlPlane, image: string) => {
  plane.editDeployment("web", { template: podTemplate("web", image) });
  plane.settle();
};

describe("Recreate", () => {
  it("starts no new pod before the last old one is gone", () => {
    const plane = start({ strategy: { type: "Recreate" } }, { kubelet: { stopMs: 5_000 } });
    plane.editDeployment("web", { template: podTemplate("web", "nginx:1.26") });
    plane.pass(4_000);
    expect(images(plane)).toEqual(["nginx:1.25", "nginx:1.25", "nginx:1.25"]);
    expect(sizes(plane)).toEqual([0]);
    plane.settle();
    expect(images(plane)).toEqual(["nginx:1.26", "nginx:1.26", "nginx:1.26"]);
  });
});

describe("a rolling update", () => {
  it("never has more pods than surge allows nor fewer ready ones than the minimum", () => {
    const plane = start({ replicas: 10, strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } } });
    let most = 0;
    let fewest = 10;
    plane.editDeployment("web", { template: podTemplate("web", "nginx:1.26") });
    while (!plane.sim.idle) {
      plane.sim.step();
      const active = plane.pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      most = Math.max(most, active.length);
      const isReady = (pod: (typeof active)[number]) =>
        pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
      fewest = Math.min(fewest, active.filter(isReady).length);
    }
    expect([most, fewest]).toEqual([13, 8]);
  });

  it("stands still when new pods do not get ready, and says so after the deadline", () => {
    const startMs = (pod: { spec: { containers: { image?: string | undefined }[] } }) =>
      pod.spec.containers[0]?.image === "broken" ? undefined : 500;
    const plane = start({ progressDeadlineSeconds: 60 }, { kubelet: { startMs } });
    roll(plane, "broken");
    const name = plane.replicaSets()[1]?.metadata.name;
    expect(sizes(plane)).toEqual([3, 1]);
    expect(progressing(plane.deployment("web"))).toEqual([
      "True",
      "ReplicaSetUpdated",
      `ReplicaSet "${name}" is progressing.`,
    ]);
    plane.pass(62_000);
    expect(progressing(plane.deployment("web"))).toEqual([
      "False",
      "ProgressDeadlineExceeded",
      `ReplicaSet "${name}" has timed out progressing.`,
    ]);
    roll(plane, "nginx:1.27");
    expect(progressing(plane.deployment("web"))?.[1]).toBe("NewReplicaSetAvailable");
  });

  it("back to an earlier template uses its replica set again, under a new revision", () => {
    const plane = start();
    roll(plane, "nginx:1.26");
    roll(plane, "nginx:1.25");
    expect(plane.replicaSets()).toHaveLength(2);
    expect(revisions(plane)).toEqual(["3", "2"]);
    expect(plane.replicaSets()[0]?.metadata.annotations?.["deployment.kubernetes.io/revision-history"]).toBe("1");
    expect(plane.deployment("web").metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("3");
  });

  it("keeps as many old replica sets as revisionHistoryLimit says", () => {
    const plane = start({ revisionHistoryLimit: 2 });
    for (const tag of ["2", "3", "4", "5"]) roll(plane, `nginx:${tag}`);
    expect(revisions(plane).sort()).toEqual(["3", "4", "5"]);
  });
});

describe("scaling", () => {
  it("is shared out over the replica sets in the middle of a rollout", () => {
    const startMs = (pod: { spec: { containers: { image?: string | undefined }[] } }) =>
      pod.spec.containers[0]?.image === "slow" ? undefined : 500;
    const plane = start(
      { replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
      { kubelet: { startMs } },
    );
    roll(plane, "slow");
    expect(sizes(plane)).toEqual([8, 5]);
    plane.editDeployment("web", { replicas: 15 });
    plane.settle();
    expect(sizes(plane)).toEqual([11, 7]);
  });

  it("to zero and back", () => {
    const plane = start();
    plane.editDeployment("web", { replicas: 0 });
    plane.settle();
    expect(plane.pods()).toEqual([]);
    expect(plane.deployment("web").status).toMatchObject({ observedGeneration: 2 });
    plane.editDeployment("web", { replicas: 2 });
    plane.settle();
    expect(plane.pods()).toHaveLength(2);
  });
});

describe("a paused deployment", () => {
  it("scales but does not roll out, and goes on when resumed", () => {
    const plane = start();
    plane.editDeployment("web", { paused: true });
    plane.settle();
    expect(progressing(plane.deployment("web"))).toEqual(["Unknown", "DeploymentPaused", "Deployment is paused"]);
    plane.editDeployment("web", { replicas: 4, template: podTemplate("web", "nginx:1.26") });
    plane.settle();
    expect(images(plane)).toEqual(Array.from({ length: 4 }, () => "nginx:1.25"));
    plane.editDeployment("web", { paused: false });
    plane.settle();
    expect(images(plane)).toEqual(Array.from({ length: 4 }, () => "nginx:1.26"));
    expect(progressing(plane.deployment("web"))?.[1]).toBe("NewReplicaSetAvailable");
  });
});

describe("a deployment", () => {
  it("takes another name for its replica set when somebody has the one it wants", () => {
    const plane = start();
    const [first] = plane.replicaSets();
    const name = first?.metadata.name as string;
    plane.client.resource(deployments).delete("default", "web");
    plane.settle();
    plane.create(replicaSets, {
      metadata: { name },
      spec: { replicas: 0, selector: { matchLabels: { app: "x" } }, template: podTemplate("x", "nginx") },
    });
    plane.create(deployments, webDeployment());
    plane.settle();
    expect(plane.deployment("web").status).toMatchObject({ collisionCount: 1, availableReplicas: 3 });
    expect(plane.replicaSets().filter(({ metadata }) => metadata.name !== name)).toHaveLength(1);
  });

  it("hands its annotations to its replica set, but not kubectl's own", () => {
    const plane = new TestControlPlane();
    const annotations = { note: "x", "kubectl.kubernetes.io/last-applied-configuration": "{}" };
    plane.create(deployments, { ...webDeployment(), metadata: { name: "web", annotations } });
    plane.settle();
    const [replicaSet] = plane.replicaSets();
    expect(replicaSet?.metadata.annotations).toMatchObject({ note: "x" });
    expect(Object.keys(replicaSet?.metadata.annotations ?? {})).not.toContain(
      "kubectl.kubernetes.io/last-applied-configuration",
    );
  });

  it("gives equal runs equal pods", () => {
    const run = () => {
      const plane = start({ replicas: 20 });
      roll(plane, "nginx:1.26");
      return plane.server.hash();
    };
    expect(run()).toBe(run());
  });

  it("stops losing pods to a label change: the stray is replaced", () => {
    const plane = start();
    const name = plane.pods()[0]?.metadata.name as string;
    plane.edit(pods, name, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: {} } }));
    plane.settle();
    expect(plane.pods()).toHaveLength(4);
    expect(plane.deployment("web").status.availableReplicas).toBe(3);
  });
});
