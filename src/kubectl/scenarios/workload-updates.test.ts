/** Updates of daemon sets and stateful sets on real nodes with real volumes, and what becomes of the claims. */
import { expect, it } from "vitest";
import { pods as podKind } from "../../engine/api/registry.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const web = (image: string, more: object = {}): object => ({
  containers: [
    {
      name: "web",
      image,
      readinessProbe: { httpGet: { path: "/", port: 80 }, initialDelaySeconds: 5, periodSeconds: 5 },
      ...more,
    },
  ],
  terminationGracePeriodSeconds: 1,
});
const workload = (kind: string, name: string, spec: object, pod: object): object => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    ...spec,
    template: { metadata: { labels: { app: name } }, spec: pod },
  },
});
/** `worker-1 nginx:1.29.0 ready` of each pod that isn't on its way out. */
const pods = (app: string): string[] =>
  test
    .list(podKind)
    .filter(({ metadata }) => metadata.labels?.["app"] === app && metadata.deletionTimestamp === undefined)
    .map(({ spec, status }) => {
      const ready = status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
      return `${spec.nodeName} ${spec.containers[0]?.image} ${ready ? "ready" : "not"}`;
    });

it("with surge every node has its new pod ready before the old one goes", () => {
  const surge = { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  laptop.apply(workload("DaemonSet", "agent", surge, web("nginx:1.28.0")));
  laptop.wait(40);
  expect(laptop.kubectl("get daemonset agent --no-headers")).toMatch(/^agent +3 +3 +3 +3 +3 +<none> /);
  laptop.kubectl("set image daemonset/agent web=nginx:1.29.0");
  let least = 3;
  let most = 0;
  for (let second = 0; second < 90; second++) {
    laptop.wait(1);
    const ready = pods("agent").filter((line) => line.endsWith(" ready"));
    least = Math.min(least, new Set(ready.map((line) => line.split(" ")[0])).size);
    most = Math.max(most, pods("agent").length);
  }
  expect([least, most]).toEqual([3, 4]);
  expect(pods("agent").map((line) => line.split(" ")[1])).toEqual(Array(3).fill("nginx:1.29.0"));
  expect(laptop.kubectl("rollout status daemonset/agent")).toBe('daemon set "agent" successfully rolled out');
});

const claims = (): string[] => laptop.field("pvc", ".items[*].metadata.name").split(" ");

it("claims go with the pods that are scaled away, or with the set, as its policy says", () => {
  const spec = {
    serviceName: "db",
    replicas: 3,
    persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  };
  const mounted = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
  laptop.apply(workload("StatefulSet", "db", spec, web("nginx:1.29.0", mounted)));
  laptop.wait(90);
  expect(claims()).toEqual(["data-db-0", "data-db-1", "data-db-2"]);
  test.exec("db-0", "echo kept > /data/file");
  laptop.kubectl("scale statefulset db --replicas=1");
  laptop.wait(30);
  expect(claims()).toEqual(["data-db-0"]);
  laptop.kubectl("delete statefulset db");
  laptop.wait(10);
  expect(claims()).toEqual(["data-db-0"]);
  const deletes = { ...spec, replicas: 2, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } };
  laptop.apply(workload("StatefulSet", "db", deletes, web("nginx:1.29.0", mounted)));
  laptop.wait(60);
  expect(test.exec("db-0", "cat /data/file")).toBe("kept\n");
  laptop.kubectl("scale statefulset db --replicas=1");
  laptop.wait(20);
  expect(claims()).toEqual(["data-db-0", "data-db-1"]);
  laptop.kubectl("delete statefulset db");
  laptop.wait(20);
  expect(laptop.kubectl("get pvc")).toBe("No resources found in default namespace.");
});

it("a stateful set replaces as many pods at once as may be unavailable", () => {
  const spec = { serviceName: "ring", replicas: 4, podManagementPolicy: "Parallel" };
  const twoAtOnce = { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } };
  laptop.apply(workload("StatefulSet", "ring", { ...spec, ...twoAtOnce }, web("nginx:1.28.0")));
  laptop.wait(40);
  laptop.kubectl("set image statefulset/ring web=nginx:1.29.0");
  let least = 4;
  let seconds = 0;
  const updated = (): boolean => pods("ring").filter((line) => line.endsWith("nginx:1.29.0 ready")).length === 4;
  for (; seconds < 120 && !updated(); seconds++) {
    laptop.wait(1);
    least = Math.min(least, pods("ring").filter((line) => line.endsWith(" ready")).length);
  }
  expect(least).toBe(2);
  expect(seconds).toBeLessThan(40);
});
