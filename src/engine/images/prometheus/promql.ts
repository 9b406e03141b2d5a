/**
 * Instant queries. Upstream: prometheus/prometheus promql/{engine.go,functions.go}.
 * Simplified: two vectors are joined by all their labels; the functions are those of the parser.
 */
import type { Expression } from "./promql-parser.ts";
import { COMPARISONS, PromqlError } from "./promql-parser.ts";
import { keyOf, type Labels, type Point, type Series, type SeriesStore } from "./series.ts";

/** An instant selector sees what is no older. */
const LOOKBACK_MS = 300_000;

export interface Result {
  readonly labels: Labels;
  readonly value: number;
}

/** A number, or a value for each series. */
export type Value = number | readonly Result[];

export function evaluate(expression: Expression, store: SeriesStore, now: number): Value {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "selector": {
      if (expression.rangeMs !== undefined) {
        throw new PromqlError(
          'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
        );
      }
      return store.select(expression.matchers).flatMap(({ labels, points }) => {
        const last = points.findLast(({ at }) => at <= now && at > now - LOOKBACK_MS);
        return last === undefined || Number.isNaN(last.value) ? [] : [{ labels, value: last.value }];
      });
    }
    case "call":
      return callOf(expression, store, now);
    case "aggregate":
      return aggregated(expression, evaluate(expression.argument, store, now));
    case "binary":
      return combined(
        expression.operator,
        evaluate(expression.left, store, now),
        evaluate(expression.right, store, now),
      );
  }
}

function callOf({ name, argument }: Expression & { kind: "call" }, store: SeriesStore, now: number): Result[] {
  const { matchers, rangeMs = 0 } = argument as Expression & { kind: "selector" };
  return store.select(matchers).flatMap((series: Series) => {
    const points = series.points.filter(({ at }) => at > now - rangeMs && at <= now);
    const value = overRange(name, points, { start: now - rangeMs, end: now });
    return value === undefined ? [] : [{ labels: without(series.labels, ["__name__"]), value }];
  });
}

function overRange(name: string, points: readonly Point[], range: { start: number; end: number }): number | undefined {
  if (points.length === 0) return undefined;
  const values = points.map(({ value }) => value);
  const sum = (): number => values.reduce((total, value) => total + value, 0);
  switch (name) {
    case "rate":
      return extrapolated(points, range, true);
    case "increase":
      return extrapolated(points, range, false);
    case "irate":
      return instantRate(points);
    case "avg_over_time":
      return sum() / values.length;
    case "sum_over_time":
      return sum();
    case "min_over_time":
      return Math.min(...values);
    default:
      return Math.max(...values);
  }
}

/** A counter's growth as it would be over the whole range; resets count as growth from nothing. Upstream: extrapolatedRate. */
function extrapolated(
  points: readonly Point[],
  { start, end }: { start: number; end: number },
  perSecond: boolean,
): number | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  let growth = last.value - first.value;
  for (const [at, point] of points.entries()) {
    const before = points[at - 1];
    if (before !== undefined && point.value < before.value) growth += before.value;
  }
  const sampled = last.at - first.at;
  const between = sampled / (points.length - 1);
  const threshold = between * 1.1;
  let toStart = first.at - start;
  let toEnd = end - last.at;
  if (toStart >= threshold) toStart = between / 2;
  // Not below zero.
  if (growth > 0 && first.value >= 0) toStart = Math.min(toStart, sampled * (first.value / growth));
  if (toEnd >= threshold) toEnd = between / 2;
  const whole = growth * ((sampled + toStart + toEnd) / sampled);
  return perSecond ? whole / ((end - start) / 1000) : whole;
}

function instantRate(points: readonly Point[]): number | undefined {
  const [before, last] = points.slice(-2);
  if (before === undefined || last === undefined) return undefined;
  const growth = last.value < before.value ? last.value : last.value - before.value;
  return growth / ((last.at - before.at) / 1000);
}

function aggregated(
  { name, labels, without: excludes }: Expression & { kind: "aggregate" },
  value: Value,
): readonly Result[] {
  if (typeof value === "number") {
    throw new PromqlError(`parse error: expected type instant vector in aggregation expression, got scalar`);
  }
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const result of value) {
    const kept = excludes ? without(result.labels, ["__name__", ...labels]) : only(result.labels, labels);
    const key = keyOf(kept);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: kept, values: [result.value] });
    else group.values.push(result.value);
  }
  return [...groups.values()].map((group) => ({ labels: group.labels, value: summary(name, group.values) }));
}

function summary(name: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (name === "sum") return sum;
  if (name === "avg") return sum / values.length;
  if (name === "count") return values.length;
  return name === "min" ? Math.min(...values) : Math.max(...values);
}

function combined(operator: string, left: Value, right: Value): Value {
  if (typeof left === "number" && typeof right === "number") {
    const value = arithmetic(operator, left, right);
    if (value === undefined) throw new PromqlError("parse error: comparisons between scalars must use BOOL modifier");
    return value;
  }
  // What passes a comparison is still what it was; what was calculated is something else.
  const named = (labels: Labels): Labels => (COMPARISONS.has(operator) ? labels : without(labels, ["__name__"]));
  const mapped = (values: readonly Result[], of: (each: Result) => number | undefined): Result[] =>
    values.flatMap((each) => {
      const value = of(each);
      return value === undefined ? [] : [{ labels: named(each.labels), value }];
    });
  if (typeof left === "number") {
    return mapped(right as readonly Result[], ({ value }) => result(operator, left, value, value));
  }
  if (typeof right === "number") return mapped(left, ({ value }) => result(operator, value, right, value));
  const others = new Map(right.map(({ labels, value }) => [keyOf(without(labels, ["__name__"])), value]));
  return mapped(left, ({ labels, value }) => {
    const other = others.get(keyOf(without(labels, ["__name__"])));
    return other === undefined ? undefined : result(operator, value, other, value);
  });
}

/** A comparison lets `kept` through or nothing. */
function result(operator: string, left: number, right: number, kept: number): number | undefined {
  return arithmetic(operator, left, right) ?? (holds(operator, left, right) ? kept : undefined);
}

function arithmetic(operator: string, left: number, right: number): number | undefined {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    default:
      return undefined;
  }
}

function holds(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case ">":
      return left > right;
    case "<":
      return left < right;
    case ">=":
      return left >= right;
    default:
      return left <= right;
  }
}

function without(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

function only(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])));
}
