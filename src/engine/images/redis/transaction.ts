/**
 * What one client does between MULTI and EXEC: its commands wait in a queue and run one after the other, unless a key that it
 * WATCHes has changed. Upstream: redis src/multi.c.
 */
import { OK } from "./resp.ts";
import type { Reply } from "./resp.ts";

const OWN = new Set(["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"]);

export interface TransactionHost {
  /** Undefined where the command answers by itself or not at all. */
  run(words: readonly string[]): Reply | undefined;
  knows(name: string): boolean;
  /** What the key holds in the database that the client has chosen, as text. */
  look(key: string): string;
}

export class Transaction {
  private readonly host: TransactionHost;
  private queue: (readonly string[])[] | undefined;
  /** A command could not be queued: EXEC refuses. */
  private broken = false;
  private readonly watched = new Map<string, string>();

  constructor(host: TransactionHost) {
    this.host = host;
  }

  /** The answer, where the command is of a transaction or waits for its end; "run" where it is to run now. */
  take(words: readonly string[]): Reply | "run" {
    const [word = "", ...args] = words;
    const name = word.toUpperCase();
    if (OWN.has(name)) return this.control(name, args);
    if (this.queue === undefined) return "run";
    if (!this.host.knows(name)) {
      this.broken = true;
      return this.host.run(words) ?? OK;
    }
    this.queue.push(words);
    return { simple: "QUEUED" };
  }

  private control(name: string, args: readonly string[]): Reply {
    const { queue } = this;
    switch (name) {
      case "MULTI":
        if (queue !== undefined) return { error: "ERR MULTI calls can not be nested" };
        this.queue = [];
        return OK;
      case "WATCH":
        if (queue !== undefined) return { error: "ERR WATCH inside MULTI is not allowed" };
        if (args.length === 0) return { error: "ERR wrong number of arguments for 'watch' command" };
        for (const key of args) this.watched.set(key, this.host.look(key));
        return OK;
      case "UNWATCH":
        this.watched.clear();
        return OK;
      case "DISCARD":
        if (queue === undefined) return { error: "ERR DISCARD without MULTI" };
        this.end();
        return OK;
      default:
        return queue === undefined ? { error: "ERR EXEC without MULTI" } : this.execute(queue);
    }
  }

  private execute(queue: readonly (readonly string[])[]): Reply {
    const { broken } = this;
    const changed = [...this.watched].some(([key, seen]) => this.host.look(key) !== seen);
    this.end();
    if (broken) return { error: "EXECABORT Transaction discarded because of previous errors." };
    return changed ? null : queue.map((words) => this.host.run(words) ?? OK);
  }

  private end(): void {
    this.queue = undefined;
    this.broken = false;
    this.watched.clear();
  }
}
