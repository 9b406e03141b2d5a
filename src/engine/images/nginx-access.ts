/**
 * What nginx asks of a request before it answers: conditions of `if`, names and passwords, rates.
 * Upstream: nginx src/http/modules/ngx_http_{rewrite,auth_basic,limit_req}_module.c.
 */
import { matchesHash } from "../base/apr1.ts";
import { decodeBase64 } from "../base/base64.ts";
import type { FileSystem } from "../base/program.ts";
import { RequestLimits } from "../runtime/request-limits.ts";
import { NginxConfError } from "./nginx-conf.ts";
import type { Directive } from "./nginx-conf.ts";

export interface Condition {
  readonly holds: boolean;
  /** What the groups of its pattern matched, from `$1` on. */
  readonly groups: readonly string[];
}

/** `($request_method = POST)`, `($http_user_agent ~* bot)`, `(-f $request_filename)`, `($args)`. */
export function conditionOf(
  { args, file, line }: Directive,
  of: { expand: (text: string) => string; fs: FileSystem },
): Condition {
  const words = args.map((word, at) => (at === 0 ? word.replace(/^\(/, "") : word)).filter((word) => word !== "");
  if (words.at(-1) === ")") words.pop();
  else words.push((words.pop() ?? "").replace(/\)$/, ""));
  const [first = "", operator, right = ""] = words.filter((word) => word !== "");
  const test = /^(!?)-([fde])$/.exec(first);
  if (test !== null) {
    const path = of.expand(operator ?? "");
    const type = of.fs.exists(path) ? of.fs.stat(path).type : undefined;
    const is = test[2] === "e" ? type !== undefined : type === (test[2] === "f" ? "file" : "directory");
    return { holds: is !== (test[1] === "!"), groups: [] };
  }
  const left = of.expand(first);
  switch (operator) {
    case undefined:
      return { holds: left !== "" && left !== "0", groups: [] };
    case "=":
      return { holds: left === of.expand(right), groups: [] };
    case "!=":
      return { holds: left !== of.expand(right), groups: [] };
    case "~":
    case "~*":
    case "!~":
    case "!~*": {
      const match = new RegExp(right, operator.endsWith("*") ? "i" : "").exec(left);
      const denied = operator.startsWith("!");
      return { holds: (match !== null) !== denied, groups: match === null ? [] : match.slice(1) };
    }
    default:
      throw new NginxConfError(`unexpected "${operator}" in condition in ${file}:${line}`);
  }
}

/** The user of a request with basic authentication; undefined: none of the file's; "no file": there is nothing to check with. */
export function basicUser(
  header: string | undefined,
  file: string,
  fs: FileSystem,
): { user: string } | undefined | "no file" {
  const path = file.startsWith("/") ? file : `/etc/nginx/${file}`;
  if (!fs.exists(path)) return "no file";
  const given = /^Basic (\S+)$/i.exec(header ?? "")?.[1];
  if (given === undefined) return undefined;
  const [name = "", ...rest] = decodeBase64(given).split(":");
  const password = rest.join(":");
  for (const line of fs.readFile(path).split("\n")) {
    const [known, hash = ""] = line.trim().split(":");
    if (known !== name || name === "") continue;
    const plain = hash.startsWith("{PLAIN}") && hash.slice("{PLAIN}".length) === password;
    if (plain || matchesHash(password, hash) === true) return { user: name };
  }
  return undefined;
}

interface Zone {
  readonly key: string;
  readonly ratePerSecond: number;
}

/** The rates of `limit_req_zone`, and who has used how much of them. */
export class NginxRates {
  private readonly zones = new Map<string, Zone>();
  private readonly limits = new RequestLimits();

  /** `outer`: the directives of the http block. */
  constructor(outer: readonly Directive[]) {
    for (const { name, args, file, line } of outer) {
      if (name !== "limit_req_zone") continue;
      const [key = "", ...more] = args;
      const zone = valueOf(more, "zone")?.split(":")[0];
      const [, count, unit] = /^(\d+)r\/([sm])$/.exec(valueOf(more, "rate") ?? "1r/s") ?? [];
      if (count === undefined) throw new NginxConfError(`invalid rate "${more.at(-1)}" in ${file}:${line}`);
      if (zone === undefined)
        throw new NginxConfError(`"limit_req_zone" must have "zone" parameter in ${file}:${line}`);
      this.zones.set(zone, { key, ratePerSecond: Number(count) / (unit === "m" ? 60 : 1) });
    }
  }

  /** Throws for a `limit_req` of a zone that there is none of. */
  check(directives: readonly Directive[]): void {
    for (const { name, args, block = [] } of directives) {
      const zone = name === "limit_req" ? valueOf(args, "zone") : undefined;
      if (zone !== undefined && !this.zones.has(zone))
        throw new NginxConfError(`zero size shared memory zone "${zone}"`);
      this.check(block);
    }
  }

  /** Milliseconds that a request waits under these `limit_req`s; undefined when it is one too many. */
  wait(rules: readonly Directive[], expand: (text: string) => string, now: number): number | undefined {
    let longest = 0;
    for (const { args } of rules) {
      const name = valueOf(args, "zone") ?? "";
      const zone = this.zones.get(name);
      const key = zone === undefined ? "" : expand(zone.key);
      if (zone === undefined || key === "") continue;
      const limit = { ratePerSecond: zone.ratePerSecond, burst: Number(valueOf(args, "burst") ?? 0) };
      const ms = this.limits.wait(`${name} ${key}`, limit, now);
      if (ms === undefined) return undefined;
      if (!args.includes("nodelay")) longest = Math.max(longest, ms);
    }
    return longest;
  }
}

function valueOf(args: readonly string[], name: string): string | undefined {
  return args.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}
