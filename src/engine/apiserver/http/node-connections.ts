/**
 * The server's way to kubelets and into the pod network. Upstream: pkg/kubelet/client, pkg/registry/core/pod/strategy.go.
 */
import { dialProblem } from "../../base/dial-problem.ts";
import { GO_PLAIN_ANSWER } from "../../base/http.ts";
import type { Node } from "../../api/generated/types.ts";
import type { HttpCarrier, HttpExchange, HttpSink } from "../../base/http.ts";
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import type { Errno, HttpRequest } from "../../base/program.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import { sendError } from "./responder.ts";

const KUBELET_PORT = 10250;

export class NodeConnections {
  private readonly carriers = new Map<string, HttpCarrier>();
  /** Into the pod network, for `proxy`. */
  network: HttpCarrier | undefined;

  connect(node: string, carrier: HttpCarrier | undefined): void {
    if (carrier === undefined) this.carriers.delete(node);
    else this.carriers.set(node, carrier);
  }

  /** `https://192.168.49.2:10250/exec/…`; a node that nobody answers for refuses the connection. */
  send(node: Node | undefined, request: NodeRequest, sink: HttpSink): HttpExchange {
    const host = node === undefined ? request.nodeName : addressOf(node);
    const url = `https://${host}:${KUBELET_PORT}${request.path}`;
    const carrier = this.carriers.get(request.nodeName);
    const refuse = (errno: Errno): void => {
      const error = request.dialError(url, dialText(`${host}:${KUBELET_PORT}`, errno));
      (request.refuse ?? sendError)(sink, error);
    };
    const failing = failingAs(request.wrap?.(sink) ?? sink, refuse);
    if (carrier === undefined) {
      failing.fail("ECONNREFUSED", host);
      return FINISHED_EXCHANGE;
    }
    const { method, headers, body, upgrade } = request;
    return carrier.send({ method, url, headers, body, ...(upgrade && { upgrade }) }, failing);
  }

  /** A request to a pod or a service's endpoint. */
  sendToNetwork(request: HttpRequest, sink: HttpSink): HttpExchange {
    const unreachable = (address: string, errno: Errno): StatusError =>
      new StatusError(503, "ServiceUnavailable", `error trying to reach service: ${dialText(address, errno)}`);
    const address = /^[a-z]+:\/\/([^/]*)/.exec(request.url)?.[1] ?? request.url;
    const failing = failingAs(sink, (errno) => sendError(sink, unreachable(address, errno)));
    if (this.network === undefined) {
      failing.fail("ENETUNREACH", address);
      return FINISHED_EXCHANGE;
    }
    return this.network.send(request, failing);
  }
}

export interface NodeRequest {
  nodeName: string;
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: string;
  upgrade: boolean;
  /** Put between the kubelet's answer and the client. */
  wrap?: (sink: HttpSink) => HttpSink;
  /** What the client is told when the kubelet can't be reached. */
  dialError(url: string, problem: string): StatusError;
  /** How the client is told; as the body of a plain answer when absent. */
  refuse?: (sink: HttpSink, error: StatusError) => void;
}

/** logs and plain requests */
export function requestFailed(url: string, problem: string): StatusError {
  return new StatusError(500, "InternalError", `Get ${JSON.stringify(url)}: ${problem}`);
}

/** exec, attach */
export function streamFailed(url: string, problem: string): StatusError {
  return internalError(`error sending request: Post ${JSON.stringify(url)}: ${problem}`);
}

/** port-forward */
export function upgradeFailed(_url: string, problem: string): StatusError {
  return internalError(`error dialing backend: ${problem}`);
}

export function internalError(text: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${text}`, {
    causes: [{ reason: "", message: text }],
  });
}

function dialText(address: string, errno: Errno): string {
  if (errno === "EPROTO") return GO_PLAIN_ANSWER;
  return dialProblem(address, errno);
}

/** Passes everything on, but turns a failure to connect into a Status. */
function failingAs(sink: HttpSink, refuse: (errno: Errno) => void): HttpSink {
  let begun = false;
  return {
    head(status, headers) {
      begun = true;
      sink.head(status, headers);
    },
    data: (text) => sink.data(text),
    frame: (channel, text) => sink.frame(channel, text),
    end: () => sink.end(),
    fail(errno, detail) {
      if (begun) sink.fail(errno, detail);
      else refuse(errno);
    },
  };
}

function addressOf(node: Node): string {
  const { addresses = [] } = node.status ?? {};
  const preferred = addresses.find(({ type }) => type === "InternalIP") ?? addresses[0];
  if (preferred === undefined) throw badRequest(`no preferred addresses found; known addresses: []`);
  return preferred.address;
}
