import { describe, expect, it } from "vitest";
import type { V2HorizontalPodAutoscaler } from "../../api/generated/types.ts";
import { deployments, horizontalPodAutoscalers } from "../../api/registry.ts";
import { TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";
import type { MetricsSource } from "./metrics-source.ts";
import { NO_MEMORY, syncAutoscaler, type Memory } from "./sync.ts";

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

function planeWith(spec: object, replicas = 1): TestControlPlane {
  const plane = new TestControlPlane();
  plane.create(deployments, webDeployment({ replicas }));
  plane.create(horizontalPodAutoscalers, {
    metadata: { name: "scaler" },
    spec: { scaleTargetRef, maxReplicas: 3, ...spec },
  });
  plane.settle();
  plane.pass(15_100);
  return plane;
}

function conditions(plane: TestControlPlane): string[] {
  const { status } = plane.get(horizontalPodAutoscalers, "scaler");
  return (status.conditions ?? []).map((each) => `${each.type}=${each.status} ${each.reason}: ${each.message}`);
}

describe("an autoscaler", () => {
  it("says that there are no metrics", () => {
    const plane = planeWith({ metrics: undefined });
    const why =
      "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
    expect(conditions(plane)).toEqual([
      "AbleToScale=True SucceededGetScale: the HPA controller was able to get the target's current scale",
      `ScalingActive=False FailedGetResourceMetric: the HPA was unable to compute the replica count: ${why}`,
    ]);
    expect(plane.events("scaler")).toEqual([
      `Warning FailedGetResourceMetric ${why}`,
      `Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    ]);
    expect(plane.get(horizontalPodAutoscalers, "scaler").status).toMatchObject({
      currentReplicas: 1,
      desiredReplicas: 0,
      currentMetrics: [{ type: "" }],
    });
  });

  it("says why other metrics aren't there", () => {
    const metric = { name: "lag", selector: { matchLabels: { queue: "a" } } };
    const plane = planeWith({
      metrics: [
        { type: "Pods", pods: { metric: { name: "qps" }, target: { type: "AverageValue", averageValue: "1" } } },
        { type: "External", external: { metric, target: { type: "AverageValue", averageValue: "30" } } },
      ],
    });
    expect(plane.events("scaler").slice(0, 2)).toEqual([
      "Warning FailedGetPodsMetric unable to get metric qps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
      "Warning FailedGetExternalMetric failed to get lag external metric: unable to get external metric default/lag/&LabelSelector{MatchLabels:map[string]string{queue: a,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get lag.external.metrics.k8s.io)",
    ]);
  });

  it("brings the replicas between its ends without a metric", () => {
    const plane = planeWith({}, 5);
    expect(plane.deployment("web").spec.replicas).toBe(3);
    expect(plane.events("scaler")).toEqual([
      "Normal SuccessfulRescale New size: 3; reason: Current number of replicas above Spec.MaxReplicas",
    ]);
    expect(conditions(plane)).toEqual([
      "AbleToScale=True SucceededRescale: the HPA controller was able to update the target scale to 3",
    ]);
  });

  it("waits for its turn when it is changed", () => {
    const plane = planeWith({}, 2);
    plane.edit(horizontalPodAutoscalers, "scaler", (old) => ({ ...old, spec: { ...old.spec, maxReplicas: 1 } }));
    plane.pass(10_000);
    expect(plane.deployment("web").spec.replicas).toBe(2);
    plane.pass(5_000);
    expect(plane.deployment("web").spec.replicas).toBe(1);
  });

  it("leaves a target of no replicas alone", () => {
    const plane = planeWith({}, 0);
    expect(conditions(plane)[1]).toBe(
      "ScalingActive=False ScalingDisabled: scaling is disabled since the replica count of the target is zero",
    );
    expect(plane.deployment("web").spec.replicas).toBe(0);
  });

  it("says when its target is not there or has no scale", () => {
    const missing = planeWith({ scaleTargetRef: { ...scaleTargetRef, name: "other" } });
    expect(conditions(missing)).toEqual([
      `AbleToScale=False FailedGetScale: the HPA controller was unable to get the target's current scale: deployments.apps "other" not found`,
    ]);
    expect(missing.events("scaler")).toEqual(['Warning FailedGetScale deployments.apps "other" not found']);
    const unknown = planeWith({ scaleTargetRef: { apiVersion: "example.com/v1", kind: "Robot", name: "web" } });
    expect(unknown.events("scaler")).toEqual([
      'Warning FailedGetScale no matches for kind "Robot" in group "example.com"',
    ]);
  });

  it("does nothing beside another one for the same pods", () => {
    const plane = planeWith({});
    plane.create(horizontalPodAutoscalers, { metadata: { name: "too" }, spec: { scaleTargetRef, maxReplicas: 3 } });
    plane.pass(31_000);
    expect(conditions(plane)[1]).toBe(
      "ScalingActive=False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [default/scaler default/too]",
    );
  });
});

describe("a sync", () => {
  const NOW = Date.UTC(2026, 0, 1);
  const MINUTE = 60_000;

  /** One autoscaler over one pod that uses what is said. */
  class Trial {
    memory: Memory = NO_MEMORY;
    replicas = 1;
    readonly events: string[] = [];
    private readonly autoscaler: V2HorizontalPodAutoscaler;

    constructor(spec: object) {
      const metadata = { name: "scaler", namespace: "default", uid: "", resourceVersion: "1", creationTimestamp: "" };
      this.autoscaler = horizontalPodAutoscalers.defaults?.({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata,
        spec: { scaleTargetRef, maxReplicas: 10, metrics: [external], ...spec },
        status: { desiredReplicas: 0 },
      }) as V2HorizontalPodAutoscaler;
    }

    /** The queue is so long `after` the start; the condition AbleToScale's reason, and the replicas. */
    step(length: number, after: number): [number, string | undefined] {
      const source = { external: () => [length * 1000] } as unknown as MetricsSource;
      const { status, memory } = syncAutoscaler(this.autoscaler, this.memory, {
        source,
        downscaleMs: 300_000,
        patience: { cpuInitializationMs: 0, initialReadinessMs: 0 },
        tolerance: 0.1,
        now: NOW + after,
        getScale: () => ({
          apiVersion: "autoscaling/v1",
          kind: "Scale",
          metadata: this.autoscaler.metadata,
          spec: { replicas: this.replicas },
          status: { replicas: this.replicas, selector: "app=web" },
        }),
        setReplicas: (_scale, replicas) => void (this.replicas = replicas),
        podsOf: () => [],
        rivals: () => [],
        event: (type, reason, message) => void this.events.push(`${type} ${reason} ${message}`),
      });
      this.memory = memory;
      return [this.replicas, status.conditions?.[0]?.reason];
    }
  }

  const external = {
    type: "External",
    external: { metric: { name: "lag" }, target: { type: "AverageValue", averageValue: "10" } },
  };

  it("goes up fast, and down when five minutes said so", () => {
    const trial = new Trial({});
    expect(trial.step(75, 0)).toEqual([4, "SucceededRescale"]);
    expect(trial.step(75, MINUTE)).toEqual([8, "SucceededRescale"]);
    expect(trial.step(10, 2 * MINUTE)).toEqual([8, "ScaleDownStabilized"]);
    expect(trial.step(10, 6 * MINUTE + 1)).toEqual([1, "SucceededRescale"]);
    expect(trial.events).toEqual([
      "Normal SuccessfulRescale New size: 4; reason: external metric lag(nil) above target",
      "Normal SuccessfulRescale New size: 8; reason: external metric lag(nil) above target",
      "Normal SuccessfulRescale New size: 1; reason: All metrics below target",
    ]);
  });

  it("keeps to the policies of a behaviour", () => {
    const trial = new Trial({
      behavior: {
        scaleUp: { policies: [{ type: "Pods", value: 2, periodSeconds: 60 }] },
        scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 50, periodSeconds: 60 }] },
      },
    });
    expect(trial.step(75, 0)[0]).toBe(3);
    expect(trial.step(75, 15_000)[0]).toBe(3);
    expect(trial.step(75, 60_000)[0]).toBe(5);
    expect(trial.step(10, 120_000)[0]).toBe(2);
  });

  it("does nothing within the tolerance of its direction", () => {
    const trial = new Trial({ behavior: { scaleUp: { tolerance: "0.5" } } });
    trial.replicas = 4;
    expect(trial.step(59, 0)).toEqual([4, "ReadyForNewScale"]);
    expect(trial.step(61, 15_000)[0]).toBe(7);
  });
});
