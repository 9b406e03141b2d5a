/** Resources that change while a pod runs: done, put off, impossible, or by a restart. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;

interface Size {
  cpu: string;
  memory: string;
}
const sized = (size: Size): object => ({ resources: { requests: size, limits: size } });
const pod = (name: string, size: Size, container: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    nodeName: "worker-1",
    containers: [{ name: "main", image: "busybox", command: ["sleep", "infinity"], ...sized(size), ...container }],
    terminationGracePeriodSeconds: 0,
  },
});
function resize(name: string, size: Size): string {
  const patch = { spec: { containers: [{ name: "main", ...sized(size) }] } };
  return laptop.kubectl(`patch pod ${name} --subresource resize -p '${JSON.stringify(patch)}'`);
}
const condition = (name: string, type: string): string[] =>
  ["status", "reason", "message"].map((field) =>
    laptop.field(`pod ${name}`, `.status.conditions[?(@.type=="${type}")].${field}`),
  );
const told = (name: string): string[] => laptop.events(name).filter((text) => /Resize|Killing/.test(text));
const summary = ({ cpu, memory }: Size, generation: number, error?: string): string =>
  JSON.stringify({
    containers: [{ name: "main", resources: { limits: { cpu, memory }, requests: { cpu, memory } } }],
    ...{ generation, error },
  });
const granted = (name: string): string =>
  laptop.field(`pod ${name}`, ".status.containerStatuses[0].allocatedResources.cpu");
const small = { cpu: "1", memory: "64Mi" };

it("CPU changes without a restart and memory with one, if that is the policy", () => {
  const resizePolicy = [
    { resourceName: "cpu", restartPolicy: "NotRequired" },
    { resourceName: "memory", restartPolicy: "RestartContainer" },
  ];
  laptop.apply(pod("web", small, { resizePolicy }));
  laptop.wait(20);
  const [more, most] = [
    { cpu: "2", memory: "64Mi" },
    { cpu: "2", memory: "96Mi" },
  ];
  expect(resize("web", more)).toBe("pod/web patched");
  laptop.wait(0.1);
  expect(condition("web", "PodResizeInProgress")).toEqual(["True", "", ""]);
  laptop.wait(3);
  expect(condition("web", "PodResizeInProgress")).toEqual(["", "", ""]);
  expect(test.exec("web", "cat /sys/fs/cgroup/cpu.max")).toBe("200000 100000\n");
  expect(laptop.kubectl("get pod web --no-headers")).toMatch(/^web +1\/1 +Running +0 /);
  resize("web", most);
  laptop.wait(5);
  expect(laptop.kubectl("get pod web --no-headers")).toMatch(/^web +1\/1 +Running +1 /);
  expect(test.exec("web", "cat /sys/fs/cgroup/memory.max")).toBe(`${96 * 2 ** 20}\n`);
  expect(told("web")).toEqual([
    `Normal ResizeStarted Pod resize started: ${summary(more, 2)}`,
    `Normal ResizeCompleted Pod resize completed: ${summary(more, 2)}`,
    `Normal ResizeStarted Pod resize started: ${summary(most, 3)}`,
    "Normal Killing Container main resize requires restart",
    `Normal ResizeCompleted Pod resize completed: ${summary(most, 3)}`,
  ]);
});

it("what the node has no room for now is put off until it has, and what it never will have is told", () => {
  laptop.apply(pod("wants", small));
  laptop.wait(10);
  const [never, later] = [
    { cpu: "30", memory: "64Mi" },
    { cpu: "3", memory: "64Mi" },
  ];
  resize("wants", never);
  laptop.wait(2);
  const infeasible = "Node didn't have enough capacity: cpu, requested: 30000, capacity: 4000";
  expect(condition("wants", "PodResizePending")).toEqual(["True", "Infeasible", infeasible]);
  resize("wants", later);
  laptop.wait(2);
  const deferred = "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000";
  expect([granted("wants"), ...condition("wants", "PodResizePending")]).toEqual(["1", "True", "Deferred", deferred]);
  laptop.kubectl("delete pod web --now");
  laptop.wait(10);
  expect([granted("wants"), ...condition("wants", "PodResizePending")]).toEqual(["3", "", "", ""]);
  expect(told("wants")).toEqual([
    `Warning ResizeInfeasible Pod resize Infeasible: ${summary(never, 2, infeasible)}`,
    `Warning ResizeDeferred Pod resize Deferred: ${summary(later, 3, deferred)}`,
    `Normal ResizeStarted Pod resize started: ${summary(later, 3)}`,
    `Normal ResizeCompleted Pod resize completed: ${summary(later, 3)}`,
  ]);
});

it("memory in use isn't taken away: the resize says so, stays open, and is done when the memory is free", () => {
  const volumeMounts = [{ name: "ram", mountPath: "/ram" }];
  const { spec, ...rest } = pod("full", { cpu: "100m", memory: "128Mi" }, { volumeMounts }) as { spec: object };
  laptop.apply({ ...rest, spec: { ...spec, volumes: [{ name: "ram", emptyDir: { medium: "Memory" } }] } });
  laptop.wait(10);
  test.exec("full", "dd if=/dev/zero of=/ram/file bs=1M count=96");
  const used = test.exec("full", "cat /sys/fs/cgroup/memory.current").trim();
  const less = { cpu: "200m", memory: "64Mi" };
  resize("full", less);
  laptop.wait(15);
  const below = (what: string): string =>
    `attempting to set ${what} memory limit (${64 * 2 ** 20}) below current usage (${used})`;
  const error = `cannot decrease memory limits: [${below("pod")}, ${below('container "main"')}]`;
  expect(condition("full", "PodResizeInProgress")).toEqual(["True", "Error", error]);
  expect(laptop.field("pod full", ".status.containerStatuses[0].resources.limits.memory")).toBe("128Mi");
  expect(test.exec("full", "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max")).toBe(
    `${128 * 2 ** 20}\n10000 100000\n`,
  );
  test.exec("full", "rm /ram/file");
  laptop.wait(10);
  expect(condition("full", "PodResizeInProgress")).toEqual(["", "", ""]);
  expect(test.exec("full", "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max")).toBe(
    `${64 * 2 ** 20}\n20000 100000\n`,
  );
  expect(told("full")).toEqual([
    `Normal ResizeStarted Pod resize started: ${summary(less, 2)}`,
    `Warning ResizeError Pod resize error: ${summary(less, 2, error)}`,
    `Normal ResizeCompleted Pod resize completed: ${summary(less, 2)}`,
  ]);
});

it("the class may not change, and nothing changes without the subresource", () => {
  const burst = JSON.stringify({ spec: { containers: [{ name: "main", resources: { requests: { cpu: "500m" } } }] } });
  expect(laptop.kubectl(`patch pod wants --subresource resize -p '${burst}'`)).toBe(
    'The Pod "wants" is invalid: spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
  );
  expect(laptop.kubectl(`patch pod wants -p '${burst}'`).split("\n")[0]).toBe(
    'The Pod "wants" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
  );
});

it("a container that is throttled shows in its cgroup's files and in top, at its limit", () => {
  laptop.kubectl("delete pods --all --now");
  const stress = { image: "polinux/stress", command: ["stress", "--cpu", "1"] };
  laptop.apply(pod("busy", { cpu: "200m", memory: "64Mi" }, stress));
  laptop.wait(60);
  const [, throttled = ""] = /nr_throttled (\d+)/.exec(test.exec("busy", "cat /sys/fs/cgroup/cpu.stat")) ?? [];
  expect(Number(throttled)).toBeGreaterThan(100);
  test.cluster.setMetricsServer(true);
  expect(laptop.waitFor(() => laptop.kubectl("top pod busy --no-headers").startsWith("busy"), 120)).toBe(true);
  expect(laptop.kubectl("top pod busy --no-headers").split(/\s+/)[1]).toMatch(/^(19\d|20\d)m$/);
});

it("resources of the pod itself: its containers have its limits where they have none, and they change while it runs", () => {
  const sleeps = { image: "busybox", command: ["sleep", "infinity"] };
  const resizePolicy = [
    { resourceName: "cpu", restartPolicy: "NotRequired" },
    { resourceName: "memory", restartPolicy: "RestartContainer" },
  ];
  laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "whole" },
    spec: {
      nodeName: "worker-2",
      terminationGracePeriodSeconds: 0,
      resources: { requests: { cpu: "500m", memory: "100Mi" }, limits: { cpu: "1", memory: "200Mi" } },
      containers: [
        { name: "open", ...sleeps, resizePolicy },
        { name: "own", ...sleeps, resources: { limits: { memory: "50Mi" } } },
        { name: "greedy", image: "polinux/stress", args: ["stress", "--vm", "1", "--vm-bytes", "250M"] },
      ],
    },
  });
  laptop.wait(10);
  const limit = (container: string, file: string): string =>
    laptop.kubectl(`exec whole -c ${container} -- cat /sys/fs/cgroup/${file}`);
  const field = (path: string): string => laptop.field("pod whole", path);
  expect(limit("open", "memory.max")).toBe(String(200 * 1024 ** 2));
  expect(limit("own", "memory.max")).toBe(String(50 * 1024 ** 2));
  expect(field(".status.containerStatuses[2].lastState.terminated.reason")).toBe("OOMKilled");

  const change = (resources: object): string =>
    laptop.kubectl(`patch pod whole --subresource resize -p '${JSON.stringify({ spec: { resources } })}'`);
  expect(change({ requests: { cpu: "800m" }, limits: { cpu: "2" } })).toBe("pod/whole patched");
  laptop.wait(3);
  expect(limit("open", "cpu.max")).toBe("200000 100000");
  expect(JSON.parse(field(".status.allocatedResources"))).toEqual({ cpu: "800m", memory: "100Mi" });
  expect(JSON.parse(field(".status.resources.limits"))).toEqual({ cpu: "2", memory: "200Mi" });
  const restarts = (name: string): string => field(`.status.containerStatuses[?(@.name=="${name}")].restartCount`);
  expect([restarts("open"), restarts("own")]).toEqual(["0", "0"]);

  change({ limits: { memory: "300Mi" } });
  laptop.wait(5);
  expect(limit("open", "memory.max")).toBe(String(300 * 1024 ** 2));
  expect([restarts("open"), restarts("own")]).toEqual(["1", "0"]);

  change({ requests: { cpu: "100" }, limits: { cpu: "100" } });
  laptop.wait(2);
  expect(condition("whole", "PodResizePending")).toEqual([
    "True",
    "Infeasible",
    "Node didn't have enough capacity: cpu, requested: 100000, capacity: 4000",
  ]);
  expect(JSON.parse(field(".status.allocatedResources"))).toEqual({ cpu: "800m", memory: "100Mi" });
});
