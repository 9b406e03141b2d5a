/** What the host gives to a kernel. */
export interface KernelOptions {
  /**
   * Runs a tool of the host that may need promises. `done` is called once, now or later, with its answer; an `Error`
   * is thrown in the program.
   */
  externals?: (name: string, args: unknown, done: (answer: unknown) => void) => void;
  /** Asks the playground for something outside the machine. May throw a `SystemError`, may return a `PendingIntent`. */
  intents?: (machineId: string, name: string, args: unknown) => unknown;
}

/**
 * An intent's answer that comes later (the editor pane): `wait` is called once and calls `done` with the answer.
 * It returns what to do when the program goes away first.
 */
export class PendingIntent {
  readonly wait: (done: (value: unknown) => void) => () => void;

  constructor(wait: (done: (value: unknown) => void) => () => void) {
    this.wait = wait;
  }
}
