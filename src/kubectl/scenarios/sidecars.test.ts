/** Containers that come before, run beside and are added to others: how they start, and how they end. */
import { expect, it } from "vitest";
import { pods } from "../../engine/api/registry.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
laptop.wait(20);
const volumeMounts = [{ name: "log", mountPath: "/log" }];
const volumes = [{ name: "log", emptyDir: {} }];
const logged = (name: string, script: string): object => ({
  ...{ name, image: "busybox:1.36", command: ["sh", "-c", script], volumeMounts },
});
/** Writes when it starts and when it is told to end. */
const say = (name: string): object =>
  logged(
    name,
    `echo ${name} starts >> /log/all; trap "echo ${name} ends >> /log/all; exit 0" TERM; while true; do sleep 1; done`,
  );
const sidecar = (name: string, more: object = {}): object => ({ ...say(name), restartPolicy: "Always", ...more });
const row = (name: string): string[] => laptop.kubectl(`get pod ${name} --no-headers`).split(/\s+/).slice(1, 3);
const killed = (name: string): string[] => laptop.events(name).filter((text) => text.includes("Killing"));

it("a Job's sidecars start in their order, each when the one before has started, and don't keep the Job from completing", () => {
  const ready = { startupProbe: { exec: { command: ["cat", "/tmp/ready"] }, periodSeconds: 1, failureThreshold: 30 } };
  const slow = {
    ...logged(
      "slow",
      `echo slow starts >> /log/all; sleep 5; touch /tmp/ready; trap "exit 0" TERM; while true; do sleep 1; done`,
    ),
    ...{ restartPolicy: "Always", ...ready },
  };
  const initContainers = [sidecar("first"), logged("setup", "sleep 2; echo setup >> /log/all"), slow];
  const spec = {
    restartPolicy: "Never",
    volumes,
    initContainers,
    containers: [logged("main", "sleep 4; cat /log/all")],
  };
  laptop.apply({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "work" }, spec: { template: { spec } } });
  const seen: string[] = [];
  const complete = laptop.waitFor(() => {
    const now = laptop.kubectl("get pods -l job-name=work --no-headers").split(/\s+/).slice(1, 3).join(" ");
    if (seen.at(-1) !== now) seen.push(now);
    return laptop.kubectl("get job work --no-headers").includes("Complete");
  }, 40);
  expect(complete).toBe(true);
  expect(seen.slice(seen[0] === "resources found" ? 1 : 0)).toEqual([
    ...["0/3 Init:0/3", "1/3 Init:1/3", "1/3 Init:2/3", "2/3 PodInitializing", "3/3 Running"],
    ...["2/3 Completed", "0/3 Completed"],
  ]);
  expect(laptop.kubectl("logs job/work -c main").split("\n")).toEqual(["first starts", "setup", "slow starts"]);
  expect(new Set(killed("work"))).toEqual(
    new Set(["Normal Killing Stopping container first", "Normal Killing Stopping container slow"]),
  );
});

it("at the end all are told at once, and the sidecars end after the app, the last one first", () => {
  const spec = { volumes, terminationGracePeriodSeconds: 10, nodeName: "worker-1" };
  const initContainers = [sidecar("one"), sidecar("two")];
  const shared = [{ name: "log", hostPath: { path: "/var/tmp/order", type: "DirectoryOrCreate" } }];
  laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pair" },
    spec: { ...spec, volumes: shared, initContainers, containers: [say("main")] },
  });
  expect(laptop.waitFor(() => row("pair").join(" ") === "3/3 Running")).toBe(true);
  laptop.kubectl("debug pair --image=busybox:1.36 -c look -- sleep 300");
  laptop.wait(3);
  expect(laptop.field("pod pair", ".status.ephemeralContainerStatuses[0].state.running.startedAt")).not.toBe("");
  laptop.kubectl("delete pod pair --wait=false");
  laptop.wait(0.5);
  expect(killed("pair")).toEqual(
    ["one", "two", "main", "look"].map((name) => `Normal Killing Stopping container ${name}`),
  );
  // What was added to look around takes no SIGTERM: it has its whole time, and nobody waits for it.
  laptop.wait(5);
  expect(row("pair")).toEqual(["0/3", "Terminating"]);
  laptop.wait(8);
  expect(laptop.kubectl("get pod pair")).toBe('Error from server (NotFound): pods "pair" not found');
  const disk = test.cluster.nodes.get("worker-1")?.kubelet.disk;
  expect(disk?.readFile("/var/tmp/order/all").trim().split("\n")).toEqual([
    ...["one starts", "two starts", "main starts"],
    ...["main ends", "two ends", "one ends"],
  ]);
});

it("a sidecar that ends is started again, whatever its pod's policy; one that can't start keeps the others waiting", () => {
  const once = logged(
    "once",
    "n=$(wc -l < /log/n 2>/dev/null); echo x >> /log/n; [ ${n:-0} -lt 1 ] && exit 0; sleep infinity",
  );
  const spec = (initContainers: object[]): object => ({
    ...{ restartPolicy: "Never", volumes, initContainers, terminationGracePeriodSeconds: 0 },
    containers: [logged("main", "sleep infinity")],
  });
  laptop.apply(
    { apiVersion: "v1", kind: "Pod", metadata: { name: "again" }, spec: spec([{ ...once, restartPolicy: "Always" }]) },
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "stuck" } },
      spec: spec([sidecar("never", { startupProbe: { exec: { command: ["false"] }, periodSeconds: 1 } })]),
    },
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "broken" } },
      spec: spec([logged("init", "exit 3"), sidecar("after")]),
    },
  );
  laptop.wait(12);
  expect([row("again"), laptop.field("pod again", ".status.initContainerStatuses[0].restartCount")]).toEqual([
    ["2/2", "Running"],
    "1",
  ]);
  expect(row("stuck")[1]).toMatch(/^Init:(0\/1|CrashLoopBackOff)$/);
  expect(laptop.events("stuck").filter((text) => text.startsWith("Warning Unhealthy"))).toEqual([
    "Warning Unhealthy Startup probe failed: ",
  ]);
  expect([row("broken"), laptop.field("pod broken", ".status.phase")]).toEqual([["0/2", "Init:Error"], "Failed"]);
});

it("who waits for a debug container is told why it doesn't run", () => {
  laptop.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "watched" },
    spec: { containers: [{ name: "main", image: "busybox", command: ["sleep", "infinity"] }] },
  });
  laptop.wait(5);
  const uid = laptop.field("pod watched", ".metadata.uid");
  const client = laptop.test.client.resource(pods);
  // It would wait for ever.
  laptop.test.sim.after(8000, () => client.delete("default", "watched", { gracePeriodSeconds: 0 }));
  const { stderr } = laptop.run("kubectl debug watched -i --image=busybox -c dbg --profile=restricted -- id");
  expect(stderr).toContain(
    `Warning: container dbg: container has runAsNonRoot and image will run as root (pod: "watched_default(${uid})", container: dbg)\n`,
  );
});
