import { describe, expect, it } from "vitest";
import { events, leases, nodes, pods } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "./testing/test-node.ts";
import { worker } from "./testing/test-images.ts";

setDeepFreeze(true);

describe("a node", () => {
  it("registers itself, becomes Ready and renews its lease each 10 s", () => {
    const node = new TestNode();
    node.sim.runUntil(node.sim.now + 35_000);
    const object = node.admin.resource(nodes).get("", "worker-1");
    expect(object.status.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      "MemoryPressure=False KubeletHasSufficientMemory",
      "DiskPressure=False KubeletHasNoDiskPressure",
      "PIDPressure=False KubeletHasSufficientPID",
      "Ready=True KubeletReady",
    ]);
    expect(object.metadata.labels?.["kubernetes.io/hostname"]).toBe("worker-1");
    expect(object.status.nodeInfo).toMatchObject({ kubeletVersion: "v1.36.0", operatingSystem: "linux" });
    const lease = node.admin.resource(leases).get("kube-node-lease", "worker-1");
    expect(Date.parse(lease.spec.renewTime ?? "") - node.sim.start).toBe(30_000);
    expect(lease.spec).toMatchObject({ holderIdentity: "worker-1", leaseDurationSeconds: 40 });
  });

  it("tells of its start, of its conditions then, and of a cordon with its next status", () => {
    const node = new TestNode();
    node.sim.runUntil(node.sim.now + 5000);
    const told = (): string[] =>
      node.admin
        .resource(events)
        .list("default")
        .items.filter(({ involvedObject }) => involvedObject.kind === "Node")
        .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
    const status = (reason: string): string => `Normal ${reason} Node worker-1 status is now: ${reason}`;
    const start = [
      "Normal Starting Starting kubelet.",
      status("NodeHasSufficientMemory"),
      status("NodeHasNoDiskPressure"),
      status("NodeHasSufficientPID"),
      "Normal NodeAllocatableEnforced Updated Node Allocatable limit across pods",
    ];
    // The first status of a new node is no change, whatever it says.
    expect(told()).toEqual(start);
    const client = node.admin.resource(nodes);
    const cordon = (unschedulable: boolean): void => {
      const object = client.get("", "worker-1");
      client.update({ ...object, spec: { ...object.spec, unschedulable } });
      node.sim.runUntil(node.sim.now + 11_000);
    };
    cordon(true);
    cordon(false);
    expect(told()).toEqual([...start, status("NodeNotSchedulable"), status("NodeSchedulable")]);
    node.kubelet.powerOff();
    node.kubelet.powerOn();
    node.sim.runUntil(node.sim.now + 5000);
    const { bootID } = client.get("", "worker-1").status.nodeInfo ?? { bootID: "" };
    expect(told()).toContain(`Warning Rebooted Node worker-1 has been rebooted, boot id: ${bootID}`);
  });

  it("offers what somebody writes into its capacity, and keeps it with its next reports", () => {
    const node = new TestNode();
    node.sim.runUntil(node.sim.now + 5000);
    const object = () => node.admin.resource(nodes).get("", "worker-1");
    const { status, ...rest } = object();
    const capacity = { ...status.capacity, "example.com/dongle": "4" };
    node.admin.resource(nodes).updateStatus({ ...rest, status: { ...status, capacity } });
    for (const ms of [15_000, 400_000]) {
      node.sim.runUntil(node.sim.now + ms);
      const { capacity: has, allocatable: offers } = object().status;
      expect([has?.["example.com/dongle"], offers?.["example.com/dongle"]]).toEqual(["4", "4"]);
    }
  });

  it("goes on without its kubelet: containers run, nobody reports", () => {
    const node = new TestNode({ images: [worker] });
    const env = [{ name: "LIFETIME", value: "60000" }];
    node.bind("app", { containers: [{ name: "app", image: "test/worker:v1", env }] });
    node.sim.runUntilIdle(30_000);
    node.kubelet.stop();
    const lease = node.admin.resource(leases).get("kube-node-lease", "worker-1");
    node.sim.runUntil(node.sim.now + 100_000);
    expect(node.admin.resource(leases).get("kube-node-lease", "worker-1")).toBe(lease);
    expect(node.pod("app").status.containerStatuses?.[0]?.restartCount).toBe(0);
    node.kubelet.start();
    node.sim.runUntil(node.sim.now + 5000);
    expect(node.pod("app").status.containerStatuses?.[0]?.restartCount).toBe(1);
  });

  it("loses everything but its disk with its power, and starts over with it", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "nginx", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    node.kubelet.powerOff();
    node.sim.runUntil(node.sim.now + 120_000);
    expect([...node.runtime.list()].filter(({ running }) => running)).toEqual([]);
    expect(node.pod("web").status.phase).toBe("Running");
    node.kubelet.powerOn();
    node.sim.runUntil(node.sim.now + 10_000);
    const status = node.pod("web").status.containerStatuses?.[0];
    expect(status).toMatchObject({ ready: true, restartCount: 1 });
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 255, reason: "Unknown" });
  });

  it("shows its static pods by mirrors, and mirrors again what somebody deletes", () => {
    const node = new TestNode({
      images: [worker],
      staticPods: [
        {
          metadata: { name: "tool", namespace: "kube-system" },
          spec: { hostNetwork: true, containers: [{ name: "tool", image: "test/worker:v1" }] },
        },
      ],
    });
    node.sim.runUntilIdle(30_000);
    const mirror = node.pod("tool-worker-1", "kube-system");
    expect(mirror.status.phase).toBe("Running");
    expect(mirror.metadata.annotations).toMatchObject({ "kubernetes.io/config.source": "file" });
    expect(mirror.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Node", name: "worker-1" });
    node.admin.resource(pods).delete("kube-system", "tool-worker-1");
    node.sim.runUntil(node.sim.now + 5000);
    const again = node.pod("tool-worker-1", "kube-system");
    expect(again.metadata.uid).not.toBe(mirror.metadata.uid);
    expect(again.status.containerStatuses?.[0]?.restartCount).toBe(0);
  });
});
