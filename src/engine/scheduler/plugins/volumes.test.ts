import { describe, expect, it } from "vitest";
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  priorityClasses,
  storageClasses,
} from "../../api/registry.ts";
import { csiDrivers } from "../../api/storage/csi-driver.ts";
import { csiNodes } from "../../api/storage/csi-node.ts";
import { csiStorageCapacities } from "../../api/storage/csi-storage-capacity.ts";
import type { PersistentVolumeClaim, Volume } from "../../api/generated/types.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { createTestScheduler } from "../testing/test-scheduler.ts";

setDeepFreeze(true);

const DRIVER = "disk.csi.example.com";
const using = (claim: string): { volumes: Volume[] } => ({
  volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim } }],
});

function createStorage() {
  const test = createTestScheduler();
  const { client, settle } = test;
  client.resource(storageClasses).create({
    metadata: { name: "late" },
    provisioner: DRIVER,
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
  });
  return {
    ...test,
    volume(name: string, about: { labels?: Record<string, string>; mode?: string } = {}): void {
      const { labels = {}, mode = "ReadWriteOnce" } = about;
      client.resource(persistentVolumes).create({
        metadata: { name, labels },
        spec: {
          capacity: { storage: "1Gi" },
          accessModes: [mode],
          csi: { driver: DRIVER, volumeHandle: name },
        },
      });
    },
    /** Bound to the volume of the same name, or of a class. */
    claim(name: string, about: { mode?: string; className?: string } = {}): PersistentVolumeClaim {
      const { mode = "ReadWriteOnce", className } = about;
      const bound = className === undefined;
      return client.resource(persistentVolumeClaims).create({
        metadata: {
          name,
          namespace: "default",
          ...(bound && { annotations: { "pv.kubernetes.io/bind-completed": "yes" } }),
        },
        spec: {
          accessModes: [mode],
          resources: { requests: { storage: "1Gi" } },
          ...(bound ? { volumeName: name } : { storageClassName: className }),
        },
      });
    },
    refusals(name: string): string[] {
      settle();
      return test.eventsOf(name).filter((text) => text.startsWith("FailedScheduling"));
    },
  };
}

const NOT_HELPFUL =
  "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

describe("VolumeRestrictions", () => {
  it("SCHED101 gives a ReadWriteOncePod claim to one pod alone, until that is gone", () => {
    const { claim, node, pod, refusals, remove, settle, volume, where } = createStorage();
    node("a");
    node("b");
    volume("own", { mode: "ReadWriteOncePod" });
    claim("own", { mode: "ReadWriteOncePod" });
    pod("first", using("own"));
    settle();
    pod("second", using("own"));
    expect(refusals("second")).toEqual([
      "FailedScheduling: 0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name and " +
        "ReadWriteOncePod access mode. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    ]);
    expect([where("first") === "", where("second")]).toEqual([false, ""]);
    remove("first");
    settle();
    expect(where("second")).not.toBe("");
  });

  it("SCHED101 pushes the user of such a claim out for a pod of higher priority", () => {
    const { claim, client, eventsOf, node, pod, settle, volume, where } = createStorage();
    client.resource(priorityClasses).create({ metadata: { name: "high" }, value: 100 });
    node("a");
    node("b");
    volume("own", { mode: "ReadWriteOncePod" });
    claim("own", { mode: "ReadWriteOncePod" });
    pod("first", { ...using("own"), terminationGracePeriodSeconds: 0 });
    settle();
    const home = where("first");
    const second = pod("second", { ...using("own"), priorityClassName: "high" });
    settle(2000);
    expect(eventsOf("first").at(-1)).toBe(`Preempted: Preempted by pod ${second.metadata.uid} on node ${home}`);
    expect(where("second")).toBe(home);
  });

  it("SCHED101 holds a disk for one pod of a node, unless all only read it", () => {
    const { node, pod, refusals, settle, where } = createStorage();
    node("a");
    const disk = (readOnly: boolean) => ({
      volumes: [{ name: "disk", gcePersistentDisk: { pdName: "shared", readOnly } }],
    });
    pod("reader", disk(true));
    settle();
    pod("other-reader", disk(true));
    pod("writer", disk(false));
    expect(refusals("writer")).toEqual([
      "FailedScheduling: 0/1 nodes are available: 1 node(s) had no available disk. no new claims to deallocate, preemption: 0/1 nodes are available: " +
        "1 No preemption victims found for incoming pod.",
    ]);
    expect([where("reader"), where("other-reader")]).toEqual(["a", "a"]);
  });
});

describe("NodeVolumeLimits", () => {
  it("SCHED102 attaches no more volumes to a node than its driver can, and each once", () => {
    const { claim, client, node, pod, refusals, remove, settle, volume, where } = createStorage();
    node("a");
    const drivers = [{ name: DRIVER, nodeID: "a", topologyKeys: [], allocatable: { count: 1 } }];
    client.resource(csiNodes).create({ metadata: { name: "a" }, spec: { drivers } });
    for (const name of ["one", "two"]) {
      volume(name);
      claim(name);
    }
    pod("first", using("one"));
    pod("sharing", using("one"));
    settle();
    pod("second", using("two"));
    expect(refusals("second")).toEqual([
      "FailedScheduling: 0/1 nodes are available: 1 node(s) exceed max volume count. no new claims to deallocate, preemption: 0/1 nodes are available: " +
        "1 No preemption victims found for incoming pod.",
    ]);
    expect([where("first"), where("sharing")]).toEqual(["a", "a"]);
    remove("first");
    settle(2000);
    expect(where("second")).toBe("");
    remove("sharing");
    settle();
    expect(where("second")).toBe("a");
  });
});

describe("VolumeZone", () => {
  it("SCHED103 keeps a pod in the zone of its volume", () => {
    const { claim, node, pod, refusals, settle, volume, where } = createStorage();
    node("a", { labels: { "topology.kubernetes.io/zone": "west" } });
    volume("east", { labels: { "failure-domain.beta.kubernetes.io/zone": "east__north" } });
    claim("east");
    pod("web", using("east"));
    expect(refusals("web")).toEqual([
      `FailedScheduling: 0/1 nodes are available: 1 node(s) had no available volume zone. ${NOT_HELPFUL}`,
    ]);
    node("b", { labels: { "topology.kubernetes.io/zone": "north" } });
    settle();
    expect(where("web")).toBe("b");
  });

  it("SCHED103 names a volume that doesn't exist", () => {
    const { claim, node, pod, refusals } = createStorage();
    node("a");
    claim("lost");
    pod("web", using("lost"));
    expect(refusals("web")).toEqual([
      `FailedScheduling: 0/1 nodes are available: persistentvolume "lost" not found. not found`,
    ]);
  });
});

describe("VolumeBinding", () => {
  it("SCHED104 waits for the claim of an ephemeral volume, which must be the pod's own", () => {
    const { claim, client, node, pod, refusals, remove, settle } = createStorage();
    node("a");
    const accessModes = ["ReadWriteOnce"];
    const volumeClaimTemplate = { spec: { accessModes, resources: { requests: { storage: "1Gi" } } } };
    const volumes: Volume[] = [{ name: "scratch", ephemeral: { volumeClaimTemplate } }];
    pod("web", { volumes });
    expect(refusals("web")).toEqual([
      "FailedScheduling: 0/1 nodes are available: waiting for ephemeral volume controller to create the " +
        `persistentvolumeclaim "web-scratch". not found`,
    ]);
    claim("web-scratch", { className: "late" });
    settle(2000);
    expect(client.resource(pods).get("default", "web").status.conditions?.[0]?.message).toBe(
      "0/1 nodes are available: PVC default/web-scratch was not created for pod default/web (pod is not owner). " +
        "not found",
    );
    remove("web");
  });

  it("SCHED104 provisions where the class allows it and its driver has room", () => {
    const { claim, client, node, pod, refusals, settle } = createStorage();
    node("a", { labels: { rack: "one" } });
    node("b", { labels: { rack: "two" } });
    client.resource(csiDrivers).create({ metadata: { name: DRIVER }, spec: { storageCapacity: true } });
    client.resource(storageClasses).create({
      metadata: { name: "racked" },
      provisioner: DRIVER,
      volumeBindingMode: "WaitForFirstConsumer",
      allowedTopologies: [{ matchLabelExpressions: [{ key: "rack", values: ["two"] }] }],
    });
    claim("data", { className: "racked" });
    pod("web", using("data"));
    expect(refusals("web")).toEqual([
      "FailedScheduling: 0/2 nodes are available: 1 node(s) did not have enough free storage, 1 node(s) didn't find " +
        "available persistent volumes to bind. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for " +
        "scheduling.",
    ]);
    client.resource(csiStorageCapacities).create({
      metadata: { name: "two", namespace: "default" },
      storageClassName: "racked",
      nodeTopology: { matchLabels: { rack: "two" } },
      capacity: "10Gi",
    });
    settle();
    const annotations = client.resource(persistentVolumeClaims).get("default", "data").metadata.annotations;
    expect(annotations?.["volume.kubernetes.io/selected-node"]).toBe("b");
  });
});
