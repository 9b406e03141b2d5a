/**
 * What one metric of an autoscaler asks for, and how its status shows it. Upstream: computeReplicasForMetric and
 * computeStatusFor… in pkg/controller/podautoscaler/horizontal.go.
 */
import type {
  LabelSelector,
  Pod,
  V2MetricIdentifier,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
} from "../../api/generated/types.ts";
import { milliValue, quantityFromMilli } from "../../api/meta/quantity.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import type { MetricsSource } from "./metrics-source.ts";
import type { Patience } from "./pod-groups.ts";
import { averageReplicas, perPodReplicas, utilizationReplicas, valueReplicas } from "./replica-calculator.ts";
import type { Proposal, Sample, Tolerances } from "./replica-calculator.ts";

export interface MetricContext {
  readonly source: MetricsSource;
  readonly namespace: string;
  /** Of the scale. */
  readonly selector: string;
  readonly pods: readonly Pod[];
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly patience: Patience;
  readonly now: number;
}

export interface MetricProposal {
  readonly replicas: number;
  /** As reasons call it: `cpu resource utilization (percentage of request)`. */
  readonly name: string;
  readonly status: V2MetricStatus;
}

/** A metric that gives no number. `message` is the condition's and the event's, `summary` that of the whole sync. */
export class MetricFailure extends Error {
  readonly reason: string;
  readonly summary: string;

  constructor(reason: string, { message, summary }: { message: string; summary: string }) {
    super(message);
    this.reason = reason;
    this.summary = summary;
  }
}

/** Throws a `MetricFailure`. */
export function proposeReplicas(metric: V2MetricSpec, context: MetricContext): MetricProposal {
  const { object, pods, resource, containerResource, external } = metric;
  switch (metric.type) {
    case "Object":
      if (object === undefined) break;
      return attempt("FailedGetObjectMetric", "failed to get object metric value", () => objectMetric(object, context));
    case "Pods":
      if (pods === undefined) break;
      return attempt("FailedGetPodsMetric", "failed to get pods metric value", () => podsMetric(pods, context));
    case "Resource":
      if (resource === undefined) break;
      return attempt("FailedGetResourceMetric", `failed to get ${resource.name} resource metric value`, () =>
        resourceMetric(resource, context),
      );
    case "ContainerResource":
      if (containerResource === undefined) break;
      return attempt(
        "FailedGetContainerResourceMetric",
        `failed to get ${containerResource.container} container metric value`,
        () => containerMetric(containerResource, context),
      );
    case "External":
      if (external === undefined) break;
      return attempt("FailedGetExternalMetric", `failed to get ${external.metric.name} external metric value`, () =>
        externalMetric(external, context),
      );
  }
  const message = `unknown metric source type ${JSON.stringify(metric.type)}`;
  throw new MetricFailure("InvalidMetricSourceType", { message, summary: message });
}

function attempt(reason: string, lead: string, propose: () => MetricProposal): MetricProposal {
  try {
    return propose();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new MetricFailure(reason, { message: error.message, summary: `${lead}: ${error.message}` });
  }
}

/** The message of what `read` throws begins with `lead`. */
function explained<T>(lead: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Error ? new Error(`${lead}: ${error.message}`, { cause: error }) : error;
  }
}

function sampleOf(context: MetricContext, resource: string, metrics: Sample["metrics"]): Sample {
  const { pods, specReplicas, tolerances, patience, now } = context;
  return { pods, metrics, resource, current: specReplicas, tolerances, patience, now };
}

/** Shared by resources of pods and of containers. */
function resourceUsage(
  { name, target, container }: { name: string; target: V2MetricTarget; container?: string },
  context: MetricContext,
): Proposal {
  const { namespace, selector } = context;
  const read = (): Sample => {
    const metrics = explained(`unable to get metrics for resource ${name}`, () =>
      context.source.resource(name, { namespace, selector, ...(container !== undefined && { container }) }),
    );
    return sampleOf(context, name, metrics);
  };
  const { averageValue, averageUtilization } = target;
  if (averageValue !== undefined) {
    return explained(`failed to get ${name} usage`, () => averageReplicas(read(), milliValue(averageValue)));
  }
  if (averageUtilization === undefined) {
    throw new Error(
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
    );
  }
  return explained(`failed to get ${name} utilization`, () =>
    utilizationReplicas(read(), averageUtilization, container),
  );
}

function usageStatus({ average, utilization }: Proposal): { averageValue: string; averageUtilization?: number } {
  return {
    averageValue: quantityFromMilli(average),
    ...(utilization !== undefined && { averageUtilization: utilization }),
  };
}

function resourceMetric(
  { name, target }: NonNullable<V2MetricSpec["resource"]>,
  context: MetricContext,
): MetricProposal {
  const proposal = resourceUsage({ name, target }, context);
  const kind = proposal.utilization === undefined ? "resource" : "resource utilization (percentage of request)";
  return {
    replicas: proposal.replicas,
    name: `${name} ${kind}`,
    status: { type: "Resource", resource: { name, current: usageStatus(proposal) } },
  };
}

function containerMetric(
  { name, target, container }: NonNullable<V2MetricSpec["containerResource"]>,
  context: MetricContext,
): MetricProposal {
  const proposal = resourceUsage({ name, target, container }, context);
  const kind =
    proposal.utilization === undefined ? "resource" : "container resource utilization (percentage of request)";
  return {
    replicas: proposal.replicas,
    name: `${name} ${kind}`,
    status: { type: "ContainerResource", containerResource: { name, container, current: usageStatus(proposal) } },
  };
}

function podsMetric({ metric, target }: NonNullable<V2MetricSpec["pods"]>, context: MetricContext): MetricProposal {
  const { source, namespace, selector } = context;
  const metricSelector = labelSelectorAsSelectorText(metric.selector);
  const metrics = explained(`unable to get metric ${metric.name}`, () =>
    source.pods(metric.name, { namespace, selector, metricSelector }),
  );
  const { replicas, average } = averageReplicas(sampleOf(context, "", metrics), milliValue(target.averageValue ?? "0"));
  return {
    replicas,
    name: `pods metric ${metric.name}`,
    status: { type: "Pods", pods: { metric, current: { averageValue: quantityFromMilli(average) } } },
  };
}

function objectMetric(
  { metric, target, describedObject }: NonNullable<V2MetricSpec["object"]>,
  context: MetricContext,
): MetricProposal {
  const { source, namespace, statusReplicas, tolerances } = context;
  const { kind, name } = describedObject;
  const read = (): number => {
    const metricSelector = labelSelectorAsSelectorText(metric.selector);
    try {
      return source.object(metric.name, { namespace, object: describedObject, metricSelector });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const text = `unable to get metric ${metric.name}: ${kind} on ${namespace} ${name}/${error.message}`;
      throw new Error(text, { cause: error });
    }
  };
  const status = (current: object): V2MetricStatus => ({
    type: "Object",
    object: { metric, describedObject, current },
  });
  if (target.type === "Value" && target.value !== undefined) {
    const usage = read();
    return {
      replicas: valueReplicas(usage, milliValue(target.value), { ...context, current: context.specReplicas }),
      name: `${kind} metric ${metric.name}`,
      status: status({ value: quantityFromMilli(usage) }),
    };
  }
  const { averageValue } = target;
  if (target.type !== "AverageValue" || averageValue === undefined) {
    throw new Error("invalid object metric source: neither a value target nor an average value target was set");
  }
  const { replicas, average } = explained(`failed to get ${metric.name} object metric`, () =>
    perPodReplicas(read(), milliValue(averageValue), { counted: statusReplicas, tolerances }),
  );
  return { replicas, name: externalName(metric), status: status({ averageValue: quantityFromMilli(average) }) };
}

function externalMetric(
  { metric, target }: NonNullable<V2MetricSpec["external"]>,
  context: MetricContext,
): MetricProposal {
  const { source, namespace, statusReplicas, tolerances } = context;
  const { averageValue, value } = target;
  const read = (): number => {
    const lead = `unable to get external metric ${namespace}/${metric.name}/${selectorText(metric.selector)}`;
    const values = explained(lead, () => source.external(metric.name, { namespace, selector: metric.selector }));
    return values.reduce((sum, each) => sum + each, 0);
  };
  const status = (current: object): V2MetricStatus => ({ type: "External", external: { metric, current } });
  if (averageValue !== undefined) {
    const { replicas, average } = explained(`failed to get ${metric.name} external metric`, () =>
      perPodReplicas(read(), milliValue(averageValue), { counted: statusReplicas, tolerances }),
    );
    return { replicas, name: externalName(metric), status: status({ averageValue: quantityFromMilli(average) }) };
  }
  if (value === undefined) {
    throw new Error("invalid external metric source: neither a value target nor an average value target was set");
  }
  return explained(`failed to get external metric ${metric.name}`, () => {
    const usage = read();
    return {
      replicas: valueReplicas(usage, milliValue(value), { ...context, current: context.specReplicas }),
      name: externalName(metric),
      status: status({ value: quantityFromMilli(usage) }),
    };
  });
}

/** Upstream calls the metric of an object shared by pods so, too. */
function externalName({ name, selector }: V2MetricIdentifier): string {
  return `external metric ${name}(${selectorText(selector)})`;
}

function labelSelectorAsSelectorText(selector: LabelSelector | undefined): string {
  return selector === undefined ? "" : labelSelectorAsSelector(selector).toString();
}

/** As Go prints one: `&LabelSelector{MatchLabels:map[string]string{queue: a,},MatchExpressions:[]LabelSelectorRequirement{},}`. */
function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${value},`);
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
