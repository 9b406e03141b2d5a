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

const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** What is wrong with a variable's name; undefined when nothing is. */
export function envNameProblem(name: string): string | undefined {
  if (ENV_NAME.test(name)) return undefined;
  return `${JSON.stringify(name)} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '${ENV_NAME.source.slice(1, -1)}')`;
}

/** `NAME=value` sets, `NAME-` removes. Upstream: kubectl pkg/cmd/set/env/env_parse.go. */
export function parseEnvChanges(specs: readonly string[]): {
  set: { name: string; value?: string }[];
  remove: string[];
} {
  const set: { name: string; value?: string }[] = [];
  const remove: string[] = [];
  for (const spec of specs) {
    const equals = spec.indexOf("=");
    if (equals < 0) {
      if (!spec.endsWith("-")) throw new CommandError(`unknown environment variable: ${spec}`);
      remove.push(spec.slice(0, -1));
      continue;
    }
    const name = spec.slice(0, equals);
    const problem = envNameProblem(name);
    if (problem !== undefined) throw new CommandError(problem);
    const value = spec.slice(equals + 1);
    set.push(value === "" ? { name } : { name, value });
  }
  if (set.some(({ name }) => remove.includes(name))) {
    throw new CommandError("can not both modify and remove the same environment variable in the same command");
  }
  return { set, remove };
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
