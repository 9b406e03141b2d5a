import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { pods } from "../api/registry.ts";
import { TestNode } from "./testing/test-node.ts";
import { worker } from "./testing/test-images.ts";

setDeepFreeze(true);

const env = (values: Record<string, string>): { name: string; value: string }[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
const crashing = {
  name: "app",
  image: "test/worker:v1",
  env: env({ LIFETIME: "100", EXIT_CODE: "3" }),
};

describe("restarts", () => {
  it("waits 10 s, 20 s, 40 s … up to 300 s between crashes, the first time not at all", () => {
    const node = new TestNode({ images: [worker] });
    const pod = node.bind("crash", { containers: [crashing] });
    const starts: number[] = [];
    node.sim.journal.subscribe(({ kind, detail, time }) => {
      if (kind === "container" && detail === "started") starts.push(time);
    });
    node.sim.runUntil(node.sim.now + 25 * 60_000);
    const waits = starts.slice(1).map((time, index) => Math.round((time - (starts[index] as number)) / 1000));
    expect(waits.slice(0, 8)).toEqual([expect.toBeOneOf([0, 1]), 10, 20, 40, 80, 160, 300, 300]);
    const status = node.pod("crash").status.containerStatuses?.[0];
    expect(status?.state?.waiting).toEqual({
      reason: "CrashLoopBackOff",
      message: `back-off 5m0s restarting failed container=app pod=crash_default(${pod.metadata.uid})`,
    });
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
    expect(node.pod("crash").status.phase).toBe("Running");
    const backOff = `BackOff Back-off restarting failed container app in pod crash_default(${pod.metadata.uid})`;
    expect(node.events("crash").some((event) => event.startsWith(backOff))).toBe(true);
  });

  it("a new image starts at once, whatever the old one's back-off, and a wrong one is what is told of", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("crash", { containers: [crashing] });
    const setImage = (image: string): void =>
      void node.admin.resource(pods).patch("default", "crash", { spec: { containers: [{ name: "app", image }] } });
    const state = (): string | undefined => node.pod("crash").status.containerStatuses?.[0]?.state?.waiting?.reason;
    node.sim.runUntil(node.sim.now + 20_000);
    expect(state()).toBe("CrashLoopBackOff");
    const before = node.pod("crash").status.containerStatuses?.[0]?.restartCount ?? 0;
    setImage("test/worker:latest");
    node.sim.runUntil(node.sim.now + 4000);
    expect(node.pod("crash").status.containerStatuses?.[0]?.restartCount).toBeGreaterThan(before);
    expect(node.pod("crash").status.containerStatuses?.[0]?.image).toBe("docker.io/test/worker:latest");
    setImage("test/worker:nosuch");
    node.sim.runUntil(node.sim.now + 10_000);
    expect(state()).toBe("ImagePullBackOff");
  });

  it("ends a pod that must not restart, by its exit codes", () => {
    const node = new TestNode({ images: [worker] });
    const done = { ...crashing, env: env({ LIFETIME: "100" }) };
    node.bind("good", { containers: [done], restartPolicy: "Never" });
    node.bind("bad", { containers: [crashing], restartPolicy: "Never" });
    node.bind("mended", { containers: [done], restartPolicy: "OnFailure" });
    node.sim.runUntilIdle(60_000);
    expect(["good", "bad", "mended"].map((name) => node.pod(name).status.phase)).toEqual([
      "Succeeded",
      "Failed",
      "Succeeded",
    ]);
    expect(node.pod("good").status.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      reason: "PodCompleted",
    });
  });

  it("runs init containers one by one before the others", () => {
    const node = new TestNode({ images: [worker] });
    const init = (name: string) => ({ ...crashing, name, env: env({ LIFETIME: "5000" }) });
    node.bind("app", {
      initContainers: [init("one"), init("two")],
      containers: [{ name: "app", image: "test/worker:v1" }],
    });
    node.sim.runUntil(node.sim.now + 4000);
    expect(node.state("app")).toBe("PodInitializing");
    const isReady = () => node.pod("app").status.initContainerStatuses?.map(({ ready }) => ready);
    expect(isReady()).toEqual([false, false]);
    node.sim.runUntil(node.sim.now + 20_000);
    const { status } = node.pod("app");
    expect([status.phase, isReady()]).toEqual(["Running", [true, true]]);
    const [one, two] = status.initContainerStatuses ?? [];
    expect(one?.state?.terminated?.reason).toBe("Completed");
    expect(Date.parse(two?.state?.terminated?.startedAt ?? "")).toBeGreaterThanOrEqual(
      Date.parse(one?.state?.terminated?.finishedAt ?? ""),
    );
    expect(status.conditions?.find(({ type }) => type === "Initialized")?.status).toBe("True");
  });

  it("kills a container that takes more memory than its limit", () => {
    const node = new TestNode();
    node.bind("hungry", {
      containers: [
        {
          name: "stress",
          image: "polinux/stress",
          command: ["stress"],
          args: ["--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"],
          resources: { limits: { memory: "100Mi" }, requests: { memory: "50Mi" } },
        },
      ],
    });
    node.sim.runUntil(node.sim.now + 8000);
    const status = node.pod("hungry").status.containerStatuses?.[0];
    expect(status?.lastState?.terminated ?? status?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: "OOMKilled",
    });
  });

  it("says what is missing when the command isn't in the image", () => {
    const node = new TestNode();
    node.bind("typo", { containers: [{ name: "app", image: "nginx:1.27", command: ["ngnix"] }] });
    node.sim.runUntil(node.sim.now + 30_000);
    const status = node.pod("typo").status.containerStatuses?.[0];
    expect(status?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 128, reason: "StartError" });
    expect(status?.lastState?.terminated?.message).toMatch(
      'exec: "ngnix": executable file not found in $PATH: unknown',
    );
    expect(
      node.events("typo").some((event) => event.startsWith("Failed Error: failed to create containerd task")),
    ).toBe(true);
  });
});
