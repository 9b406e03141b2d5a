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

/** Leaves out what is undefined: JSON would drop it too, and comparing is easier. */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

export function metricToV1({ type, object, pods, resource, containerResource, external }: V2MetricSpec): object {
  const usage = (target: V2MetricTarget | undefined): object => ({
    targetAverageUtilization: target?.averageUtilization,
    targetAverageValue: target?.averageValue,
  });
  return present({
    type,
    object:
      object &&
      present({
        target: object.describedObject,
        metricName: object.metric?.name,
        targetValue: object.target?.value ?? ZERO,
        selector: object.metric?.selector,
        averageValue: object.target?.averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric?.name,
        targetAverageValue: pods.target?.averageValue ?? ZERO,
        selector: pods.metric?.selector,
      }),
    resource: resource && present({ name: resource.name, ...usage(resource.target) }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        ...usage(containerResource.target),
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        targetValue: external.target?.value,
        targetAverageValue: external.target?.averageValue,
      }),
  });
}

export function metricFromV1(metric: JsonObject): V2MetricSpec {
  const source = (name: string): JsonObject | undefined => optional(metric[name]);
  const [object, pods, resource] = [source("object"), source("pods"), source("resource")];
  const [container, external] = [source("containerResource"), source("external")];
  return {
    type: text(metric["type"]) ?? "",
    ...(object && {
      object: {
        describedObject: reference(object["target"]),
        metric: identifier(object, "selector"),
        target: present({
          type: object["averageValue"] === undefined ? "Value" : "AverageValue",
          value: text(object["targetValue"]) ?? ZERO,
          averageValue: text(object["averageValue"]),
        }),
      },
    }),
    ...(pods && {
      pods: {
        metric: identifier(pods, "selector"),
        target: { type: "AverageValue", averageValue: text(pods["targetAverageValue"]) ?? ZERO },
      },
    }),
    ...(resource && { resource: { name: text(resource["name"]) ?? "", target: usageTarget(resource) } }),
    ...(container && {
      containerResource: {
        name: text(container["name"]) ?? "",
        container: text(container["container"]) ?? "",
        target: usageTarget(container),
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external, "metricSelector"),
        target: present({
          type: external["targetValue"] === undefined ? "AverageValue" : "Value",
          value: text(external["targetValue"]),
          averageValue: text(external["targetAverageValue"]),
        }),
      },
    }),
  };
}

export function statusToV1({ type, object, pods, resource, containerResource, external }: V2MetricStatus): object {
  const usage = (current: V2MetricValueStatus | undefined): object => ({
    currentAverageUtilization: current?.averageUtilization,
    currentAverageValue: current?.averageValue ?? ZERO,
  });
  return present({
    type,
    object:
      object &&
      present({
        target: object.describedObject,
        metricName: object.metric?.name,
        currentValue: object.current?.value ?? ZERO,
        selector: object.metric?.selector,
        averageValue: object.current?.averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric?.name,
        currentAverageValue: pods.current?.averageValue ?? ZERO,
        selector: pods.metric?.selector,
      }),
    resource: resource && present({ name: resource.name, ...usage(resource.current) }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        ...usage(containerResource.current),
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        currentValue: external.current?.value ?? ZERO,
        currentAverageValue: external.current?.averageValue,
      }),
  });
}

export function statusFromV1(status: JsonObject): V2MetricStatus {
  const source = (name: string): JsonObject | undefined => optional(status[name]);
  const [object, pods, resource] = [source("object"), source("pods"), source("resource")];
  const [container, external] = [source("containerResource"), source("external")];
  const usage = (from: JsonObject): V2MetricValueStatus =>
    present({
      averageValue: text(from["currentAverageValue"]) ?? ZERO,
      averageUtilization: integer(from["currentAverageUtilization"]),
    });
  return {
    type: text(status["type"]) ?? "",
    ...(object && {
      object: {
        metric: identifier(object, "selector"),
        current: present({
          value: text(object["currentValue"]) ?? ZERO,
          averageValue: text(object["averageValue"]),
        }),
        describedObject: reference(object["target"]),
      },
    }),
    ...(pods && {
      pods: {
        metric: identifier(pods, "selector"),
        current: { averageValue: text(pods["currentAverageValue"]) ?? ZERO },
      },
    }),
    ...(resource && { resource: { name: text(resource["name"]) ?? "", current: usage(resource) } }),
    ...(container && {
      containerResource: {
        name: text(container["name"]) ?? "",
        container: text(container["container"]) ?? "",
        current: usage(container),
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external, "metricSelector"),
        current: present({
          value: text(external["currentValue"]) ?? ZERO,
          averageValue: text(external["currentAverageValue"]),
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

function usageTarget(source: JsonObject): V2MetricTarget {
  const averageUtilization = integer(source["targetAverageUtilization"]);
  return present({
    type: averageUtilization === undefined ? "AverageValue" : "Utilization",
    averageValue: text(source["targetAverageValue"]),
    averageUtilization,
  });
}
