import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { pods } from "../api/registry.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

describe("a pod on a node", () => {
  it("goes from Pending over ContainerCreating to Running and Ready, with upstream's events", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    const states: string[] = [];
    node.server.watch(
      { ...node.admin.build(pods, "watch", { namespace: "default", name: "", options: {} }) },
      {
        onEvents: (events) => void states.push(...events.map(() => node.state("web"))),
        onEnd: () => undefined,
      },
    );
    node.sim.runUntilIdle(60_000);
    const pod = node.pod("web");
    expect([...new Set(states)]).toEqual(["ContainerCreating", "Running"]);
    expect(pod.status.phase).toBe("Running");
    expect(pod.status.podIP).toBe("10.244.1.2");
    expect(pod.status.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      "PodReadyToStartContainers=True",
      "Initialized=True",
      "Ready=True",
      "ContainersReady=True",
      "PodScheduled=True",
    ]);
    expect(node.events("web")).toEqual([
      'Pulling Pulling image "nginx:1.27"',
      expect.stringMatching(
        /^Pulled Successfully pulled image "nginx:1.27" in [\d.]+s \([\d.]+s including waiting\)\. Image size: 72200000 bytes\.$/,
      ),
      "Created Container created",
      "Started Container started",
    ]);
  });
});
