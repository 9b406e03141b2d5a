/**
 * What a probe asks: HTTP, TCP or a command; for gRPC see grpc-check.ts. Upstream: pkg/probe/{http,tcp,exec}.
 *
 * **Simplified:** HTTP and TCP to the pod's own address, and HTTP to the node's loopback interface, go straight to what
 * listens there, without an exchange over the network (kubelet and pod share a node; network policy never stands between
 * them); answers within the time-out count at once.
 */
import type { HTTPGetAction, Probe } from "../api/generated/types.ts";
import { GO_PLAIN_ANSWER } from "../base/http.ts";
import type { HttpSink } from "../base/http.ts";
import { SystemError } from "../base/program.ts";
import { execError } from "../runtime/containers/start-error.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import { tellProbe } from "../network/capture/tell-probe.ts";
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { formatGoDuration } from "../base/go-duration.ts";
import { namedPort } from "./named-port.ts";
import { GrpcCheck } from "./grpc-check.ts";
import type { PodWorker } from "./pod-worker.ts";

/** `true`: it succeeded. Else why not, which may be nothing at all: a command that fails in silence. */
export type ProbeAnswer = true | string;

export interface Check {
  /** What came of it, or undefined: `later` will be called. */
  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined;
  /** Milliseconds that the last answer took. */
  readonly took: number;
  cancel?(): void;
}

/** The kubelet's, which is its node's. */
const LOOPBACK = /^(localhost|127\..*|::1)$/;
const USER_AGENT = "kube-probe/1.36";

export function createCheck(pod: PodWorker, slot: ContainerSlot, probe: Probe): Check {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet !== undefined) {
    const { host = "" } = probe.httpGet;
    const how = { port: namedPort(slot.spec, probe.httpGet.port), timeoutMs };
    return host === "" || host === pod.sandbox?.ip || LOOPBACK.test(host)
      ? new HttpCheck(pod, probe.httpGet, how)
      : new RemoteHttpCheck(pod, probe.httpGet, how);
  }
  if (probe.tcpSocket !== undefined) return new TcpCheck(pod, namedPort(slot.spec, probe.tcpSocket.port));
  if (probe.exec !== undefined) return new ExecCheck(pod, slot, { command: probe.exec.command ?? [], timeoutMs });
  return new GrpcCheck(pod, { port: probe.grpc?.port ?? 0, service: probe.grpc?.service ?? "", timeoutMs });
}

function probeUrl(get: HTTPGetAction, host: string, port: number): string {
  const path = get.path ?? "/";
  return `${(get.scheme ?? "HTTP").toLowerCase()}://${host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
}

function statusAnswer(status: number): ProbeAnswer {
  return (status >= 200 && status < 400) || `HTTP probe failed with statuscode: ${status}`;
}

class HttpCheck implements Check {
  took = 0;
  private readonly pod: PodWorker;
  private readonly network: NetworkNamespace | undefined;
  private readonly request: ServedRequest;
  private readonly url: string;
  private readonly host: string;
  private readonly address: string;
  private readonly timeoutMs: number;

  constructor(pod: PodWorker, get: HTTPGetAction, how: { port: number; timeoutMs: number }) {
    const { sandbox, ctx } = pod;
    this.pod = pod;
    const own = LOOPBACK.test(get.host ?? "");
    this.network = own ? ctx.network.host.namespace : sandbox?.network;
    this.host = (own ? get.host : sandbox?.ip) ?? "";
    this.address = `${this.host}:${how.port}`;
    this.url = probeUrl(get, this.host, how.port);
    this.timeoutMs = how.timeoutMs;
    const headers: Record<string, string> = {
      host: this.address,
      "user-agent": USER_AGENT,
      accept: "*/*",
      connection: "close",
    };
    for (const { name, value } of get.httpHeaders ?? []) headers[name.toLowerCase()] = value;
    const [path = "/", query = ""] = this.url.slice(this.url.indexOf("/", 8)).split("?", 2);
    const scheme = (get.scheme ?? "HTTP").toLowerCase();
    const from = { remoteAddress: own ? "127.0.0.1" : ctx.node.address, port: how.port, scheme };
    this.request = { method: "GET", path, query, headers, body: "", ...from };
  }

  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined {
    this.took = 0;
    const { port } = this.request;
    const { network } = this;
    const listener = network?.listeners.get(port);
    if (listener === undefined || network?.hears(this.host, port) !== true) {
      this.tell(undefined);
      return `Get ${JSON.stringify(this.url)}: dial tcp ${this.address}: connect: connection refused`;
    }
    if (this.request.scheme === "https" && listener.tls?.(port) !== true)
      return `Get ${JSON.stringify(this.url)}: ${GO_PLAIN_ANSWER}`;
    const response = listener(this.request);
    this.tell(response);
    const { status, hangs, delayMs = 1, later: answered } = response;
    const inTime = hangs !== true && delayMs < this.timeoutMs;
    if (inTime && answered === undefined) return statusAnswer(status);
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
    const late = `Get ${JSON.stringify(this.url)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
    const timeOut = (): void => {
      end(late);
      giveUp();
    };
    sim.after(this.timeoutMs, timeOut, { background: true });
    // Time goes by before what is asked: an answer at once would come before `ask` has said that it is under way.
    if (inTime && answered !== undefined)
      sim.after(delayMs, () => void (giveUp = answered((answer) => end(statusAnswer(answer.status)))), {
        background: true,
      });
    return undefined;
  }

  /** Who watches packets sees them. */
  private tell(response: ServedResponse | undefined): void {
    const { host: address, request } = this;
    tellProbe(this.pod.ctx.network, { address, port: request.port, request }, response);
  }
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
      fail: (errno, detail) =>
        end(`Get ${JSON.stringify(this.url)}: ${networkError(errno)}${detail === "" ? "" : ` ${detail}`}`),
    };
    network.port().send({ method: "GET", url: this.url, headers, body: "", timeoutMs: this.timeoutMs }, sink);
    return undefined;
  }
}

function networkError(errno: string): string {
  if (errno === "EPROTO") return GO_PLAIN_ANSWER;
  if (errno === "ECONNREFUSED") return "connect: connection refused";
  if (errno === "ETIMEDOUT") return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  return errno === "ENOTFOUND" ? "no such host" : errno;
}

class TcpCheck implements Check {
  readonly took = 0;
  private readonly pod: PodWorker;
  private readonly network: NetworkNamespace | undefined;
  private readonly host: string;
  private readonly address: string;
  private readonly port: number;

  constructor(pod: PodWorker, port: number) {
    this.pod = pod;
    this.network = pod.sandbox?.network;
    this.host = pod.sandbox?.ip ?? "";
    this.address = `${pod.sandbox?.ip ?? ""}:${port}`;
    this.port = port;
  }

  ask(): ProbeAnswer {
    const { network, port, host: address } = this;
    const taken = network?.listens(port) === true && network.hears(address, port);
    tellProbe(this.pod.ctx.network, { address, port }, taken ? true : undefined);
    if (taken) return true;
    return `dial tcp ${this.address}: connect: connection refused`;
  }
}

class ExecCheck implements Check {
  took = 0;
  private readonly pod: PodWorker;
  private readonly slot: ContainerSlot;
  private readonly command: string[];
  private readonly timeoutMs: number;
  private stop: (() => void) | undefined;

  constructor(pod: PodWorker, slot: ContainerSlot, how: { command: string[]; timeoutMs: number }) {
    this.pod = pod;
    this.slot = slot;
    this.command = how.command;
    this.timeoutMs = how.timeoutMs;
  }

  cancel(): void {
    this.stop?.();
  }

  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined {
    const { sim } = this.pod.ctx;
    const { current } = this.slot;
    if (current === undefined || !current.running) return "container not running";
    const began = sim.now;
    let output = "";
    const sink = { write: (text: string) => void (output += text) };
    try {
      const process = current.startProcess(this.command, { stdin: "none", stdout: sink, stderr: sink }, (code) => {
        if (this.stop === undefined) return;
        this.stop = undefined;
        sim.cancel(limit);
        this.took = sim.now - began;
        later(code === 0 || output);
      });
      const limit = sim.after(
        this.timeoutMs,
        () => {
          this.stop?.();
          this.took = this.timeoutMs;
          const shown = JSON.stringify(this.command.join(" "));
          later(`command timed out: ${shown} timed out after ${formatGoDuration(this.timeoutMs)}`);
        },
        { background: true },
      );
      this.stop = () => {
        this.stop = undefined;
        sim.cancel(limit);
        process.kill("SIGKILL", true);
      };
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return `rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ${execError(this.command[0] ?? "", error)}`;
    }
  }
}
