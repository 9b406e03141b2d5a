/** `"%s has %d".format([a, b])`. Upstream: cel-go ext/formatting.go. */
import { Duration } from "@marcbachmann/cel-js/evaluator";
import { isObject } from "../../../base/json.ts";
import { CelFailure } from "./overload.ts";

export function formatText(template: string, args: readonly unknown[]): string {
  let next = 0;
  return template.replace(/%(?:\.([0-9]+))?(.)/gs, (_, precision: string | undefined, clause: string) => {
    if (clause === "%") return "%";
    if (next >= args.length) throw new CelFailure(`index ${next} out of range`);
    return formatClause(clause, args[next++], precision === undefined ? 6 : Number(precision));
  });
}

function formatClause(clause: string, value: unknown, precision: number): string {
  switch (clause) {
    case "s":
      return textOf(value);
    case "d":
      if (typeof value !== "bigint" && typeof value !== "number") throw wrong("decimal", value);
      return String(value);
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : integer(value).toString(2);
    case "o":
      return integer(value).toString(8);
    case "x":
      return hex(value);
    case "X":
      return hex(value).toUpperCase();
    default:
      throw new CelFailure(`could not parse formatting clause: unrecognized formatting clause "${clause}"`);
  }
}

function integer(value: unknown): bigint {
  if (typeof value !== "bigint") throw wrong("integer", value);
  return value;
}

function hex(value: unknown): string {
  if (typeof value !== "string") return integer(value).toString(16);
  return [...value].map((character) => (character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")).join("");
}

function wrong(clause: string, value: unknown): CelFailure {
  return new CelFailure(`error during formatting: ${clause} clause can't be used on ${typeof value}`);
}

function textOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Duration) return value.toString();
  if (!isObject(value)) return String(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${key}: ${textOf(value[key])}`).join(", ")}}`;
}
