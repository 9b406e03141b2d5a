import { describe, expect, it } from "vitest";
import type {
  Device,
  DeviceClaim,
  DeviceClass,
  ResourceResourceClaim,
  ResourceSlice,
} from "../../api/generated/types.ts";
import { deviceSelectors } from "../../apiserver/cel/devices.ts";
import { allocate, AllocationError } from "./allocator.ts";
import { DevicePools } from "./device-pools.ts";

const NODE = { name: "a", labels: { zone: "x" } };
const selectors = deviceSelectors();
const CLASSES: Readonly<Record<string, Partial<DeviceClass["spec"]>>> = {
  gpu: { selectors: [{ cel: { expression: "device.driver == 'gpu.example.com'" } }] },
  any: {},
};

let written = 0;

function slice(devices: readonly Partial<Device>[], rest: object = {}, pool: object = {}): ResourceSlice {
  const spec = {
    driver: "gpu.example.com",
    pool: { name: "a", generation: 1, resourceSliceCount: 1, ...pool },
    devices: devices.map((device, index) => ({ name: `d${index}`, ...device })),
    ...("allNodes" in rest || "nodeSelector" in rest ? {} : { nodeName: "a" }),
    ...rest,
  };
  const metadata = { name: `s${written++}`, uid: "", resourceVersion: "", creationTimestamp: "" };
  return { apiVersion: "resource.k8s.io/v1", kind: "ResourceSlice", metadata, spec };
}

function claim(devices: DeviceClaim): ResourceResourceClaim {
  const metadata = { name: "c", namespace: "default", uid: "", resourceVersion: "", creationTimestamp: "" };
  return { apiVersion: "resource.k8s.io/v1", kind: "ResourceClaim", metadata, spec: { devices }, status: {} };
}

const exactly = (name: string, rest: object = {}) => ({
  name,
  exactly: { deviceClassName: "gpu", allocationMode: "ExactCount", count: 1, ...rest },
});

/** `<request>=<device>` of each claim; undefined: they can't be had. */
function chosen(slices: readonly ResourceSlice[], claims: readonly DeviceClaim[], inUse: string[] = []) {
  const results = allocate(claims.map(claim), {
    node: "a",
    devices: new DevicePools(slices).on(NODE),
    inUse: new Set(inUse.map((device) => `gpu.example.com/a/${device}`)),
    deviceClass: (name) => CLASSES[name] && ({ metadata: { name }, spec: CLASSES[name] } as DeviceClass),
    selectors,
  });
  return results?.map(({ devices }) => (devices?.results ?? []).map(({ request, device }) => `${request}=${device}`));
}

const model = (string: string) => ({ attributes: { model: { string } } });
const PAIRS = [model("x"), model("y"), model("x"), model("y")];

const IMPOSSIBLE = [
  [exactly("r", { adminAccess: true }), "admin access is requested, but the feature is disabled"],
  [exactly("r", { capacity: { requests: { memory: "1Gi" } } }), "has capacity requests, but the feature is disabled"],
  [exactly("r", { selectors: [{ cel: { expression: "device.nope(" } }] }), "selector #0: CEL compile error: "],
  [exactly("r", { selectors: [{ cel: { expression: "device.driver" } }] }), "selector #0: CEL runtime error: "],
] as const;

describe("the allocator of devices", () => {
  it("SCHED140 gives each request the first devices that are free, all claims at once or none", () => {
    const four = [slice(PAIRS)];
    expect(chosen(four, [{ requests: [exactly("one"), exactly("two", { count: 2 })] }])).toEqual([
      ["one=d0", "two=d1", "two=d2"],
    ]);
    expect(chosen(four, [{ requests: [exactly("one")] }, { requests: [exactly("one")] }], ["d0"])).toEqual([
      ["one=d1"],
      ["one=d2"],
    ]);
    expect(
      chosen(four, [{ requests: [exactly("one", { count: 3 })] }, { requests: [exactly("two", { count: 2 })] }]),
    ).toBe(undefined);
    const all = { allocationMode: "All", count: undefined };
    expect(chosen(four, [{ requests: [exactly("all", all)] }])).toEqual([["all=d0", "all=d1", "all=d2", "all=d3"]]);
    expect(chosen(four, [{ requests: [exactly("all", all)] }], ["d3"])).toBe(undefined);
  });

  it("SCHED141 takes back what it chose where constraints can't be met with it", () => {
    const match = [{ requests: ["r"], matchAttribute: "gpu.example.com/model" }];
    const two = [exactly("r", { count: 2 })];
    expect(chosen([slice(PAIRS)], [{ requests: two, constraints: match }])).toEqual([["r=d0", "r=d2"]]);
    expect(chosen([slice(PAIRS)], [{ requests: two, constraints: match }], ["d0"])).toEqual([["r=d1", "r=d3"]]);
    expect(chosen([slice(PAIRS)], [{ requests: [exactly("r", { count: 3 })], constraints: match }])).toBe(undefined);
    const distinct = [{ distinctAttribute: "gpu.example.com/model" }];
    expect(chosen([slice(PAIRS)], [{ requests: two, constraints: distinct }])).toEqual([["r=d0", "r=d1"]]);
    // The first of the alternatives that lets the rest be had.
    const first = {
      name: "r",
      firstAvailable: [
        { name: "three", deviceClassName: "gpu", allocationMode: "ExactCount", count: 3 },
        { name: "one", deviceClassName: "gpu", allocationMode: "ExactCount", count: 1 },
      ],
    };
    expect(chosen([slice(PAIRS)], [{ requests: [first, exactly("s", { count: 2 })] }])).toEqual([
      ["r/one=d0", "s=d1", "s=d2"],
    ]);
  });

  it("SCHED142 looks at what selectors mean, at taints, and at pools that are whole and of the newest generation", () => {
    const where = (expression: string) => [{ requests: [exactly("r", { selectors: [{ cel: { expression } }] })] }];
    expect(chosen([slice(PAIRS)], where("device.attributes['gpu.example.com'].model == 'y'"))).toEqual([["r=d1"]]);
    const versions = [{ attributes: { v: { version: "1.2.0" } } }, { attributes: { v: { version: "2.0.0" } } }];
    const newer = "device.attributes['gpu.example.com'].v.isGreaterThan(semver('1.10.0'))";
    expect(chosen([slice(versions)], where(newer))).toEqual([["r=d1"]]);
    expect(chosen([slice(PAIRS, { driver: "nic.example.com" })], [{ requests: [exactly("r")] }])).toBe(undefined);
    const tainted = [{ taints: [{ key: "broken", effect: "NoSchedule" }] }, {}];
    expect(chosen([slice(tainted)], [{ requests: [exactly("r")] }])).toEqual([["r=d1"]]);
    const tolerations = [{ key: "broken", operator: "Exists" }];
    expect(chosen([slice(tainted)], [{ requests: [exactly("r", { tolerations })] }])).toEqual([["r=d0"]]);
    const old = slice([{ name: "old" }]);
    const half = slice([{ name: "new" }], {}, { generation: 2, resourceSliceCount: 2 });
    const other = slice([{ name: "newer" }], {}, { generation: 2, resourceSliceCount: 2 });
    expect(chosen([old, half], [{ requests: [exactly("r")] }])).toBe(undefined);
    expect(chosen([old, half, other], [{ requests: [exactly("r")] }])).toEqual([["r=new"]]);
    const zone = (value: string) => ({
      nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: [value] }] }] },
    });
    expect(chosen([slice([{}], zone("y"), { name: "y" })], [{ requests: [exactly("r")] }])).toBe(undefined);
    expect(chosen([slice([{}], zone("x"), { name: "x" })], [{ requests: [exactly("r")] }])).toEqual([["r=d0"]]);
  });

  it.each(IMPOSSIBLE)("SCHED143 says what a claim can't be given anywhere: %#", (request, why) => {
    expect(() => chosen([slice(PAIRS)], [{ requests: [request] }])).toThrow(AllocationError);
    expect(() => chosen([slice(PAIRS)], [{ requests: [request] }])).toThrow(`claim default/c, request r: ${why}`);
  });

  it("SCHED143 gives up where there are too many ways to choose in vain", () => {
    const requests = [exactly("a", { count: 12 }), exactly("b", { count: 14 })];
    const devices = Array.from({ length: 25 }, () => ({}));
    expect(() => chosen([slice(devices)], [{ requests }])).toThrow("timed out trying to allocate devices");
    expect(chosen([slice([...devices, {}])], [{ requests }])?.[0]).toHaveLength(26);
  });

  it("SCHED143 names what a device says of itself and nobody here understands, if the device is meant", () => {
    const shared = { consumesCounters: [{ counterSet: "memory", counters: { memory: { value: "1Gi" } } }] };
    expect(() => chosen([slice([{}, shared])], [{ requests: [exactly("r")] }])).toThrow(
      "claim default/c, request r: device gpu.example.com/a/d1 has consumesCounters, which is not simulated",
    );
    const others = slice([shared], { driver: "nic.example.com" });
    expect(chosen([slice([{}]), others], [{ requests: [exactly("r")] }])).toEqual([["r=d0"]]);
  });
});
