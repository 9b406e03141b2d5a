/** A port that a program listens on: requests come in as lines of JSON, answers go out by their number. */
import type { ListenedRequest } from "../base/program.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import type { ServedRequest, ServedResponse } from "./network-port.ts";
import { FedStream } from "./streams.ts";

const GONE: ServedResponse = { status: 502, body: "" };

export class ListenStream extends FedStream {
  private readonly pending = new Map<number, (response: ServedResponse) => void>();
  private readonly close: () => void;
  private nextId = 1;

  /** Throws as `NetworkNamespace.bindHttp` does. `settle` lets processes that can go on do so. */
  constructor(namespace: NetworkNamespace, at: { port: number; address?: string }, settle: () => void) {
    super();
    const listener = (request: ServedRequest): ServedResponse => ({
      status: 0,
      body: "",
      later: (answer) => {
        const id = this.accept(request, answer);
        settle();
        return () => void this.pending.delete(id);
      },
    });
    this.close = namespace.bindHttp(at.port, listener, at.address);
  }

  private accept(
    { method, path, query, headers, body }: ServedRequest,
    answer: (response: ServedResponse) => void,
  ): number {
    const id = this.nextId++;
    this.pending.set(id, answer);
    const request: ListenedRequest = { id, method, path, query, headers, body };
    this.push(`${JSON.stringify(request)}\n`);
    return id;
  }

  /** Who asked may have gone away: then nothing happens. */
  respond(id: number, response: ServedResponse): void {
    const answer = this.pending.get(id);
    this.pending.delete(id);
    answer?.(response);
  }

  protected override released(): void {
    this.close();
    for (const answer of this.pending.values()) answer(GONE);
    this.pending.clear();
    super.released();
  }
}
