import type { Builtin } from "../shell.ts";

/** help: what there is to type. */
export const help: Builtin = function* (shell, args) {
  const own = shell.ctx.fs.exists("/etc/help") && args.length === 0 ? shell.ctx.fs.readFile("/etc/help") : "";
  const [name] = args;
  if (name !== undefined) {
    if (shell.interpreter.builtins.has(name)) {
      yield* shell.out(`${name}: a shell builtin.\n`);
      return 0;
    }
    yield* shell.complain(
      `help: no help topics match \`${name}'.  Try \`help help' or \`man -k ${name}' or \`info ${name}'.`,
    );
    return 1;
  }
  if (own !== "") yield* shell.out(own);
  const width = (shell.ctx.tty(shell.io[1] ?? 1)?.columns ?? 80) - 2;
  yield* shell.out(
    `${own === "" ? "" : "\n"}Shell builtins:\n${wrap([...shell.interpreter.builtins.keys()], width)}\nPrograms:\n${wrap(shell.ctx.programNames(), width)}`,
  );
  return 0;
};

function wrap(names: readonly string[], width: number): string {
  let text = "";
  let line = " ";
  for (const name of names) {
    if (line.length + name.length + 1 > width) {
      text += `${line}\n`;
      line = " ";
    }
    line += ` ${name}`;
  }
  return `${text}${line}\n`;
}

/** history [-c] [n] */
export const history: Builtin = function* (shell, args) {
  if (args[0] === "-c") {
    shell.history.length = 0;
    return 0;
  }
  const [text] = args;
  if (text !== undefined && !/^\d+$/.test(text)) {
    yield* shell.complain(`history: ${text}: numeric argument required`);
    return 1;
  }
  const count = text === undefined ? shell.history.length : Number(text);
  const from = Math.max(0, shell.history.length - count);
  const lines = shell.history.slice(from).map((line, at) => `${String(from + at + 1).padStart(5)}  ${line}\n`);
  yield* shell.out(lines.join(""));
  return 0;
};
