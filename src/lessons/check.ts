/** Evaluates a lesson's checks against the present cluster, and says what is not true yet. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { EVERYTHING, parseLabelSelector } from "../engine/api/meta/selectors.ts";
import type { Check, CountTest, FieldTest } from "./lesson.ts";

/** What a check may look at. Reading changes nothing. */
export interface ClusterReader {
  /** Objects of a kind; `namespace` is ignored for cluster-scoped kinds. Empty when the API server can't be reached. */
  list(kind: string, namespace: string): readonly KubeObject[];
  get(kind: string, namespace: string, name: string): KubeObject | undefined;
  readyEndpoints(namespace: string, service: string): number;
  /** All that the pod's containers have logged. */
  log(namespace: string, pod: string): string;
}

/** Key and values for the page's catalogue. */
export interface Missing {
  key: string;
  values: Record<string, string | number>;
}

/** Undefined when the check holds, else what is missing. */
export function evaluate(check: Check, reader: ClusterReader): Missing | undefined {
  if (check.type === "all") {
    for (const part of check.checks) {
      const missing = evaluate(part, reader);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }
  const namespace = check.namespace ?? "default";
  switch (check.type) {
    case "exists":
    case "absent":
    case "field":
    case "condition":
      return evaluateObject(check, reader.get(check.kind, namespace, check.name));
    case "count": {
      const selector = check.selector === undefined ? EVERYTHING : parseLabelSelector(check.selector);
      const have = reader
        .list(check.kind, namespace)
        .filter((object) => selector.matches(object.metadata.labels))
        .filter((object) => (check.where ?? []).every((test) => holds(test, valueAt(object, test.path)))).length;
      return count("check.count", have, check, { kind: check.kind });
    }
    case "endpoints":
      return count("check.endpoints", reader.readyEndpoints(namespace, check.service), check, {
        service: check.service,
      });
    case "log": {
      const selector = parseLabelSelector(check.selector);
      const pods = reader.list("Pod", namespace).filter((pod) => selector.matches(pod.metadata.labels));
      const have = pods.filter((pod) => reader.log(namespace, pod.metadata.name).includes(check.contains)).length;
      return count("check.log", have, check, { text: check.contains });
    }
  }
}

function evaluateObject(check: Extract<Check, { name: string }>, object: KubeObject | undefined): Missing | undefined {
  const { kind, name } = check;
  if (check.type === "absent")
    return object === undefined ? undefined : { key: "check.present", values: { kind, name } };
  if (object === undefined) return { key: "check.missing", values: { kind, name } };
  if (check.type === "exists") return undefined;
  if (check.type === "condition") {
    const wanted = check.status ?? "True";
    const status = conditionOf(object, check.condition);
    return status === wanted
      ? undefined
      : { key: "check.condition", values: { kind, name, condition: check.condition, status, wanted } };
  }
  const value = valueAt(object, check.path);
  if (holds(check, value)) return undefined;
  return {
    key: "check.field",
    values: {
      kind,
      name,
      path: check.path,
      value: value === undefined ? "–" : String(value),
      wanted: wantedText(check),
    },
  };
}

function conditionOf(object: KubeObject, type: string): string {
  const conditions = valueAt(object, "status.conditions");
  if (!Array.isArray(conditions)) return "Unknown";
  return (
    (conditions as { type: string; status: string }[]).find((condition) => condition.type === type)?.status ?? "Unknown"
  );
}

/** The value at a dotted path; a step may escape dots of its own as `\.` (label keys). */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const step of path.split(/(?<!\\)\./)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[step.replaceAll("\\.", ".")];
  }
  return value;
}

function holds(test: FieldTest, value: unknown): boolean {
  if ("equals" in test) return value === test.equals;
  if ("atLeast" in test) return typeof value === "number" && value >= test.atLeast;
  if ("present" in test) return (value !== undefined) === test.present;
  return value !== undefined && new RegExp(test.matches).test(String(value));
}

function wantedText(test: FieldTest): string {
  if ("equals" in test) return String(test.equals);
  if ("atLeast" in test) return `≥ ${test.atLeast}`;
  if ("present" in test) return test.present ? "…" : "–";
  return test.matches;
}

function count(key: string, have: number, test: CountTest, values: Record<string, string>): Missing | undefined {
  const done = "equals" in test ? have === test.equals : have >= test.atLeast;
  return done ? undefined : { key, values: { ...values, have, want: "equals" in test ? test.equals : test.atLeast } };
}
