/** Autoscaling by what one container of each pod uses. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const autoscaler = (name: string, ...metrics: object[]): object => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "pair" }, maxReplicas: 10, metrics },
});
const cpuOf = (container: string, averageUtilization: number): object => ({
  type: "ContainerResource",
  containerResource: { name: "cpu", container, target: { type: "Utilization", averageUtilization } },
});
const container = (name: string, image: string, more: object): object => ({
  ...{ name, image },
  resources: { requests: { cpu: "100m" }, limits: { cpu: "150m" } },
  ...more,
});
const pair = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "pair" },
  spec: {
    selector: { matchLabels: { app: "pair" } },
    template: {
      metadata: { labels: { app: "pair" } },
      spec: {
        containers: [
          container("busy", "polinux/stress", { args: ["stress", "--cpu", "1"] }),
          container("idle", "registry.k8s.io/pause:3.10", {}),
        ],
      },
    },
  },
};

it("the pod's other container doesn't count, and one that isn't there is told of", () => {
  laptop.test.cluster.setMetricsServer(true);
  laptop.apply(pair, autoscaler("pair", cpuOf("idle", 50)));
  laptop.wait(90);
  expect(laptop.kubectl("get hpa pair --no-headers")).toMatch(/^pair +Deployment\/pair +cpu: 0%\/50% +1 +10 +1 /);
  laptop.kubectl("delete hpa pair");
  laptop.apply(autoscaler("lost", cpuOf("nobody", 50)));
  laptop.wait(20);
  const [pod = ""] = laptop.field("pods -l app=pair", ".items[*].metadata.name").split(" ");
  const why = `failed to get cpu utilization: unable to get metrics for resource cpu: failed to get container metrics: container nobody not present in metrics for pod default/${pod}`;
  expect(laptop.events("lost")).toEqual([
    `Warning FailedGetContainerResourceMetric ${why}`,
    `Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get nobody container metric value: ${why}`,
  ]);
});

it("of several metrics the one that wants most decides, and one that fails lets no scale-down happen", () => {
  laptop.kubectl("delete hpa lost");
  laptop.apply(autoscaler("both", cpuOf("idle", 50), cpuOf("busy", 75)));
  laptop.wait(20);
  expect(laptop.field("deployment pair", ".spec.replicas")).toBe("2");
  expect(laptop.events("both")).toEqual([
    "Normal SuccessfulRescale New size: 2; reason: cpu container resource utilization (percentage of request) above target",
  ]);
  expect(laptop.kubectl("describe hpa both")).toMatch(
    /^ {2}resource cpu of container "busy" on pods +\(as a percentage of request\): +150% \(150m\) \/ 75%$/m,
  );
  laptop.kubectl("delete hpa both");
  laptop.apply(autoscaler("halted", cpuOf("idle", 50), cpuOf("nobody", 50)));
  laptop.wait(400);
  expect(laptop.field("deployment pair", ".spec.replicas")).toBe("2");
});
