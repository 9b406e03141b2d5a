/**
 * Connections that come to this machine's ports and go on into a pod, as many at a time as there are. Upstream: client-go
 * tools/portforward/portforward.go.
 */
import type { Pod } from "../engine/api/generated/types.ts";
import { SystemError } from "../engine/base/program.ts";
import { accept, type Call, close, poll, read, readAll, write } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import { PODS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";

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
    const { call, pod } = this;
    const { fd: client } = yield* accept(socket);
    yield* call.out(`Handling connection for ${forward.local}\n`);
    try {
      const channel = yield* call.rest.upgrade({
        method: "POST",
        path: resourcePath(PODS, {
          namespace: String(pod.metadata.namespace),
          name: pod.metadata.name,
          subresource: "portforward",
        }),
        query: { ports: String(forward.remote) },
      });
      const one = { forward, client, channel, sends: true };
      this.relayed.set(client, one);
      this.relayed.set(channel.stdout, one);
    } catch (error) {
      if (!(error instanceof SystemError) && !(error instanceof CommandError)) throw error;
      yield* close(client);
      yield* this.lose(forward, error.message);
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

  /** Ends the command, as upstream does when the pod doesn't take a connection. */
  private *lose({ local, remote }: Forward, problem: string): Call<never> {
    yield* this.call.err(
      `an error occurred forwarding ${local} -> ${remote}: ${problem}\nerror: lost connection to pod\n`,
    );
    throw new CommandError("", { verbatim: true });
  }
}
