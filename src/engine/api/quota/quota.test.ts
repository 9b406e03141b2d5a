import { describe, expect, it } from "vitest";
import type { Pod, PodSpec, ResourceQuotaSpec } from "../generated/types.ts";
import type { KubeObject } from "../meta/object.ts";
import { evaluatorFor, isWithinScopes, usageOf } from "./quota.ts";
import { addAmounts, exceeding, printAmounts, subtractAmounts, withoutZeros } from "./amounts.ts";

const META = { name: "x", namespace: "default", uid: "", resourceVersion: "", creationTimestamp: "" };
const NOW = Date.UTC(2026, 0, 1);

function evaluator(resource: string, group = "") {
  const found = evaluatorFor({ group, resource });
  if (found === undefined) throw new Error(resource);
  return found;
}

function object(kind: string, rest: object): KubeObject {
  return { apiVersion: "v1", kind, metadata: META, ...rest };
}

function pod(spec: Partial<PodSpec>, rest: Partial<Pod> = {}): Pod {
  return { apiVersion: "v1", kind: "Pod", metadata: META, spec: { containers: [], ...spec }, status: {}, ...rest };
}

function container(name: string, requests: Record<string, string>, limits: Record<string, string> = {}) {
  return { name, image: "nginx", resources: { requests, limits } };
}

describe("amounts", () => {
  it("add, subtract and print", () => {
    expect(addAmounts({ cpu: "500m", pods: "1" }, { cpu: "1", memory: "1Gi" })).toEqual({
      cpu: "1500m",
      pods: "1",
      memory: "1Gi",
    });
    expect(withoutZeros(subtractAmounts({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "2Gi" }))).toEqual({
      memory: "-1Gi",
    });
    expect(exceeding({ cpu: "2", memory: "1Gi", pods: "9" }, { cpu: "1", memory: "1Gi" })).toEqual(["cpu"]);
    expect(printAmounts({ memory: "2Gi", cpu: "1" })).toBe("cpu=1,memory=2Gi");
  });
});

describe("pods", () => {
  const pods = evaluator("pods");

  it("use what their containers ask for, extended resources and overhead included", () => {
    const spec = {
      containers: [
        container("a", { cpu: "250m", memory: "1Gi", "example.com/gpu": "1" }, { cpu: "1" }),
        container("b", { cpu: "250m", "hugepages-2Mi": "4Mi" }, { memory: "2Gi" }),
      ],
      initContainers: [container("init", { cpu: "2" })],
      overhead: { cpu: "100m", memory: "128Mi" },
    };
    expect(pods.usage(pod(spec), NOW)).toEqual({
      "count/pods": "1",
      pods: "1",
      cpu: "2100m",
      "requests.cpu": "2100m",
      memory: "1152Mi",
      "requests.memory": "1152Mi",
      "hugepages-2Mi": "4Mi",
      "requests.hugepages-2Mi": "4Mi",
      "requests.example.com/gpu": "1",
      "limits.cpu": "1100m",
      "limits.memory": "2176Mi",
    });
  });

  it("that have ended are counted as objects alone", () => {
    expect(pods.usage(pod({}, { status: { phase: "Succeeded" } }), NOW)).toEqual({ "count/pods": "1" });
    const metadata = { ...META, deletionTimestamp: "2025-12-31T23:59:00Z", deletionGracePeriodSeconds: 30 };
    expect(pods.usage(pod({}, { metadata }), NOW)).toEqual({ "count/pods": "1" });
  });

  it("must say what a quota on cpu or memory counts", () => {
    const given = pod({ containers: [container("b", { cpu: "1" }), container("a", {})] });
    expect(pods.constraint?.(given, ["requests.cpu", "limits.memory", "pods"])).toBe(
      "must specify limits.memory for: a,b; requests.cpu for: a",
    );
    expect(pods.constraint?.(given, ["pods", "requests.ephemeral-storage"])).toBeUndefined();
  });

  it.each<[boolean, ResourceQuotaSpec, Partial<PodSpec>]>([
    [true, { scopes: ["BestEffort", "NotTerminating"] }, {}],
    [false, { scopes: ["NotBestEffort"] }, {}],
    [true, { scopes: ["Terminating"] }, { activeDeadlineSeconds: 0 }],
    [false, { scopes: ["PriorityClass"] }, {}],
    [true, selector("PriorityClass", "In", "high"), { priorityClassName: "high" }],
    [false, selector("PriorityClass", "NotIn", "high"), { priorityClassName: "high" }],
    [true, selector("PriorityClass", "DoesNotExist"), {}],
    [
      true,
      { scopes: ["CrossNamespacePodAffinity"] },
      {
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", namespaces: ["b"] }] },
        },
      },
    ],
  ])("are within scopes: %j %j", (expected, quotaSpec, spec) => {
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: META, spec: quotaSpec, status: {} };
    expect(isWithinScopes(quota, pods, pod(spec))).toBe(expected);
  });

  function selector(scopeName: string, operator: string, ...values: string[]): ResourceQuotaSpec {
    return { scopeSelector: { matchExpressions: [{ scopeName, operator, values }] } };
  }
});

describe("other kinds", () => {
  it.each([
    [{ type: "ClusterIP", ports: [{ port: 1 }] }, "0", "0"],
    [{ type: "NodePort", ports: [{ port: 1 }, { port: 2 }] }, "2", "0"],
    [{ type: "LoadBalancer", ports: [{ port: 1 }] }, "1", "1"],
    [{ type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [{ port: 1 }] }, "0", "1"],
  ])("services use ports: %j", (spec, nodePorts, balancers) => {
    expect(evaluator("services").usage(object("Service", { spec }), NOW)).toEqual({
      "count/services": "1",
      services: "1",
      "services.nodeports": nodePorts,
      "services.loadbalancers": balancers,
    });
  });

  it("claims use storage, of their class too", () => {
    const spec = { storageClassName: "gold", resources: { requests: { storage: "5Gi" } } };
    expect(evaluator("persistentvolumeclaims").usage(object("PersistentVolumeClaim", { spec }), NOW)).toEqual({
      "count/persistentvolumeclaims": "1",
      persistentvolumeclaims: "1",
      "requests.storage": "5Gi",
      "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
      "gold.storageclass.storage.k8s.io/requests.storage": "5Gi",
    });
  });

  it("anything else is counted, some core kinds by their plain name too; events are not", () => {
    expect(evaluator("deployments", "apps").usage(object("Deployment", {}), NOW)).toEqual({
      "count/deployments.apps": "1",
    });
    expect(evaluator("secrets").usage(object("Secret", {}), NOW)).toEqual({ "count/secrets": "1", secrets: "1" });
    expect(evaluatorFor({ group: "", resource: "events" })).toBeUndefined();
  });

  it("a total counts objects of one template as often as there are", () => {
    const spec = { containers: [container("a", { cpu: "250m" })] };
    const objects = [pod(spec), pod(spec), pod(spec), pod({})].map((given) => ({ ...given, spec: given.spec }));
    const hard = { pods: "10", "requests.cpu": "1", secrets: "3" };
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: META, spec: { hard }, status: {} };
    expect(usageOf(quota, evaluator("pods"), { objects, now: NOW })).toEqual({ pods: "4", "requests.cpu": "750m" });
  });
});
