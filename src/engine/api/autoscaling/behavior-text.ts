/**
 * The behavior as the annotation of autoscaling/v1 holds it. Upstream writes its internal structure, whose fields have Go's
 * names and are all there: `{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":60,…}}`.
 */
import type { V2HorizontalPodAutoscalerBehavior, V2HPAScalingPolicy, V2HPAScalingRules } from "../generated/types.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { integer, parseLenient, record, text } from "./lenient-json.ts";

export function behaviorToText({ scaleUp, scaleDown }: V2HorizontalPodAutoscalerBehavior): string {
  return JSON.stringify({ ScaleUp: rulesToGo(scaleUp), ScaleDown: rulesToGo(scaleDown) });
}

function rulesToGo(rules: V2HPAScalingRules | undefined): object | null {
  if (rules === undefined) return null;
  const { stabilizationWindowSeconds = null, selectPolicy = null, policies, tolerance = null } = rules;
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds,
    SelectPolicy: selectPolicy,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) ??
      null,
    Tolerance: tolerance,
  };
}

/** undefined when nothing of it can be read. */
export function behaviorFromText(annotation: string | undefined): V2HorizontalPodAutoscalerBehavior | undefined {
  const value = record(parseLenient(annotation));
  const scaleUp = rulesFromGo(field(value, "ScaleUp"));
  const scaleDown = rulesFromGo(field(value, "ScaleDown"));
  if (scaleUp === undefined && scaleDown === undefined) return undefined;
  return { ...(scaleUp && { scaleUp }), ...(scaleDown && { scaleDown }) };
}

function rulesFromGo(value: unknown): V2HPAScalingRules | undefined {
  if (!isObject(value)) return undefined;
  const rules = value as JsonObject;
  const window = integer(field(rules, "StabilizationWindowSeconds"));
  const selectPolicy = text(field(rules, "SelectPolicy"));
  const policies = field(rules, "Policies");
  const tolerance = text(field(rules, "Tolerance"));
  return {
    ...(window !== undefined && { stabilizationWindowSeconds: window }),
    ...(selectPolicy !== undefined && { selectPolicy }),
    ...(Array.isArray(policies) && { policies: policies.map(policyFromGo) }),
    ...(tolerance !== undefined && { tolerance }),
  };
}

function policyFromGo(value: unknown): V2HPAScalingPolicy {
  const policy = record(value);
  return {
    type: text(field(policy, "Type")) ?? "",
    value: integer(field(policy, "Value")) ?? 0,
    periodSeconds: integer(field(policy, "PeriodSeconds")) ?? 0,
  };
}

/** Go takes names in any case when the exact one isn't there. */
function field(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}
