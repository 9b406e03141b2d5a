import { describe, expect, it } from "vitest";
import type { ResourceClaimSpec, ResourceResourceClaim, ResourceSlice } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { deviceClasses } from "./device-class.ts";
import { resourceClaimTemplates } from "./resource-claim-template.ts";
import { resourceClaims } from "./resource-claim.ts";
import { resourceSlices } from "./resource-slice.ts";

const VERSION = "resource.k8s.io/v1";
const META = {
  name: "gpu",
  namespace: "default",
  uid: "1",
  resourceVersion: "1",
  creationTimestamp: "2025-12-31T23:58:00Z",
};
const NOW = Date.UTC(2026, 0, 1);

function claim(spec: ResourceClaimSpec, rest: Partial<ResourceResourceClaim> = {}): ResourceResourceClaim {
  return { apiVersion: VERSION, kind: "ResourceClaim", metadata: META, status: {}, spec, ...rest };
}

const exactly = { deviceClassName: "gpu.example.com" };

describe("claims", () => {
  const texts = (spec: ResourceClaimSpec) => resourceClaims.validate?.(claim(spec)).map(fieldErrorText);

  it("ask for exactly one device unless they say how many", () => {
    const tolerations = [{ key: "a" }];
    const spec = { devices: { requests: [{ name: "a", exactly: { ...exactly, tolerations } }] } };
    expect(resourceClaims.defaults?.(claim(spec)).spec.devices?.requests).toEqual([
      {
        name: "a",
        exactly: { ...exactly, allocationMode: "ExactCount", count: 1, tolerations: [{ key: "a", operator: "Equal" }] },
      },
    ]);
    const all = { devices: { requests: [{ name: "a", exactly: { ...exactly, allocationMode: "All" } }] } };
    expect(resourceClaims.defaults?.(claim(all)).spec).toEqual(all);
  });

  it("are refused with requests that nobody could answer", () => {
    const counted = { ...exactly, allocationMode: "All", count: 2, selectors: [{}, { cel: { expression: "" } }] };
    const requests = [
      { name: "a" },
      { name: "a", exactly: { deviceClassName: "", allocationMode: "Most" } },
      {
        name: "b",
        exactly: counted,
        firstAvailable: [{ ...exactly, name: "x", allocationMode: "ExactCount", count: 0 }],
      },
    ];
    expect(texts({ devices: { requests, constraints: [{ requests: ["b/x", "c"] }] } })).toEqual([
      "spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
      'spec.devices.requests[1]: Duplicate value: "a"',
      "spec.devices.requests[1].exactly.deviceClassName: Required value",
      'spec.devices.requests[1].exactly.allocationMode: Unsupported value: "Most": supported values: "All", "ExactCount"',
      "spec.devices.requests[2].firstAvailable[0].count: Invalid value: 0: must be greater than zero",
      "spec.devices.requests[2].exactly.selectors[0].cel: Required value",
      "spec.devices.requests[2].exactly.selectors[1].cel.expression: Required value",
      "spec.devices.requests[2].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
      "spec.devices.requests[2]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
      "spec.devices.constraints[0].requests[1]: Invalid value: \"c\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    ]);
  });

  it("stay as they are, and show where they are", () => {
    const old = claim({});
    const next = claim({ devices: {} });
    expect(resourceClaims.validateUpdate?.(next, old).map(fieldErrorText)).toEqual([
      'spec: Invalid value: {"devices":{}}: field is immutable',
    ]);
    const state = (rest: Partial<ResourceResourceClaim>) =>
      resourceClaims.columns?.[1]?.cell(claim({}, rest), { now: NOW });
    const reservedFor = [{ resource: "pods", name: "p", uid: "1" }];
    const metadata = { ...META, deletionTimestamp: "2026-01-01T00:00:00Z" };
    expect(state({})).toBe("pending");
    expect(state({ metadata })).toBe("deleted");
    expect(state({ status: { allocation: {} } })).toBe("allocated");
    expect(state({ metadata, status: { allocation: {}, reservedFor } })).toBe("deleted,allocated,reserved");
  });
});

describe("templates and classes", () => {
  it("are checked as what they are for", () => {
    const template = {
      ...{ apiVersion: VERSION, kind: "ResourceClaimTemplate", metadata: META },
      spec: { metadata: { labels: { "a b": "c" } }, spec: { devices: { requests: [{ name: "A", exactly }] } } },
    };
    expect(resourceClaimTemplates.validate?.(template).map(({ field }) => field)).toEqual([
      "spec.metadata.labels",
      "spec.spec.devices.requests[0].name",
      "spec.spec.devices.requests[0].exactly.allocationMode",
    ]);
    const deviceClass = {
      ...{ apiVersion: VERSION, kind: "DeviceClass", metadata: META },
      spec: { selectors: [{}], config: [{}] },
    };
    expect(deviceClasses.validate?.(deviceClass).map(fieldErrorText)).toEqual([
      "spec.selectors[0].cel: Required value",
      "spec.config[0].opaque: Required value",
    ]);
    const extended = { ...deviceClass, spec: { extendedResourceName: "example.com/gpu" } };
    expect(deviceClasses.warnings?.(extended, undefined)).toEqual([
      "spec.extendedResourceName: devices are given to claims alone: pods that ask for this resource get none",
    ]);
  });
});

describe("slices", () => {
  const slice = (spec: ResourceSlice["spec"]): ResourceSlice => ({
    ...{ apiVersion: VERSION, kind: "ResourceSlice", metadata: META },
    spec,
  });
  const pool = { name: "worker-1", generation: 1, resourceSliceCount: 1 };

  it("are one driver's, at one place", () => {
    const devices = [{ name: "a" }, { name: "a" }];
    const wrong = slice({
      driver: "",
      pool: { ...pool, resourceSliceCount: 0 },
      nodeName: "w",
      allNodes: true,
      devices,
    });
    const one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
    expect(resourceSlices.validate?.(wrong).map(fieldErrorText)).toEqual([
      "spec.driver: Required value",
      "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
      `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${one}`,
      'spec.devices[1].name: Duplicate value: "a"',
    ]);
    const old = slice({ driver: "gpu.example.com", nodeName: "worker-1", pool });
    const moved = slice({ driver: "gpu.example.com", nodeName: "worker-2", pool });
    expect(resourceSlices.validateUpdate?.(moved, old).map(fieldErrorText)).toEqual([
      'spec.nodeName: Invalid value: "worker-2": field is immutable',
    ]);
    expect(resourceSlices.columns?.map(({ cell }) => cell(old, { now: NOW }))).toEqual([
      "gpu",
      "worker-1",
      "gpu.example.com",
      "worker-1",
      "2m",
    ]);
  });
});
