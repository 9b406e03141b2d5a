/** What only makes a node more or less wanted, seen through schedulers that are configured to weigh it. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const WORKERS = ["worker-1", "worker-2", "worker-3"];

const CONFIG = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
profiles:
- schedulerName: images
  plugins: {multiPoint: {disabled: [{name: NodeResourcesBalancedAllocation}, {name: NodeResourcesFit}, {name: PodTopologySpread}]}}
- schedulerName: ratio
  plugins:
    score:
      disabled: [{name: "*"}]
      enabled: [{name: NodeResourcesFit, weight: 1}]
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 1}]
        requestedToCapacityRatio:
          shape: [{utilization: 0, score: 0}, {utilization: 60, score: 10}, {utilization: 100, score: 2}]
`;

/** As nodes name it: a short name is another one to the plugin. */
const MONGO = "docker.io/library/mongo:7";

const pod = (name: string, spec: object = {}, container: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10", ...container }], ...spec },
});
const nodeOf = (name: string): string => laptop.field(`pod ${name}`, ".spec.nodeName");
const scores = (name: string, plugin: string): Record<string, number | undefined> =>
  Object.fromEntries(
    (test.cluster.placement("default", name)?.nodes ?? [])
      .filter(({ rejected }) => rejected === undefined)
      .map(({ node, plugins }) => [node, plugins.find((each) => each.name === plugin)?.weighted]),
  );

function runScheduler(): void {
  const metadata = { name: "weighing", namespace: "kube-system" };
  const subjects = [{ kind: "ServiceAccount", ...metadata }];
  const role = (name: string): object => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `weighing-${name}` },
    subjects,
    roleRef: { kind: "ClusterRole", name: `system:${name}`, apiGroup: "rbac.authorization.k8s.io" },
  });
  const image = laptop.field("pod -n kube-system kube-scheduler-control-plane", ".spec.containers[0].image");
  laptop.apply(
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    role("kube-scheduler"),
    role("volume-scheduler"),
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "config.yaml": CONFIG } },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: {
        serviceAccountName: "weighing",
        containers: [
          {
            name: "main",
            image,
            command: ["/usr/local/bin/kube-scheduler", "--config=/etc/weighing/config.yaml"],
            volumeMounts: [{ name: "config", mountPath: "/etc/weighing" }],
          },
        ],
        volumes: [{ name: "config", configMap: { name: "weighing" } }],
      },
    },
  );
  laptop.wait(30);
}

it("a PreferNoSchedule taint is avoided as long as another node has room, and no longer", () => {
  for (const node of ["worker-1", "worker-2"]) laptop.kubectl(`taint node ${node} crowded=yes:PreferNoSchedule`);
  laptop.apply(pod("one"), pod("two"));
  laptop.wait(5);
  expect([nodeOf("one"), nodeOf("two")]).toEqual(["worker-3", "worker-3"]);
  expect(scores("one", "TaintToleration")).toEqual({ "worker-1": 0, "worker-2": 0, "worker-3": 300 });
  laptop.kubectl("cordon worker-3");
  laptop.apply(pod("three"));
  laptop.wait(5);
  expect(WORKERS.slice(0, 2)).toContain(nodeOf("three"));
  laptop.kubectl("uncordon worker-3");
  for (const node of ["worker-1", "worker-2"]) laptop.kubectl(`taint node ${node} crowded-`);
});

it("an image that is there already draws a pod, once a profile asks for nothing else", () => {
  runScheduler();
  laptop.apply(pod("first", { nodeName: "worker-2" }, { image: MONGO }));
  laptop.wait(90);
  laptop.apply(pod("second", { schedulerName: "images" }, { image: MONGO }));
  laptop.wait(5);
  expect(nodeOf("second")).toBe("worker-2");
  const { "worker-2": there = 0, ...elsewhere } = scores("second", "ImageLocality");
  expect(there).toBeGreaterThan(0);
  expect(new Set(Object.values(elsewhere))).toEqual(new Set([0]));
});

it("RequestedToCapacityRatio fills a node up to its best point and goes on with the next", () => {
  const cores = Number(laptop.field("node worker-1", ".status.allocatable.cpu"));
  const placed: string[] = [];
  for (let count = 1; count <= 6; count++) {
    const resources = { requests: { cpu: `${cores * 240}m` } };
    laptop.apply(pod(`part-${count}`, { schedulerName: "ratio" }, { resources }));
    laptop.wait(5);
    placed.push(nodeOf(`part-${count}`));
  }
  // 24, 48 and 72 percent give 40, 80 and 76 points; 96 would give 28, and an empty node offers 40.
  const [first, , , second] = placed;
  expect(placed).toEqual([first, first, first, second, second, second]);
  expect(second).not.toBe(first);
});
