/** What a configuration of nginx answers: server, location, then files, a fixed answer or an upstream's. */
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { gatewayStatus, passOn, PROXY_TIMEOUT_MS } from "../runtime/pass-on.ts";
import type { ServerContext } from "./define-image.ts";
import { httpDate } from "./http-log.ts";
import { NginxConfError } from "./nginx-conf.ts";
import type { Directive } from "./nginx-conf.ts";
import { StaticSite } from "./static-files.ts";

export interface NginxServer {
  readonly ports: readonly number[];
  readonly names: readonly string[];
  readonly isDefault: boolean;
  readonly directives: readonly Directive[];
  /** Of the http block around it. */
  readonly outer: readonly Directive[];
}

interface Location {
  readonly modifier: string;
  readonly path: string;
  readonly directives: readonly Directive[];
}

const MAX_REWRITES = 10;

/** The servers of a configuration. Throws a `NginxConfError` for what can't be set up. */
export function nginxServers(conf: readonly Directive[]): NginxServer[] {
  const http = conf.find(({ name }) => name === "http")?.block ?? [];
  const servers: NginxServer[] = [];
  for (const { name, block = [] } of http) {
    if (name !== "server") continue;
    const listens = block.filter((each) => each.name === "listen").map(({ args }) => args);
    const ports = listens.map(([address = "80"]) => Number(address.replace(/^.*:/, "")));
    servers.push({
      ports: ports.length === 0 ? [80] : ports.filter((port) => port > 0),
      names: block.filter((each) => each.name === "server_name").flatMap(({ args }) => args),
      isDefault: listens.some((args) => args.includes("default_server")),
      directives: block,
      outer: http,
    });
  }
  return servers;
}

/** Names of upstreams that nginx looks up before it starts: those without variables. */
export function upstreamHosts(servers: readonly NginxServer[]): { host: string; file: string; line: number }[] {
  const found: { host: string; file: string; line: number }[] = [];
  const add = (authority: string, { file, line }: Directive): void => {
    const host = authority.replace(/:\d+$/, "");
    if (host !== "" && !/[$]/.test(authority) && !/^[\d.]+$/.test(host)) found.push({ host, file, line });
  };
  const walk = (directives: readonly Directive[], blocks: ReadonlySet<string>): void => {
    for (const directive of directives) {
      const authority = /^https?:\/\/([^/]+)/.exec(directive.args[0] ?? "")?.[1] ?? "";
      if (directive.name === "proxy_pass" && !blocks.has(authority)) add(authority, directive);
      walk(directive.block ?? [], blocks);
    }
  };
  for (const { directives, outer } of servers) {
    const upstreams = outer.filter(({ name }) => name === "upstream");
    for (const each of upstreams.flatMap(({ block = [] }) => block))
      if (each.name === "server") add(each.args[0] ?? "", each);
    walk(directives, new Set(upstreams.map(({ args }) => args[0] ?? "")));
  }
  return found;
}

export class NginxSite {
  private readonly ctx: ServerContext;
  private readonly servers: readonly NginxServer[];
  private readonly server: string;
  private readonly errorPage: (status: number) => string;
  private readonly sites = new Map<string, StaticSite>();
  private turn = 0;

  constructor(
    ctx: ServerContext,
    options: { servers: readonly NginxServer[]; server: string; errorPage: (status: number) => string },
  ) {
    this.ctx = ctx;
    this.servers = options.servers;
    this.server = options.server;
    this.errorPage = options.errorPage;
  }

  answer(request: ServedRequest): ServedResponse {
    const host = (request.headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "");
    const here = this.servers.filter(({ ports }) => ports.includes(request.port));
    const server =
      here.find(({ names }) => names.some((name) => nameMatches(name, host))) ??
      here.find(({ isDefault }) => isDefault) ??
      here[0];
    if (server === undefined) return this.page(404);
    return this.inServer(server, { ...request }, 0);
  }

  private inServer(server: NginxServer, request: ServedRequest, rewrites: number): ServedResponse {
    const early = this.act(server.directives, { server, request, location: undefined, rewrites });
    if (early !== undefined) return early;
    const location = findLocation(locationsOf(server.directives), request.path);
    const scope = { server, request, location, rewrites };
    const response = location === undefined ? undefined : this.act(location.directives, scope);
    const directives = [...(location?.directives ?? []), ...server.directives, ...server.outer];
    return this.withHeaders(response ?? this.files(directives, scope), location, server);
  }

  /** What `return`, `rewrite`, `deny`, `proxy_pass` and `stub_status` answer; undefined: files do. */
  private act(directives: readonly Directive[], scope: Scope): ServedResponse | undefined {
    for (const { name, args } of directives) {
      if (name === "return") return this.fixed(args, scope.request);
      if (name === "deny" && args[0] === "all") return this.page(403);
      if (name === "rewrite") {
        const again = this.rewrite(args, scope);
        if (again !== undefined) return again;
      }
      if (name === "stub_status")
        return text(
          200,
          "Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n",
        );
    }
    const proxy = directives.find(({ name }) => name === "proxy_pass");
    return proxy === undefined ? undefined : this.proxy(proxy, scope);
  }

  private fixed([first = "", ...rest]: readonly string[], request: ServedRequest): ServedResponse {
    const isCode = /^\d{3}$/.test(first);
    const status = isCode ? Number(first) : 302;
    const value = expand((isCode ? rest : [first]).join(" "), request, this.ctx.hostname);
    if (status >= 300 && status < 400 && value !== "")
      return { ...this.page(status), headers: { ...this.page(status).headers, location: value } };
    return value === "" && status !== 200 ? this.page(status) : text(status, value);
  }

  private rewrite([pattern = "", target = "", flag = ""]: readonly string[], scope: Scope): ServedResponse | undefined {
    const { server, request, rewrites } = scope;
    const match = new RegExp(pattern).exec(request.path);
    if (match === null) return undefined;
    const path = expand(
      target.replaceAll(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? ""),
      request,
      this.ctx.hostname,
    );
    if (flag === "redirect" || flag === "permanent" || /^https?:/.test(path))
      return this.fixed([flag === "permanent" ? "301" : "302", path], request);
    if (rewrites >= MAX_REWRITES) return this.page(500);
    const [plain = "", query = request.query] = path.split("?");
    if (flag !== "break") return this.inServer(server, { ...request, path: plain, query }, rewrites + 1);
    request.path = plain;
    request.query = query;
    return undefined;
  }

  private proxy({ args }: Directive, { server, request, location }: Scope): ServedResponse {
    const [, scheme = "http", authority = "", uri] =
      /^(https?):\/\/([^/]+)(\/.*)?$/.exec(expand(args[0] ?? "", request, this.ctx.hostname)) ?? [];
    const prefix = location?.path ?? "/";
    const path = uri === undefined ? request.path : uri + request.path.slice(prefix.length);
    const headers: Record<string, string> = { ...request.headers, host: authority, connection: "close" };
    for (const { name, args: pair } of [...server.directives, ...(location?.directives ?? [])]) {
      if (name === "proxy_set_header")
        headers[(pair[0] ?? "").toLowerCase()] = expand(pair[1] ?? "", request, this.ctx.hostname);
    }
    const upstream = this.upstream(server, authority);
    const url = `${scheme}://${upstream}${path}${request.query === "" ? "" : `?${request.query}`}`;
    const { method, body } = request;
    const outcome = this.ctx.network.exchange?.({ method, url, headers, body, timeoutMs: PROXY_TIMEOUT_MS });
    if (outcome === undefined) return this.page(502);
    return passOn(outcome, {
      answered: ({ status, headers: back = {}, body: answer }) => ({
        status,
        headers: { ...back, server: this.server },
        body: answer,
      }),
      failed: (errno) => this.page(gatewayStatus(errno)),
    });
  }

  /** One of an upstream block's servers in turn, or the name itself. */
  private upstream({ outer }: NginxServer, name: string): string {
    const block = outer.find((each) => each.name === "upstream" && each.args[0] === name)?.block;
    const servers = (block ?? []).filter((each) => each.name === "server").map(({ args }) => args[0] ?? "");
    return servers.length === 0 ? name : (servers[this.turn++ % servers.length] as string);
  }

  private files(directives: readonly Directive[], scope: Scope): ServedResponse {
    const value = (name: string): readonly string[] | undefined => directives.find((each) => each.name === name)?.args;
    const alias = scope.location?.directives.find(({ name }) => name === "alias")?.args[0];
    const root = alias ?? value("root")?.[0] ?? "/etc/nginx/html";
    const strip = alias === undefined ? 0 : (scope.location?.path.length ?? 0) - (alias.endsWith("/") ? 1 : 0);
    const { request } = scope;
    const tries = value("try_files");
    const asked = { ...request, path: strip > 0 ? request.path.slice(strip) : request.path };
    if (tries === undefined) return this.site(root.replace(/\/+$/, ""), value("index")).answer(asked);
    for (const each of tries.slice(0, -1)) {
      const path = expand(each, request, this.ctx.hostname);
      if (this.ctx.fs.exists(root + path) && (path.endsWith("/") || this.ctx.fs.stat(root + path).type === "file"))
        return this.site(root.replace(/\/+$/, ""), value("index")).answer({ ...asked, path });
    }
    const last = tries.at(-1) ?? "";
    if (last.startsWith("=")) return this.page(Number(last.slice(1)));
    if (scope.rewrites >= MAX_REWRITES) return this.page(500);
    return this.inServer(
      scope.server,
      { ...request, path: expand(last, request, this.ctx.hostname).split("?")[0] ?? "/" },
      scope.rewrites + 1,
    );
  }

  private site(root: string, index: readonly string[] | undefined): StaticSite {
    const first = index?.[0] ?? "index.html";
    const key = `${root} ${first}`;
    let site = this.sites.get(key);
    if (site === undefined) {
      site = new StaticSite(this.ctx, { root, server: this.server, errorPage: this.errorPage, index: first });
      this.sites.set(key, site);
    }
    return site;
  }

  private withHeaders(response: ServedResponse, location: Location | undefined, server: NginxServer): ServedResponse {
    const own = (location?.directives ?? []).filter(({ name }) => name === "add_header");
    const added = own.length > 0 ? own : server.directives.filter(({ name }) => name === "add_header");
    if (added.length === 0 || response.status >= 400) return response;
    const extra = Object.fromEntries(added.map(({ args }) => [(args[0] ?? "").toLowerCase(), args[1] ?? ""]));
    return { ...response, headers: { ...response.headers, ...extra } };
  }

  private page(status: number): ServedResponse {
    const body = this.errorPage(status);
    return {
      status,
      headers: {
        server: this.server,
        date: httpDate(this.ctx.now()),
        "content-type": "text/html",
        "content-length": String(body.length),
      },
      body,
    };
  }
}

interface Scope {
  server: NginxServer;
  request: ServedRequest;
  location: Location | undefined;
  rewrites: number;
}

function locationsOf(directives: readonly Directive[]): Location[] {
  return directives
    .filter(({ name }) => name === "location")
    .map(({ args, block = [], file, line }) => {
      const [first = "", second] = args;
      if (second !== undefined && !["=", "~", "~*", "^~"].includes(first))
        throw new NginxConfError(`invalid location modifier "${first}" in ${file}:${line}`);
      return { modifier: second === undefined ? "" : first, path: second ?? first, directives: block };
    });
}

/** Exact, then the longest prefix (final with `^~`), then the first expression that fits. */
function findLocation(locations: readonly Location[], path: string): Location | undefined {
  const exact = locations.find((each) => each.modifier === "=" && each.path === path);
  if (exact !== undefined) return exact;
  const prefixes = locations.filter(
    ({ modifier, path: prefix }) => (modifier === "" || modifier === "^~") && path.startsWith(prefix),
  );
  const longest = prefixes.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (longest?.modifier === "^~") return longest;
  const fits = locations.find(
    ({ modifier, path: pattern }) =>
      modifier.startsWith("~") && new RegExp(pattern, modifier === "~*" ? "i" : "").test(path),
  );
  return fits ?? longest;
}

function nameMatches(name: string, host: string): boolean {
  if (name.startsWith("*.")) return host.endsWith(name.slice(1));
  return name.startsWith("~") ? new RegExp(name.slice(1)).test(host) : name === host;
}

function expand(value: string, request: ServedRequest, hostname: string): string {
  const { path, query, headers, method, remoteAddress, port } = request;
  const uri = `${path}${query === "" ? "" : `?${query}`}`;
  const host = (headers["host"] ?? "").replace(/:\d+$/, "");
  const values: Record<string, string> = {
    uri: path,
    document_uri: path,
    request_uri: uri,
    args: query,
    query_string: query,
    is_args: query === "" ? "" : "?",
    host,
    http_host: headers["host"] ?? "",
    server_name: host,
    hostname,
    scheme: port === 443 ? "https" : "http",
    request_method: method,
    remote_addr: remoteAddress,
    proxy_add_x_forwarded_for:
      headers["x-forwarded-for"] === undefined ? remoteAddress : `${headers["x-forwarded-for"]}, ${remoteAddress}`,
    server_port: String(port),
  };
  return value.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) =>
    name.startsWith("http_") && values[name] === undefined
      ? (headers[name.slice(5).replaceAll("_", "-")] ?? "")
      : (values[name] ?? whole),
  );
}

function text(status: number, body: string): ServedResponse {
  return { status, headers: { "content-type": "text/plain", "content-length": String(body.length) }, body };
}
