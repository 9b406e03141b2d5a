/** Variables of a request, `map` and `set` among them, and nginx' sizes and times. Upstream: nginx src/http/ngx_http_variables.c. */
import type { ServedRequest } from "../runtime/network-port.ts";
import type { Directive } from "./nginx-conf.ts";

/** A request on its way through a configuration. What `set` gave is shared by all its internal redirects. */
export interface NginxRequest extends ServedRequest {
  readonly set: Map<string, string>;
}

export class NginxVariables {
  private readonly maps: ReadonlyMap<string, Directive>;
  private readonly hostname: string;

  /** `outer`: the directives of the http block. */
  constructor(outer: readonly Directive[], hostname: string) {
    this.hostname = hostname;
    this.maps = new Map(
      outer.filter(({ name }) => name === "map").map((map) => [(map.args[1] ?? "").replace(/^\$/, ""), map]),
    );
  }

  /** `value` with its variables put in; one that there is none of stays as it is. */
  expand(value: string, request: NginxRequest): string {
    if (!value.includes("$")) return value;
    return value.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => this.value(name, request) ?? whole);
  }

  private value(name: string, request: NginxRequest): string | undefined {
    const given = request.set.get(name) ?? builtIn(name, request, this.hostname);
    if (given !== undefined) return given;
    const map = this.maps.get(name);
    return map === undefined ? undefined : this.mapped(map, request);
  }

  /** The first literal that is the source, else the first expression that fits, else the default. */
  private mapped({ args, block = [] }: Directive, request: NginxRequest): string {
    const source = this.expand(args[0] ?? "", request);
    const entries = block.filter(({ args: value }) => value.length > 0);
    const literal = entries.find(
      ({ name }) => name !== "default" && !name.startsWith("~") && name.toLowerCase() === source.toLowerCase(),
    );
    const fits = literal ?? entries.find(({ name }) => name.startsWith("~") && expression(name).test(source));
    const entry = fits ?? entries.find(({ name }) => name === "default");
    return this.expand(entry?.args[0] ?? "", request);
  }
}

function expression(name: string): RegExp {
  return name.startsWith("~*") ? new RegExp(name.slice(2), "i") : new RegExp(name.slice(1));
}

/** The user that basic authentication has let in, where `set` keeps what belongs to a request. */
export const REMOTE_USER = "remote_user";

/** The folder that files of the request come from, kept there too. */
export const DOCUMENT_ROOT = "document_root";

function builtIn(name: string, request: NginxRequest, hostname: string): string | undefined {
  const { path, query, headers, method, remoteAddress, port, set } = request;
  const header = (key: string): string => headers[key.replaceAll("_", "-")] ?? "";
  switch (name) {
    case "uri":
    case "document_uri":
      return path;
    case "request_uri":
      return `${path}${query === "" ? "" : `?${query}`}`;
    case "args":
    case "query_string":
      return query;
    case "is_args":
      return query === "" ? "" : "?";
    case "host":
    case "server_name":
      return header("host").replace(/:\d+$/, "");
    case "hostname":
      return hostname;
    case "scheme":
      return port === 443 ? "https" : "http";
    case "request_method":
      return method;
    case "remote_addr":
    case "binary_remote_addr":
      return remoteAddress;
    case "server_port":
      return String(port);
    case "request_filename":
      return `${set.get(DOCUMENT_ROOT) ?? ""}${path}`;
    case REMOTE_USER:
      return "";
    case "content_type":
    case "content_length":
      return header(name);
    case "proxy_add_x_forwarded_for":
      return header("x-forwarded-for") === "" ? remoteAddress : `${header("x-forwarded-for")}, ${remoteAddress}`;
  }
  if (name.startsWith("http_")) return header(name.slice(5));
  if (name.startsWith("arg_")) return new RegExp(`(?:^|&)${name.slice(4)}=([^&]*)`).exec(query)?.[1] ?? "";
  return undefined;
}

/** Whether an address is `10.0.0.0/8` or `10.0.0.1`. **Simplified:** of IPv6 single addresses only, as they are written. */
export function isWithin(range: string, address: string): boolean {
  const [base = "", bits = "32"] = range.split("/");
  if (base.includes(":") || address.includes(":")) return base === address;
  const size = 2 ** (32 - Number(bits));
  const block = (text: string): number =>
    Math.floor(text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0) / size);
  return block(base) === block(address);
}

/** Bytes of `8m`, `512k`, `0`. */
export function nginxSize(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  if (count === undefined) return undefined;
  return Number(count) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, "": 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `60`, `30s`, `500ms`, `1m`. */
export function nginxTime(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)(ms|[smhd]?)$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS[unit] ?? 1000);
}
