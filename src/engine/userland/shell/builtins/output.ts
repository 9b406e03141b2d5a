import { echoText } from "../../echo-text.ts";
import { formatPrintf } from "../../printf-format.ts";
import { TestError, testArguments } from "../../test-arguments.ts";
import { ShellError } from "../control.ts";
import { quoteForPrintf } from "../quote.ts";
import type { Builtin } from "../shell.ts";

export const echo: Builtin = function* (shell, args) {
  yield* shell.out(echoText(args, { escapes: shell.dialect === "dash" }));
  return 0;
};

/** printf [-v var] format [arguments] */
export const printf: Builtin = function* (shell, args) {
  let target: string | undefined;
  if (args[0] === "-v") {
    target = args[1];
    args.splice(0, 2);
  }
  if (args[0] === "--") args.shift();
  const [format, ...rest] = args;
  if (format === undefined) {
    yield* shell.err("printf: usage: printf [-v var] format [arguments]\n");
    return 2;
  }
  const { text, errors } = formatPrintf(format, rest, { now: shell.ctx.now(), quote: quoteForPrintf });
  if (target === undefined) yield* shell.out(text);
  else {
    const element = /^(\w+)\[(.*)\]$/.exec(target);
    if (element === null) shell.assign(target, text);
    else
      shell.variables.setElement(
        element[1] as string,
        shell.elementKey(element[1] as string, element[2] as string),
        text,
      );
  }
  for (const error of errors) yield* shell.complain(`printf: ${error}`);
  return errors.length > 0 ? 1 : 0;
};

/** test, [ */
export const test: Builtin = function* (shell, args, name) {
  let words = args;
  if (name === "[") {
    if (args.at(-1) !== "]") {
      yield* shell.complain("[: missing `]'");
      return 2;
    }
    words = args.slice(0, -1);
  }
  try {
    return testArguments(shell, words) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError || error instanceof ShellError)) throw error;
    yield* shell.complain(`${name}: ${error.message}`);
    return 2;
  }
};
