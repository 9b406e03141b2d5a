import { describe, expect, it } from "vitest";
import { nodes } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const idle = { name: "app", image: "busybox:1.36", command: ["sleep", "3600"] };

function hog(node: TestNode, name: string, megabytes: number, request?: string): void {
  const command = ["stress", "--vm", "1", "--vm-bytes", `${megabytes}M`, "--vm-hang", "1"];
  const resources = request === undefined ? {} : { requests: { memory: request } };
  node.bind(name, { containers: [{ name: "stress", image: "polinux/stress", command, resources }] });
}

function condition(node: TestNode, type: string) {
  const all = node.admin.resource(nodes).get("", "worker-1").status.conditions ?? [];
  const { status, reason, message } = all.find((each) => each.type === type) ?? {};
  return [status, reason, message];
}

describe("under memory pressure", () => {
  it("a node evicts the pod that uses more than it asked for, and takes no best-effort pods for a while", () => {
    const node = new TestNode();
    hog(node, "kept", 3500, "4Gi");
    hog(node, "greedy", 4200);
    node.sim.runUntil(node.sim.now + 25_000);
    const message =
      "The node was low on resource: memory. Threshold quantity: 100Mi, available: 72128Ki. " +
      "Container stress was using 4301600Ki, request is 0, has larger consumption of memory. ";
    const { status } = node.pod("greedy");
    expect([status.phase, status.reason, status.message]).toEqual(["Failed", "Evicted", message]);
    expect(status.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "TerminationByKubelet",
      message,
    });
    expect(node.events("greedy").slice(-2)).toEqual([`Evicted ${message}`, "Killing Stopping container stress"]);
    expect(node.pod("kept").status.phase).toBe("Running");
    expect(condition(node, "MemoryPressure")).toEqual([
      "True",
      "KubeletHasInsufficientMemory",
      "kubelet has insufficient memory available",
    ]);
    expect(node.events("worker-1")).toEqual(
      expect.arrayContaining([
        "NodeHasInsufficientMemory Node worker-1 status is now: NodeHasInsufficientMemory",
        "EvictionThresholdMet Attempting to reclaim memory",
      ]),
    );

    node.bind("late", { containers: [idle] });
    node.sim.runUntil(node.sim.now + 5000);
    const late = node.pod("late").status;
    expect([late.phase, late.reason, late.message]).toEqual([
      "Failed",
      "Evicted",
      "Pod was rejected: The node had condition: [MemoryPressure]. ",
    ]);
    node.sim.runUntil(node.sim.now + 320_000);
    expect(condition(node, "MemoryPressure")).toEqual([
      "False",
      "KubeletHasSufficientMemory",
      "kubelet has sufficient memory available",
    ]);
    node.bind("later", { containers: [idle] });
    node.sim.runUntil(node.sim.now + 5000);
    expect(node.pod("later").status.phase).toBe("Running");
  });

  it("the kernel is faster than the kubelet where there is no memory at all", () => {
    const node = new TestNode();
    hog(node, "huge", 9000);
    node.sim.runUntil(node.sim.now + 6000);
    const [status] = node.pod("huge").status.containerStatuses ?? [];
    expect(status?.lastState?.terminated ?? status?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: "OOMKilled",
    });
    expect(node.events("worker-1").at(-1)).toMatch(/^SystemOOM System OOM encountered, victim process: stress, pid: 1/);
  });
});

describe("local storage", () => {
  it("is limited: an emptyDir by its size, a container's layer and log by its limit", () => {
    const node = new TestNode();
    const limited = (name: string, limit: string) => ({
      ...idle,
      name,
      resources: { limits: { "ephemeral-storage": limit } },
    });
    node.bind("cache", {
      volumes: [{ name: "cache", emptyDir: { sizeLimit: "10Mi" } }],
      containers: [{ ...idle, volumeMounts: [{ name: "cache", mountPath: "/cache" }] }],
    });
    node.bind("layer", { containers: [limited("app", "5Mi"), limited("other", "50Mi")] });
    node.bind("whole", { containers: [limited("app", "5Mi")] });
    node.sim.runUntilIdle(60_000);
    node.exec("cache", "dd if=/dev/zero of=/cache/big bs=1M count=8");
    node.exec("layer", "dd if=/dev/zero of=/big bs=1M count=4");
    node.sim.runUntil(node.sim.now + 15_000);
    expect([node.pod("cache"), node.pod("layer")].map(({ status }) => status.phase)).toEqual(["Running", "Running"]);
    node.exec("cache", "dd if=/dev/zero of=/cache/more bs=1M count=8");
    node.exec("layer", "dd if=/dev/zero of=/more bs=1M count=4");
    node.exec("whole", "dd if=/dev/zero of=/more bs=1M count=8");
    node.sim.runUntil(node.sim.now + 20_000);
    const end = (name: string) => {
      const { phase, reason, message, conditions } = node.pod(name).status;
      return [phase, reason, message, conditions?.some(({ type }) => type === "DisruptionTarget")];
    };
    expect(end("cache")).toEqual([
      "Failed",
      "Evicted",
      'Usage of EmptyDir volume "cache" exceeds the limit "10Mi". ',
      false,
    ]);
    expect(end("layer")).toEqual([
      "Failed",
      "Evicted",
      'Container app exceeded its local ephemeral storage limit "5Mi". ',
      false,
    ]);
    expect(end("whole")).toEqual([
      "Failed",
      "Evicted",
      "Pod ephemeral local storage usage exceeds the total limit of containers 5Mi. ",
      false,
    ]);
  });

  it("under disk pressure a node removes images that nobody uses, and then evicts", () => {
    const node = new TestNode();
    node.bind("writer", { containers: [idle] });
    node.bind("quiet", { containers: [idle] });
    node.sim.runUntilIdle(60_000);
    node.runtime.images.preload("nginx:1.27");
    // Younger ones stay: they may be about to be used.
    node.sim.runUntil(node.sim.now + 120_000);
    node.exec("writer", "fallocate -l 90G /big");
    node.sim.runUntil(node.sim.now + 15_000);
    expect([...node.runtime.images.list()].map(({ reference }) => reference.full)).toEqual([
      "docker.io/library/busybox:1.36",
    ]);
    const { status } = node.pod("writer");
    expect([status.phase, status.reason]).toEqual(["Failed", "Evicted"]);
    expect(status.message).toMatch(
      /^The node was low on resource: ephemeral-storage\. Threshold quantity: 16106128000, available: \d+(Ki|Mi)?\. Container app was using 9\d+(Ki|Mi|)?, request is 0, has larger consumption of ephemeral-storage\. $/,
    );
    expect(node.pod("quiet").status.phase).toBe("Running");
    expect(condition(node, "DiskPressure")).toEqual(["True", "KubeletHasDiskPressure", "kubelet has disk pressure"]);
  });
});
