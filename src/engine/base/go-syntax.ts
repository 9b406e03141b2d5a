/** Go's `%#v` of what JSON or YAML says: `map[string]interface {}{"a":1}`. `mapType`: what Go's reader makes of objects. */
import { isObject } from "./json.ts";

export function goSyntax(value: unknown, mapType = "map[string]interface {}"): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map((item) => goSyntax(item, mapType)).join(", ")}}`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key], mapType)}`);
  return `${mapType}{${entries.join(", ")}}`;
}
