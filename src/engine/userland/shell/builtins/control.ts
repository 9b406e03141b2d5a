import { BreakLoop, ExitShell, ReturnFunction } from "../control.ts";
import type { Builtin } from "../shell.ts";

export const colon: Builtin = function* () {
  return 0;
};
export const falseBuiltin: Builtin = function* () {
  return 1;
};

/** break [n], continue [n] */
export const breakLoop: Builtin = function* (shell, args, name) {
  const levels = Number(args[0] ?? "1");
  if (!Number.isInteger(levels) || levels < 1) {
    yield* shell.complain(
      `${name}: ${args[0]}: ${Number.isInteger(levels) ? "loop count out of range" : "numeric argument required"}`,
    );
    return 1;
  }
  if (shell.loopDepth === 0) {
    yield* shell.complain(`${name}: only meaningful in a \`for', \`while', or \`until' loop`);
    return 0;
  }
  throw new BreakLoop(levels, name === "continue");
};

/** exit [n] */
export const exitShell: Builtin = function* (shell, args, name) {
  if (shell.dialect === "bash" && shell.interactive && !shell.isSubshell)
    yield* shell.err(name === "logout" ? "logout\n" : "exit\n");
  throw new ExitShell(yield* statusArgument(shell, args, name));
};

/** return [n] */
export const returnFunction: Builtin = function* (shell, args, name) {
  if (shell.callDepth === 0 && !shell.sourcing) {
    yield* shell.complain("return: can only `return' from a function or sourced script");
    return 1;
  }
  throw new ReturnFunction(yield* statusArgument(shell, args, name));
};

function* statusArgument(shell: Parameters<Builtin>[0], args: string[], name: string): ReturnType<Builtin> {
  const [text] = args;
  if (text === undefined) return shell.status;
  if (!/^[+-]?\d+$/.test(text)) {
    yield* shell.complain(`${name}: ${text}: numeric argument required`);
    return 2;
  }
  return Number(text) & 0xff;
}

/** shift [n] */
export const shift: Builtin = function* (shell, args) {
  const count = Number(args[0] ?? "1");
  if (!Number.isInteger(count) || count < 0) {
    yield* shell.complain(`shift: ${args[0]}: shift count out of range`);
    return 1;
  }
  if (count > shell.positional.length) return 1;
  shell.positional = shell.positional.slice(count);
  return 0;
};
