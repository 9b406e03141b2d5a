/**
 * `has(self.items[0].name)`: the library's macro takes fields of fields of a variable alone, CEL's takes a field of whatever
 * an expression leads to. Upstream: cel-go parser/macro.go MakeHas.
 */
import type { CelNode } from "./cel-node.ts";

interface Macro {
  readonly args: readonly CelNode[];
  typeCheck(checker: Checker, macro: Macro, context: unknown): unknown;
  evaluate(evaluator: Evaluator, macro: Macro, context: unknown): unknown;
}
interface Checker {
  check(node: CelNode, context: unknown): unknown;
  getType(name: string): unknown;
}
interface Evaluator {
  run(node: CelNode, context: unknown): unknown;
  debugType(value: unknown): { fieldLazy(value: unknown, field: string, node: CelNode, evaluator: Evaluator): unknown };
}

/** Changes the node's macro where it is `has` and the library would refuse its argument. */
export function widenHas(node: CelNode): void {
  const macro = node.meta["macro"] as Macro | undefined;
  if (macro === undefined || node.op !== "call" || (node.args as unknown[])[0] !== "has") return;
  const [field] = macro.args;
  if (field === undefined || field.op !== "." || isPath(field)) return;
  const [operand, name] = field.args as [CelNode, string];
  macro.typeCheck = (checker, _, context) => {
    checker.check(operand, context);
    return checker.getType("bool");
  };
  macro.evaluate = (evaluator, _, context) => {
    const value = evaluator.run(operand, context);
    return evaluator.debugType(value).fieldLazy(value, name, field, evaluator) !== undefined;
  };
}

/** `self.a.b` */
function isPath(node: CelNode): boolean {
  let at = node;
  while (at.op === "." || at.op === ".?") at = (at.args as [CelNode])[0];
  return at.op === "id";
}
