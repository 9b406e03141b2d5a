/**
 * Directives of nginx that an Ingress brings along: `configuration-snippet` for its locations, `server-snippet` for its hosts.
 * Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/template/nginx.tmpl; openresty/headers-more-nginx-module.
 *
 * **Simplified:** those that set, add and hide headers, `return`, `set` and `if` with one of the usual comparisons act;
 * others are named as not simulated.
 */
import type { ServedRequest } from "../../runtime/network-port.ts";
import { readPattern } from "./pattern.ts";

interface Statement {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Statement[] | undefined;
  /** Of `if`, where its comparison is one that acts. */
  readonly holds: Condition | undefined;
}

type Condition = (expand: (text: string) => string) => boolean;

export interface Snippet {
  readonly statements: readonly Statement[];
  /** Directives that are not simulated, or what is wrong with the text. */
  readonly unknown: readonly string[];
}

/** What a snippet makes of one request. */
export interface SnippetOutcome {
  answer?: { status: number; value: string };
  /** For the backend. */
  readonly asked: Record<string, string>;
  /** For the client's answer: undefined takes a header away. `always`: whatever its status. */
  readonly answered: { name: string; value: string | undefined; always: boolean }[];
}

const ACTING: ReadonlySet<string> = new Set([
  "more_set_headers",
  "more_clear_headers",
  "more_set_input_headers",
  "add_header",
  "proxy_set_header",
  "proxy_hide_header",
  "return",
  "set",
  "if",
]);
/** Statuses that add_header adds to without `always`. */
export const WITH_HEADERS: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

export function readSnippet(text: string): Snippet | undefined {
  if (text.trim() === "") return undefined;
  const unknown: string[] = [];
  const tokens = [...text.matchAll(/#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([;{}])|([^\s;{}"']+)/g)].filter(
    ([whole]) => !whole.startsWith("#"),
  );
  let at = 0;
  const block = (): Statement[] => {
    const statements: Statement[] = [];
    for (let words: string[] = []; at < tokens.length;) {
      const [, double, single, mark, word] = tokens[at++] as RegExpMatchArray;
      if (mark === undefined) {
        words.push(double ?? single ?? word ?? "");
        continue;
      }
      if (mark === "}") break;
      const [name = "", ...args] = words;
      words = [];
      const holds = name === "if" ? conditionOf(args) : undefined;
      if (name === "if" && holds === undefined) unknown.push(`if ${args.join(" ")}`);
      else if (name !== "" && !ACTING.has(name)) unknown.push(name);
      statements.push({ name, args, block: mark === "{" ? block() : undefined, holds });
    }
    return statements;
  };
  const statements = block();
  return { statements, unknown: [...new Set(unknown)] };
}

/** `variables`: those that nginx' configuration here has beside the request's own. */
export function runSnippets(
  snippets: readonly (Snippet | undefined)[],
  request: ServedRequest,
  variables: Readonly<Record<string, string>>,
): SnippetOutcome {
  const outcome: SnippetOutcome = { asked: {}, answered: [] };
  const own = new Map(Object.entries(variables));
  const expand = (text: string): string =>
    text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => own.get(name) ?? variable(name, request) ?? whole);
  for (const snippet of snippets) {
    run(snippet?.statements ?? [], { outcome, expand, set: (name, value) => void own.set(name, value) });
    if (outcome.answer !== undefined) break;
  }
  return outcome;
}

interface Running {
  outcome: SnippetOutcome;
  expand(text: string): string;
  set(name: string, value: string): void;
}

function run(statements: readonly Statement[], to: Running): void {
  const { outcome, expand } = to;
  for (const { name, args, block, holds } of statements) {
    const [first = "", second = ""] = args;
    const answered = (header: string, value: string | undefined, always = true): void =>
      void outcome.answered.push({ name: header.toLowerCase(), value, always });
    switch (name) {
      case "more_set_headers":
        for (const each of args) {
          const [header = "", value = ""] = each.split(/:\s*(.*)/s);
          answered(header, value === "" ? undefined : expand(value));
        }
        break;
      case "more_clear_headers":
      case "proxy_hide_header":
        for (const header of args) answered(header, undefined);
        break;
      case "add_header":
        answered(first, expand(second), args[2] === "always");
        break;
      case "more_set_input_headers":
        for (const each of args) {
          const [header = "", value = ""] = each.split(/:\s*(.*)/s);
          outcome.asked[header.toLowerCase()] = expand(value);
        }
        break;
      case "proxy_set_header":
        outcome.asked[first.toLowerCase()] = expand(second);
        break;
      case "set":
        to.set(first.replace(/^\$/, ""), expand(second));
        break;
      case "return": {
        const isCode = /^\d{3}$/.test(first);
        outcome.answer = { status: isCode ? Number(first) : 302, value: expand(isCode ? second : first) };
        return;
      }
      case "if":
        if (holds?.(expand) === true) run(block ?? [], to);
        if (outcome.answer !== undefined) return;
    }
  }
}

/** `($http_user_agent ~* bot)`, `($arg_x)`, `($request_method = POST)`; undefined for others, and for a pattern that can't be read. */
function conditionOf(args: readonly string[]): Condition | undefined {
  const text = args.join(" ").replace(/^\(\s*|\s*\)$/g, "");
  const match = /^(\S+)(?:\s+(=|!=|~\*?|!~\*?)\s+(.*))?$/s.exec(text);
  if (match === null) return undefined;
  const [, left = "", operator = "", right = ""] = match;
  if (operator === "")
    return (expand) => {
      const value = expand(left);
      return value !== "" && value !== "0";
    };
  if (operator === "=" || operator === "!=") return (expand) => (expand(left) === expand(right)) === (operator === "=");
  const pattern = readPattern(right, operator.endsWith("*") ? "i" : "");
  return pattern && ((expand) => pattern.test(expand(left)) !== operator.startsWith("!"));
}

function variable(name: string, request: ServedRequest): string | undefined {
  const { path, query, headers, method, remoteAddress } = request;
  if (name.startsWith("http_")) return headers[name.slice(5).replaceAll("_", "-")] ?? "";
  if (name.startsWith("arg_")) return new RegExp(`(?:^|&)${name.slice(4)}=([^&]*)`).exec(query)?.[1] ?? "";
  if (name.startsWith("cookie_"))
    return new RegExp(`(?:^|;\\s*)${name.slice(7)}=([^;]*)`).exec(headers["cookie"] ?? "")?.[1] ?? "";
  switch (name) {
    case "host":
      return (headers["host"] ?? "").replace(/:\d+$/, "");
    case "request_uri":
      return `${path}${query === "" ? "" : `?${query}`}`;
    case "uri":
      return path;
    case "args":
    case "query_string":
      return query;
    case "request_method":
      return method;
    case "remote_addr":
      return remoteAddress;
    default:
      return undefined;
  }
}
