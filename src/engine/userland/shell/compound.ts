/** if, loops, case, groups, `(( ))` and `[[ ]]`. */
import type { ArithmeticExpression, CompoundCommand, For, ArithmeticFor, While } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { testExpression } from "./conditional.ts";
import { BreakLoop, ShellError } from "./control.ts";
import { expandArithmetic, expandPattern, expandWord, expandWords } from "./expand.ts";
import { matchPattern } from "./pattern.ts";
import type { Shell, RunOptions } from "./shell.ts";
import { runTrap } from "./traps.ts";

export function* compound(
  shell: Shell,
  node: Exclude<CompoundCommand, { type: "Subshell" }>,
  options: RunOptions,
): Call<number> {
  switch (node.type) {
    case "BraceGroup":
      return yield* shell.interpreter.runBlock(shell, node.body, options);
    case "If": {
      if ((yield* shell.interpreter.runCondition(shell, node.clause)) === 0)
        return yield* shell.interpreter.runBlock(shell, node.then, options);
      for (const branch of node.elif) {
        if ((yield* shell.interpreter.runCondition(shell, branch.clause)) === 0)
          return yield* shell.interpreter.runBlock(shell, branch.then, options);
      }
      return node.else === undefined ? 0 : yield* shell.interpreter.runBlock(shell, node.else, options);
    }
    case "For":
      return yield* forLoop(shell, node);
    case "ArithmeticFor":
      return yield* arithmeticFor(shell, node);
    case "While":
      return yield* whileLoop(shell, node);
    case "Case":
      return yield* caseCommand(shell, node, options);
    case "TestCommand":
      return (yield* testExpression(shell, node.expression)) ? 0 : 1;
    case "ArithmeticCommand":
      return (yield* expandArithmetic(shell, node.body)) === 0 ? 1 : 0;
    case "Select":
      throw new ShellError("select: not supported here");
  }
}

/** Runs a loop's body once; "stop" ends the loop. */
function* runBody(shell: Shell, body: () => Call<number>): Call<{ status: number; stop: boolean }> {
  yield* shell.checkpoint(runTrap);
  try {
    return { status: yield* body(), stop: false };
  } catch (error) {
    if (!(error instanceof BreakLoop)) throw error;
    // `break 2` goes on in the loop outside, when there is one.
    if (error.levels > 1 && shell.loopDepth > 1) {
      error.levels--;
      throw error;
    }
    return { status: 0, stop: !error.again };
  }
}

function* forLoop(shell: Shell, node: For): Call<number> {
  const words = node.wordlist === undefined ? [...shell.positional] : yield* expandWords(shell, node.wordlist);
  let status = 0;
  shell.loopDepth++;
  try {
    for (const word of words) {
      shell.assign(node.name.value, word);
      const done = yield* runBody(shell, () => shell.interpreter.runBlock(shell, node.body));
      status = done.status;
      if (done.stop) break;
    }
  } finally {
    shell.loopDepth--;
  }
  return status;
}

function* arithmeticFor(shell: Shell, node: ArithmeticFor): Call<number> {
  const text = (expression: ArithmeticExpression | undefined): string | undefined =>
    expression === undefined ? undefined : shell.source.slice(expression.pos, expression.end);
  const [first, test, next] = [text(node.initialize), text(node.test), text(node.update)];
  let status = 0;
  shell.loopDepth++;
  try {
    if (first !== undefined) yield* expandArithmetic(shell, first);
    while (test === undefined || (yield* expandArithmetic(shell, test)) !== 0) {
      const done = yield* runBody(shell, () => shell.interpreter.runBlock(shell, node.body));
      status = done.status;
      if (done.stop) break;
      if (next !== undefined) yield* expandArithmetic(shell, next);
    }
  } finally {
    shell.loopDepth--;
  }
  return status;
}

function* whileLoop(shell: Shell, node: While): Call<number> {
  let status = 0;
  shell.loopDepth++;
  try {
    for (;;) {
      // `continue` in the condition counts as met: the loop goes on.
      let met = true;
      const done = yield* runBody(shell, function* () {
        const answer = yield* shell.interpreter.runCondition(shell, node.clause);
        met = (answer === 0) === (node.kind === "while");
        return met ? yield* shell.interpreter.runBlock(shell, node.body) : 0;
      });
      if (!met) break;
      status = done.status;
      if (done.stop) break;
    }
  } finally {
    shell.loopDepth--;
  }
  return status;
}

function* caseCommand(
  shell: Shell,
  node: Extract<CompoundCommand, { type: "Case" }>,
  options: RunOptions,
): Call<number> {
  const text = yield* expandWord(shell, node.word);
  let status = 0;
  let falls = false;
  for (const item of node.items) {
    if (!falls) {
      let matches = false;
      for (const pattern of item.pattern) {
        matches = matchPattern(yield* expandPattern(shell, pattern), text, shell.shopt.nocasematch);
        if (matches) break;
      }
      if (!matches) continue;
    }
    status = yield* shell.interpreter.runBlock(
      shell,
      item.body,
      item.terminator === ";&" || item.terminator === ";;&" ? {} : options,
    );
    if (item.terminator === ";&") falls = true;
    else if (item.terminator === ";;&") falls = false;
    else return status;
  }
  return status;
}
