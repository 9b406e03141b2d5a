import { describe, expect, it } from "vitest";
import { TestServer } from "../../apiserver/testing/test-server.ts";
import { freeze } from "../../base/freeze.ts";
import type {
  HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2MetricSpec,
} from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { horizontalPodAutoscalers, horizontalPodAutoscalersV1 } from "../registry.ts";

const META = { name: "web", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };
const TARGET = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const CPU_80: V2MetricSpec = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
};

function autoscaler(spec: Partial<V2HorizontalPodAutoscalerSpec> = {}): V2HorizontalPodAutoscaler {
  const object = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: META,
    spec: { scaleTargetRef: TARGET, maxReplicas: 5, ...spec },
  };
  return freeze(horizontalPodAutoscalers.defaults?.(object as never) as V2HorizontalPodAutoscaler);
}

const texts = (object: V2HorizontalPodAutoscaler): string[] =>
  (horizontalPodAutoscalers.validate?.(object) ?? []).map(fieldErrorText);

const V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

describe("autoscalers", () => {
  it("scale by CPU when nothing is said", () => {
    expect(autoscaler()).toMatchObject({
      spec: { scaleTargetRef: TARGET, maxReplicas: 5, minReplicas: 1, metrics: [CPU_80] },
      status: { desiredReplicas: 0 },
    });
  });

  it("get both directions when they speak of one", () => {
    expect(autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }).spec.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [
          { type: "Pods", value: 4, periodSeconds: 15 },
          { type: "Percent", value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 60,
        selectPolicy: "Max",
        policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
      },
    });
  });

  it.each<[string[], Partial<V2HorizontalPodAutoscalerSpec>]>([
    [
      [
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
      ],
      { minReplicas: 0 },
    ],
    [
      ["spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`"],
      { minReplicas: 2, maxReplicas: 1 },
    ],
    [["spec.scaleTargetRef.kind: Required value"], { scaleTargetRef: { kind: "", name: "web" } }],
    [
      [
        'spec.metrics[0].type: Unsupported value: "Custom": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
      { metrics: [{ ...CPU_80, type: "Custom" }] },
    ],
    [
      ["spec.metrics[0].pods: Required value: must populate information for the given metric source"],
      { metrics: [{ type: "Pods" }] },
    ],
    [
      ["spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue"],
      { metrics: [{ type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue" } } }] },
    ],
    [
      [
        'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Node": supported values: "Percent", "Pods"',
        "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 3600: must be less than or equal to 1800",
      ],
      { behavior: { scaleUp: { policies: [{ type: "Node", value: 1, periodSeconds: 3600 }] } } },
    ],
    [
      ["spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"],
      { behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } },
    ],
  ])("are refused: %s", (complaints, spec) => {
    expect(texts(autoscaler(spec))).toEqual(complaints);
  });

  it("show what they measure", () => {
    const status: V2HorizontalPodAutoscalerStatus = {
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 45, averageValue: "90m" } } },
      ],
    };
    const pods: V2MetricSpec = {
      type: "Pods",
      pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
    };
    const external: V2MetricSpec = {
      type: "External",
      external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "5" } },
    };
    const cells = (metrics?: V2MetricSpec[]) =>
      horizontalPodAutoscalers.columns
        ?.map(({ cell }) => cell({ ...autoscaler({ metrics: metrics ?? [] }), status }, { now: 0 }))
        .slice(1, 6);
    expect(cells()).toEqual(["Deployment/web", "cpu: 45%/80%", "1", 5, 2]);
    expect(cells([CPU_80, external])?.[1]).toBe("cpu: 45%/80%, <unknown>/5 (avg)");
    expect(cells([CPU_80, pods, external])?.[1]).toBe("cpu: 45%/80%, <unknown>/10 + 1 more...");
  });
});

describe("autoscaling/v1", () => {
  it("carries what it can't say in annotations, and loses nothing", () => {
    const test = new TestServer();
    const memory: V2MetricSpec = {
      type: "Resource",
      resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } },
    };
    const spec = {
      scaleTargetRef: TARGET,
      maxReplicas: 5,
      metrics: [memory, CPU_80],
      behavior: { scaleDown: { selectPolicy: "Disabled" } },
    };
    const created = test.http("POST", V2, {
      body: { metadata: { name: "web", annotations: { mine: "1" } }, spec },
    }).json;
    const v1 = test.http("GET", `${V1}/web`).json as HorizontalPodAutoscaler;
    expect(v1.spec).toEqual({
      scaleTargetRef: TARGET,
      minReplicas: 1,
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 80,
    });
    expect(v1.status).toEqual({ currentReplicas: 0, desiredReplicas: 0 });
    expect(v1.metadata.annotations).toEqual({
      mine: "1",
      "autoscaling.alpha.kubernetes.io/metrics":
        '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]',
      "autoscaling.alpha.kubernetes.io/behavior":
        '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15},{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Disabled","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
    });
    expect(test.http("PUT", `${V1}/web`, { body: v1 }).json.metadata.resourceVersion).toBe(v1.metadata.resourceVersion);
    const patch = { spec: { targetCPUUtilizationPercentage: 60 } };
    const headers = { "Content-Type": "application/merge-patch+json" };
    test.http("PATCH", `${V1}/web`, { body: patch, headers });
    const v2 = test.http("GET", `${V2}/web`).json as V2HorizontalPodAutoscaler;
    const cpu = {
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
    };
    expect(v2.spec).toEqual({ ...created.spec, metrics: [memory, cpu] });
    expect(v2.metadata.annotations).toEqual({ mine: "1" });
  });

  it("keeps every kind of metric, target and status", () => {
    const selector = { matchLabels: { queue: "a" } };
    const metrics: V2MetricSpec[] = [
      {
        type: "Object",
        object: {
          describedObject: { kind: "Ingress", name: "main" },
          metric: { name: "rps", selector },
          target: { type: "AverageValue", value: "0", averageValue: "3" },
        },
      },
      { type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } } },
      {
        type: "ContainerResource",
        containerResource: { name: "cpu", container: "app", target: { type: "Utilization", averageUtilization: 5 } },
      },
      { type: "External", external: { metric: { name: "q", selector }, target: { type: "Value", value: "30" } } },
    ];
    const status: V2HorizontalPodAutoscalerStatus = {
      observedGeneration: 1,
      currentReplicas: 1,
      desiredReplicas: 2,
      currentMetrics: [
        { type: "Resource", resource: { name: "cpu", current: { averageValue: "1", averageUtilization: 7 } } },
        { type: "Pods", pods: { metric: { name: "rps" }, current: { averageValue: "4" } } },
        { type: "External", external: { metric: { name: "q", selector }, current: { value: "9" } } },
      ],
      conditions: [{ type: "AbleToScale", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" } as never],
    };
    const stored = freeze({ ...autoscaler({ metrics }), status });
    const { storedAs } = horizontalPodAutoscalersV1;
    const shown = storedAs?.fromStorage(stored) as HorizontalPodAutoscaler;
    expect(shown.status).toEqual({
      observedGeneration: 1,
      currentReplicas: 1,
      desiredReplicas: 2,
      currentCPUUtilizationPercentage: 7,
    });
    expect(storedAs?.toStorage(JSON.parse(JSON.stringify(shown)))).toEqual(stored);
  });

  it("takes nothing from annotations that can't be read", () => {
    const test = new TestServer();
    const annotations = {
      "autoscaling.alpha.kubernetes.io/metrics": "[1]",
      "autoscaling.alpha.kubernetes.io/behavior": "{",
      "autoscaling.alpha.kubernetes.io/conditions": "none",
    };
    const body = { metadata: { name: "web", annotations }, spec: { scaleTargetRef: TARGET, maxReplicas: 2 } };
    expect(test.http("POST", V1, { body }).json.spec.targetCPUUtilizationPercentage).toBe(80);
    const { metadata, spec } = test.http("GET", `${V2}/web`).json;
    expect([metadata.annotations, spec]).toEqual([
      undefined,
      { scaleTargetRef: TARGET, minReplicas: 1, maxReplicas: 2, metrics: [CPU_80] },
    ]);
  });
});
