/**
 * One look at one autoscaler. Upstream: reconcileAutoscaler in pkg/controller/podautoscaler/horizontal.go.
 * Everything outside comes in through `SyncOptions`, so that it is tried out without a cluster.
 */
import type {
  Pod,
  Scale,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerStatus,
  V2MetricStatus,
} from "../../api/generated/types.ts";
import { quantityAsNumber } from "../../api/meta/quantity.ts";
import { parseLabelSelector, type Selector } from "../../api/meta/selectors.ts";
import { formatTime } from "../../base/time.ts";
import { withCondition, type ConditionText, type ConditionType } from "./conditions.ts";
import { MetricFailure, proposeReplicas, type MetricContext, type MetricProposal } from "./metric-proposal.ts";
import type { MetricsSource } from "./metrics-source.ts";
import type { Patience } from "./pod-groups.ts";
import { limitByBehavior, limitByRules, withEvent, type ScaleEvent } from "./rate.ts";
import { stabilize, stabilizeWithBehavior } from "./stabilization.ts";
import type { Recommendation } from "./stabilization.ts";

/** What a controller remembers of an autoscaler between syncs; gone when it restarts. */
export interface Memory {
  /** Absent: it was never looked at. */
  readonly recommendations?: readonly Recommendation[];
  readonly upEvents: readonly ScaleEvent[];
  readonly downEvents: readonly ScaleEvent[];
}

export const NO_MEMORY: Memory = { upEvents: [], downEvents: [] };

export interface SyncOptions {
  readonly source: MetricsSource;
  readonly patience: Patience;
  /** `--horizontal-pod-autoscaler-tolerance`, where a direction has none of its own. */
  readonly tolerance: number;
  /** How long a recommendation holds a way down back. */
  readonly downscaleMs: number;
  readonly now: number;
  /** Throws when the target has no scale. */
  getScale(): Scale;
  setReplicas(scale: Scale, replicas: number): void;
  podsOf(selector: Selector): readonly Pod[];
  /** Keys of all autoscalers that reach any of these pods. */
  rivals(pods: readonly Pod[], selector: Selector): readonly string[];
  event(type: "Normal" | "Warning", reason: string, message: string): void;
}

/** The status to write and what to remember. */
export interface SyncResult {
  readonly status: V2HorizontalPodAutoscalerStatus;
  readonly memory: Memory;
}

export function syncAutoscaler(
  autoscaler: V2HorizontalPodAutoscaler,
  memory: Memory,
  options: SyncOptions,
): SyncResult {
  return new Sync(autoscaler, memory, options).run();
}

class Sync {
  private readonly autoscaler: V2HorizontalPodAutoscaler;
  private readonly options: SyncOptions;
  private memory: Memory;
  private status: V2HorizontalPodAutoscalerStatus;

  constructor(autoscaler: V2HorizontalPodAutoscaler, memory: Memory, options: SyncOptions) {
    this.autoscaler = autoscaler;
    this.memory = memory;
    this.options = options;
    this.status = autoscaler.status;
  }

  run(): SyncResult {
    const { getScale, event, now } = this.options;
    let scale: Scale;
    try {
      scale = getScale();
    } catch (error) {
      const message = messageOf(error);
      event("Warning", "FailedGetScale", message);
      this.condition("AbleToScale", "False", {
        reason: "FailedGetScale",
        message: `the HPA controller was unable to get the target's current scale: ${message}`,
      });
      return this.result();
    }
    this.condition("AbleToScale", "True", {
      reason: "SucceededGetScale",
      message: "the HPA controller was able to get the target's current scale",
    });
    const current = scale.spec?.replicas ?? 0;
    this.memory = { recommendations: [{ replicas: current, at: now }], ...this.memory };
    this.scaleBy(scale, current);
    return this.result();
  }

  private result(): SyncResult {
    return { status: this.status, memory: this.memory };
  }

  private scaleBy(scale: Scale, current: number): void {
    const { minReplicas: min = 1, maxReplicas: max } = this.autoscaler.spec;
    if (current === 0 && min !== 0) {
      this.condition("ScalingActive", "False", {
        reason: "ScalingDisabled",
        message: "scaling is disabled since the replica count of the target is zero",
      });
      this.settle({ current, desired: current, metrics: undefined, rescaled: false });
    } else if (current > max) {
      this.rescale(scale, { desired: max, reason: "Current number of replicas above Spec.MaxReplicas" });
    } else if (current < min) {
      this.rescale(scale, { desired: min, reason: "Current number of replicas below Spec.MinReplicas" });
    } else {
      this.scaleByMetrics(scale, { current, min, max });
    }
  }

  private scaleByMetrics(scale: Scale, bounds: { current: number; min: number; max: number }): void {
    const { current } = bounds;
    const measured = this.measure(scale);
    if (measured.winner === undefined) {
      // What was desired before stays.
      const desired = this.status.desiredReplicas;
      this.settle({ current, desired, metrics: measured.statuses, rescaled: false });
      this.options.event("Warning", "FailedComputeMetricsReplicas", measured.failure);
      return;
    }
    const { replicas: wanted, name } = measured.winner;
    const reason = wanted > current ? `${name} above target` : wanted < current ? "All metrics below target" : "";
    const desired = this.normalize({ ...bounds, desired: wanted });
    if (desired === current) this.settle({ current, desired, metrics: measured.statuses, rescaled: false });
    else this.rescale(scale, { desired, reason, metrics: measured.statuses });
  }

  /** The highest proposal, unless a metric failed and the others would scale down, or all failed. */
  private measure(scale: Scale): Measured {
    const { spec, metadata } = this.autoscaler;
    const metrics = spec.metrics ?? [];
    const selector = this.selectorOf(scale);
    if (selector.failure !== undefined) return { failure: selector.failure, statuses: undefined, winner: undefined };
    const context: MetricContext = {
      ...this.options,
      namespace: metadata.namespace ?? "",
      selector: scale.status?.selector ?? "",
      pods: selector.pods,
      specReplicas: scale.spec?.replicas ?? 0,
      statusReplicas: scale.status?.replicas ?? 0,
      tolerances: { up: this.tolerance("scaleUp"), down: this.tolerance("scaleDown") },
    };
    const failures: MetricFailure[] = [];
    const statuses: V2MetricStatus[] = [];
    let winner: MetricProposal | undefined;
    for (const metric of metrics) {
      try {
        const proposal = proposeReplicas(metric, context);
        statuses.push(proposal.status);
        if (winner === undefined || winner.replicas === 0 || proposal.replicas > winner.replicas) winner = proposal;
      } catch (error) {
        if (!(error instanceof MetricFailure)) throw error;
        this.options.event("Warning", error.reason, error.message);
        failures.push(error);
        statuses.push({ type: "" });
      }
    }
    const [first] = failures;
    const failure = `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first?.summary ?? ""}`;
    if (winner === undefined || (first !== undefined && winner.replicas < context.specReplicas)) {
      if (first !== undefined) {
        const message = `the HPA was unable to compute the replica count: ${first.message}`;
        this.condition("ScalingActive", "False", { reason: first.reason, message });
      }
      return { failure, statuses, winner: undefined };
    }
    this.condition("ScalingActive", "True", {
      reason: "ValidMetricFound",
      message: `the HPA was able to successfully calculate a replica count from ${winner.name}`,
    });
    return { failure, statuses, winner };
  }

  private selectorOf(scale: Scale): { pods: readonly Pod[]; failure?: undefined } | { failure: string } {
    const { options } = this;
    const text = scale.status?.selector ?? "";
    const refuse = (event: string, reason: string, message: string): { failure: string } => {
      options.event("Warning", event, message);
      const shown = event === "SelectorRequired" ? "the HPA target's scale is missing a selector" : message;
      this.condition("ScalingActive", "False", { reason, message: shown });
      return { failure: message };
    };
    if (text === "") return refuse("SelectorRequired", "InvalidSelector", "selector is required");
    let selector: Selector;
    try {
      selector = parseLabelSelector(text);
    } catch (error) {
      const message = `couldn't convert selector into a corresponding internal selector object: ${messageOf(error)}`;
      return refuse("InvalidSelector", "InvalidSelector", message);
    }
    const pods = options.podsOf(selector);
    const rivals = options.rivals(pods, selector);
    if (rivals.length <= 1) return { pods };
    const message = `pods by selector ${text} are controlled by multiple HPAs: [${rivals.join(" ")}]`;
    return refuse("AmbiguousSelector", "AmbiguousSelector", message);
  }

  private tolerance(direction: "scaleUp" | "scaleDown"): number {
    const own = this.autoscaler.spec.behavior?.[direction]?.tolerance;
    return own === undefined ? this.options.tolerance : quantityAsNumber(own);
  }

  /** Between what was recommended lately, how fast it may go, and the two ends. */
  private normalize(bounds: { current: number; desired: number; min: number; max: number }): number {
    const { now, downscaleMs } = this.options;
    const { behavior } = this.autoscaler.spec;
    const { recommendations = [], upEvents, downEvents } = this.memory;
    const { scaleUp: up = {}, scaleDown: down = {} } = behavior ?? {};
    const stabilized =
      behavior === undefined
        ? stabilize(recommendations, { desired: bounds.desired, now, windowMs: downscaleMs })
        : stabilizeWithBehavior(recommendations, {
            current: bounds.current,
            desired: bounds.desired,
            upSeconds: up.stabilizationWindowSeconds ?? 0,
            downSeconds: down.stabilizationWindowSeconds ?? downscaleMs / 1000,
            now,
          });
    this.memory = { ...this.memory, recommendations: stabilized.recommendations };
    const isUp = behavior !== undefined && bounds.desired >= bounds.current;
    this.condition("AbleToScale", "True", stabilized.replicas === bounds.desired ? READY : isUp ? HELD_DOWN : HELD_UP);
    const wanted = { ...bounds, desired: stabilized.replicas };
    const limited =
      behavior === undefined ? limitByRules(wanted) : limitByBehavior(wanted, { up, down, upEvents, downEvents, now });
    const { replicas, reason, message } = limited;
    this.condition("ScalingLimited", replicas === wanted.desired ? "False" : "True", { reason, message });
    return replicas;
  }

  private rescale(
    scale: Scale,
    { desired, reason, metrics }: { desired: number; reason: string; metrics?: V2MetricStatus[] | undefined },
  ): void {
    const { event, setReplicas, now } = this.options;
    const current = scale.spec?.replicas ?? 0;
    try {
      setReplicas(scale, desired);
    } catch (error) {
      const message = messageOf(error);
      event("Warning", "FailedRescale", `New size: ${desired}; reason: ${reason}; error: ${message}`);
      this.condition("AbleToScale", "False", {
        reason: "FailedUpdateScale",
        message: `the HPA controller was unable to update the target scale: ${message}`,
      });
      const { desiredReplicas, currentMetrics } = this.status;
      this.settle({ current, desired: desiredReplicas, metrics: currentMetrics, rescaled: false });
      return;
    }
    this.condition("AbleToScale", "True", {
      reason: "SucceededRescale",
      message: `the HPA controller was able to update the target scale to ${desired}`,
    });
    event("Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${reason}`);
    this.recordChange(desired - current, now);
    this.settle({ current, desired, metrics, rescaled: true });
  }

  private recordChange(change: number, at: number): void {
    const { behavior } = this.autoscaler.spec;
    if (behavior === undefined) return;
    const { scaleUp = {}, scaleDown = {} } = behavior;
    const { upEvents, downEvents } = this.memory;
    this.memory =
      change > 0
        ? { ...this.memory, upEvents: withEvent(upEvents, { change, at }, scaleUp) }
        : { ...this.memory, downEvents: withEvent(downEvents, { change: -change, at }, scaleDown) };
  }

  private settle(outcome: {
    current: number;
    desired: number;
    metrics: V2MetricStatus[] | undefined;
    rescaled: boolean;
  }): void {
    const { lastScaleTime, conditions } = this.status;
    const scaledAt = outcome.rescaled ? formatTime(this.options.now) : lastScaleTime;
    this.status = {
      currentReplicas: outcome.current,
      desiredReplicas: outcome.desired,
      ...(scaledAt !== undefined && { lastScaleTime: scaledAt }),
      ...(outcome.metrics !== undefined && { currentMetrics: outcome.metrics }),
      ...(conditions !== undefined && { conditions }),
    };
  }

  private condition(
    type: ConditionType,
    status: "True" | "False",
    { reason, message }: Omit<ConditionText, "status">,
  ): void {
    const { conditions = [] } = this.status;
    const { now } = this.options;
    this.status = {
      ...this.status,
      conditions: withCondition(conditions, type, { text: { status, reason, message }, now }),
    };
  }
}

interface Measured {
  readonly winner: MetricProposal | undefined;
  readonly statuses: V2MetricStatus[] | undefined;
  readonly failure: string;
}

const READY = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const HELD_UP = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const HELD_DOWN = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
