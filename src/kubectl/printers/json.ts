/** Objects as JSON text the way Go's encoder indents and escapes it. Upstream: cli-runtime pkg/printers/json.go. */
import { isObject } from "../../engine/base/json.ts";

/** With keys sorted, as objects that came from a server are shown. Ends with a newline. */
export function toJson(value: unknown, options: { sorted?: boolean } = {}): string {
  const text = JSON.stringify(options.sorted === false ? value : sortKeys(value), null, 4);
  return `${escapeHtml(text)}\n`;
}

/** In one line, keys sorted, as jsonpath prints objects. */
export function toCompactJson(value: unknown): string {
  return escapeHtml(JSON.stringify(sortKeys(value)));
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}
