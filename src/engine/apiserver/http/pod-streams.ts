/**
 * log, exec, attach, portforward and proxy of pods, proxy of nodes and services: the server finds the place and passes
 * the streams through. Upstream: pkg/registry/core/pod/{strategy.go,rest/subresources.go}, service/proxy.go, node/rest/proxy.go.
 */
import type { EndpointSlice, Node, Pod, Service } from "../../api/generated/types.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import type { HttpExchange, HttpSink } from "../../base/http.ts";
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import type { HttpRequest } from "../../base/program.ts";
import type { ServerContext } from "../server-context.ts";
import { existing } from "../verbs/get.ts";
import { checkLogOptions } from "./log-options.ts";
import { internalError, requestFailed, streamFailed, upgradeFailed } from "./node-connections.ts";
import type { NodeConnections, NodeRequest } from "./node-connections.ts";
import { sendError, sendText } from "./responder.ts";
import { formatQuery, type Query } from "./url.ts";

export interface StreamRequest {
  context: ServerContext;
  connections: NodeConnections;
  request: ApiRequest;
  http: HttpRequest;
  query: Query;
  /** Path below `proxy`, with its leading slash, and the query as it came. */
  rest: string;
  rawQuery: string;
}

type Stream = (stream: StreamRequest, sink: HttpSink) => HttpExchange;

/** Where an upgraded connection's final Status comes. */
const STATUS_CHANNEL = 3;
const PARTS = ["follow", "previous", "timestamps", "tailLines", "limitBytes", "sinceSeconds", "sinceTime"] as const;

function log(stream: StreamRequest, sink: HttpSink): HttpExchange {
  const { query } = stream;
  checkLogOptions(query, stream.request.name ?? "");
  const pod = existing(stream.context, stream.request) as Pod;
  const container = containerOf(pod, query.get("container"));
  if (nodeNameOf(pod) === "") {
    sendText(sink, 200, "");
    return FINISHED_EXCHANGE;
  }
  const asked = formatQuery(PARTS.map((name) => [name, query.get(name)]));
  const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`;
  const wrap = (answer: HttpSink): HttpSink => checked(stream, answer);
  return toKubelet(stream, pod, { method: "GET", path: asked === "" ? path : `${path}?${asked}`, wrap }, sink);
}

const exec: Stream = (stream, sink) => upgrade(stream, sink, "exec");
const attach: Stream = (stream, sink) => upgrade(stream, sink, "attach");

function upgrade(stream: StreamRequest, sink: HttpSink, what: "exec" | "attach"): HttpExchange {
  const { query } = stream;
  const pod = existing(stream.context, stream.request) as Pod;
  const container = containerOf(pod, query.get("container"));
  requireHost(pod);
  if (!(stream.http.upgrade ?? false)) throw badRequest("Upgrade request required");
  const streams = formatQuery([
    ...query.all("command").map((word): [string, string] => ["command", word]),
    ["input", query.flag("stdin") ? "1" : undefined],
    ["output", query.flag("stdout") ? "1" : undefined],
    ["error", query.flag("stderr") ? "1" : undefined],
    ["tty", query.flag("tty") ? "1" : undefined],
  ]);
  const path = `/${what}/${pod.metadata.namespace}/${pod.metadata.name}/${container}?${streams}`;
  return toKubelet(stream, pod, { method: "POST", path, wrap: translated, refuse: endChannel }, sink);
}

const portForward: Stream = (stream, sink) => {
  const pod = existing(stream.context, stream.request) as Pod;
  requireHost(pod);
  if (!(stream.http.upgrade ?? false)) throw badRequest("Upgrade request required");
  const ports = formatQuery(stream.query.all("ports").map((port): [string, string] => ["port", port]));
  const path = `/portForward/${pod.metadata.namespace}/${pod.metadata.name}?${ports}`;
  return toKubelet(stream, pod, { method: "POST", path }, sink);
};

/** `[scheme:]name[:port]` of a proxied pod or service. */
function splitTarget(text: string): { scheme: string; name: string; port: string } {
  const parts = text.split(":");
  if (parts.length === 3) return { scheme: parts[0] || "http", name: parts[1] ?? "", port: parts[2] ?? "" };
  return { scheme: "http", name: parts[0] ?? "", port: parts[1] ?? "" };
}

const proxyPod: Stream = (stream, sink) => {
  const { scheme, name, port } = splitTarget(stream.request.name);
  const pod = existing(stream.context, { ...stream.request, name }) as Pod;
  const address = pod.status?.podIP ?? "";
  if (address === "") throw badRequest(`address not allowed`);
  const first = pod.spec.containers.flatMap((container) => container.ports ?? [])[0]?.containerPort;
  const host = `${address}:${port === "" ? (first ?? 80) : port}`;
  return proxyTo(stream, `${scheme}://${host}`, sink);
};

const proxyService: Stream = (stream, sink) => {
  const { scheme, name, port } = splitTarget(stream.request.name);
  const service = existing(stream.context, { ...stream.request, name }) as Service;
  const ports = service.spec.ports ?? [];
  const wanted =
    port === "" && ports.length === 1
      ? ports[0]
      : ports.find((item) => item.name === port || String(item.port) === port);
  if (wanted === undefined) {
    throw new StatusError(
      503,
      "ServiceUnavailable",
      `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`,
    );
  }
  const hosts = endpointsOf(stream, name, wanted.name ?? "");
  if (hosts.length === 0) {
    throw new StatusError(
      503,
      "ServiceUnavailable",
      `no endpoints available for service ${JSON.stringify(stream.request.name)}`,
    );
  }
  const host = hosts[stream.context.sim.random(`service-proxy/${name}`).int(hosts.length)] as string;
  return proxyTo(stream, `${scheme}://${host}`, sink);
};

const proxyNode: Stream = (stream, sink) => {
  const { http, rest, rawQuery, request, context } = stream;
  const name = splitTarget(request.name).name;
  const node = existing(context, { ...request, name }) as Node;
  const { method, headers, body } = http;
  const path = rawQuery === "" ? rest : `${rest}?${rawQuery}`;
  const dialError = (_url: string, problem: string): StatusError =>
    new StatusError(503, "ServiceUnavailable", `error trying to reach service: ${problem}`);
  return stream.connections.send(
    node,
    { nodeName: name, method, path, headers, body, upgrade: false, dialError },
    sink,
  );
};

/** By resource id and subresource. */
const STREAMS: Readonly<Record<string, Stream>> = {
  "pods/log": log,
  "pods/exec": exec,
  "pods/attach": attach,
  "pods/portforward": portForward,
  "pods/proxy": proxyPod,
  "services/proxy": proxyService,
  "nodes/proxy": proxyNode,
};

/** What streams this subresource; undefined when it is an ordinary one. */
export function streamOf(resourceId: string, subresource: string): Stream | undefined {
  const key = `${resourceId}/${subresource}`;
  return Object.hasOwn(STREAMS, key) ? STREAMS[key] : undefined;
}

function proxyTo(stream: StreamRequest, origin: string, sink: HttpSink): HttpExchange {
  const { http, rest, rawQuery, connections } = stream;
  const { method, body } = http;
  // The client's own words, but not who it is; the host is the pod's.
  const headers = Object.fromEntries(
    Object.entries(http.headers).filter(([name]) => !["authorization", "host"].includes(name.toLowerCase())),
  );
  const url = `${origin}${rest}${rawQuery === "" ? "" : `?${rawQuery}`}`;
  return connections.sendToNetwork({ method, url, headers, body }, sink);
}

function endpointsOf(stream: StreamRequest, service: string, portName: string): string[] {
  const { context, request } = stream;
  const slices = context.resourceById("endpointslices.discovery.k8s.io");
  if (slices === undefined) return [];
  const hosts: string[] = [];
  for (const { value } of context.objects.range(slices, request.namespace).items) {
    const slice = value as EndpointSlice;
    if (slice.metadata.labels?.["kubernetes.io/service-name"] !== service) continue;
    const port = slice.ports?.find((item) => (item.name ?? "") === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      if (conditions?.ready !== false) hosts.push(`${addresses[0]}:${port}`);
    }
  }
  return hosts;
}

function nodeNameOf(pod: Pod): string {
  return pod.spec.nodeName ?? "";
}

function requireHost(pod: Pod): void {
  if (nodeNameOf(pod) === "") throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
}

/** The container asked for, or the only one. */
function containerOf(pod: Pod, asked: string | undefined): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const { name } = pod.metadata;
  const all = [...containers, ...initContainers, ...ephemeralContainers].map((container) => container.name);
  if (asked !== undefined && asked !== "") {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (containers.length === 1) return containers[0]?.name as string;
  const names = containers.map((container) => container.name).join(" ");
  const init = initContainers.map((container) => container.name).join(" ");
  const rest = init === "" ? "" : ` or one of the init containers: [${init}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names}]${rest}`);
}

function toKubelet(
  stream: StreamRequest,
  pod: Pod,
  target: Pick<NodeRequest, "method" | "path" | "wrap" | "refuse">,
  sink: HttpSink,
): HttpExchange {
  const { context, connections, http } = stream;
  const nodeName = nodeNameOf(pod);
  const nodes = context.resourceById("nodes");
  const node = nodes && (context.objects.get(nodes, "", nodeName) as Node | undefined);
  const upgraded = http.upgrade ?? false;
  const dialError = target.refuse !== undefined ? streamFailed : upgraded ? upgradeFailed : requestFailed;
  return connections.send(node, { ...target, nodeName, headers: {}, body: "", upgrade: upgraded, dialError }, sink);
}

/**
 * exec and attach have agreed on a channel with the client before the kubelet is asked: what the kubelet says instead of
 * agreeing comes over that channel. Upstream: apiserver pkg/util/proxy/streamtranslator.go.
 */
function translated(sink: HttpSink): HttpSink {
  let refused = false;
  let text = "";
  return {
    head(status, headers) {
      refused = status !== 101;
      if (!refused) sink.head(status, headers);
    },
    data: (chunk) => void (text += chunk),
    frame: (channel, chunk) => sink.frame(channel, chunk),
    end() {
      if (refused) endChannel(sink, internalError(`unable to upgrade connection: ${text.trimEnd()}`));
      else sink.end();
    },
    fail: (errno, detail) => sink.fail(errno, detail),
  };
}

function endChannel(sink: HttpSink, error: StatusError): void {
  sink.head(101, {});
  sink.frame(STATUS_CHANNEL, JSON.stringify(error.toStatus()));
  sink.end();
}

/** Turns a kubelet's plain-text refusal into a Status. Upstream: GenericHttpResponseChecker. */
function checked(stream: StreamRequest, sink: HttpSink): HttpSink {
  let refused = 0;
  let text = "";
  return {
    head(status, headers) {
      if (status >= 200 && status < 300) sink.head(status, headers);
      else refused = status;
    },
    data(chunk) {
      if (refused === 0) sink.data(chunk);
      else text += chunk;
    },
    frame: (channel, chunk) => sink.frame(channel, chunk),
    end() {
      if (refused === 0) sink.end();
      else sendError(sink, refusal(stream, refused, text.trimEnd()));
    },
    fail: (errno, detail) => sink.fail(errno, detail),
  };
}

function refusal({ request }: StreamRequest, status: number, text: string): StatusError {
  if (status === 400) return badRequest(text);
  if (status >= 500) return new StatusError(500, "InternalError", `Internal error occurred: ${text}`);
  const details = { name: request.name, kind: "pods/log" };
  if (status === 404)
    return new StatusError(
      404,
      "NotFound",
      `the server could not find the requested resource ( pods/log ${request.name})`,
      details,
    );
  return new StatusError(status, "Unknown", text, details);
}
