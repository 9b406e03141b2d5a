/** What a configuration of nginx answers: server, location, then files, a fixed answer or an upstream's. */
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { utf8Length } from "../runtime/file-nodes.ts";
import { nginxBadRequest, PLAIN_HTTP } from "../runtime/nginx-page.ts";
import { gatewayStatus, passOn, PROXY_TIMEOUT_MS } from "../runtime/pass-on.ts";
import type { ServerContext } from "./define-image.ts";
import { changed, delayed, page, text } from "./nginx-answers.ts";
import { basicUser, conditionOf } from "./nginx-access.ts";
import type { NginxRates } from "./nginx-access.ts";
import { httpDate } from "./http-log.ts";
import type { Directive } from "./nginx-conf.ts";
import { folderLocation, withWholeLocation } from "./nginx-redirects.ts";
import { errorPageOf, findLocation, inherited, locationsOf, nameMatches, setting } from "./nginx-servers.ts";
import type { NginxServer, Scope } from "./nginx-servers.ts";
import { askingRequest, takeOver, withConsent } from "./nginx-subrequest.ts";
import { NginxUpstreams } from "./nginx-upstream.ts";
import { DOCUMENT_ROOT, isWithin, nginxSize, nginxTime, NginxVariables, REMOTE_USER } from "./nginx-variables.ts";
import type { NginxRequest } from "./nginx-variables.ts";
import { StaticSite } from "./static-files.ts";

const MAX_REWRITES = 10;
/** Directives that an `if` has done with when its condition was looked at. */
const OF_REWRITE: ReadonlySet<string> = new Set(["set", "return", "rewrite", "break", "if"]);
const USUAL_BODY = 1024 ** 2;
/** Statuses that `add_header` adds to without `always`. */
const WITH_HEADERS: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);
const WITH_CHARSET: ReadonlySet<string> = new Set([
  "text/html",
  "text/xml",
  "text/plain",
  "application/javascript",
  "application/rss+xml",
]);

export class NginxSite {
  private readonly ctx: ServerContext;
  private readonly servers: readonly NginxServer[];
  private readonly software: string;
  private readonly errorPage: (status: number, software: string) => string;
  private readonly variables: NginxVariables;
  private readonly rates: NginxRates;
  /** What the conditions that held have in them, by the variables of their request. */
  private readonly taken = new WeakMap<NginxRequest["set"], readonly Directive[]>();
  private readonly upstreams: NginxUpstreams;

  constructor(
    ctx: ServerContext,
    options: {
      servers: readonly NginxServer[];
      rates: NginxRates;
      server: string;
      errorPage: (status: number, software: string) => string;
    },
  ) {
    this.ctx = ctx;
    this.servers = options.servers;
    this.software = options.server;
    this.errorPage = options.errorPage;
    this.rates = options.rates;
    this.upstreams = new NginxUpstreams(options.servers[0]?.outer ?? []);
    this.variables = new NginxVariables(options.servers[0]?.outer ?? [], ctx.hostname);
  }

  /** `logged`: whether the access log hears of it. */
  answer(asked: ServedRequest): { response: ServedResponse; logged: boolean } {
    const host = (asked.headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "");
    const here = this.servers.filter(({ ports }) => ports.includes(asked.port));
    const server =
      here.find(({ names }) => names.some((name) => nameMatches(name, host))) ??
      here.find(({ isDefault }) => isDefault) ??
      here[0];
    const request: NginxRequest = { ...asked, set: new Map() };
    if (asked.scheme === "http" && server?.securePorts.includes(asked.port) === true)
      return { response: page(400, nginxBadRequest(PLAIN_HTTP)), logged: true };
    if (server === undefined) return { response: page(404, this.errorPage(404, this.software)), logged: true };
    const { response, scope } = this.inServer({ server, request, location: undefined, rewrites: 0, failed: false });
    const logged = setting(scope, "access_log")?.[0] !== "off";
    if (!server.securePorts.includes(asked.port)) return { response, logged };
    const file = setting(scope, "ssl_certificate")?.[0] ?? "";
    const certificate = this.ctx.fs.exists(file) ? this.ctx.fs.readFile(file) : "";
    return { response: changed(response, (answer) => ({ ...answer, certificate })), logged };
  }

  /** The phases of nginx in their order: rewrite, the location and its limit, rewrite again, access, content. */
  private inServer(from: Scope): Answer {
    this.taken.delete(from.request.set);
    from.request.set.set(DOCUMENT_ROOT, rootOf(from));
    const early = this.rewritePhase(from.server.directives, from);
    if (early !== undefined) return early;
    const location = findLocation(locationsOf(from.server.directives), from.request.path);
    return this.inLocation({ ...from, location });
  }

  private inLocation(scope: Scope): Answer {
    const { location, request } = scope;
    request.set.set(DOCUMENT_ROOT, rootOf(scope));
    const isInternal = location?.directives.some(({ name }) => name === "internal") === true;
    if (isInternal && scope.rewrites === 0) return this.fail(404, scope);
    const limit = nginxSize(setting(scope, "client_max_body_size")?.[0] ?? "") ?? USUAL_BODY;
    if (limit > 0 && utf8Length(request.body) > limit) return this.fail(413, scope);
    const early = location === undefined ? undefined : this.rewritePhase(location.directives, scope);
    if (early !== undefined) return early;
    return this.afterRewrite(this.withTaken(scope));
  }

  /** The location together with the directives of the conditions that held. */
  private withTaken(scope: Scope): Scope {
    const taken = (this.taken.get(scope.request.set) ?? []).filter(({ name }) => !OF_REWRITE.has(name));
    const { location = { modifier: "", path: "/", directives: [] } } = scope;
    if (taken.length === 0) return scope;
    return { ...scope, location: { ...location, directives: [...taken.toReversed(), ...location.directives] } };
  }

  private afterRewrite(scope: Scope): Answer {
    const { request } = scope;
    const expand = (word: string): string => this.expand(word, request);
    const wait = this.rates.wait(inherited(scope, "limit_req"), expand, this.ctx.now());
    if (wait === undefined) return this.fail(Number(setting(scope, "limit_req_status")?.[0] ?? 503), scope);
    const answer = scope.asks === true ? this.content(scope) : this.afterAccess(scope);
    return wait === 0 ? answer : { ...answer, response: delayed(answer.response, wait) };
  }

  /** The access phase, which requests that ask for another's consent don't have. */
  private afterAccess(scope: Scope): Answer {
    const refused = this.isDenied(scope) ? this.fail(403, scope) : this.unknownUser(scope);
    const uri = setting(scope, "auth_request")?.[0] ?? "off";
    if (refused !== undefined || uri === "off") return refused ?? this.content(scope);
    const { request, rewrites } = scope;
    const asking = askingRequest(uri, request);
    const asked = this.inServer({ ...scope, request: asking, rewrites: rewrites + 1, asks: true });
    const expand = (text: string, of: NginxRequest): string => this.expand(text, of);
    const response = withConsent(asked.response, {
      pass: (consent) => {
        takeOver(inherited(scope, "auth_request_set"), consent, { request, expand });
        return this.content(scope).response;
      },
      refuse: (status) => this.fail(status, scope).response,
    });
    return { response, scope };
  }

  /** `auth_basic`: the refusal of who has no name and password of the file. */
  private unknownUser(scope: Scope): Answer | undefined {
    const realm = setting(scope, "auth_basic")?.[0] ?? "off";
    if (realm === "off") return undefined;
    const { request } = scope;
    const file = setting(scope, "auth_basic_user_file")?.[0] ?? "";
    const user = basicUser(request.headers["authorization"], this.expand(file, request), this.ctx.fs);
    if (user === "no file") return this.fail(403, scope);
    if (user === undefined) {
      const { response, scope: at } = this.fail(401, scope);
      const challenge = { "www-authenticate": `Basic realm="${realm}"` };
      return { response: { ...response, headers: { ...response.headers, ...challenge } }, scope: at };
    }
    request.set.set(REMOTE_USER, user.user);
    return undefined;
  }

  private content(scope: Scope): Answer {
    const own = scope.location?.directives ?? [];
    if (own.some(({ name }) => name === "stub_status")) return this.done(text(200, STUB_STATUS, "text/plain"), scope);
    const proxy = own.find(({ name }) => name === "proxy_pass");
    return proxy === undefined ? this.files(scope) : this.done(this.proxy(proxy, scope), scope);
  }

  /** `break` and what follows it end the phase; what an `if` holds besides counts for its location from then on. */
  private rewritePhase(directives: readonly Directive[], scope: Scope): Answer | undefined {
    const { request } = scope;
    for (const directive of directives) {
      const { name, args, block = [] } = directive;
      if (name === "break") return undefined;
      if (name === "if") {
        const expand = (text: string): string => this.expand(text, request);
        const { holds, groups } = conditionOf(directive, { expand, fs: this.ctx.fs });
        if (!holds) continue;
        for (const [index, group] of groups.entries()) request.set.set(String(index + 1), group);
        const early = this.rewritePhase(block, scope);
        if (early !== undefined) return early;
        this.taken.set(request.set, [...(this.taken.get(request.set) ?? []), ...block]);
        if (block.some((each) => each.name === "break")) return undefined;
      }
      if (name === "set") request.set.set((args[0] ?? "").replace(/^\$/, ""), this.expand(args[1] ?? "", request));
      if (name === "return") return this.fixed(args, this.withTaken(scope));
      if (name !== "rewrite") continue;
      const again = this.rewrite(args, scope);
      if (again !== undefined) return again;
    }
    return undefined;
  }

  /** The first rule that fits decides; those of a location stand in place of its server's. */
  private isDenied({ location, server, request }: Scope): boolean {
    const isRule = ({ name }: Directive): boolean => name === "allow" || name === "deny";
    const levels = [location?.directives ?? [], server.directives, server.outer];
    const rule = levels
      .map((directives) => directives.filter(isRule))
      .find((rules) => rules.length > 0)
      ?.find(({ args: [who = ""] }) => who === "all" || isWithin(who, request.remoteAddress));
    return rule?.name === "deny";
  }

  private fixed([first = "", ...rest]: readonly string[], scope: Scope): Answer {
    const isCode = /^\d{3}$/.test(first);
    const status = isCode ? Number(first) : 302;
    const value = this.expand((isCode ? rest : [first]).join(" "), scope.request);
    if (status >= 300 && status < 400 && value !== "") return this.moved(status, value, scope);
    if (value === "" && status !== 200) return this.fail(status, scope);
    return this.done(text(status, value, this.typeOf(scope.request.path, scope)), scope);
  }

  private moved(status: number, location: string, scope: Scope): Answer {
    const response = this.page(status, scope);
    const moved = { ...response, headers: { ...response.headers, location } };
    return this.done(withWholeLocation(moved, scope), scope);
  }

  private rewrite([pattern = "", target = "", flag = ""]: readonly string[], scope: Scope): Answer | undefined {
    const { request, rewrites } = scope;
    const match = new RegExp(pattern).exec(request.path);
    if (match === null) return undefined;
    const path = this.expand(
      target.replaceAll(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? ""),
      request,
    );
    if (flag === "redirect" || flag === "permanent" || /^https?:/.test(path))
      return this.fixed([flag === "permanent" ? "301" : "302", path], scope);
    if (rewrites >= MAX_REWRITES) return this.fail(500, scope);
    const [plain = "", query = request.query] = path.split("?");
    if (flag !== "break")
      return this.inServer({ ...scope, request: { ...request, path: plain, query }, rewrites: rewrites + 1 });
    request.path = plain;
    request.query = query;
    return undefined;
  }

  private proxy({ args }: Directive, scope: Scope): ServedResponse {
    const { request, location } = scope;
    const [, scheme = "http", authority = "", uri] =
      /^(https?):\/\/([^/]+)(\/.*)?$/.exec(this.expand(args[0] ?? "", request)) ?? [];
    const prefix = location?.path ?? "/";
    const path = uri === undefined ? request.path : uri + request.path.slice(prefix.length);
    const headers: Record<string, string> = { ...request.headers, host: authority, connection: "close" };
    for (const { args: pair } of inherited(scope, "proxy_set_header")) {
      const name = (pair[0] ?? "").toLowerCase();
      const value = this.expand(pair[1] ?? "", request);
      // One without a value isn't sent.
      if (value === "") delete headers[name];
      else headers[name] = value;
    }
    const { method } = request;
    const body = setting(scope, "proxy_pass_request_body")?.[0] === "off" ? "" : request.body;
    const timeoutMs = nginxTime(setting(scope, "proxy_read_timeout")?.[0] ?? "") ?? PROXY_TIMEOUT_MS;
    const intercepts = setting(scope, "proxy_intercept_errors")?.[0] === "on";
    const place = { authority, method, expand: (text: string) => this.expand(text, request) };
    const outcome = this.upstreams.ask(this.ctx, place, (upstream) => ({
      method,
      url: `${scheme}://${upstream}${path}${request.query === "" ? "" : `?${request.query}`}`,
      headers,
      body,
      timeoutMs,
    }));
    if (outcome === undefined) return this.fail(502, scope).response;
    return passOn(outcome, {
      answered: ({ status, headers: back = {}, body: answer }) =>
        intercepts && status >= 300 && this.hasErrorPage(status, scope)
          ? this.fail(status, scope).response
          : { status, headers: { ...back, server: this.softwareOf(scope) }, body: answer },
      failed: (errno) => this.fail(gatewayStatus(errno), scope).response,
    });
  }

  private files(scope: Scope): Answer {
    const alias = scope.location?.directives.find(({ name }) => name === "alias")?.args[0];
    const root = alias ?? rootOf(scope);
    const strip = alias === undefined ? 0 : (scope.location?.path.length ?? 0) - (alias.endsWith("/") ? 1 : 0);
    const { request } = scope;
    const tries = setting(scope, "try_files");
    if (tries === undefined)
      return this.file(root, { ...request, path: strip > 0 ? request.path.slice(strip) : request.path }, scope);
    for (const each of tries.slice(0, -1)) {
      const path = this.expand(each, request);
      if (this.ctx.fs.exists(root + path) && (path.endsWith("/") || this.ctx.fs.stat(root + path).type === "file"))
        return this.file(root, { ...request, path }, scope);
    }
    const last = tries.at(-1) ?? "";
    if (last.startsWith("=")) return this.fail(Number(last.slice(1)), scope);
    if (scope.rewrites >= MAX_REWRITES) return this.fail(500, scope);
    const path = this.expand(last, request).split("?")[0] ?? "/";
    const again = { ...scope, request: { ...request, path }, rewrites: scope.rewrites + 1 };
    return last.startsWith("@") ? this.inNamed(last, again) : this.inServer(again);
  }

  private file(root: string, request: ServedRequest, scope: Scope): Answer {
    const folder = root.replace(/\/+$/, "");
    const names = setting(scope, "index") ?? ["index.html"];
    const index = names.find((name) => this.ctx.fs.exists(`${folder}${request.path}${name}`)) ?? names[0];
    const site = new StaticSite(this.ctx, {
      root: folder,
      server: this.softwareOf(scope),
      errorPage: (status) => this.errorPage(status, this.softwareOf(scope)),
      typeOf: (file) => this.typeOf(file, scope),
      autoindex: setting(scope, "autoindex")?.[0] === "on",
      ...(index !== undefined && { index }),
    });
    const response = withWholeLocation(folderLocation(site.answer(request), scope.request), scope);
    return response.status >= 400 ? this.fail(response.status, scope) : this.done(response, scope);
  }

  private inNamed(name: string, scope: Scope): Answer {
    const location = locationsOf(scope.server.directives).find(({ path }) => path === name);
    return location === undefined ? this.fail(500, scope) : this.inLocation({ ...scope, location });
  }

  /** What `error_page` has for a status, once; else nginx' own page. */
  private fail(status: number, scope: Scope): Answer {
    const rule = scope.failed ? undefined : errorPageOf(status, scope);
    if (rule === undefined) return this.done(this.page(status, scope), scope);
    const target = this.expand(rule.args.at(-1) ?? "", scope.request);
    const change = rule.args.find((word) => word.startsWith("="));
    if (/^https?:/.test(target)) return this.moved(change === undefined ? 302 : Number(change.slice(1)), target, scope);
    const from = { ...scope, failed: true, rewrites: scope.rewrites + 1 };
    const method = scope.request.method === "HEAD" ? "HEAD" : "GET";
    const [path = "", query = ""] = target.split("?");
    const shown = target.startsWith("@")
      ? this.inNamed(target, from)
      : this.inServer({ ...from, request: { ...scope.request, method, path, query } });
    if (change === "=") return shown;
    const code = change === undefined ? status : Number(change.slice(1));
    const { headers = {}, body } = shown.response;
    const response = shown.response.later === undefined ? { status: code, headers, body } : shown.response;
    return { ...shown, response };
  }

  private hasErrorPage(status: number, scope: Scope): boolean {
    return !scope.failed && errorPageOf(status, scope) !== undefined;
  }

  private done(response: ServedResponse, scope: Scope): Answer {
    const added = inherited(scope, "add_header");
    if (added.length === 0) return { response, scope };
    const withHeaders = (answer: ServedResponse): ServedResponse => {
      const fitting = added.filter(({ args }) => args[2] === "always" || WITH_HEADERS.has(answer.status));
      if (fitting.length === 0) return answer;
      const { status, headers = {}, body, delayMs, onward, passed } = answer;
      const extra = fitting.map(({ args }) => [
        (args[0] ?? "").toLowerCase(),
        this.expand(args[1] ?? "", scope.request),
      ]);
      return {
        status,
        headers: { ...headers, ...Object.fromEntries(extra) },
        body,
        ...(delayMs !== undefined && { delayMs }),
        ...(onward !== undefined && { onward }),
        ...(passed !== undefined && { passed }),
      };
    };
    return { response: changed(response, withHeaders), scope };
  }

  /** By the name's ending, as the types in force say. */
  private typeOf(file: string, scope: Scope): string {
    const ending = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? "";
    const types = inherited(scope, "types")[0]?.block;
    const listed = types === undefined ? BUILT_IN[ending] : types.findLast(({ args }) => args.includes(ending))?.name;
    const type = listed ?? setting(scope, "default_type")?.[0] ?? "text/plain";
    const charset = setting(scope, "charset")?.[0] ?? "off";
    return charset !== "off" && WITH_CHARSET.has(type) ? `${type}; charset=${charset}` : type;
  }

  private expand(value: string, request: NginxRequest): string {
    return this.variables.expand(value, request);
  }

  private softwareOf(scope: Scope): string {
    return setting(scope, "server_tokens")?.[0] === "off" ? "nginx" : this.software;
  }

  private page(status: number, scope: Scope): ServedResponse {
    const software = this.softwareOf(scope);
    const own = page(status, this.errorPage(status, software));
    return { ...own, headers: { server: software, date: httpDate(this.ctx.now()), ...own.headers } };
  }
}

const STUB_STATUS =
  "Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n";
/** nginx' own types where a configuration has none. */
const BUILT_IN: Readonly<Record<string, string>> = { html: "text/html", gif: "image/gif", jpg: "image/jpeg" };

/** An answer, and where in the configuration it was made. */
interface Answer {
  readonly response: ServedResponse;
  readonly scope: Scope;
}

/** **Simplified:** of a location with `alias`, the variables tell the root around it. */
function rootOf(scope: Scope): string {
  return setting(scope, "root")?.[0] ?? "/etc/nginx/html";
}
