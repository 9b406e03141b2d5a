/**
 * A node's line to the API server. Requests fail, and watches end, while the node's links to all control-plane nodes are
 * cut, the server is down, or the kubelet's kubeconfig leads elsewhere; the errors are those of Go's HTTP client.
 */
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { ResourceCatalog } from "../api/meta/resource-catalog.ts";
import { pathOf } from "../api/meta/request-path.ts";
import type { Transport, WatchHandler } from "../client/transport.ts";

interface ServingTransport extends Transport {
  readonly running: boolean;
  /** It takes requests, and answers that etcd doesn't. */
  readonly stalled: boolean;
}

export class NodeTransport implements Transport {
  private readonly server: ServingTransport;
  /** How to end each watch that is open. */
  private readonly open = new Set<() => void>();
  private cut = false;
  /** Where the kubeconfig says that the server is, and why nobody is reached there. */
  private target: { url: string; problem: string | undefined };

  constructor(server: ServingTransport, url: string) {
    this.server = server;
    this.target = { url, problem: undefined };
  }

  /** The kubelet has read its kubeconfig. */
  aim(url: string, problem: string | undefined): void {
    this.target = { url, problem };
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
    this.check(request);
    let stop = (): void => {};
    const end = (): void => {
      this.open.delete(end);
      stop();
      handler.onEnd("closed");
    };
    this.open.add(end);
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
    if (!connected) for (const end of [...this.open]) end();
  }

  private check(request: ApiRequest): void {
    const { url, problem } = this.target;
    if (!this.cut && problem === undefined && (this.server.running || this.server.stalled)) return;
    const host = url.replace(/^https?:\/\//, "");
    const why = this.cut
      ? `dial tcp ${host}: i/o timeout`
      : (problem ?? `dial tcp ${host}: connect: connection refused`);
    const method = METHODS[request.verb] ?? "Get";
    throw new StatusError(503, "ServiceUnavailable", `${method} "${url}${pathOf(request)}": ${why}`);
  }
}

/** As Go's HTTP client names them in errors. */
const METHODS: Readonly<Record<string, string>> = {
  create: "Post",
  update: "Put",
  patch: "Patch",
  delete: "Delete",
  deletecollection: "Delete",
};
