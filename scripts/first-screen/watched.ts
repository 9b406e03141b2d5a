/** Notes which functions of a module are called: each says so, to `globalThis.calledFunctions`, when it is. */
import { moduleFunctions } from "./functions.ts";
import { nodeAt, nodesAt, type SyntaxNode } from "./syntax.ts";

/** `module`: what the notes begin with, `<module> <number of the function>`. */
export function watchModule(code: string, program: SyntaxNode, module: string): string {
  const inserts: { at: number; text: string }[] = [];
  moduleFunctions(program).forEach(({ fn }, index) => {
    const note = `globalThis.calledFunctions.add(${JSON.stringify(`${module} ${index}`)})`;
    const body = nodeAt(fn, "body") as SyntaxNode;
    if (fn["generator"] === true) inserts.push(generatorNote(code, fn, note));
    if (body.type === "BlockStatement") inserts.push({ at: body.start + 1, text: `${note};` });
    else inserts.push({ at: body.start, text: `(${note}, (` }, { at: body.end, text: "))" });
  });
  let text = code;
  for (const { at, text: inserted } of inserts.sort((a, b) => b.at - a.at))
    text = text.slice(0, at) + inserted + text.slice(at);
  return text;
}

/**
 * A generator's body runs later than its call, if at all; a parameter's default value is worked out at the call, unless
 * the caller gives more than was asked for.
 */
function generatorNote(code: string, fn: SyntaxNode, note: string): { at: number; text: string } {
  const last = nodesAt(fn, "params").at(-1);
  if (last === undefined) return { at: code.indexOf("(", fn.start) + 1, text: `$called = ${note}` };
  // Behind the rest of the parameters there is no place for another: such generators stay where they are.
  return last.type === "RestElement" ? { at: fn.end, text: "" } : { at: last.end, text: `, $called = ${note}` };
}
