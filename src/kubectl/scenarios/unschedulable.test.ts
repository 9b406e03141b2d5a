/** Why a pod stays Pending, in the scheduler's own words, and what lets it go on: on a cloud's machines in two zones. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop({ seed: 1, preset: "cloud" });
const pod = (name: string, spec: object = {}, container: object = {}, labels: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: {
    containers: [{ name: "main", image: "registry.k8s.io/pause:3.10", ...container }],
    terminationGracePeriodSeconds: 0,
    ...spec,
  },
});
const scheduling = (name: string): string[] => laptop.events(name).filter((text) => / (Failed|)Sched/.test(text));

/** What is said of a pod that finds no node, which is taken away then. */
function refusal(...words: [name: string, spec?: object, container?: object, labels?: object]): string[] {
  laptop.apply(pod(...words));
  laptop.wait(1);
  const told = scheduling(words[0]);
  laptop.kubectl(`delete pod ${words[0]} --now`);
  return told;
}

/** The whole text: the control plane's taint is always one of the reasons. */
const unschedulable = (reasons: string, preemption: string): string[] => [
  `Warning FailedScheduling 0/4 nodes are available: ${reasons}. no new claims to deallocate, preemption: 0/4 nodes are available: ${preemption}.`,
];
const NO_HELP = "4 Preemption is not helpful for scheduling";
const NO_VICTIMS = "1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod";
const TAINTED = "1 node(s) had untolerated taint(s)";

const on = (node: string): object => ({ nodeSelector: { "kubernetes.io/hostname": node } });
const uses = (...names: string[]): object => ({
  volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
});
const claim = (name: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const volume = (name: string, labels: object, spec: object): object[] => [
  {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, labels },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "", ...spec },
  },
  claim(name, { storageClassName: "", volumeName: name }),
];
const term = (topologyKey: string, app: string): object => ({
  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { app } } }],
});
const away = (app: string): object => ({
  affinity: { podAntiAffinity: term("topology.kubernetes.io/region", app) },
});

it("a node selector waits for its label", () => {
  laptop.apply(pod("picky", { nodeSelector: { disk: "ssd" } }));
  laptop.wait(1);
  const refused = unschedulable(`${TAINTED}, 3 node(s) didn't match Pod's node affinity/selector`, NO_HELP);
  expect(scheduling("picky")).toEqual(refused);
  laptop.kubectl("label node worker-2 disk=ssd");
  laptop.wait(10);
  expect(scheduling("picky")).toEqual([...refused, "Normal Scheduled Successfully assigned default/picky to worker-2"]);
  const gone = { matchFields: [{ key: "metadata.name", operator: "In", values: ["gone"] }] };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [gone] } };
  expect(refusal("lost", { affinity: { nodeAffinity } })).toEqual(
    unschedulable("4 node(s) didn't satisfy plugin(s) [NodeAffinity]", NO_HELP),
  );
});

it("every resource that is short is named", () => {
  const requests = { cpu: "100", memory: "1Ti", "ephemeral-storage": "9Ti", "nvidia.com/gpu": "1" };
  expect(refusal("big", {}, { resources: { requests, limits: { "nvidia.com/gpu": "1" } } })).toEqual(
    unschedulable(
      `${TAINTED}, 3 Insufficient cpu, 3 Insufficient ephemeral-storage, 3 Insufficient memory, 3 Insufficient nvidia.com/gpu`,
      NO_HELP,
    ),
  );
});

it("a host port is free once a node, until its pod goes", () => {
  const web = { ports: [{ containerPort: 80, hostPort: 8080 }] };
  laptop.apply(...["one", "two", "three"].map((name) => pod(`port-${name}`, {}, web)));
  laptop.apply(pod("next", {}, web));
  laptop.wait(1);
  expect(new Set(laptop.field("pods", ".items[*].spec.nodeName").split(" ")).size).toBe(3);
  const refused = unschedulable(`${TAINTED}, 3 node(s) didn't have free ports for the requested pod ports`, NO_VICTIMS);
  expect(scheduling("next")).toEqual(refused);
  const node = laptop.field("pod port-two", ".spec.nodeName");
  laptop.kubectl("delete pod port-two --now");
  laptop.wait(10);
  expect(scheduling("next")).toEqual([...refused, `Normal Scheduled Successfully assigned default/next to ${node}`]);
});

it("pods want company, keep others away, and are kept away by others; a spread needs its label", () => {
  expect(refusal("friend", { affinity: { podAffinity: term("kubernetes.io/hostname", "db") } })).toEqual(
    unschedulable(`${TAINTED}, 3 node(s) didn't match pod affinity rules`, NO_HELP),
  );
  laptop.apply(pod("jealous", away("b"), {}, { app: "a" }));
  laptop.wait(1);
  expect(refusal("shy", away("a"))).toEqual(
    unschedulable(`${TAINTED}, 3 node(s) didn't match pod anti-affinity rules`, NO_VICTIMS),
  );
  expect(refusal("unwanted", {}, {}, { app: "b" })).toEqual(
    unschedulable(`${TAINTED}, 3 node(s) didn't satisfy existing pods anti-affinity rules`, NO_VICTIMS),
  );
  const constraint = { maxSkew: 1, topologyKey: "rack", whenUnsatisfiable: "DoNotSchedule" };
  const topologySpreadConstraints = [{ ...constraint, labelSelector: { matchLabels: { app: "c" } } }];
  expect(refusal("spread", { topologySpreadConstraints }, {}, { app: "c" })).toEqual(
    unschedulable(
      `${TAINTED}, 3 node(s) didn't match pod topology spread constraints (missing required label)`,
      NO_HELP,
    ),
  );
});

it("a gate keeps a pod from the queue, and nothing is told until it is opened", () => {
  laptop.apply(pod("gated", { schedulingGates: [{ name: "example.com/wait" }] }));
  laptop.wait(1);
  expect([laptop.kubectl("get pod gated --no-headers").split(/\s+/)[2], scheduling("gated")]).toEqual([
    "SchedulingGated",
    [],
  ]);
  expect(laptop.field("pod gated", ".status.conditions[*].message")).toBe(
    "Scheduling is blocked due to non-empty scheduling gates",
  );
  laptop.kubectl(`patch pod gated --type=json -p '[{"op":"remove","path":"/spec/schedulingGates/0"}]'`);
  laptop.wait(1);
  expect(scheduling("gated")).toEqual([expect.stringMatching(/^Normal Scheduled .*default\/gated to worker-\d$/)]);
});

it("volumes are in a zone, on a node, not bound, or not there", () => {
  const values = ["old"];
  const required = {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] }],
  };
  laptop.apply(
    ...volume("mars", { "topology.kubernetes.io/zone": "mars" }, { hostPath: { path: "/x" } }),
    ...volume("pinned", {}, { local: { path: "/x" }, nodeAffinity: { required } }),
    claim("classless", { storageClassName: "nope" }),
  );
  laptop.wait(20);
  expect(refusal("far", uses("mars"))).toEqual(
    unschedulable(`${TAINTED}, 3 node(s) had no available volume zone`, NO_HELP),
  );
  expect(refusal("bound", uses("pinned"))).toEqual(
    unschedulable(`${TAINTED}, 3 node(s) had volume node affinity conflict`, NO_HELP),
  );
  const unresolved = "Warning FailedScheduling 0/4 nodes are available:";
  expect(refusal("unbound", uses("classless"))).toEqual([
    `${unresolved} pod has unbound immediate PersistentVolumeClaims. not found`,
  ]);
  expect(refusal("without", uses("gone"))).toEqual([`${unresolved} persistentvolumeclaim "gone" not found. not found`]);
});

it("a node has no more disks than its driver can attach", () => {
  const limit = [{ op: "replace", path: "/spec/drivers/0/allocatable/count", value: 2 }];
  laptop.kubectl(`patch csinode worker-1 --type=json -p '${JSON.stringify(limit)}'`);
  laptop.apply(claim("a"), claim("b"), claim("c"), pod("holds", { ...on("worker-1"), ...uses("a", "b") }));
  expect(laptop.waitFor(() => laptop.field("pod holds", ".status.phase") === "Running")).toBe(true);
  laptop.apply(pod("third", { ...on("worker-1"), ...uses("c") }));
  laptop.wait(1);
  const refused = unschedulable(
    `1 node(s) exceed max volume count, ${TAINTED}, 2 node(s) didn't match Pod's node affinity/selector`,
    "1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling",
  );
  expect(scheduling("third")).toEqual(refused);
  laptop.kubectl("delete pod holds --now");
  // Its disks count until they are detached.
  laptop.waitFor(() => laptop.field("pod third", ".status.phase") === "Running", 60);
  // By its second attempt the pod says that it is unschedulable: of that version of it is another event.
  expect(scheduling("third")).toEqual([
    ...refused,
    ...refused,
    "Normal Scheduled Successfully assigned default/third to worker-1",
  ]);
});

it("taints and cordons are told apart, and a NoExecute taint puts pods out in its time", () => {
  laptop.kubectl("taint node worker-1 team=red:NoSchedule");
  laptop.kubectl("cordon worker-2 worker-3");
  expect(refusal("plain")).toEqual(
    unschedulable("2 node(s) had untolerated taint(s), 2 node(s) were unschedulable", NO_HELP),
  );
  const red = { key: "team", operator: "Equal", value: "red" };
  const tolerations = [red, { key: "down", operator: "Exists", effect: "NoExecute", tolerationSeconds: 20 }];
  laptop.apply(pod("brief", { tolerations }), pod("intolerant", { tolerations: [red] }));
  laptop.wait(5);
  const there = (): string => laptop.kubectl("get pods brief intolerant --ignore-not-found -o name");
  expect(there()).toBe("pod/brief\npod/intolerant");
  laptop.kubectl("taint node worker-1 down=yes:NoExecute");
  laptop.wait(5);
  expect(there()).toBe("pod/brief");
  laptop.wait(20);
  expect(there()).toBe("");
  expect(laptop.events("brief").at(-2)).toBe("Normal TaintManagerEviction Marking for deletion Pod default/brief");
});
