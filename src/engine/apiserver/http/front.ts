/**
 * The REST front: HTTP requests in, API requests through, answers in the shape that was asked for.
 * Upstream: apiserver pkg/endpoints/{installer.go,handlers}.
 * Simplified: answers come at once (the network that carries them adds its time).
 */
import { bodyKind } from "../../api/registry.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse, ObjectList, PatchType, RequestAudit, Verb } from "../../api/meta/request.ts";
import type { ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import { anonymousUser } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { FINISHED_EXCHANGE, type HttpCarrier, type HttpExchange, type HttpSink } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import type { Aggregator } from "../aggregation/aggregator.ts";
import { admitConnection } from "../admission/subresource-admission.ts";
import { unauthorized } from "../auth/authentication/authenticator.ts";
import type { Authenticator } from "../auth/authentication/authenticator.ts";
import type { Impersonation } from "../auth/authentication/impersonation.ts";
import type { Auditor } from "../audit/auditor.ts";
import { auditRefusal } from "../auth/audit.ts";
import { offersSubresource } from "../dispatch.ts";
import type { ServerContext } from "../server-context.ts";
import { optionsFromBody } from "../verbs/delete-options.ts";
import { unsupportedPatch } from "../verbs/patch.ts";
import type { WatchHandler } from "../watch/watch-handler.ts";
import { attributesOfPath } from "./path-attributes.ts";
import { audited, auditStranger } from "./audited.ts";
import type { AskedByPath } from "./audited.ts";
import { decodeFor, parseBody, parseCleanJson, parseJson, parseYaml, type ParsedBody } from "./body.ts";
import { ENCODINGS, header, jsonFor, negotiate, parseMediaTypes, type Accepted } from "./media.ts";
import type { NodeConnections } from "./node-connections.ts";
import { streamOf } from "./pod-streams.ts";
import { optionsFromQuery } from "./request-options.ts";
import { parseResourcePath, type ResourcePath } from "./resource-path.ts";
import { sendError, sendNotFoundPage, sendObject, sendText } from "./responder.ts";
import { scaleColumns } from "./scale-columns.ts";
import { shapeList, shapeObject } from "./shapes.ts";
import { healthPage, unhealthy } from "./store-health.ts";
import { STORE_TIMEOUT_MS } from "../storage/store-time-out.ts";
import type { ServerPages } from "./server-pages.ts";
import { parseUrl, type Query } from "./url.ts";
import { streamWatch } from "./watch-stream.ts";

/** What the front needs of its server. */
export interface FrontServer {
  readonly running: boolean;
  /** It takes requests, and etcd has no leader. */
  readonly stalled: boolean;
  readonly context: ServerContext;
  readonly catalog: ResourceCatalog;
  readonly connections: NodeConnections;
  readonly authenticator: Authenticator;
  readonly aggregator: Aggregator;
  readonly impersonation: Impersonation;
  request(request: ApiRequest): ApiResponse;
  watch(request: ApiRequest, handler: WatchHandler): () => void;
  stats(): { revision: number };
  /** Undefined: nothing is told to anybody. */
  auditor(): Auditor | undefined;
}

/** A request whose sender is known. */
interface Asked {
  http: HttpRequest;
  url: ReturnType<typeof parseUrl>;
  path: ResourcePath | undefined;
  resource: Resource | undefined;
  user: UserInfo;
  audit?: RequestAudit;
}

const PATCH_KINDS: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};
const SUBRESOURCE_KINDS: Readonly<Record<string, { group: string; version: string; kind: string }>> = {
  binding: { group: "", version: "v1", kind: "Binding" },
  eviction: { group: "policy", version: "v1", kind: "Eviction" },
  scale: { group: "autoscaling", version: "v1", kind: "Scale" },
  token: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
};

export class HttpFront implements HttpCarrier {
  private readonly server: FrontServer;
  private readonly pages: ServerPages;
  private readonly withoutCredential: UserInfo;

  /** `withoutCredential`: who it is that sends none. */
  constructor(server: FrontServer, pages: ServerPages, withoutCredential: UserInfo) {
    this.server = server;
    this.pages = pages;
    this.withoutCredential = withoutCredential;
  }

  send(request: HttpRequest, sink: HttpSink): HttpExchange {
    const { running, stalled } = this.server;
    if (!running && !stalled) {
      sink.fail("ECONNREFUSED", request.url);
      return FINISHED_EXCHANGE;
    }
    try {
      const page = stalled ? healthPage(`/${parseUrl(request.url).segments.join("/")}`) : undefined;
      if (page === undefined) return this.answer(request, sink);
      sendText(sink, 500, unhealthy(page));
      return FINISHED_EXCHANGE;
    } catch (error) {
      const json = jsonFor(request, parseUrl(request.url).query);
      const refuse = (): void =>
        sendError(sink, error, negotiate(header(request, "Accept"), { protobuf: true, json })?.encoding);
      if (!stalled) {
        refuse();
        return FINISHED_EXCHANGE;
      }
      const { sim } = this.server.context;
      const timer = sim.after(STORE_TIMEOUT_MS, refuse);
      return { ...FINISHED_EXCHANGE, abort: () => sim.cancel(timer) };
    }
  }

  private answer(http: HttpRequest, sink: HttpSink): HttpExchange {
    const url = parseUrl(http.url);
    const path = parseResourcePath(url.segments);
    const resource = path && this.resourceAt(path);
    const auditor = this.server.auditor();
    if (auditor === undefined) return this.serve({ http, url, path, resource, user: this.userOf(http) }, sink);
    const asked = askedByPath({ http, path, resource, query: url.query });
    let user: UserInfo;
    try {
      user = this.userOf(http);
    } catch (error) {
      if (error instanceof StatusError && error.code === 401) auditStranger(auditor, http, asked);
      throw error;
    }
    return audited(auditor, { http, user, asked, sink }, (audit, heard) =>
      this.serve({ http, url, path, resource, user, audit }, heard),
    );
  }

  private serve({ http, url, path, resource, user, audit }: Asked, sink: HttpSink): HttpExchange {
    if (path === undefined || resource === undefined) {
      this.server.context.authorizer.check(user, attributesOfPath(http, path));
      if (this.passOn(http, url.segments, user, sink)) return FINISHED_EXCHANGE;
      if (!this.pages.answer({ request: http, segments: url.segments, query: url.query }, sink)) sendNotFoundPage(sink);
      return FINISHED_EXCHANGE;
    }
    const verb = verbOf(http.method, path, url.query);
    if (verb === undefined) {
      sendText(sink, 405, "405: Method Not Allowed");
      return FINISHED_EXCHANGE;
    }
    const request: ApiRequest = {
      verb,
      resource,
      namespace: resource.namespaced ? path.namespace : "",
      name: path.name,
      subresource: path.subresource,
      options: {},
      user,
      userAgent: header(http, "User-Agent"),
      ...(audit !== undefined && { audit }),
    };
    const stream = streamOf(resource.id, path.subresource);
    if (stream !== undefined && offersSubresource(resource, path.subresource)) {
      const { context, connections } = this.server;
      this.authorize(request);
      // A connection that takes commands is made, not read: who opens one with GET must be allowed to `create` it too.
      const interactive = path.subresource !== "log" && path.subresource !== "proxy";
      if (interactive && http.upgrade === true && verb === "get") this.authorize({ ...request, verb: "create" });
      admitConnection(context, request, url.query);
      const rest = `/${path.rest.map(encodeURIComponent).join("/")}`;
      return stream({ context, connections, request, http, query: url.query, rest, rawQuery: url.rawQuery }, sink);
    }
    // Before anything that the request says is looked at.
    this.authorize({ ...request, options: { fieldSelector: url.query.get("fieldSelector") ?? "" } });
    const protobuf = resource.custom === undefined;
    const accepted = negotiate(header(http, "Accept"), { protobuf, json: jsonFor(http, url.query) });
    if (accepted === undefined) throw notAcceptable(protobuf);
    if (verb === "patch") request.patchType = patchTypeOf(http);
    request.options = optionsFromQuery(url.query, verb, request.patchType);
    if (verb === "watch") return this.watch({ request, accepted, query: url.query }, sink);
    this.call({ http, request, accepted, query: url.query }, sink);
    return FINISHED_EXCHANGE;
  }

  /** To the server that an APIService names, where this one has nothing of the version itself. False: there is none. */
  private passOn(http: HttpRequest, segments: readonly string[], user: UserInfo, sink: HttpSink): boolean {
    const [root, group = "", version = ""] = segments;
    const { aggregator, catalog } = this.server;
    if (root !== "apis" || !aggregator.serves(group, version)) return false;
    if (segments.length === 3 && catalog.all.some((own) => own.group === group && own.version === version))
      return false;
    const path = http.url.replace(/^\w+:\/\/[^/]*/, "");
    const { method, headers, body } = http;
    const answer = aggregator.forward(group, version, { method, path, headers, body, user });
    sink.head(answer.status, { ...answer.headers });
    sink.data(answer.body);
    sink.end();
    return true;
  }

  /** Throws 401 for a credential that isn't good, 403 for somebody who may not be whom he wants to be. */
  private userOf(http: HttpRequest): UserInfo {
    const { authenticator, impersonation, context } = this.server;
    const user = authenticator.authenticate(http) ?? this.withoutCredential;
    if (user === anonymousUser && !context.settings.anonymous) throw unauthorized();
    return impersonation.apply(http, user);
  }

  private authorize(request: ApiRequest): void {
    const { authorizer, sim } = this.server.context;
    try {
      authorizer.checkRequest(request);
    } catch (error) {
      auditRefusal(sim, request, error);
      throw error;
    }
  }

  private resourceAt(path: ResourcePath): Resource | undefined {
    return this.server.catalog.at(path.group, path.version, path.plural);
  }

  private call(
    call: { http: HttpRequest; request: ApiRequest; accepted: Accepted; query: Query },
    sink: HttpSink,
  ): void {
    const { http, accepted, query } = call;
    const { request, warnings } = withBody(call.request, http);
    const response = this.server.request(request);
    const context = {
      columns: request.subresource === "scale" ? scaleColumns : request.resource.columns,
      resource: request.resource,
      now: this.server.context.sim.now,
      includeObject: query.get("includeObject") ?? "Metadata",
    };
    const body =
      request.verb === "list" || request.verb === "deletecollection"
        ? shapeList(response.object as ObjectList<KubeObject>, accepted.shape, context)
        : shapeObject(response.object, accepted.shape, context);
    const said = [...deprecation(request.resource), ...warnings, ...response.warnings];
    sendObject(sink, { code: response.code, body, encoding: accepted.encoding, warnings: said });
  }

  private watch(call: { request: ApiRequest; accepted: Accepted; query: Query }, sink: HttpSink): HttpExchange {
    const { request, accepted, query } = call;
    const { server } = this;
    return streamWatch(
      {
        sim: server.context.sim,
        request,
        accepted,
        includeObject: query.get("includeObject") ?? "Metadata",
        watch: (watched, handler) => server.watch(watched, handler),
        revision: () => server.stats().revision,
      },
      sink,
    );
  }
}

/** `v1 Endpoints is deprecated in v1.33+; use …`. Upstream: apiserver pkg/endpoints/deprecation. */
function deprecation({ apiVersion, kind, deprecated, custom }: Resource): readonly string[] {
  if (custom?.warning !== undefined) return [custom.warning];
  return deprecated === undefined ? [] : [`${apiVersion} ${kind} is deprecated in ${deprecated}`];
}

function askedByPath({
  http,
  path,
  resource,
  query,
}: Pick<Asked, "http" | "path" | "resource"> & { query: Query }): AskedByPath {
  const attributes = attributesOfPath(http, path);
  if (path === undefined || resource === undefined) return { attributes, apiVersion: path?.version ?? "" };
  const verb = verbOf(http.method, path, query) ?? attributes.verb;
  const namespace = resource.id === "namespaces" ? path.name : path.namespace;
  return { attributes: { ...attributes, verb, namespace }, apiVersion: path.version };
}

function verbOf(method: string, path: ResourcePath, query: Query): Verb | undefined {
  const collection = path.name === "";
  if (path.watches) return method === "GET" ? "watch" : undefined;
  switch (method) {
    case "GET":
      if (!collection) return "get";
      return query.flag("watch") ? "watch" : "list";
    case "POST":
      return collection || path.subresource !== "" ? "create" : undefined;
    case "PUT":
      return collection ? undefined : "update";
    case "PATCH":
      return collection ? undefined : "patch";
    case "DELETE":
      return collection ? "deletecollection" : "delete";
    default:
      return undefined;
  }
}

/** The request with its body understood as its verb wants it. */
function withBody(request: ApiRequest, http: HttpRequest): { request: ApiRequest; warnings: readonly string[] } {
  const { verb, options } = request;
  if (verb === "delete" || verb === "deletecollection") {
    if (http.body.trim() === "") return { request, warnings: [] };
    const body = parseBody(http, "DeleteOptions");
    const { labelSelector, fieldSelector, resourceVersion } = options;
    const selecting = {
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    return { request: { ...request, options: { ...selecting, ...optionsFromBody(body.value) } }, warnings: [] };
  }
  if (verb === "patch") return { request: withPatch(request, http), warnings: [] };
  if (verb !== "create" && verb !== "update") return { request, warnings: [] };
  const expected = expectedKind(request);
  const decoded = decodeFor(expected, parseBody(http, expected.kind), options.fieldValidation);
  return { request: { ...request, body: decoded.object }, warnings: decoded.warnings };
}

function patchTypeOf(http: HttpRequest): PatchType {
  const type = parseMediaTypes(header(http, "Content-Type"))[0]?.type ?? "";
  const patchType = Object.hasOwn(PATCH_KINDS, type) ? PATCH_KINDS[type] : undefined;
  if (patchType === undefined) throw unsupportedPatch();
  return patchType;
}

function withPatch(request: ApiRequest, http: HttpRequest): ApiRequest {
  const { value, complaints } = parsePatch(request.patchType, http.body);
  const prefix = request.patchType === "json" ? "json patch " : "";
  return { ...request, body: value, complaints: complaints.map((text) => prefix + text) };
}

function parsePatch(type: PatchType | undefined, text: string): ParsedBody {
  switch (type) {
    case "apply":
      return parseCleanJson(text) ?? parseYaml(text, (problem) => badRequest(`error decoding YAML: ${problem}`));
    case "strategic":
      return parseJson(text, badRequest);
    default:
      return parseJson(text, (problem) => badRequest(`error decoding patch: ${problem}`));
  }
}

function expectedKind({ resource, subresource }: ApiRequest) {
  const special = SUBRESOURCE_KINDS[subresource];
  if (special === undefined) return resource;
  const apiVersion = special.group === "" ? special.version : `${special.group}/${special.version}`;
  const structure = bodyKind(apiVersion, special.kind)?.structure ?? special.kind;
  return { ...special, apiVersion, structure };
}

function notAcceptable(protobuf: boolean): StatusError {
  const types = Object.keys(ENCODINGS).filter((type) => protobuf || ENCODINGS[type] !== "protobuf");
  return new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${types.join(", ")}`);
}
