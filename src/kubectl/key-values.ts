/** `key=value` arguments: labels, environment, literals. Upstream: kubectl pkg/generate and cmd/util. */
import { CommandError } from "./errors.ts";

/** `a=b,c=d` */
export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const parts = pair.split("=");
    if (parts.length !== 2 || parts[0] === "") throw new CommandError(`unexpected label spec: ${pair}`);
    labels[parts[0] ?? ""] = parts[1] ?? "";
  }
  return labels;
}

/** `NAME=value` for containers; a name alone is refused. */
export function parseEnv(specs: readonly string[]): { name: string; value?: string }[] {
  return specs.map((spec) => {
    const equals = spec.indexOf("=");
    const name = equals < 0 ? spec : spec.slice(0, equals);
    if (equals < 0) throw new CommandError(`invalid env: ${spec}`);
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) throw new CommandError(`invalid env: ${spec}`);
    const value = spec.slice(equals + 1);
    return value === "" ? { name } : { name, value };
  });
}

/** A number where the text is one, else the text: ports and percentages. */
export function intOrString(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of the text's UTF-8. */
export function toBase64(text: string): string {
  const bytes: number[] = [];
  for (const [part] of encodeURIComponent(text).matchAll(/%[0-9A-F]{2}|./g)) {
    bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
  }
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.slice(i, i + 3);
    const held = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += (BASE64[held >> 18] ?? "") + (BASE64[(held >> 12) & 63] ?? "");
    out += b === undefined ? "=" : (BASE64[(held >> 6) & 63] ?? "");
    out += c === undefined ? "=" : (BASE64[held & 63] ?? "");
  }
  return out;
}
