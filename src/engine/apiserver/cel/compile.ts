/** Expressions to programs. Upstream: apiserver pkg/cel, cel-go's Env.Compile. */
import type { Environment } from "@marcbachmann/cel-js";
import { isNode, type CelNode } from "./cel-node.ts";
import type { CelType } from "./cel-type.ts";
import { celFieldName } from "./cel-type.ts";
import { compileErrorText, typeName, type LibraryError } from "./compile-error.ts";
import { spend } from "./cost.ts";
import { baseEnvironment, dynamicEnvironment, functionNames } from "./environment.ts";
import { widenHas } from "./has-macro.ts";

/** A checked expression. Shareable: it keeps no state between evaluations. */
export interface CelProgram {
  readonly expression: string;
  /** Its static type as CEL writes it: `bool`, `list(string)`, `dyn`. */
  readonly type: string;
  /** Variables that it reads. */
  readonly reads: ReadonlySet<string>;
  /** The library's evaluation; use `evaluate`. */
  readonly run: (variables: Readonly<Record<string, unknown>>) => unknown;
}

export type Compilation =
  | { readonly program: CelProgram; readonly error?: undefined }
  | { readonly program?: undefined; readonly error: string };

/** Names and types that expressions may refer to. */
export type CelDeclarations = Readonly<Record<string, CelType>>;

/** Expressions over one set of variables. Costly to make (a millisecond), cheap to use: keep it with what declares them. */
export class CelCompiler {
  private readonly environment: Environment;
  private readonly running: Environment;

  constructor(declarations: CelDeclarations) {
    const environment = baseEnvironment().clone({
      unlistedVariablesAreDyn: false,
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
    });
    const types = new TypeNames(environment);
    for (const [name, type] of Object.entries(declarations)) environment.registerVariable(name, types.nameOf(type));
    this.environment = environment;
    this.running = runningEnvironment(declarations);
  }

  /** The error is a text of one or several lines, without upstream's `compilation failed: `. */
  compile(expression: string): Compilation {
    try {
      const checked = this.environment.parse(expression);
      rewrite(checked.ast);
      const verdict = checked.check();
      if (!verdict.valid) throw verdict.error;
      const runnable = this.running.parse(expression);
      rewrite(runnable.ast);
      runnable.check();
      const reads = new Set<string>();
      prepare(runnable.ast, reads, new Set());
      const run: CelProgram["run"] = (variables) => runnable(variables);
      return { program: { expression, type: typeName(verdict.type ?? "dyn"), reads, run } };
    } catch (error) {
      return { error: compileErrorText(expression, error as LibraryError, functionNames()) };
    }
  }
}

/** Optional variables must be known as such; all others are what they are given. */
function runningEnvironment(declarations: CelDeclarations): Environment {
  const optional = Object.keys(declarations).filter((name) => {
    const type = declarations[name];
    return typeof type === "object" && "optional" in type;
  });
  if (optional.length === 0) return dynamicEnvironment();
  const environment = dynamicEnvironment().clone({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  for (const name of optional) environment.registerVariable(name, "optional");
  return environment;
}

/** The library's names of types; each structure is registered once. */
class TypeNames {
  private readonly environment: Environment;
  private readonly known = new Map<CelType, string>();
  private readonly taken = new Set<string>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  nameOf(type: CelType): string {
    if (type === "timestamp") return "google.protobuf.Timestamp";
    if (type === "duration") return "google.protobuf.Duration";
    if (typeof type === "string") return type;
    if ("list" in type) return `list<${this.nameOf(type.list)}>`;
    if ("map" in type) return `map<string, ${this.nameOf(type.map)}>`;
    if ("optional" in type) return `optional<${this.nameOf(type.optional)}>`;
    const known = this.known.get(type);
    if (known !== undefined) return known;
    const name = this.freeName(type.object);
    this.known.set(type, name);
    const fields: Record<string, string> = {};
    for (const [field, fieldType] of Object.entries(type.fields())) {
      const escaped = celFieldName(field);
      if (escaped !== undefined) fields[escaped] = this.nameOf(fieldType);
    }
    this.environment.registerType(name, { fields });
    this.environment.registerOperator(`${name} == ${name}`, () => false);
    return name;
  }

  /** Two structures may be called alike (`a-b` and `a_b`): the library must be able to tell them apart. */
  private freeName(wanted: string): string {
    const base = wanted.replace(/[^\w.]/g, "_");
    let name = base;
    for (let count = 2; this.taken.has(name); count++) name = `${base}_${count}`;
    this.taken.add(name);
    return name;
  }
}

/** `matches` becomes the one that reads Go's patterns, `has` takes a field of anything. */
function rewrite(node: unknown): void {
  visit(node, (found) => {
    widenHas(found);
    const args = found.args as unknown[];
    if ((found.op === "rcall" || found.op === "call") && args[0] === "matches") args[0] = "matchesRE2";
  });
}

/** Makes each step of a comprehension count, and notes the variables that are read. */
function prepare(node: unknown, reads: Set<string>, seen: Set<CelNode>): void {
  visit(
    node,
    (found) => {
      if (found.op === "id") reads.add(found.args as string);
      if ((found.op as string) !== "comprehension") return;
      const { step } = found.args as { step: CelNode };
      const meta = step.meta as { evaluate: (this: CelNode, ...args: unknown[]) => unknown };
      const original = meta.evaluate;
      step.setMeta("evaluate", function (this: CelNode, ...args: unknown[]) {
        spend();
        return original.apply(this, args);
      });
    },
    seen,
  );
}

/** Every node below, through lists, maps, macros and comprehensions alike. */
function visit(value: unknown, see: (node: CelNode) => void, seen = new Set<unknown>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (!isNode(value) && !Array.isArray(value) && value.constructor !== Object) return;
  seen.add(value);
  if (isNode(value)) see(value);
  for (const part of isNode(value) ? [value.args, value.meta] : Object.values(value)) visit(part, see, seen);
}
