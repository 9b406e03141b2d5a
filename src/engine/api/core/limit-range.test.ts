import { expect, it } from "vitest";
import type { LimitRange, LimitRangeItem } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { limitRanges } from "../registry.ts";

function range(...limits: LimitRangeItem[]): LimitRange {
  const metadata = {
    name: "r",
    namespace: "default",
    uid: "",
    resourceVersion: "",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return { apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } };
}

function texts(...limits: LimitRangeItem[]): string[] {
  return (limitRanges.validate?.(range(...limits)) ?? []).map(fieldErrorText);
}

it("fills a container's default limit from its maximum, its default request from limit or minimum", () => {
  const given = range({
    type: "Container",
    max: { cpu: "2", memory: "1Gi" },
    min: { cpu: "10m", "ephemeral-storage": "1Mi" },
    default: { cpu: "1" },
  });
  expect(limitRanges.defaults?.(given).spec.limits).toEqual([
    {
      type: "Container",
      max: { cpu: "2", memory: "1Gi" },
      min: { cpu: "10m", "ephemeral-storage": "1Mi" },
      default: { cpu: "1", memory: "1Gi" },
      defaultRequest: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Mi" },
    },
  ]);
});

it("leaves limits of pods as they are", () => {
  const given = range({ type: "Pod", max: { cpu: "2" } });
  expect(limitRanges.defaults?.(given)).toBe(given);
});

it.each<[string[], LimitRangeItem[]]>([
  [
    ['spec.limits[0].type: Invalid value: "Shop": must be a standard limit type or fully qualified'],
    [{ type: "Shop", max: {} }],
  ],
  [['spec.limits[1].type: Duplicate value: "Pod"'], [{ type: "Pod" }, { type: "Pod" }]],
  [
    ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    [{ type: "Pod", default: { cpu: "1" } }],
  ],
  [
    [
      "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
    ],
    [{ type: "PersistentVolumeClaim", max: {} }],
  ],
  [
    ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    [{ type: "Container", min: { cpu: "2" }, max: { cpu: "1" } }],
  ],
  [
    [
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
    ],
    [{ type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "2" } }],
  ],
  [
    ['spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1'],
    [{ type: "Container", default: { cpu: "2" }, max: { cpu: "1" } }],
  ],
  [
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
    [{ type: "Container", maxLimitRequestRatio: { cpu: "500m" } }],
  ],
  [
    ['spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "8": ratio 8 is greater than max/min = 2.000000'],
    [{ type: "Pod", maxLimitRequestRatio: { memory: "8" }, max: { memory: "2Gi" }, min: { memory: "1Gi" } }],
  ],
  [
    ['spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers'],
    [{ type: "Container", max: { pods: "1" } }],
  ],
  [
    [],
    [
      { type: "Container", max: { cpu: "1" }, min: { cpu: "1" } },
      { type: "PersistentVolumeClaim", max: { storage: "1Gi" } },
    ],
  ],
])("complains: %j", (expected, limits) => {
  expect(texts(...limits)).toEqual(expected);
});

it("shows when it was created", () => {
  expect(limitRanges.columns?.map(({ cell }) => cell(range(), { now: 0 }))).toEqual(["r", "2026-01-01T00:00:00Z"]);
});
