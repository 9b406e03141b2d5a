/**
 * A parity script: shell commands, one a line (or several, where a quote or here-document spans them), as a user would
 * type them. `#@` begins an instruction for the harness, any other `#` a comment:
 *   #@ advance 30s    both clocks move on before the next command
 *   #@ idle           both clocks run until nothing more happens
 *   #@ during         the clock runs while the next command does: it waits for something
 *   #@ preset NAME    the cluster of this script (first line only)
 *   #@ state WHY      the two clusters end up different, for this reason (the client's own clock is written, say)
 *   #@ differs WHY    the next command's output is known to differ; the reason is printed with it
 */
import { commandsOf } from "../../src/cli/run.ts";

export interface Command {
  kind: "command";
  text: string;
  during: boolean;
  /** Why the outputs differ; undefined: they must not. */
  differs: string | undefined;
}

export type Step = Command | { kind: "advance"; duration: string } | { kind: "idle" };

export interface ParityScript {
  name: string;
  preset: string;
  /** Why the states may differ at the end. */
  stateDiffers: string | undefined;
  steps: Step[];
}

const INSTRUCTION = /^#@\s+(\w+)\s*(.*)$/;

export function parseScript(name: string, text: string): ParityScript {
  const script: ParityScript = { name, preset: "default", stateDiffers: undefined, steps: [] };
  let pending: { during: boolean; differs: string | undefined } = { during: false, differs: undefined };
  let block: string[] = [];
  const flush = (): void => {
    for (const command of commandsOf(block.join("\n"))) {
      script.steps.push({ kind: "command", text: command, ...pending });
      pending = { during: false, differs: undefined };
    }
    block = [];
  };
  for (const line of text.split("\n")) {
    const instruction = INSTRUCTION.exec(line);
    if (instruction === null) {
      block.push(line);
      continue;
    }
    flush();
    const [, word = "", rest = ""] = instruction;
    if (word === "advance") script.steps.push({ kind: "advance", duration: rest });
    else if (word === "idle") script.steps.push({ kind: "idle" });
    else if (word === "during") pending = { ...pending, during: true };
    else if (word === "differs") pending = { ...pending, differs: rest };
    else if (word === "state") script.stateDiffers = rest;
    else if (word === "preset") script.preset = rest;
    else throw new Error(`${name}: no such instruction: ${line}`);
  }
  flush();
  return script;
}
