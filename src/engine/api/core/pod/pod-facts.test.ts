import { describe, expect, it } from "vitest";
import type { Container, Pod, PodStatus } from "../../generated/types.ts";
import { isPodActive, isPodReady, isPodTerminating, untilAvailable } from "./conditions.ts";
import { computeQosClass } from "./qos.ts";
import { podRequests } from "./resources.ts";
import { podTemplateHash } from "./template-hash.ts";

function pod(status: PodStatus, deletionTimestamp?: string): Pod {
  const metadata = {
    name: "a",
    namespace: "b",
    uid: "",
    resourceVersion: "",
    creationTimestamp: "",
    deletionTimestamp,
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [] }, status };
}

describe("conditions", () => {
  const ready = { type: "Ready", status: "True", lastTransitionTime: "1970-01-01T00:00:10Z" };
  const object = pod({ phase: "Running", conditions: [ready] });

  it("tell ready from available", () => {
    expect(isPodReady(object)).toBe(true);
    expect(untilAvailable(object, 0, 10_000)).toBe(0);
    expect(untilAvailable(object, 5, 14_999)).toBe(1);
    expect(untilAvailable(object, 5, 15_000)).toBe(0);
    expect(untilAvailable(object, 5, 99_000)).toBe(0);
    expect(isPodReady(pod({}))).toBe(false);
    expect(untilAvailable(pod({}), 0, 10_000)).toBeUndefined();
  });

  it("tell which pods count", () => {
    expect(isPodActive(object)).toBe(true);
    expect(isPodActive(pod({ phase: "Failed" }))).toBe(false);
    const leaving = pod({ phase: "Running" }, "1970-01-01T00:00:00Z");
    expect(isPodActive(leaving)).toBe(false);
    expect(isPodTerminating(leaving)).toBe(true);
    expect(isPodTerminating(pod({ phase: "Succeeded" }, "1970-01-01T00:00:00Z"))).toBe(false);
  });
});

function container(name: string, cpu: string, more: Partial<Container> = {}): Container {
  return { name, resources: { requests: { cpu, memory: "64Mi" } }, ...more };
}

describe("requests", () => {
  it("are the larger of running and initializing, sidecars in both", () => {
    const spec = {
      containers: [container("a", "100m"), container("b", "200m")],
      initContainers: [container("proxy", "50m", { restartPolicy: "Always" }), container("setup", "1")],
    };
    const { requests } = podRequests(spec);
    expect(requests.milliCPU).toBe(1050);
    expect(requests.memory).toBe(3 * 67_108_864);
    expect(podRequests(spec)).toBe(podRequests(spec));
  });

  it("take overhead and the pod's own amounts into account", () => {
    const spec = {
      containers: [container("a", "100m")],
      overhead: { cpu: "10m" },
      resources: { requests: { cpu: "2" } },
    };
    expect(podRequests(spec).requests.milliCPU).toBe(2010);
  });

  it("decide the class", () => {
    const both = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } };
    expect(computeQosClass({ containers: [{ name: "a", resources: both }] })).toBe("Guaranteed");
    expect(computeQosClass({ containers: [{ name: "a", resources: both }, { name: "b" }] })).toBe("Burstable");
    expect(computeQosClass({ containers: [{ name: "a" }] })).toBe("BestEffort");
  });
});

describe("pod-template-hash", () => {
  const template = { metadata: undefined, spec: { containers: [{ name: "a", image: "b" }] } };

  it("depends on the content alone", () => {
    const reordered = { spec: { containers: [{ image: "b", name: "a" }] } };
    expect(podTemplateHash(reordered)).toBe(podTemplateHash(template));
    expect(podTemplateHash(template, 1)).not.toBe(podTemplateHash(template));
    expect(podTemplateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });
});
