/** A port that a program listens on: requests come in as lines of JSON, answers go out by their number. */
import type { ListenedRequest, ListenedResponse } from "../base/program.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import type { ServedRequest, ServedResponse } from "./network-port.ts";
import type { Socket } from "./description.ts";
import { FedStream } from "./streams.ts";

const GONE: ServedResponse = { status: 502, body: "" };

export class ListenStream extends FedStream {
  private readonly pending = new Map<number, (response: ServedResponse) => void>();
  /** Answers whose bodies aren't whole yet, and whose clients are still there. */
  private readonly going = new Map<number, { data(text: string): void; end(): void }>();
  private readonly close: () => void;
  private readonly place: Socket;
  private nextId = 1;

  /** Throws as `NetworkNamespace.bindHttp` does. `settle` lets processes that can go on do so. */
  constructor(namespace: NetworkNamespace, at: { port: number; address?: string }, settle: () => void) {
    super();
    this.place = { namespace, protocol: "TCP", port: at.port };
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

  override get socket(): Socket {
    return this.place;
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
  respond(id: number, { goesOn = false, ...response }: ListenedResponse): void {
    const answer = this.pending.get(id);
    this.pending.delete(id);
    if (!goesOn) return answer?.(response);
    answer?.({
      ...response,
      goesOn: (body) => {
        this.going.set(id, body);
        return () => void this.going.delete(id);
      },
    });
  }

  /** False when the client went away. */
  respondMore(id: number, text: string | null): boolean {
    const body = this.going.get(id);
    if (text === null) {
      this.going.delete(id);
      body?.end();
    } else body?.data(text);
    return body !== undefined;
  }

  protected override released(): void {
    this.close();
    for (const answer of this.pending.values()) answer(GONE);
    this.pending.clear();
    for (const body of this.going.values()) body.end();
    this.going.clear();
    super.released();
  }
}
