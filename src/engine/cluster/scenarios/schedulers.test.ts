import { expect, it } from "vitest";
import { clusterRoleBindings, configMaps, deployments, events, pods, serviceAccounts } from "../../api/registry.ts";
import type { Event } from "../../api/generated/types.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const CONFIG = "/etc/kubernetes/my-scheduler/config.yaml";
const NAMESPACE = "kube-system";

const config = (strategy: string) => `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: my-scheduler
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: ${strategy}
        resources: [{ name: cpu, weight: 1 }]
leaderElection:
  leaderElect: false
`;

/** As the documentation's page on several schedulers has it. */
function runScheduler({ client }: TestCluster, strategy: string): void {
  const metadata = { name: "my-scheduler", namespace: NAMESPACE };
  client.resource(serviceAccounts).create({ metadata });
  for (const role of ["system:kube-scheduler", "system:volume-scheduler"]) {
    client.resource(clusterRoleBindings).create({
      metadata: { name: `my-scheduler-as-${role.split(":")[1]}` },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
      roleRef: { kind: "ClusterRole", name: role, apiGroup: "rbac.authorization.k8s.io" },
    });
  }
  client.resource(configMaps).create({ metadata, data: { "config.yaml": config(strategy) } });
  const labels = { component: "scheduler", tier: "second" };
  const probe = { httpGet: { path: "/healthz", port: 10259, scheme: "HTTPS" } };
  client.resource(deployments).create({
    metadata,
    spec: {
      selector: { matchLabels: labels },
      replicas: 1,
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: "my-scheduler",
          containers: [
            {
              name: "second",
              image: client.resource(pods).get(NAMESPACE, "kube-scheduler-control-plane").spec.containers[0]?.image,
              command: ["/usr/local/bin/kube-scheduler", `--config=${CONFIG}`],
              livenessProbe: { ...probe, initialDelaySeconds: 15 },
              readinessProbe: probe,
              volumeMounts: [{ name: "config", mountPath: "/etc/kubernetes/my-scheduler" }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: "my-scheduler" } }],
        },
      },
    },
  } as never);
}

const schedulerPod = (test: TestCluster) =>
  test.list(pods, NAMESPACE).find(({ metadata }) => metadata.name.startsWith("my-scheduler"));

it("a second scheduler with a configuration of its own places the pods that name it", () => {
  const test = createTestCluster();
  const { client } = test;
  const create = (name: string, schedulerName: string): void => {
    const requests = { cpu: "100m" };
    const containers = [{ name: "web", image: "nginx", resources: { requests } }];
    client.resource(pods).create({ metadata: { name, namespace: "default" }, spec: { schedulerName, containers } });
  };
  create("first", "my-scheduler");
  test.run(30_000);
  expect(test.get(pods, "first").spec.nodeName).toBeUndefined();
  runScheduler(test, "MostAllocated");
  expect(test.runUntil(() => test.get(deployments, "my-scheduler", NAMESPACE).status.readyReplicas === 1)).toBe(true);
  for (const name of ["second", "third", "fourth"]) {
    create(name, "my-scheduler");
    test.run(1000);
  }
  const nodes = test.list(pods).map(({ spec }) => spec.nodeName);
  expect(new Set(nodes).size).toBe(1);
  const scheduled = test.list<Event>(events).filter(({ reason }) => reason === "Scheduled");
  expect(scheduled.map(({ reportingComponent, message }) => [reportingComponent, message])).toEqual(
    ["first", "fourth", "second", "third"].map((name) => [
      "my-scheduler",
      `Successfully assigned default/${name} to ${nodes[0]}`,
    ]),
  );
  expect(test.cluster.placement("default", "fourth")?.nodes[0]?.node).toBe(nodes[0]);
  // It is a pod like any other: without it nobody places its pods, and others are placed as before.
  client.resource(deployments).delete(NAMESPACE, "my-scheduler");
  test.run(60_000);
  create("fifth", "my-scheduler");
  create("sixth", "default-scheduler");
  test.run(5000);
  expect([test.get(pods, "fifth").spec.nodeName, test.get(pods, "sixth").spec.nodeName === undefined]).toEqual([
    undefined,
    false,
  ]);
});

it("a scheduler with a wrong configuration doesn't start, and its log says why", () => {
  const test = createTestCluster({ preset: "minikube" });
  test.run(1000);
  const image = test.get(pods, "kube-scheduler-minikube", NAMESPACE).spec.containers[0]?.image;
  const metadata = { name: "my-scheduler", namespace: NAMESPACE };
  test.client.resource(configMaps).create({ metadata, data: { "config.yaml": config("BestOfAll") } });
  test.client.resource(pods).create({
    metadata,
    spec: {
      containers: [
        {
          name: "second",
          image,
          command: ["kube-scheduler", `--config=${CONFIG}`],
          volumeMounts: [{ name: "config", mountPath: "/etc/kubernetes/my-scheduler" }],
        },
      ],
      volumes: [{ name: "config", configMap: { name: "my-scheduler" } }],
    },
  } as never);
  test.run(10_000);
  expect(schedulerPod(test)?.status.containerStatuses?.[0]?.state).toMatchObject({
    waiting: { reason: "CrashLoopBackOff" },
  });
  expect(test.cluster.podLog(NAMESPACE, "my-scheduler").split("\n")[0]).toBe(
    'E0101 00:00:19.889000       1 run.go:72] "command failed" err="initializing profiles: creating profile for scheduler name my-scheduler: initializing plugin ' +
      '\\"NodeResourcesFit\\": scoringStrategy.type: Unsupported value: \\"BestOfAll\\": supported values: ' +
      '\\"LeastAllocated\\", \\"MostAllocated\\", \\"RequestedToCapacityRatio\\""',
  );
});
