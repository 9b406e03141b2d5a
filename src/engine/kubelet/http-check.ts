/**
 * The HTTP probe. Upstream: pkg/probe/http.
 *
 * **Simplified:** HTTP to the pod's own address and to the node's loopback interface goes straight to what listens there,
 * without an exchange over the network (kubelet and pod share a node; network policy never stands between them); answers
 * within the time-out count at once. Where another host's answer leads is not
 * followed.
 */
import type { HTTPGetAction } from "../api/generated/types.ts";
import { GO_PLAIN_ANSWER } from "../base/http.ts";
import type { HttpSink } from "../base/http.ts";
import { tellProbe } from "../network/capture/tell-probe.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import type { PodWorker } from "./pod-worker.ts";
import type { Check, ProbeAnswer } from "./probe-check.ts";

/** The kubelet's, which is its node's. */
const LOOPBACK = /^(localhost|127\..*|::1)$/;
const USER_AGENT = "kube-probe/1.36";

/** Go follows so many. */
const MOST_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createHttpCheck(pod: PodWorker, get: HTTPGetAction, how: { port: number; timeoutMs: number }): Check {
  const { host = "" } = get;
  return host === "" || host === pod.sandbox?.ip || LOOPBACK.test(host)
    ? new HttpCheck(pod, get, how)
    : new RemoteHttpCheck(pod, get, how);
}

function probeUrl(get: HTTPGetAction, host: string, port: number): string {
  const path = get.path ?? "/";
  return `${(get.scheme ?? "HTTP").toLowerCase()}://${host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
}

/** **Simplified:** a server that speaks something else takes the connection and says nothing. */
const SILENT: ServedResponse = { status: 0, body: "", hangs: true };
const LATE = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

function statusAnswer(status: number): ProbeAnswer {
  return (status >= 200 && status < 400) || `HTTP probe failed with statuscode: ${status}`;
}

class HttpCheck implements Check {
  took = 0;
  private readonly pod: PodWorker;
  private readonly network: NetworkNamespace | undefined;
  private readonly request: ServedRequest;
  private readonly host: string;
  private readonly timeoutMs: number;

  constructor(pod: PodWorker, get: HTTPGetAction, how: { port: number; timeoutMs: number }) {
    const { sandbox, ctx } = pod;
    this.pod = pod;
    const own = LOOPBACK.test(get.host ?? "");
    this.network = own ? ctx.network.host.namespace : sandbox?.network;
    this.host = (own ? get.host : sandbox?.ip) ?? "";
    this.timeoutMs = how.timeoutMs;
    const url = probeUrl(get, this.host, how.port);
    const headers: Record<string, string> = {
      host: `${this.host}:${how.port}`,
      "user-agent": USER_AGENT,
      accept: "*/*",
      connection: "close",
    };
    for (const { name, value } of get.httpHeaders ?? []) headers[name.toLowerCase()] = value;
    const [path = "/", query = ""] = url.slice(url.indexOf("/", 8)).split("?", 2);
    const scheme = (get.scheme ?? "HTTP").toLowerCase();
    const from = { remoteAddress: own ? "127.0.0.1" : ctx.node.address, port: how.port, scheme };
    this.request = { method: "GET", path, query, headers, body: "", ...from };
  }

  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined {
    this.took = 0;
    const response = this.send(this.request);
    if (typeof response === "string") return response;
    const { hangs, delayMs = 1, later: answered } = response;
    const inTime = hangs !== true && delayMs < this.timeoutMs;
    if (inTime && answered === undefined) return this.judge(response, this.request);
    const { sim } = this.pod.ctx;
    const began = sim.now;
    let over = false;
    let giveUp = (): void => {};
    const end = (answer: ProbeAnswer): void => {
      if (over) return;
      over = true;
      this.took = sim.now - began;
      later(answer);
    };
    const timeOut = (): void => {
      end(failed(this.urlOf(this.request), LATE));
      giveUp();
    };
    sim.after(this.timeoutMs, timeOut, { background: true });
    // Time goes by before what is asked: an answer at once would come before `ask` has said that it is under way.
    if (inTime && answered !== undefined)
      sim.after(delayMs, () => void (giveUp = answered((answer) => end(this.judge(answer, this.request)))), {
        background: true,
      });
    return undefined;
  }

  /** What answers, or why nothing does. */
  private send(request: ServedRequest): ServedResponse | string {
    const { network, host } = this;
    const { port, scheme } = request;
    const listener = network?.listeners.get(port);
    if (listener === undefined && network?.listens(port) === true && network.hears(host, port)) return SILENT;
    if (listener === undefined || network?.hears(host, port) !== true) {
      this.tell(request, undefined);
      return failed(this.urlOf(request), `dial tcp ${host}:${port}: connect: connection refused`);
    }
    if (scheme === "https" && listener.tls?.(port) !== true) return failed(this.urlOf(request), GO_PLAIN_ANSWER);
    const response = listener(request);
    this.tell(request, response);
    return response;
  }

  /** Goes where an answer leads, as long as that is the same host. */
  private judge(response: ServedResponse, request: ServedRequest, followed = 0): ProbeAnswer {
    const { status, headers = {}, body } = response;
    if (status < 300 || status >= 400) return statusAnswer(status);
    const location = REDIRECTS.has(status) ? (headers["location"] ?? headers["Location"]) : undefined;
    const next = location === undefined ? undefined : this.redirected(request, location);
    if (location === undefined || next === undefined) {
      return { warning: `Probe terminated redirects, Response body: ${body}` };
    }
    if (followed + 1 >= MOST_REDIRECTS) return failed(location, `stopped after ${MOST_REDIRECTS} redirects`);
    const answer = this.send(next);
    if (typeof answer === "string") return answer;
    if (answer.hangs === true || (answer.delayMs ?? 1) >= this.timeoutMs) return failed(this.urlOf(next), LATE);
    return this.judge(answer, next, followed + 1);
  }

  /** The request that `location` asks for; undefined: it is for another host. */
  private redirected(request: ServedRequest, location: string): ServedRequest | undefined {
    const [, scheme = request.scheme ?? "http", authority, rest = ""] =
      /^(?:(?:(https?):)?\/\/([^/?#]*))?([^#]*)/.exec(location) ?? [];
    let { port } = request;
    if (authority !== undefined) {
      const [, host = "", digits] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(authority) ?? [];
      if (host !== this.host) return undefined;
      port = digits === undefined ? (scheme === "https" ? 443 : 80) : Number(digits);
    }
    const [path = "", query = ""] = rest.split("?", 2);
    const folder = request.path.slice(0, request.path.lastIndexOf("/") + 1);
    const full = path.startsWith("/") ? path : authority === undefined ? folder + path : `/${path}`;
    return { ...request, scheme, port, path: full, query };
  }

  private urlOf({ scheme = "http", port, path, query }: ServedRequest): string {
    return `${scheme}://${this.host}:${port}${path}${query === "" ? "" : `?${query}`}`;
  }

  /** Who watches packets sees them. */
  private tell(request: ServedRequest, response: ServedResponse | undefined): void {
    tellProbe(this.pod.ctx.network, { address: this.host, port: request.port, request }, response);
  }
}

function failed(url: string, why: string): string {
  return `Get ${JSON.stringify(url)}: ${why}`;
}

class RemoteHttpCheck implements Check {
  took = 0;
  private readonly pod: PodWorker;
  private readonly get: HTTPGetAction;
  private readonly url: string;
  private readonly timeoutMs: number;

  constructor(pod: PodWorker, get: HTTPGetAction, how: { port: number; timeoutMs: number }) {
    this.pod = pod;
    this.get = get;
    this.url = probeUrl(get, get.host ?? "", how.port);
    this.timeoutMs = how.timeoutMs;
  }

  ask(later: (answer: ProbeAnswer) => void): undefined {
    const { sim, network } = this.pod.ctx;
    const began = sim.now;
    const headers: Record<string, string> = { "user-agent": USER_AGENT };
    for (const { name, value } of this.get.httpHeaders ?? []) headers[name.toLowerCase()] = value;
    let over = false;
    const end = (answer: ProbeAnswer): void => {
      if (over) return;
      over = true;
      this.took = sim.now - began;
      later(answer);
    };
    const sink: HttpSink = {
      head: (status) => end(statusAnswer(status)),
      data() {},
      frame() {},
      end() {},
      fail: (errno, detail) => end(failed(this.url, `${networkError(errno)}${detail === "" ? "" : ` ${detail}`}`)),
    };
    network.port().send({ method: "GET", url: this.url, headers, body: "", timeoutMs: this.timeoutMs }, sink);
    return undefined;
  }
}

function networkError(errno: string): string {
  if (errno === "EPROTO") return GO_PLAIN_ANSWER;
  if (errno === "ECONNREFUSED") return "connect: connection refused";
  if (errno === "ETIMEDOUT") return LATE;
  return errno === "ENOTFOUND" ? "no such host" : errno;
}
