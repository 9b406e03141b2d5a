import { describe, expect, it } from "vitest";
import { pods } from "../api/registry.ts";
import type { Container, EphemeralContainer, Pod } from "../api/generated/types.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";
import { worker } from "./testing/test-images.ts";

setDeepFreeze(true);

const app: Container = { name: "app", image: "test/worker:v1" };

function living(milliseconds: number, exitCode = 0): Pick<Container, "image" | "env"> {
  return {
    image: "test/worker:v1",
    env: [
      { name: "LIFETIME", value: String(milliseconds) },
      { name: "EXIT_CODE", value: String(exitCode) },
    ],
  };
}

function debug(node: TestNode, name: string, ...containers: EphemeralContainer[]): void {
  const patch = { spec: { ephemeralContainers: containers } };
  node.admin.resource(pods).patch("default", name, patch, { subresource: "ephemeralcontainers" });
}

/** Name and state of each. */
function states(pod: Pod): [string, string | undefined][] {
  return (pod.status.ephemeralContainerStatuses ?? []).map(({ name, state }) => [name, Object.keys(state ?? {})[0]]);
}

const rest = (node: TestNode): void => node.sim.runUntil(node.sim.now + 20_000);

describe("ephemeral containers", () => {
  it("start in the running pod, show their state and end once and for all", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("web", { containers: [app] });
    rest(node);
    const before = node.pod("web");
    debug(node, "web", { name: "debugger", ...living(60_000, 3) });
    rest(node);
    const during = node.pod("web");
    expect(during.status.ephemeralContainerStatuses).toEqual([
      {
        name: "debugger",
        state: { running: { startedAt: expect.any(String) as string } },
        lastState: {},
        ready: false,
        restartCount: 0,
        image: "docker.io/test/worker:v1",
        imageID: before.status.containerStatuses?.[0]?.imageID,
        resources: {},
        containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/) as string,
      },
    ]);
    expect(during.status.containerStatuses).toEqual(before.status.containerStatuses);
    expect(during.status.observedGeneration).toBe(during.metadata.generation);
    expect(node.kubelet.worker("default", "web")?.slots.map(({ current }) => current?.sandbox.id)).toEqual(
      Array(2).fill(node.kubelet.worker("default", "web")?.sandbox?.id),
    );
    node.sim.runUntil(node.sim.now + 10 * 60_000);
    const after = node.pod("web");
    expect(after.status.ephemeralContainerStatuses?.[0]).toMatchObject({
      state: { terminated: { exitCode: 3, reason: "Error" } },
      ready: false,
      restartCount: 0,
    });
    expect(after.status.phase).toBe("Running");
    expect(after.status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    expect(node.events("web").slice(-3)).toEqual([
      'Pulled Container image "test/worker:v1" already present on machine and can be accessed by the pod',
      "Created Container created",
      "Started Container started",
    ]);
  });

  it("do not wait for init containers, and none is started in a pod that is over", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("slow", { initContainers: [{ name: "init", ...living(300_000) }], containers: [app] });
    node.bind("short", { containers: [{ name: "app", ...living(1000) }], restartPolicy: "Never" });
    rest(node);
    debug(node, "slow", { name: "debugger", ...living(100_000) });
    debug(node, "short", { name: "debugger", ...living(100_000) });
    rest(node);
    expect(node.pod("slow").status.phase).toBe("Pending");
    expect(states(node.pod("slow"))).toEqual([["debugger", "running"]]);
    expect(node.pod("short").status.phase).toBe("Succeeded");
    expect(states(node.pod("short"))).toEqual([["debugger", "waiting"]]);
  });

  it("are pulled until it works", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("web", { containers: [app] });
    rest(node);
    debug(node, "web", { name: "wrong", image: "test/absent:v1" });
    debug(node, "web", { name: "beside", ...living(100_000) });
    rest(node);
    expect(states(node.pod("web"))).toEqual([
      ["wrong", "waiting"],
      ["beside", "running"],
    ]);
    expect(node.pod("web").status.ephemeralContainerStatuses?.[0]?.state?.waiting?.reason).toMatch(
      /^(ErrImagePull|ImagePullBackOff)$/,
    );
    expect(node.pod("web").status.phase).toBe("Running");
  });

  it("wait for the container that they target", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("web", { initContainers: [{ name: "init", ...living(60_000) }], containers: [app] });
    rest(node);
    debug(node, "web", { name: "beside", ...living(1e9), targetContainerName: "app" });
    rest(node);
    expect(node.pod("web").status.ephemeralContainerStatuses?.[0]?.state).toEqual({
      waiting: { reason: "CreateContainerConfigError", message: "unable to find target container app" },
    });
    node.sim.runUntil(node.sim.now + 60_000);
    expect(states(node.pod("web"))).toEqual([["beside", "running"]]);
  });

  it("end with their pod", () => {
    const node = new TestNode({ images: [worker] });
    node.bind("done", { containers: [{ name: "app", ...living(30_000) }], restartPolicy: "Never" });
    node.bind("gone", { containers: [app] });
    rest(node);
    for (const name of ["done", "gone"]) debug(node, name, { name: "debugger", ...living(1e9) });
    node.sim.runUntil(node.sim.now + 15_000);
    node.admin.resource(pods).delete("default", "gone");
    node.sim.runUntil(node.sim.now + 60_000);
    expect(states(node.pod("done"))).toEqual([["debugger", "terminated"]]);
    expect(node.pod("done").status.phase).toBe("Succeeded");
    expect(node.events("done").at(-1)).toBe("Killing Stopping container debugger");
    expect(() => node.pod("gone")).toThrow(/not found/);
    expect(node.events("gone").filter((event) => event.startsWith("Killing"))).toEqual([
      "Killing Stopping container app",
      "Killing Stopping container debugger",
    ]);
  });
});
