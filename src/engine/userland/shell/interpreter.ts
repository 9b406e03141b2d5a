import { builtins } from "./builtins/registry.ts";
import {
  runBlock,
  runCommand,
  runCondition,
  runList,
  runNode,
  runSource,
  waitForeground,
  withRedirects,
} from "./execute.ts";
import { expandArithmetic, expandParts, expandPattern, expandWord } from "./expand.ts";
import type { Interpreter } from "./shell.ts";
import { cannotRun, invoke } from "./simple-command.ts";

/** The interpreter, put together. */
export const interpreter: Interpreter = {
  builtins,
  runSource,
  runList,
  runBlock,
  runCondition,
  runNode,
  runCommand,
  waitForeground,
  withRedirects,
  invoke,
  cannotRun,
  expandParts,
  expandWord,
  expandPattern,
  expandArithmetic,
};
