/**
 * Macros that the library lacks: comprehensions with two variables and the optional ones. Upstream: cel-go
 * ext/comprehensions.go, cel/library.go (optMap, optFlatMap).
 */
import type { Environment } from "@marcbachmann/cel-js";
import type { CelNode } from "./cel-node.ts";
import { isObject } from "../../base/json.ts";
import { spend } from "./cost.ts";
import { CelFailure } from "./functions/overload.ts";

/** The parts of the library's checker, evaluator and contexts that a macro meets. */
interface Declared {
  readonly kind: string;
  readonly keyType?: Declared;
  readonly valueType?: Declared;
}
interface Context {
  forkWithVariable(name: string, type: Declared): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Checker {
  check(node: CelNode, context: Context): Declared;
  getType(name: string): Declared;
}
interface Evaluator {
  run(node: CelNode, context: Context): unknown;
}
interface MacroCall {
  readonly ast: CelNode;
  readonly args: readonly CelNode[];
  readonly receiver: CelNode;
}

type Run = (nodeIndex: number, key: unknown, value: unknown) => unknown;

/** `signature` ends in as many `ast` as there are variables and expressions; `fold` runs the expressions over the entries. */
function twoVariables(
  environment: Environment,
  signature: string,
  result: string,
  fold: (entries: readonly (readonly [unknown, unknown])[], run: Run) => unknown,
): void {
  const expand = ({ ast, args, receiver }: MacroCall) => {
    const [first, second, ...expressions] = args;
    const [keyName, valueName] = [variableOf(first), variableOf(second)];
    const contexts: Context[] = [];
    return {
      typeCheck(checker: Checker, _macro: unknown, context: Context): Declared {
        const range = checker.check(receiver, context);
        const dyn = checker.getType("dyn");
        const keyType = range.kind === "list" ? checker.getType("int") : (range.keyType ?? dyn);
        contexts[0] = context.forkWithVariable(keyName, keyType);
        contexts[1] = contexts[0].forkWithVariable(valueName, range.valueType ?? dyn);
        for (const expression of expressions) checker.check(expression, contexts[1]);
        ast.setMeta("async", false);
        return checker.getType(result);
      },
      evaluate(evaluator: Evaluator, _macro: unknown, context: Context): unknown {
        const [outer, inner] = contexts as [Context, Context];
        return fold(entriesOf(evaluator.run(receiver, context)), (index, key, value) => {
          spend();
          const bound = inner.reuse(outer.reuse(context).setIterValue(key, evaluator)).setIterValue(value, evaluator);
          return evaluator.run(expressions[index] as CelNode, bound);
        });
      },
    };
  };
  environment.registerFunction(signature, expand as never);
}

function variableOf(node: CelNode | undefined): string {
  if (node?.op === "id") return node.args as string;
  throw new CelFailure("argument must be a simple name");
}

function entriesOf(range: unknown): (readonly [unknown, unknown])[] {
  if (Array.isArray(range)) return range.map((item, at) => [BigInt(at), item] as const);
  if (isObject(range)) return Object.entries(range);
  throw new CelFailure("no such overload");
}

export function addComprehensions(environment: Environment): void {
  const list = (signature: string, fold: Parameters<typeof twoVariables>[3], result = "bool"): void =>
    twoVariables(environment, `list.${signature}`, result, fold);
  list("all(ast, ast, ast): bool", (entries, run) => entries.every(([key, value]) => run(0, key, value) === true));
  list("exists(ast, ast, ast): bool", (entries, run) => entries.some(([key, value]) => run(0, key, value) === true));
  const once: Parameters<typeof twoVariables>[3] = (entries, run) =>
    entries.filter(([key, value]) => run(0, key, value) === true).length === 1;
  list("existsOne(ast, ast, ast): bool", once);
  list("exists_one(ast, ast, ast): bool", once);
  const listed = "list<dyn>";
  list("transformList(ast, ast, ast): list<dyn>", (entries, run) => entries.map((entry) => run(0, ...entry)), listed);
  list(
    "transformList(ast, ast, ast, ast): list<dyn>",
    (entries, run) => entries.filter((entry) => run(0, ...entry) === true).map((entry) => run(1, ...entry)),
    listed,
  );
  const mapped = "map<dyn, dyn>";
  list(
    "transformMap(ast, ast, ast): map<dyn, dyn>",
    (entries, run) => Object.fromEntries(entries.map(([key, value]) => [String(key), run(0, key, value)])),
    mapped,
  );
  list(
    "transformMap(ast, ast, ast, ast): map<dyn, dyn>",
    (entries, run) =>
      Object.fromEntries(
        entries.filter((entry) => run(0, ...entry) === true).map(([key, value]) => [String(key), run(1, key, value)]),
      ),
    mapped,
  );
}

/** `x.optMap(v, v + 1)`, `x.optFlatMap(v, v.?field)`; `optional` makes an optional value. */
export function addOptionalMacros(environment: Environment, optional: (value: unknown) => unknown): void {
  for (const [name, flat] of [
    ["optMap", false],
    ["optFlatMap", true],
  ] as const) {
    const expand = ({ ast, args, receiver }: MacroCall) => {
      const [variable, expression] = args as [CelNode, CelNode];
      const varName = variableOf(variable);
      let bound: Context | undefined;
      return {
        typeCheck(checker: Checker, _macro: unknown, context: Context): Declared {
          const type = checker.check(receiver, context);
          bound = context.forkWithVariable(varName, type.valueType ?? checker.getType("dyn"));
          checker.check(expression, bound);
          ast.setMeta("async", false);
          return checker.getType("optional");
        },
        evaluate(evaluator: Evaluator, _macro: unknown, context: Context): unknown {
          const value = evaluator.run(receiver, context) as { hasValue(): boolean; value(): unknown };
          if (!value.hasValue()) return value;
          const result = evaluator.run(
            expression,
            (bound as Context).reuse(context).setIterValue(value.value(), evaluator),
          );
          return flat ? result : optional(result);
        },
      };
    };
    environment.registerFunction(`optional.${name}(ast, ast): optional<dyn>`, expand as never);
  }
}
