/**
 * Metrics in the form of v1's annotations, where a source and its target are one flat object. Numbers that v1 holds by value
 * are written as 0 when they are missing. Upstream: Convert_…MetricSource… in pkg/apis/autoscaling/v1/conversion.go.
 */
import type {
  LabelSelector,
  V2CrossVersionObjectReference,
  V2MetricIdentifier,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from "../generated/types.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { integer, record, text } from "./lenient-json.ts";

const ZERO = "0";
const AVERAGE = "AverageValue";

/** Leaves out what is undefined: JSON would drop it too, and comparing is easier. */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** What a source is measured against, or what it is measured at. v1 begins the names of its numbers with the same word. */
type Side = "target" | "current";
type Source = V2MetricSpec | V2MetricStatus;
type Amounts = Partial<V2MetricTarget & V2MetricValueStatus>;

export function metricToV1(metric: V2MetricSpec): object {
  return toV1(metric, "target");
}

export function statusToV1(status: V2MetricStatus): object {
  return toV1(status, "current");
}

export function metricFromV1(metric: JsonObject): V2MetricSpec {
  return fromV1(metric, "target") as V2MetricSpec;
}

export function statusFromV1(status: JsonObject): V2MetricStatus {
  return fromV1(status, "current") as V2MetricStatus;
}

/** Some numbers are behind a pointer as targets, and values as what is measured. */
function zeroOf(side: Side): string | undefined {
  return side === "current" ? ZERO : undefined;
}

function toV1({ type, object, pods, resource, containerResource, external }: Source, side: Side): object {
  const amounts = (source: object | undefined): Amounts =>
    (source as Partial<Record<Side, Amounts>> | undefined)?.[side] ?? {};
  const usage = (source: object): object => ({
    [`${side}AverageUtilization`]: amounts(source).averageUtilization,
    [`${side}AverageValue`]: amounts(source).averageValue ?? zeroOf(side),
  });
  return present({
    type,
    object:
      object &&
      present({
        target: object.describedObject,
        metricName: object.metric?.name,
        [`${side}Value`]: amounts(object).value ?? ZERO,
        selector: object.metric?.selector,
        averageValue: amounts(object).averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric?.name,
        [`${side}AverageValue`]: amounts(pods).averageValue ?? ZERO,
        selector: pods.metric?.selector,
      }),
    resource: resource && present({ name: resource.name, ...usage(resource) }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        ...usage(containerResource),
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        [`${side}Value`]: amounts(external).value ?? zeroOf(side),
        [`${side}AverageValue`]: amounts(external).averageValue,
      }),
  });
}

function fromV1(metric: JsonObject, side: Side): object {
  const source = (name: string): JsonObject | undefined => optional(metric[name]);
  const [object, pods, resource] = [source("object"), source("pods"), source("resource")];
  const [container, external] = [source("containerResource"), source("external")];
  /** Only a target says of which type it is. */
  const amounts = (type: string, numbers: Amounts): object => ({
    [side]: present(side === "target" ? { type, ...numbers } : numbers),
  });
  const usage = (from: JsonObject): object => {
    const averageUtilization = integer(from[`${side}AverageUtilization`]);
    const averageValue = text(from[`${side}AverageValue`]) ?? zeroOf(side);
    return amounts(averageUtilization === undefined ? AVERAGE : "Utilization", { averageValue, averageUtilization });
  };
  return {
    type: text(metric["type"]) ?? "",
    ...(object && {
      object: {
        describedObject: reference(object["target"]),
        metric: identifier(object, "selector"),
        ...amounts(object["averageValue"] === undefined ? "Value" : AVERAGE, {
          value: text(object[`${side}Value`]) ?? ZERO,
          averageValue: text(object["averageValue"]),
        }),
      },
    }),
    ...(pods && {
      pods: {
        metric: identifier(pods, "selector"),
        ...amounts(AVERAGE, { averageValue: text(pods[`${side}AverageValue`]) ?? ZERO }),
      },
    }),
    ...(resource && { resource: { name: text(resource["name"]) ?? "", ...usage(resource) } }),
    ...(container && {
      containerResource: {
        name: text(container["name"]) ?? "",
        container: text(container["container"]) ?? "",
        ...usage(container),
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external, "metricSelector"),
        ...amounts(external["targetValue"] === undefined ? AVERAGE : "Value", {
          value: text(external[`${side}Value`]) ?? zeroOf(side),
          averageValue: text(external[`${side}AverageValue`]),
        }),
      },
    }),
  };
}

function optional(value: unknown): JsonObject | undefined {
  return isObject(value) ? (value as JsonObject) : undefined;
}

function identifier(source: JsonObject, selectorName: string): V2MetricIdentifier {
  const selector = optional(source[selectorName]) as LabelSelector | undefined;
  return { name: text(source["metricName"]) ?? "", ...(selector && { selector }) };
}

function reference(value: unknown): V2CrossVersionObjectReference {
  const { kind, name, apiVersion } = record(value);
  return present({ kind: text(kind) ?? "", name: text(name) ?? "", apiVersion: text(apiVersion) });
}
