/**
 * A node's line to the API server. It is cut iff the node's links to all control-plane nodes are: then requests fail as they
 * do while the server is down, and watches end.
 */
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { ResourceCatalog } from "../api/meta/resource-catalog.ts";
import type { Transport, WatchHandler } from "../client/transport.ts";

export class NodeTransport implements Transport {
  private readonly server: Transport;
  /** How to end each watch that is open. */
  private readonly open = new Set<() => void>();
  private cut = false;

  constructor(server: Transport) {
    this.server = server;
  }

  get catalog(): ResourceCatalog {
    return this.server.catalog;
  }

  get connected(): boolean {
    return !this.cut;
  }

  request<T = unknown>(request: ApiRequest): ApiResponse<T> {
    this.check();
    return this.server.request<T>(request);
  }

  watch<T extends KubeObject>(request: ApiRequest, handler: WatchHandler<T>): () => void {
    this.check();
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

  private check(): void {
    if (!this.cut) return;
    throw new StatusError(503, "ServiceUnavailable", "the server is currently unable to handle the request");
  }
}
