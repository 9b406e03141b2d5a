/** How a value of a component's configuration file is read, and what ends the kubelet where it can't be. */
import { parseGoDuration } from "../../base/go-duration.ts";
import { cannotUnmarshal, jsonKind } from "../../base/json-kind.ts";

/** Ends the kubelet with these words. */
export class FieldProblem extends Error {}

/** A value of another kind than the field's: the file can't be read. */
export class DecodeProblem extends Error {}

/** What is wrong with a value that can be read. */
export function invalid(why: string): FieldProblem {
  return new FieldProblem(`failed to validate kubelet configuration, error: [invalid configuration: ${why}]`);
}

/** Throws a DecodeProblem. */
export function integer(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  kind: "int32" | "int64" = "int32",
): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || (typeof value === "number" && Number.isInteger(value))) return value;
  const found = typeof value === "number" ? `number ${value}` : jsonKind(value);
  throw new DecodeProblem(
    `json: cannot unmarshal ${found} into Go struct field KubeletConfiguration.${name} of type ${kind}`,
  );
}

/** Milliseconds; nothing: 0. Throws a DecodeProblem. */
export function duration(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== "string") {
    throw new DecodeProblem(cannotUnmarshal(value, "string"));
  }
  const parsed = parseGoDuration(value);
  if (typeof parsed !== "number") throw new DecodeProblem(parsed.problem);
  return parsed;
}
