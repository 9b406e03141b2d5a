/** Who has to go for whom, when a node is full, and what get and the events say of it. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const NODES = ["worker-1", "worker-2", "worker-3"];
laptop.wait(30);

const priorityClass = (name: string, value: number, more: object = {}): object => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
  ...more,
});
const pod = (
  name: string,
  cpu: string,
  priorityClassName: string,
  more: { labels?: object; spec?: object } = {},
): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: more.labels ?? {} },
  spec: {
    priorityClassName,
    containers: [{ name: "main", image: "busybox", command: ["sleep", "infinity"], resources: { requests: { cpu } } }],
    terminationGracePeriodSeconds: 10,
    ...more.spec,
  },
});
const on = (node: string): object => ({ nodeSelector: { "kubernetes.io/hostname": node } });
/** Name, status, node and nominated node, of each pod. */
const table = (): string[][] =>
  laptop
    .kubectl("get pods -o wide --no-headers")
    .split("\n")
    .map((line) => line.split(/\s+/))
    .map(([name = "", , status = "", , , , node = "", nominated = ""]) => [name, status, node, nominated]);
const told = (name: string): string[] =>
  laptop.events(name).filter((text) => /Scheduling|Scheduled|Preempted/.test(text));
const uid = (name: string): string => laptop.field(`pod ${name}`, ".metadata.uid");
const FULL = "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu.";

it("one that never preempts waits, another one is nominated and takes the place of who is protected if nobody else will do", () => {
  laptop.apply(
    ...[priorityClass("low", 10), priorityClass("high", 1000)],
    priorityClass("polite", 1000, { preemptionPolicy: "Never" }),
    ...NODES.map((node) => pod(`on-${node}`, "3", "low", { spec: on(node), labels: { app: "guarded" } })),
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "guard" },
      spec: { minAvailable: 3, selector: { matchLabels: { app: "guarded" } } },
    },
  );
  expect(laptop.waitFor(() => laptop.kubectl("get pdb guard --no-headers").split(/\s+/)[3] === "0")).toBe(true);
  expect(laptop.waitFor(() => table().every(([, status]) => status === "Running"))).toBe(true);
  laptop.apply(pod("polite", "3", "polite"));
  laptop.wait(2);
  expect(told("polite")).toEqual([
    `Warning FailedScheduling ${FULL} no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.`,
  ]);
  laptop.apply(pod("urgent", "3", "high"));
  laptop.wait(2);
  const [victim = ""] = table().find(([, status]) => status === "Terminating") ?? [];
  const node = victim.replace("on-", "");
  expect(table()).toEqual([
    ...NODES.map((each) => [`on-${each}`, each === node ? "Terminating" : "Running", each, "<none>"]),
    ["polite", "Pending", "<none>", "<none>"],
    ["urgent", "Pending", "<none>", node],
  ]);
  expect(told(victim).at(-1)).toBe(`Normal Preempted Preempted by pod ${uid("urgent")} on node ${node}`);
  const condition = (field: string): string =>
    laptop.field(`pod ${victim}`, `.status.conditions[?(@.type=="DisruptionTarget")].${field}`);
  expect(["status", "reason", "message"].map(condition)).toEqual([
    "True",
    "PreemptionByScheduler",
    "default-scheduler: preempting to accommodate a higher priority pod",
  ]);
  laptop.wait(15);
  expect(table().find(([name]) => name === "urgent")).toEqual(["urgent", "Running", node, "<none>"]);
  expect(told("urgent")).toEqual([
    `Warning FailedScheduling ${FULL}`,
    `Normal Scheduled Successfully assigned default/urgent to ${node}`,
  ]);
  laptop.kubectl("delete pods --all --now");
  laptop.kubectl("delete pdb guard");
});

it("whom a budget protects is spared where another one will do, and of others the least important go", () => {
  laptop.apply(
    priorityClass("lower", 5),
    pod("guarded", "3", "lower", { spec: on("worker-1"), labels: { app: "guarded" } }),
    ...["a", "b", "c"].map((name) => pod(`small-${name}`, "1", "lower", { spec: on("worker-2") })),
    pod("dear", "3", "high", { spec: on("worker-3") }),
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "guard" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "guarded" } } },
    },
  );
  expect(laptop.waitFor(() => table().every(([, status]) => status === "Running"))).toBe(true);
  laptop.wait(5);
  laptop.apply(pod("wanted", "3", "low"));
  laptop.wait(2);
  expect(table()).toEqual([
    ["dear", "Running", "worker-3", "<none>"],
    ["guarded", "Running", "worker-1", "<none>"],
    ["small-a", "Running", "worker-2", "<none>"],
    ["small-b", "Terminating", "worker-2", "<none>"],
    ["small-c", "Terminating", "worker-2", "<none>"],
    ["wanted", "Pending", "<none>", "worker-2"],
  ]);
});

it("the room that is being made is kept from pods of lower priority, not from those of a higher one", () => {
  // One of worker-2's CPUs is free and two are on their way: the nominated pod wants all three.
  laptop.apply(pod("sneaky", "1", "lower", { spec: on("worker-2") }));
  laptop.wait(2);
  expect(told("sneaky")).toEqual([
    "Warning FailedScheduling 0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.",
  ]);
  laptop.apply(pod("bossy", "1", "high", { spec: on("worker-2") }));
  laptop.wait(2);
  expect(told("bossy")).toEqual(["Normal Scheduled Successfully assigned default/bossy to worker-2"]);
  laptop.wait(20);
  expect(table()).toEqual([
    ["bossy", "Running", "worker-2", "<none>"],
    ["dear", "Running", "worker-3", "<none>"],
    ["guarded", "Running", "worker-1", "<none>"],
    ["sneaky", "Pending", "<none>", "<none>"],
    ["wanted", "Running", "worker-2", "<none>"],
  ]);
  expect(told("wanted")).toEqual([
    `Warning FailedScheduling ${FULL}`,
    `Warning FailedScheduling ${FULL} no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node.`,
    `Warning FailedScheduling ${FULL}`,
    "Normal Scheduled Successfully assigned default/wanted to worker-2",
  ]);
});
