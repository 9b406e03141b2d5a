/** A scheduler that asks a service of the cluster which nodes it may use, and what its configuration changes besides. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const NAMESPACE = "kube-system";

const CONFIG = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
profiles:
- schedulerName: asking
extenders:
- urlPrefix: http://extender.default.svc
  filterVerb: filter
  prioritizeVerb: prioritize
  preemptVerb: preempt
  weight: 5
  nodeCacheCapable: true
- urlPrefix: http://nobody.default.svc
  filterVerb: filter
  nodeCacheCapable: true
  ignorable: true
- urlPrefix: http://nobody.default.svc
  filterVerb: filter
  nodeCacheCapable: true
  managedResources: [{name: example.com/fpga, ignoredByScheduler: true}]
`;

const answer = (nodenames: string[], failedNodes: Record<string, string>): string =>
  JSON.stringify({ nodenames, failedNodes });
const server = (filter: string, preempt: string): string => `server {
  listen 80;
  location = /filter { return 200 '${filter}'; }
  location = /preempt { return 200 '${preempt}'; }
  location = /prioritize { return 200 '[{"host":"worker-3","score":10}]'; }
}
`;
const configMap = (name: string, key: string, text: string): object => ({
  ...{
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: key === "config.yaml" ? NAMESPACE : "default" },
  },
  data: { [key]: text },
});
const pod = (name: string, container: object = {}): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
  spec: { schedulerName: "asking", containers: [{ name: "main", image: "registry.k8s.io/pause:3.10", ...container }] },
});
const told = (name: string): string[] => laptop.events(name).filter((text) => / (Failed)?Schedul/.test(text));

function runExtender(filter: string, preempt = ""): void {
  const metadata = { name: "extender", labels: { app: "extender" } };
  laptop.kubectl("delete pod extender --now --ignore-not-found");
  laptop.apply(configMap("extender", "default.conf", server(filter, preempt)), {
    ...{ apiVersion: "v1", kind: "Pod", metadata },
    spec: {
      nodeName: "worker-1",
      containers: [{ name: "main", image: "nginx", volumeMounts: [{ name: "conf", mountPath: "/etc/nginx/conf.d" }] }],
      volumes: [{ name: "conf", configMap: { name: "extender" } }],
    },
  });
  expect(laptop.waitFor(() => laptop.kubectl("get pod extender --no-headers").includes("1/1"))).toBe(true);
  laptop.wait(3);
}

function runScheduler(): void {
  const metadata = { name: "asking", namespace: NAMESPACE };
  const role = (name: string): object => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `asking-${name}` },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
    roleRef: { kind: "ClusterRole", name: `system:${name}`, apiGroup: "rbac.authorization.k8s.io" },
  });
  const image = laptop.field("pod -n kube-system kube-scheduler-control-plane", ".spec.containers[0].image");
  laptop.apply(
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    ...["kube-scheduler", "volume-scheduler"].map(role),
    configMap("asking", "config.yaml", CONFIG),
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata },
      spec: {
        serviceAccountName: "asking",
        containers: [
          {
            ...{ name: "main", image, command: ["/usr/local/bin/kube-scheduler", "--config=/etc/asking/config.yaml"] },
            volumeMounts: [{ name: "config", mountPath: "/etc/asking" }],
          },
        ],
        volumes: [{ name: "config", configMap: { name: "asking" } }],
      },
    },
  );
  laptop.wait(30);
}

it("an extender that isn't there costs the pod its try; once it is, nodes are those that it leaves, by its scores", () => {
  laptop.kubectl("create service clusterip extender --tcp=80 --clusterip=10.96.7.7");
  runScheduler();
  laptop.apply(pod("early"));
  laptop.wait(1);
  expect(told("early")).toEqual([
    'Warning FailedScheduling Post "http://extender.default.svc/filter": dial tcp 10.96.7.7:80: connect: connection refused',
  ]);
  runExtender(answer(["worker-2", "worker-3"], { "worker-1": "too noisy" }));
  laptop.wait(12);
  expect(told("early").at(-1)).toBe("Normal Scheduled Successfully assigned default/early to worker-3");
  const [best] = test.cluster.placement("default", "early")?.nodes ?? [];
  expect(best?.plugins.find(({ name }) => name === "Extender")?.weighted).toBe(500);
});

it("what an extender refuses has its words in the event; one with resources of its own is asked for pods that want them", () => {
  runExtender(answer([], { "worker-1": "too noisy", "worker-2": "too noisy", "worker-3": "too far" }));
  laptop.apply(pod("refused"));
  laptop.wait(1);
  expect(told("refused")).toEqual([
    "Warning FailedScheduling 0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 too far, 2 too noisy. no new claims to deallocate, preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.",
  ]);
  runExtender(answer(["worker-1", "worker-2", "worker-3"], {}));
  laptop.apply(pod("special", { resources: { limits: { "example.com/fpga": "1" } } }));
  laptop.wait(1);
  expect(told("special")[0]).toMatch(
    /^Warning FailedScheduling Post "http:\/\/nobody\.default\.svc\/filter": dial tcp: lookup/,
  );
});

it("an extender that preempts has a say in who goes: nobody, whom it names, or it fails and says why", () => {
  const all = answer(["worker-1", "worker-2", "worker-3"], {});
  const big = { image: "busybox", command: ["sleep", "infinity"], resources: { requests: { cpu: "3" } } };
  const nodes = ["worker-1", "worker-2", "worker-3"];
  laptop.apply({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "high" }, value: 1000 });
  const victim = (node: string): object => {
    const { apiVersion, kind, spec } = pod("", big) as { apiVersion: string; kind: string; spec: object };
    return { apiVersion, kind, metadata: { name: `low-${node}` }, spec: { ...spec, nodeName: node } };
  };
  const urgent = (name: string): object => {
    const { spec, ...rest } = pod(name, big) as { spec: object };
    return { ...rest, spec: { ...spec, priorityClassName: "high" } };
  };
  laptop.apply(...nodes.map(victim));
  laptop.wait(5);
  const full = "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu.";
  const uid = laptop.field("pod low-worker-2", ".metadata.uid");
  const meta = (node: string, victims: string[]): string =>
    JSON.stringify({ NodeNameToMetaVictims: { [node]: { Pods: victims.map((UID) => ({ UID })) } } });
  const goingOn = (): string => laptop.field("pods", ".items[?(@.metadata.deletionTimestamp)].metadata.name");

  runExtender(all, "{}");
  laptop.apply(urgent("vetoed"));
  laptop.wait(1);
  expect(told("vetoed")).toEqual([
    `Warning FailedScheduling ${full} no new claims to deallocate, preemption: no candidate node for preemption`,
  ]);
  runExtender(all, meta("worker-2", ["gone"]));
  laptop.apply(urgent("misled"));
  laptop.wait(1);
  expect(told("misled")).toEqual([
    `Warning FailedScheduling ${full} preemption: extender: http://extender.default.svc claims to preempt pod (UID: &{gone}) on node: worker-2, but the pod is not found on that node`,
  ]);
  expect(goingOn()).toBe("");
  laptop.kubectl("delete pod vetoed misled --now");
  runExtender(all, meta("worker-2", [uid]));
  laptop.apply(urgent("helped"));
  laptop.wait(1);
  expect([told("helped"), goingOn()]).toEqual([[`Warning FailedScheduling ${full}`], "low-worker-2"]);
  runExtender(answer(["worker-2"], {}));
  laptop.wait(45);
  expect(told("helped").at(-1)).toBe("Normal Scheduled Successfully assigned default/helped to worker-2");
});
