/**
 * A node's line to the API server. Requests fail, and watches end, while the node's links to all control-plane nodes are
 * cut, the server is down, or the kubelet's kubeconfig leads elsewhere; the errors are those of Go's HTTP client.
 */
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { ResourceCatalog } from "../api/meta/resource-catalog.ts";
import { pathOf } from "../api/meta/request-path.ts";
import { storeTimedOut } from "../apiserver/storage/store-time-out.ts";
import type { Transport, WatchHandler } from "../client/transport.ts";

/** Who is there, or why nobody is reached, in the words of Go's network library. `node` undefined: any that answers. */
export type Found = { node: string | undefined; stalled?: boolean } | { problem: string };

interface ServingTransport extends Transport {
  readonly running: boolean;
  /** It takes requests, and answers that etcd doesn't. */
  readonly stalled: boolean;
}

export class NodeTransport implements Transport {
  private readonly server: ServingTransport;
  /** How to end each watch that is open, and on which node the instance is that serves it. */
  private readonly open = new Map<() => void, string | undefined>();
  private cut = false;
  /** Where the kubeconfig says that the server is, and who is found there at present. */
  private target: { url: string; find: () => Found };

  constructor(server: ServingTransport, url: string, find: () => Found = anybody) {
    this.server = server;
    this.target = { url, find };
  }

  /** The kubelet has read its kubeconfig. */
  aim(url: string, find: () => Found): void {
    this.target = { url, find };
  }

  /** Instances have come or gone: watches end whose instance isn't among those that run. */
  follow(runs: (node: string) => boolean): void {
    for (const [end, node] of [...this.open]) if (node !== undefined && !runs(node)) end();
  }

  get catalog(): ResourceCatalog {
    return this.server.catalog;
  }

  get connected(): boolean {
    return !this.cut;
  }

  request<T = unknown>(request: ApiRequest): ApiResponse<T> {
    this.check(request);
    return this.server.request<T>(request);
  }

  watch<T extends KubeObject>(request: ApiRequest, handler: WatchHandler<T>): () => void {
    const node = this.check(request);
    let stop = (): void => {};
    const end = (): void => {
      this.open.delete(end);
      stop();
      handler.onEnd("closed");
    };
    this.open.set(end, node);
    stop = this.server.watch<T>(request, {
      onEvents: (events) => handler.onEvents(events),
      onEnd: (reason) => {
        this.open.delete(end);
        handler.onEnd(reason);
      },
    });
    return () => {
      this.open.delete(end);
      stop();
    };
  }

  connect(connected: boolean): void {
    this.cut = !connected;
    if (!connected) for (const end of [...this.open.keys()]) end();
  }

  /** The node of the instance that is asked, where that matters. */
  private check(request: ApiRequest): string | undefined {
    const { url, find } = this.target;
    const host = url.replace(/^https?:\/\//, "");
    const found = this.cut ? { problem: `dial tcp ${host}: i/o timeout` } : find();
    if (!("problem" in found)) {
      if (found.stalled === true) throw storeTimedOut();
      if (this.server.running || this.server.stalled) return found.node;
    }
    const why = "problem" in found ? found.problem : `dial tcp ${host}: connect: connection refused`;
    const method = METHODS[request.verb] ?? "Get";
    throw new StatusError(503, "ServiceUnavailable", `${method} "${url}${pathOf(request)}": ${why}`);
  }
}

function anybody(): Found {
  return { node: undefined };
}

/** As Go's HTTP client names them in errors. */
const METHODS: Readonly<Record<string, string>> = {
  create: "Post",
  update: "Put",
  patch: "Patch",
  delete: "Delete",
  deletecollection: "Delete",
};
