import { SystemError } from "../base/program.ts";
import type { TransportProtocol } from "./connection.ts";
import type { NetworkNamespace } from "./network-namespace.ts";

/** What a socket is: a place where somebody listens, or one end of what is open. */
export type Socket =
  | { readonly namespace: NetworkNamespace; readonly protocol: TransportProtocol; readonly port: number }
  | { readonly connection: object };

/** What an attempt says that can't be done yet. */
export const BLOCKED: unique symbol = Symbol("blocked");

/** Somebody who waits and tries again when woken. */
export interface Waiter {
  wake(): void;
}

/** Waiters for a change. Waking is not an answer: each one tries again and may wait again. */
export class WaitList {
  private readonly waiters = new Set<Waiter>();

  get waiting(): boolean {
    return this.waiters.size > 0;
  }

  add(waiter: Waiter): void {
    this.waiters.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
  }

  wake(): void {
    for (const waiter of this.waiters) waiter.wake();
  }
}

/**
 * An open file description: what descriptors point to. Shared by dup and spawn; `refs` counts the descriptors and
 * `released` runs iff it falls to zero. A side that isn't overridden fails with EBADF, as on Linux.
 */
export abstract class Description {
  refs = 0;
  /** Woken whenever a read, write or poll that was BLOCKED may succeed now. */
  readonly changed: WaitList;

  constructor(changed = new WaitList()) {
    this.changed = changed;
  }

  /** Text (never empty), null at the end, or BLOCKED. With `line`, nothing behind the first newline is taken. */
  read(_line?: boolean): string | null | typeof BLOCKED {
    throw new SystemError("EBADF");
  }

  /** How many characters of `data` were taken; 0 means wait. */
  write(_data: string): number {
    throw new SystemError("EBADF");
  }

  /** Undefined for what is no socket. */
  get socket(): Socket | undefined {
    return undefined;
  }

  /** True iff a read would not wait. */
  get readable(): boolean {
    return true;
  }

  retain(): this {
    this.refs++;
    return this;
  }

  release(): void {
    this.refs--;
    if (this.refs === 0) this.released();
  }

  protected released(): void {}
}
