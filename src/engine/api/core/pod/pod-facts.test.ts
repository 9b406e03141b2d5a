import { describe, expect, it } from "vitest";
import type { Container, Pod, PodStatus } from "../../generated/types.ts";
import { getPodCondition, isPodActive, isPodAvailable, isPodReady, setPodCondition } from "./conditions.ts";
import { computeQosClass } from "./qos.ts";
import { podRequests } from "./resources.ts";
import { podTemplateHash, safeEncodeString } from "./template-hash.ts";

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
    expect(isPodAvailable(object, 10_000, 0)).toBe(true);
    expect(isPodAvailable(object, 14_999, 5)).toBe(false);
    expect(isPodAvailable(object, 15_000, 5)).toBe(true);
    expect(isPodReady(pod({}))).toBe(false);
  });

  it("tell which pods count", () => {
    expect(isPodActive(object)).toBe(true);
    expect(isPodActive(pod({ phase: "Failed" }))).toBe(false);
    expect(isPodActive(pod({ phase: "Running" }, "1970-01-01T00:00:00Z"))).toBe(false);
  });

  it("keep the time of the last change of status", () => {
    const later = { type: "Ready", status: "True", reason: "Again", lastTransitionTime: "1970-01-01T01:00:00Z" };
    const status = setPodCondition(object.status, later);
    expect(getPodCondition(status, "Ready")).toEqual({ ...later, lastTransitionTime: ready.lastTransitionTime });
    expect(setPodCondition(object.status, ready)).toBe(object.status);
    const down = setPodCondition(object.status, { ...later, status: "False" });
    expect(getPodCondition(down, "Ready")?.lastTransitionTime).toBe(later.lastTransitionTime);
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

  it("is spelled without vowels", () => {
    expect(safeEncodeString("0123456789")).toBe(
      "5689bcdfgh".replace(/./g, (_, at: number) => safeEncodeString(String(at))),
    );
    expect(safeEncodeString("0")).toHaveLength(1);
  });
});
