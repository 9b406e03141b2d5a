/**
 * Connections that come to this machine's ports and go on into a pod, as many at a time as there are. Upstream: client-go
 * tools/portforward/portforward.go.
 */
import type { Pod } from "../engine/api/generated/types.ts";
import { keyed, klogLine } from "../engine/base/klog.ts";
import { SystemError } from "../engine/base/program.ts";
import { accept, type Call, close, poll, read, readAll, write } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { ApiError, CommandError } from "./errors.ts";
import { PODS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";

/** Until what a client sends when it has connected is there. */
const DRAIN_MS = 5;

export interface Forward {
  local: number;
  remote: number;
}

interface Relayed {
  forward: Forward;
  /** The client's socket. */
  client: number;
  channel: { stdin: number; stdout: number; stderr: number; status: number; resize: number };
  /** Whether the client may still send. */
  sends: boolean;
}

export class PortRelay {
  private readonly call: Invocation;
  private readonly pod: Pod;
  private readonly sockets = new Map<number, Forward>();
  /** By the client's socket and by the channel's output. */
  private readonly relayed = new Map<number, Relayed>();

  constructor(call: Invocation, pod: Pod) {
    this.call = call;
    this.pod = pod;
  }

  get serves(): boolean {
    return this.sockets.size > 0;
  }

  serve(socket: number, forward: Forward): void {
    this.sockets.set(socket, forward);
  }

  /** Whoever may not forward hears it before anything listens. Upstream: `Dial`. */
  *begin(): Call<void> {
    try {
      const { stdin, stdout, stderr, status, resize } = yield* this.dial({});
      for (const fd of [stdin, stdout, stderr, status, resize]) yield* close(fd);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new CommandError(`error upgrading connection: ${error.status.message}`);
    }
  }

  private *dial(query: Record<string, string>): Call<Relayed["channel"]> {
    const { call, pod } = this;
    const [namespace, name] = [String(pod.metadata.namespace), pod.metadata.name];
    const path = resourcePath(PODS, { namespace, name, subresource: "portforward" });
    return yield* call.rest.upgrade({ method: "POST", path, query });
  }

  /** Ends only with the pod. */
  *run(): Call<never> {
    for (;;) {
      const waiting = [...this.relayed].filter(([fd, { client, sends }]) => fd !== client || sends).map(([fd]) => fd);
      for (const fd of yield* poll([...this.sockets.keys(), ...waiting])) {
        const forward = this.sockets.get(fd);
        const one = this.relayed.get(fd);
        if (forward !== undefined) yield* this.open(fd, forward);
        else if (one !== undefined && fd === one.client) yield* this.toPod(one);
        else if (one !== undefined) yield* this.toClient(one);
      }
    }
  }

  private *open(socket: number, forward: Forward): Call<void> {
    const { fd: client } = yield* accept(socket);
    yield* this.call.out(`Handling connection for ${forward.local}\n`);
    try {
      const channel = yield* this.dial({ ports: String(forward.remote) });
      const one = { forward, client, channel, sends: true };
      this.relayed.set(client, one);
      this.relayed.set(channel.stdout, one);
    } catch (error) {
      const gone = error instanceof ApiError && error.status.reason === "NotFound";
      if (!(error instanceof SystemError) && !(error instanceof CommandError) && !gone) throw error;
      yield* drain(client);
      yield* close(client);
      yield* this.lose(forward, gone ? this.sandboxGone(forward) : error.message);
    }
  }

  private *toPod(one: Relayed): Call<void> {
    try {
      const text = yield* read(one.client);
      if (text !== null) return yield* write(one.channel.stdin, text);
      one.sends = false;
      yield* close(one.channel.stdin);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // The client is gone: so is what was opened for it.
      yield* this.end(one);
    }
  }

  private *toClient(one: Relayed): Call<void> {
    try {
      const text = yield* read(one.channel.stdout);
      if (text !== null) return yield* write(one.client, text);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    const problem = yield* this.problemOf(one);
    if (problem !== "") yield* drain(one.client);
    yield* this.end(one);
    if (problem !== "") yield* this.lose(one.forward, problem);
  }

  private *problemOf({ channel }: Relayed): Call<string> {
    try {
      return yield* readAll(channel.stderr);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return error.message;
    }
  }

  private *end(one: Relayed): Call<void> {
    const { client, channel } = one;
    this.relayed.delete(client);
    this.relayed.delete(channel.stdout);
    const own = [...(one.sends ? [channel.stdin] : []), channel.stdout, channel.stderr, channel.status, channel.resize];
    for (const fd of [client, ...own]) yield* close(fd);
  }

  /** What the runtime says of a pod that is deleted. **Simplified:** by its uid: kubectl here doesn't know its sandbox's. */
  private sandboxGone({ remote }: Forward): string {
    const { uid } = this.pod.metadata;
    return `error forwarding port ${remote} to pod ${uid}, uid : failed to find sandbox "${uid}" in store: not found`;
  }

  /** Ends the command, as upstream does when the pod doesn't take a connection. */
  private *lose({ local, remote }: Forward, problem: string): Call<never> {
    const { ctx } = this.call;
    const err = `an error occurred forwarding ${local} -> ${remote}: ${problem}`;
    const origin = { level: "E", place: "portforward.go:522", pid: ctx.pid } as const;
    yield* this.call.err(
      `${klogLine(ctx.now(), origin, keyed("Unhandled Error", { err }))}\nerror: lost connection to pod\n`,
    );
    throw new CommandError("", { verbatim: true });
  }
}

/** Takes what the client has sent already, so that closing its connection ends it and doesn't break it off. */
function* drain(client: number): Call<void> {
  try {
    while ((yield* poll([client], DRAIN_MS)).length > 0) if ((yield* read(client)) === null) return;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
