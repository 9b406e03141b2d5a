import { describe, expect, it } from "vitest";
import type { APIService, APIServiceSpec } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { apiServices } from "./api-service.ts";

const META = { uid: "1", resourceVersion: "1", creationTimestamp: "2025-12-31T23:58:00Z" };
const NOW = Date.UTC(2026, 0, 1);

function made(name: string, spec: APIServiceSpec, status: APIService["status"] = {}): APIService {
  const base = { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService" };
  return { ...base, metadata: { ...META, name }, spec, status };
}

const metrics = {
  ...{ group: "metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 },
  service: { name: "metrics-server", namespace: "kube-system" },
};
const cells = (object: APIService) => apiServices.columns?.map(({ cell }) => cell(object, { now: NOW }));

describe("registrations", () => {
  it("of this server are available; of others nothing is known at first", () => {
    const own = made("v1.apps", { group: "apps", version: "v1", groupPriorityMinimum: 17_800, versionPriority: 15 });
    const local = apiServices.prepareForCreate?.(own, { now: NOW }) as APIService;
    expect(cells(local)).toEqual(["v1.apps", "Local", "True", "2m"]);
    const other = apiServices.defaults?.(made("v1beta1.metrics.k8s.io", metrics)) as APIService;
    expect(other.spec.service?.port).toBe(443);
    expect(apiServices.validate?.(other)).toEqual([]);
    expect(cells(other)).toEqual(["v1beta1.metrics.k8s.io", "kube-system/metrics-server", "Unknown", "2m"]);
    const failing = { conditions: [{ type: "Available", status: "False", reason: "MissingEndpoints" }] };
    expect(cells({ ...other, status: failing })?.[2]).toBe("False (MissingEndpoints)");
  });

  it("are named by what they serve", () => {
    const spec = {
      ...metrics,
      groupPriorityMinimum: 0,
      versionPriority: 2000,
      service: { name: "", namespace: "", port: 0 },
    };
    expect(apiServices.validate?.(made("metrics", spec)).map(fieldErrorText)).toEqual([
      'metadata.name: Invalid value: "metrics": must be `spec.version+"."+spec.group`: "v1beta1.metrics.k8s.io"',
      "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
      "spec.versionPriority: Invalid value: 2000: must be positive and less than 1000",
      "spec.service.namespace: Required value",
      "spec.service.name: Required value",
      "spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
    ]);
    const own = { group: "", version: "v2", groupPriorityMinimum: 1, versionPriority: 1 };
    const secured = { ...own, caBundle: "YWJj", insecureSkipTLSVerify: true };
    expect(apiServices.validate?.(made("v2.", secured)).map(fieldErrorText)).toEqual([
      "spec.group: Required value: only v1 may have an empty group and it better be legacy kube",
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
    ]);
  });
});
