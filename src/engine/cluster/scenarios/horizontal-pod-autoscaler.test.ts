/** The documentation's walkthrough: php-apache under load grows, and shrinks again when the load is gone. */
import { expect, it } from "vitest";
import type { Event } from "../../api/generated/types.ts";
import { nodeMetrics, podMetrics } from "../../api/metrics/metrics-kinds.ts";
import { deployments, events, horizontalPodAutoscalers, pods, services } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

function metricsServer(test: TestCluster): void {
  test.cluster.setMetricsServer(true);
}

function phpApache(test: TestCluster): void {
  test.client.resource(deployments).create({
    metadata: { name: "php-apache", namespace: "default" },
    spec: {
      selector: { matchLabels: { run: "php-apache" } },
      template: {
        metadata: { labels: { run: "php-apache" } },
        spec: {
          containers: [
            {
              name: "php-apache",
              image: "registry.k8s.io/hpa-example",
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: "500m" }, requests: { cpu: "200m" } },
            },
          ],
        },
      },
    },
  } as never);
  test.client.resource(services).create({
    metadata: { name: "php-apache", namespace: "default" },
    spec: { selector: { run: "php-apache" }, ports: [{ port: 80 }] },
  } as never);
  test.client.resource(horizontalPodAutoscalers).create({
    metadata: { name: "php-apache", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "php-apache" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      ],
    },
  } as never);
}

function shell(test: TestCluster, name: string, script: string, limits: object = {}): void {
  test.client.resource(pods).create({
    metadata: { name, namespace: "default" },
    spec: {
      containers: [{ name, image: "busybox:1.28", command: ["/bin/sh", "-c", script], resources: { limits } }],
      terminationGracePeriodSeconds: 0,
    },
  } as never);
}

const replicas = (test: TestCluster): number | undefined => test.get(deployments, "php-apache").spec.replicas;

it("scales php-apache up under load and down again without it", { timeout: 120_000 }, () => {
  const test = createTestCluster({ seed: 1 });
  metricsServer(test);
  phpApache(test);
  test.run(90_000);
  const { status } = test.get(horizontalPodAutoscalers, "php-apache");
  expect(status.currentMetrics?.[0]?.resource?.current.averageUtilization).toBe(0);
  shell(test, "load-generator", "while sleep 0.01; do wget -q -O- http://php-apache; done");
  test.run(75_000);
  const grown = replicas(test) ?? 0;
  expect(grown).toBeGreaterThanOrEqual(4);
  expect(grown).toBeLessThanOrEqual(8);
  test.client.resource(pods).delete("default", "load-generator");
  test.run(450_000);
  expect(replicas(test)).toBe(1);
  const told = test
    .list<Event>(events)
    .filter(({ reason }) => reason === "SuccessfulRescale")
    .map(({ message }) => message);
  expect(told[0]).toMatch(/^New size: \d; reason: cpu resource utilization \(percentage of request\) above target$/);
  expect(told.at(-1)).toBe("New size: 1; reason: All metrics below target");
});

it("serves what pods and nodes use while metrics-server runs", () => {
  const test = createTestCluster({ seed: 1 });
  const catalog = () => test.cluster.server.catalog.byKind("metrics.k8s.io/v1beta1", "PodMetrics");
  expect(catalog()).toBeUndefined();
  metricsServer(test);
  test.client.resource(pods).create({
    metadata: { name: "busy", namespace: "default" },
    spec: {
      containers: [
        {
          name: "busy",
          image: "polinux/stress",
          args: ["stress", "--cpu", "2"],
          resources: { limits: { cpu: "300m", memory: "10Mi" } },
        },
      ],
    },
  } as never);
  shell(test, "idle", "sleep 3600");
  test.run(60_000);
  const [busy, idle] = test.list(podMetrics);
  expect(busy?.containers).toEqual([{ name: "busy", usage: { cpu: "300000000n", memory: "800Ki" } }]);
  expect(idle?.containers).toEqual([{ name: "idle", usage: { cpu: "0n", memory: "1024Ki" } }]);
  const parts = test.list(podMetrics, "kube-system").filter(({ metadata }) => metadata.name.endsWith("-control-plane"));
  expect(parts.map(({ containers: [part] }) => [part?.name, part?.usage["cpu"], part?.usage["memory"]])).toEqual([
    ["etcd", "20000000n", "61440Ki"],
    ["kube-apiserver", "42000000n", "241664Ki"],
    ["kube-controller-manager", "14000000n", "52224Ki"],
    ["kube-scheduler", "5000000n", "23552Ki"],
  ]);
  expect(test.list(nodeMetrics, "").map(({ metadata }) => metadata.name)).toEqual([
    "control-plane",
    "worker-1",
    "worker-2",
    "worker-3",
  ]);
  test.client.resource(deployments).delete("kube-system", "metrics-server");
  test.run(40_000);
  expect(catalog()).toBeUndefined();
});
