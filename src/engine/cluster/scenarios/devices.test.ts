import { describe, expect, it } from "vitest";
import { deviceClasses } from "../../api/dra/device-class.ts";
import { resourceClaimTemplates } from "../../api/dra/resource-claim-template.ts";
import { resourceClaims } from "../../api/dra/resource-claim.ts";
import { resourceSlices } from "../../api/dra/resource-slice.ts";
import type { DeviceClaim, Pod, ResourceResourceClaim } from "../../api/generated/types.ts";
import { daemonSets, events, pods } from "../../api/registry.ts";
import { TestCluster } from "../testing/test-cluster.ts";

describe("devices that pods claim", () => {
  const cluster = new TestCluster({ preset: "minikube" });
  const booted = cluster.boot();
  const { client } = cluster;

  function told(name: string): string[] {
    return cluster
      .list(events)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  const one = (deviceClassName = "gpu.example.com", rest: object = {}) => ({ deviceClassName, ...rest });
  const gpus = (rest: object = {}): DeviceClaim => ({ requests: [{ name: "gpu", exactly: one(undefined, rest) }] });

  function claim(name: string, devices: DeviceClaim): void {
    client.resource(resourceClaims).create({ metadata: { name, namespace: "default" }, spec: { devices } });
  }

  function pod(name: string, source: object, rest: object = {}): void {
    client.resource(pods).create({
      metadata: { name, namespace: "default" },
      spec: {
        terminationGracePeriodSeconds: 0,
        resourceClaims: [{ name: "gpus", ...source }],
        containers: [
          {
            name: "main",
            image: "busybox",
            command: ["sh", "-c", "env | grep -E 'GPU|DRA' | sort; sleep infinity"],
            resources: { claims: [{ name: "gpus" }] },
          },
        ],
        ...rest,
      },
    });
  }

  const isRunning = (name: string): boolean => cluster.get<Pod>(pods, name).status.phase === "Running";
  const claimOf = (name: string): ResourceResourceClaim => cluster.get(resourceClaims, name);
  const devicesOf = (name: string): (string | undefined)[] =>
    (claimOf(name).status?.allocation?.devices?.results ?? []).map(({ device }) => device);
  const message = (name: string): string | undefined =>
    cluster.get<Pod>(pods, name).status.conditions?.find(({ type }) => type === "PodScheduled")?.message;

  it("are published by the driver's pod of each node", () => {
    expect(booted).toBe(true);
    cluster.cluster.setAddon("dra-example-driver", true);
    expect(cluster.runUntil(() => cluster.list(resourceSlices, "").length === 1, 60_000)).toBe(true);
    const [slice] = cluster.list(resourceSlices, "");
    expect(slice?.metadata.name).toMatch(/^minikube-gpu\.example\.com-[a-z0-9]{5}$/);
    const { devices = [], ...spec } = slice?.spec ?? {
      driver: "",
      pool: { name: "", generation: 0, resourceSliceCount: 0 },
    };
    expect(spec).toEqual({
      driver: "gpu.example.com",
      nodeName: "minikube",
      pool: { name: "minikube", generation: 1, resourceSliceCount: 1 },
    });
    expect([devices.length, devices[0]]).toEqual([
      8,
      {
        name: "gpu-0",
        attributes: {
          driverVersion: { version: "1.0.0" },
          index: { int: 0 },
          model: { string: "LATEST-GPU-MODEL" },
          uuid: { string: expect.stringMatching(/^gpu-[0-9a-f-]{36}$/) },
        },
        capacity: { memory: { value: "80Gi" } },
      },
    ]);
  });

  it("come to a pod by a claim that is made from its template, and go with it", () => {
    pod("train", { resourceClaimTemplateName: "two" });
    cluster.run(2000);
    expect(told("train")).toContain(
      'Warning FailedResourceClaimCreation PodResourceClaim gpus: resource claim template "two": resourceclaimtemplate.resource.k8s.io "two" not found',
    );
    expect(told("train").filter((line) => line.includes("FailedScheduling"))).toEqual([]);
    const parameters = {
      apiVersion: "gpu.resource.example.com/v1alpha1",
      kind: "GpuConfig",
      sharing: { strategy: "TimeSlicing", timeSlicingConfig: { interval: "Long" } },
    };
    client.resource(resourceClaimTemplates).create({
      metadata: { name: "two", namespace: "default" },
      spec: {
        metadata: { labels: { app: "train" } },
        spec: { devices: { ...gpus({ count: 2 }), config: [{ opaque: { driver: "gpu.example.com", parameters } }] } },
      },
    });
    expect(cluster.runUntil(() => isRunning("train"), 60_000)).toBe(true);
    cluster.run(1000);
    const { status, metadata } = cluster.get<Pod>(pods, "train");
    const name = status.resourceClaimStatuses?.[0]?.resourceClaimName ?? "";
    expect(status.resourceClaimStatuses).toEqual([
      { name: "gpus", resourceClaimName: expect.stringMatching(/^train-gpus-[a-z0-9]{5}$/) },
    ]);
    const made = claimOf(name);
    expect(made.metadata).toMatchObject({
      annotations: { "resource.kubernetes.io/pod-claim-name": "gpus" },
      finalizers: ["resource.kubernetes.io/delete-protection"],
      labels: { app: "train" },
      ownerReferences: [{ kind: "Pod", name: "train", uid: metadata.uid, controller: true, blockOwnerDeletion: true }],
    });
    const result = (device: string) => ({ request: "gpu", driver: "gpu.example.com", pool: "minikube", device });
    expect(made.status).toEqual({
      allocation: {
        devices: {
          results: [result("gpu-0"), result("gpu-1")],
          config: [{ source: "FromClaim", opaque: { driver: "gpu.example.com", parameters } }],
        },
        nodeSelector: {
          nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["minikube"] }] }],
        },
      },
      reservedFor: [{ resource: "pods", name: "train", uid: metadata.uid }],
    });
    expect(cluster.cluster.podLog("default", "train").split("\n").slice(0, 5)).toEqual([
      "DRA_RESOURCE_DRIVER_NAME=gpu.example.com",
      "GPU_DEVICE_0=gpu-0",
      `GPU_DEVICE_0_RESOURCE_CLAIM=${made.metadata.uid}`,
      "GPU_DEVICE_0_SHARING_STRATEGY=TimeSlicing",
      "GPU_DEVICE_0_TIMESLICE_INTERVAL=Long",
    ]);
    client.resource(pods).delete("default", "train");
    cluster.run(5000);
    expect(cluster.list(resourceClaims)).toEqual([]);
  });

  it("are chosen by expressions, alternatives and constraints", () => {
    claim("third", gpus({ selectors: [{ cel: { expression: 'device.attributes["gpu.example.com"].index == 2' } }] }));
    claim("large", {
      requests: [
        {
          name: "gpu",
          firstAvailable: [
            {
              name: "huge",
              deviceClassName: "gpu.example.com",
              selectors: [
                {
                  cel: {
                    expression: 'device.capacity["gpu.example.com"].memory.compareTo(quantity("100Gi")) >= 0',
                  },
                },
              ],
            },
            { name: "usual", deviceClassName: "gpu.example.com", count: 2 },
          ],
        },
      ],
      constraints: [{ matchAttribute: "gpu.example.com/model" }],
    });
    claim("unlike", { ...gpus({ count: 2 }), constraints: [{ matchAttribute: "gpu.example.com/uuid" }] });
    claim("broken", gpus({ selectors: [{ cel: { expression: "device.attributes['gpu.example.com'].nope == 1" } }] }));
    for (const name of ["third", "large", "unlike", "broken"]) pod(name, { resourceClaimName: name });
    expect(cluster.runUntil(() => isRunning("third") && isRunning("large"), 60_000)).toBe(true);
    expect([devicesOf("third"), devicesOf("large")]).toEqual([["gpu-2"], ["gpu-0", "gpu-1"]]);
    expect(claimOf("large").status?.allocation?.devices?.results?.[0]?.request).toBe("gpu/usual");
    expect(message("unlike")).toBe(
      "0/1 nodes are available: 1 cannot allocate all claims. still not schedulable, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    );
    expect(message("broken")).toContain(
      "claim default/broken, request gpu: selector #0: CEL runtime error: no such key: nope",
    );
    for (const name of ["unlike", "broken"]) client.resource(pods).delete("default", name);
  });

  it("are shared by pods that name one claim, kept from others, and freed with the last of them", () => {
    pod("again", { resourceClaimName: "third" });
    claim("rest", gpus({ allocationMode: "All" }));
    pod("greedy", { resourceClaimName: "rest" });
    expect(cluster.runUntil(() => isRunning("again"), 60_000)).toBe(true);
    expect(claimOf("third").status?.reservedFor?.map(({ name }) => name)).toEqual(["third", "again"]);
    expect(message("greedy")).toContain("1 cannot allocate all claims");
    client.resource(resourceClaims).delete("default", "third");
    client.resource(pods).delete("default", "third");
    cluster.run(3000);
    expect(devicesOf("third")).toEqual(["gpu-2"]);
    for (const name of ["again", "large"]) client.resource(pods).delete("default", name);
    expect(cluster.runUntil(() => isRunning("greedy"), 60_000)).toBe(true);
    expect(devicesOf("rest")).toHaveLength(8);
    expect(
      cluster.list(resourceClaims).map(({ metadata, status }) => [metadata.name, status?.reservedFor?.length]),
    ).toEqual([
      ["broken", undefined],
      ["large", undefined],
      ["rest", 1],
      ["unlike", undefined],
    ]);
    client.resource(pods).delete("default", "greedy");
    cluster.run(3000);
    expect(claimOf("rest").status).toEqual({});
  });

  it("can't be prepared while the driver doesn't run; nobody is offered them after a while", () => {
    client.resource(deviceClasses).create({ metadata: { name: "any" }, spec: {} });
    claim("one", { requests: [{ name: "gpu", exactly: one("any") }] });
    client.resource(daemonSets).patch("dra-example-driver", "dra-example-driver-kubeletplugin", {
      spec: { template: { spec: { nodeSelector: { gone: "yes" } } } },
    });
    cluster.run(10_000);
    pod("late", { resourceClaimName: "one" });
    cluster.run(5000);
    expect(told("late").slice(1)).toEqual([
      "Warning FailedPrepareDynamicResources Failed to prepare dynamic resources: prepare dynamic resources: DRA driver gpu.example.com is not registered",
    ]);
    cluster.run(40_000);
    expect(cluster.list(resourceSlices, "")).toEqual([]);
    client.resource(daemonSets).patch("dra-example-driver", "dra-example-driver-kubeletplugin", {
      spec: { template: { spec: { nodeSelector: null } } },
    });
    expect(cluster.runUntil(() => isRunning("late"), 60_000)).toBe(true);
  });
});
