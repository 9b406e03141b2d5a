/** How control leaves the ordinary course: thrown through the interpreter, caught by what they are meant for. */

export class BreakLoop {
  levels: number;
  readonly again: boolean;
  constructor(levels: number, again: boolean) {
    this.levels = levels;
    this.again = again;
  }
}

export class ReturnFunction {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

export class ExitShell {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** Ctrl-C in an interactive shell: back to the prompt. */
export class Interrupted {}

/** An error that ends the command, and a shell that is not interactive: message already without prefix. */
export class ShellError {
  readonly message: string;
  readonly status: number;
  /** Ends a shell that is not interactive (`${x?}`, `set -u`, a readonly assignment). */
  readonly fatal: boolean;
  constructor(message: string, options: { status?: number; fatal?: boolean } = {}) {
    this.message = message;
    this.status = options.status ?? 1;
    this.fatal = options.fatal ?? false;
  }
}

/** There may be no more processes: a script ends there. */
export function cannotFork({ dialect }: { dialect: string }): ShellError {
  if (dialect === "bash") return new ShellError("fork: Resource temporarily unavailable", { status: 254, fatal: true });
  const words = dialect === "dash" ? "Cannot fork" : "can't fork: Resource temporarily unavailable";
  return new ShellError(words, { status: 2, fatal: true });
}
