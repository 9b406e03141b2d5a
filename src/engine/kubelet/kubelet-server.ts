/**
 * The kubelet's own API: logs, exec and attach. The API server passes these through to it.
 * Upstream: pkg/kubelet/server/server.go.
 *
 * **Simplified:** the caller is not authenticated; metrics and the pod list are absent.
 */
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpCarrier, HttpExchange, HttpSink } from "../base/http.ts";
import { decodeFormText, decodePercent } from "../base/percent.ts";
import type { HttpRequest } from "../base/program.ts";
import { streamLogs } from "./container-logs.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { attach, exec } from "./exec-session.ts";
import type { Kubelet } from "./kubelet.ts";
import type { PodWorker } from "./pod-worker.ts";
import { forwardPort } from "./port-forward.ts";

export type Query = ReadonlyMap<string, readonly string[]>;

export class KubeletServer implements HttpCarrier {
  private readonly kubelet: Kubelet;

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  send(request: HttpRequest, sink: HttpSink): HttpExchange {
    if (!this.kubelet.active) {
      sink.fail("ECONNREFUSED", this.kubelet.node.address);
      return FINISHED_EXCHANGE;
    }
    const { path, query } = splitUrl(request.url);
    const [verb = "", namespace = "", name = "", container = ""] = path.split("/").slice(1).map(decodePercent);
    switch (verb) {
      case "healthz":
        return plain(sink, 200, "ok");
      case "containerLogs":
        return this.logs({ namespace, name, container }, query, sink);
      case "exec":
      case "attach":
        return this.upgrade(verb, { namespace, name, container }, { query, sink });
      case "portForward":
        return this.portForward({ namespace, name, container }, Number(query.get("port")?.[0] ?? 0), sink);
      default:
        return plain(sink, 404, "404 page not found");
    }
  }

  private logs(target: Target, query: Query, sink: HttpSink): HttpExchange {
    const { namespace, name, container } = target;
    const worker = this.kubelet.worker(namespace, name);
    if (worker === undefined) return plain(sink, 404, `pod ${JSON.stringify(name)} not found\n`);
    const slot = worker.slots.find((candidate) => candidate.name === container);
    if (slot === undefined) {
      return plain(sink, 404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(name)}\n`);
    }
    const found = instanceFor(worker, slot, query.get("previous")?.[0] === "true");
    if ("error" in found) return plain(sink, 400, found.error);
    return streamLogs(this.kubelet.sim, found.instance, { query, sink });
  }

  private portForward({ namespace, name }: Target, port: number, sink: HttpSink): HttpExchange {
    const sandbox = this.kubelet.worker(namespace, name)?.sandbox;
    if (sandbox === undefined) return plain(sink, 404, `pod ${JSON.stringify(name)} not found\n`);
    return forwardPort(this.kubelet.sim, { network: sandbox.network, sandbox: sandbox.id, port }, sink);
  }

  private upgrade(verb: "exec" | "attach", target: Target, io: { query: Query; sink: HttpSink }): HttpExchange {
    const { namespace, name, container } = target;
    const slot = this.kubelet.worker(namespace, name)?.slots.find((candidate) => candidate.name === container);
    const running = slot?.current;
    if (running === undefined || !running.running) {
      return plain(io.sink, 500, `container not found (${JSON.stringify(container)})`);
    }
    return verb === "exec" ? exec(running, io) : attach(running, io);
  }
}

interface Target {
  namespace: string;
  name: string;
  container: string;
}

/** Which instance's log is meant. Upstream: kubelet_pods.go, validateContainerLogStatus. */
function instanceFor(
  worker: PodWorker,
  slot: ContainerSlot,
  previous: boolean,
): { instance: NonNullable<ContainerSlot["current"]> } | { error: string } {
  const { current, waiting, name } = slot;
  const pod = worker.pod.metadata.name;
  const where = `container ${JSON.stringify(name)} in pod ${JSON.stringify(pod)}`;
  if (previous) {
    const instance = waiting !== undefined && current?.exit !== undefined ? current : slot.previous;
    return instance === undefined ? { error: `previous terminated ${where} not found` } : { instance };
  }
  const started = current !== undefined && (slot.seenRunning || slot.seenExit || slot.previous !== undefined);
  if (started && (waiting === undefined || current.exit !== undefined)) return { instance: current };
  const pulling = waiting?.reason === "ErrImagePull" || waiting?.reason === "ImagePullBackOff";
  const initializing = worker.slots.some(({ kind }) => kind === "init" || kind === "sidecar")
    ? "PodInitializing"
    : "ContainerCreating";
  const why = pulling ? "trying and failing to pull image" : (waiting?.reason ?? initializing);
  return { error: `${where} is waiting to start: ${why}` };
}

function plain(sink: HttpSink, status: number, text: string): HttpExchange {
  sink.head(status, { "content-type": "text/plain; charset=utf-8" });
  sink.data(text);
  sink.end();
  return FINISHED_EXCHANGE;
}

function splitUrl(url: string): { path: string; query: Query } {
  const at = url.indexOf("/", url.indexOf("//") + 2);
  const [path = "/", text = ""] = url.slice(at < 0 ? url.length : at).split("?", 2);
  const query = new Map<string, string[]>();
  for (const pair of text === "" ? [] : text.split("&")) {
    const [key = "", value = ""] = pair.split("=", 2).map(decodeFormText);
    const list = query.get(key);
    if (list === undefined) query.set(key, [value]);
    else list.push(value);
  }
  return { path, query };
}
