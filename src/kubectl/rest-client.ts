/** Requests to the API server over the `http` system call. Upstream: client-go rest. */
import { isObject } from "../engine/base/json.ts";
import { type HttpRequest, type HttpResponse, SystemError } from "../engine/base/program.ts";
import { type Call, close, http, read, readAll } from "../engine/base/syscalls.ts";
import { distrust } from "../engine/base/x509/distrust.ts";
import { ApiError, CommandError, failureStatus } from "./errors.ts";
import type { ClientConfig } from "./client-config.ts";
import type { RequestLog } from "./request-log.ts";

export interface RestRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** A list repeats its key. */
  query?: Record<string, string | readonly string[] | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** The path is the user's own: messages don't name a resource. */
  raw?: true;
}

export const TABLE_ACCEPT =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

export class RestClient {
  readonly config: ClientConfig;
  private readonly timeoutMs: number;
  private readonly onWarning: (text: string) => Call<void>;

  private readonly log: RequestLog;

  /** `timeoutMs` of 0 waits on. */
  constructor(
    config: ClientConfig,
    options: { timeoutMs: number; onWarning: (text: string) => Call<void>; log: RequestLog },
  ) {
    this.config = config;
    this.timeoutMs = options.timeoutMs;
    this.onWarning = options.onWarning;
    this.log = options.log;
  }

  /** The parsed body. Throws `ApiError` when the server refuses. */
  *json<T = unknown>(request: RestRequest): Call<T> {
    const text = yield* this.text(request);
    try {
      return withItemTypes(JSON.parse(text)) as T;
    } catch {
      throw new CommandError(`couldn't get version/kind; json parse error: unexpected answer of ${request.path}`);
    }
  }

  *text(request: RestRequest): Call<string> {
    const response = yield* this.send(this.build(request));
    const text = yield* this.bodyOf(response);
    if (response.status >= 400) throw apiError(response.status, text, request);
    return text;
  }

  /** An answer that goes on: a watch, `logs -f`. Read the descriptor until null. */
  *stream(request: RestRequest): Call<number> {
    const response = yield* this.send(this.build(request));
    if (response.status >= 400) throw apiError(response.status, yield* this.bodyOf(response), request);
    return response.body;
  }

  /** Opens a two-way channel (exec, attach). */
  *upgrade(request: RestRequest): Call<NonNullable<HttpResponse["channel"]>> {
    const response = yield* this.send({ ...this.build(request), upgrade: true });
    if (response.channel === undefined) {
      const text = yield* this.bodyOf(response);
      if (response.status >= 400) throw apiError(response.status, text, request);
      throw new CommandError("unable to upgrade connection: the server answered without a channel");
    }
    return response.channel;
  }

  private *bodyOf(response: HttpResponse): Call<string> {
    const text = yield* readAll(response.body);
    yield* this.log.responseBody(text);
    return text;
  }

  private build(request: RestRequest): HttpRequest {
    const sorted = Object.entries(request.query ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const search = sorted.flatMap(([key, value]) =>
      (Array.isArray(value) ? (value as string[]) : value === undefined || value === "" ? [] : [value as string]).map(
        (item) => `${encodeURIComponent(key)}=${encodeURIComponent(item)}`,
      ),
    );
    const body = request.body === undefined ? "" : asText(request.body);
    return {
      method: request.method ?? "GET",
      url: `${this.config.server}${request.path}${search.length === 0 ? "" : `?${search.join("&")}`}`,
      headers: {
        accept: request.accept ?? "application/json",
        "user-agent": "kubectl/v1.36.0",
        ...this.config.headers,
        ...(body !== "" && { "content-type": request.contentType ?? "application/json" }),
      },
      body,
      ...(this.timeoutMs > 0 && { timeoutMs: this.timeoutMs }),
    };
  }

  private *send(request: HttpRequest): Call<HttpResponse> {
    let response: HttpResponse;
    const started = yield* this.log.before(request);
    try {
      response = yield* http(request);
    } catch (error) {
      yield* this.log.after(request, started);
      if (error instanceof SystemError) throw connectionError(error, request);
      throw error;
    }
    yield* this.log.after(request, started, response);
    this.trust(request, response);
    for (const [name, value] of Object.entries(response.headers)) {
      if (name.toLowerCase() !== "warning") continue;
      for (const [, text] of value.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
        yield* this.onWarning((text ?? "").replace(/\\(.)/g, "$1"));
      }
    }
    return response;
  }

  /** Refuses an answer of whom the kubeconfig doesn't trust. Where nothing is shown, somebody else has looked at it. */
  private trust(request: HttpRequest, { certificate }: HttpResponse): void {
    const { authorities, name, blind, now } = this.config.trust;
    if (certificate === undefined || blind || !request.url.startsWith("https:")) return;
    const host =
      name ??
      hostOf(request.url)
        .replace(/:\d+$/, "")
        .replace(/^\[|\]$/g, "");
    const problem = distrust(certificate, { host, authorities, now: now() });
    if (problem !== undefined)
      throw new CommandError(`Unable to connect to the server: ${problem}`, { verbatim: true });
  }
}

/** Splits a descriptor's stream into lines. */
export class LineReader {
  private readonly fd: number;
  private buffer = "";
  private ended = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** The next line without its newline, null at the end. */
  *next(): Call<string | null> {
    for (;;) {
      const end = this.buffer.indexOf("\n");
      if (end >= 0) {
        const line = this.buffer.slice(0, end);
        this.buffer = this.buffer.slice(end + 1);
        if (line !== "") return line;
        continue;
      }
      if (this.ended) {
        const rest = this.buffer;
        this.buffer = "";
        return rest === "" ? null : rest;
      }
      const piece = yield* this.read();
      if (piece === null) this.ended = true;
      else this.buffer += piece;
    }
  }

  /** The time that --request-timeout gives ends a watch, and that is no failure. */
  private *read(): Call<string | null> {
    try {
      return yield* read(this.fd);
    } catch (error) {
      if (error instanceof SystemError && error.errno === "ETIMEDOUT") return null;
      throw error;
    }
  }

  /** True when a whole line is waiting already. */
  get ready(): boolean {
    return this.buffer.includes("\n");
  }

  get descriptor(): number {
    return this.fd;
  }

  *close(): Call<void> {
    yield* close(this.fd);
  }
}

/** Items of a list that don't say their type have the list's. Upstream: apimachinery unstructured/helpers.go (decodeToList). */
function withItemTypes(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { kind, apiVersion, items } = body;
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return body;
  const type = { apiVersion, kind: kind.slice(0, -"List".length) };
  const typed = items.map((item: unknown) =>
    isObject(item) && (item["kind"] === undefined || item["apiVersion"] === undefined) ? { ...type, ...item } : item,
  );
  return { ...body, items: typed };
}

function asText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function hostOf(url: string): string {
  return /^\w+:\/\/([^/]+)/.exec(url)?.[1] ?? url;
}

/** What kubectl says of a server that it doesn't reach. Upstream: kubectl pkg/cmd/util/helpers.go (StandardErrorMessage). */
export function connectionError(error: SystemError, request: HttpRequest): CommandError {
  const host = hostOf(request.url);
  const address = /:\d+$/.test(host) ? host : `${host}:${request.url.startsWith("https:") ? 443 : 80}`;
  const unable = (why: string): CommandError =>
    new CommandError(`Unable to connect to the server: ${why}`, { verbatim: true });
  switch (error.errno) {
    case "ECONNREFUSED":
      return new CommandError(
        `The connection to the server ${host} was refused - did you specify the right host or port?`,
        { verbatim: true },
      );
    case "ENOTFOUND":
      return unable(`dial tcp: lookup ${host.replace(/:\d+$/, "")}: no such host`);
    case "ETIMEDOUT":
      return unable(`dial tcp ${address}: i/o timeout`);
    case "EHOSTUNREACH":
      return unable(`dial tcp ${address}: connect: no route to host`);
    case "ENETUNREACH":
      return unable(`dial tcp ${address}: connect: network is unreachable`);
    case "ECONNRESET":
      return unable("EOF");
    default:
      return unable(error.message);
  }
}

/** `pods.metrics.k8s.io`, `deployments.apps web`: the resource and the name that a path leads to. */
function askedFor(path: string): string {
  const [root, ...parts] = path.replace(/\?.*/, "").split("/").slice(1);
  const group = root === "apis" ? (parts.shift() ?? "") : "";
  parts.shift();
  if (parts[0] === "namespaces" && parts.length > 2) parts.splice(0, 2);
  const [plural = "", name] = parts;
  if (plural === "") return "";
  const resource = group === "" ? plural : `${plural}.${group}`;
  return name === undefined ? resource : `${resource} ${decodeURIComponent(name)}`;
}

function apiError(code: number, text: string, request: RestRequest): ApiError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const status = isObject(body) ? failureStatus(body) : undefined;
  if (status !== undefined) return new ApiError(status);
  const reasons: Record<number, [string, string]> = {
    401: ["Unauthorized", "the server has asked for the client to provide credentials"],
    403: ["Forbidden", "unknown"],
    404: ["NotFound", "the server could not find the requested resource"],
    405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
    503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  };
  const [reason, message] = reasons[code] ?? [
    "InternalError",
    `an error on the server (${JSON.stringify(text.trim())}) has prevented the request from succeeding`,
  ];
  const asked = request.raw === true ? "" : askedFor(request.path);
  const verb = (request.method ?? "GET").toLowerCase();
  const full = code === 401 || asked === "" ? message : `${message} (${verb} ${asked})`;
  return new ApiError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: full,
    reason,
    code,
  });
}
