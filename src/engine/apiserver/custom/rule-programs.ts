/** The rules of one place in a schema, compiled once. Upstream: apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go. */
import type { ValidationRule } from "../../api/generated/types.ts";
import { RULES, type Schema } from "../../api/apiextensions/schema/schema-nodes.ts";
import { CelCompiler, type CelProgram, type CelType } from "../cel/index.ts";
import { celTypeOf } from "./rule-types.ts";

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined when the rule is wrong: `error` says how. */
  readonly program?: CelProgram;
  readonly error?: string;
  readonly message?: CelProgram;
  readonly messageError?: string;
  readonly usesOldSelf: boolean;
}

export interface PlaceRules {
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
}

const NO_RULES: readonly ValidationRule[] = [];
const known = new WeakMap<readonly ValidationRule[], PlaceRules | "none">();

/** Undefined where there are no rules, or where expressions can't speak of the value. */
export function rulesAt(schema: Schema, isRoot: boolean): PlaceRules | undefined {
  const rules = schema[RULES] ?? NO_RULES;
  if (rules.length === 0) return undefined;
  let place = known.get(rules);
  if (place === undefined) {
    const type = celTypeOf(schema, "Object", isRoot);
    place = type === undefined ? "none" : { type, rules: compileAll(rules, type) };
    known.set(rules, place);
  }
  return place === "none" ? undefined : place;
}

function compileAll(rules: readonly ValidationRule[], type: CelType): CompiledRule[] {
  const plain = lazily(() => new CelCompiler({ self: type, oldSelf: type }));
  const optional = lazily(() => new CelCompiler({ self: type, oldSelf: { optional: type } }));
  return rules.map((rule) => compileRule(rule, (rule.optionalOldSelf === true ? optional : plain)()));
}

function compileRule(rule: ValidationRule, compiler: CelCompiler): CompiledRule {
  const { program, error } = compiler.compile(rule.rule);
  const wrong = program === undefined ? `compilation failed: ${error}` : wrongType(program, "bool");
  const text = rule.messageExpression?.trim() ?? "";
  const message = text === "" ? undefined : compiler.compile(text);
  const messageError =
    message === undefined
      ? undefined
      : message.program === undefined
        ? `messageExpression compilation failed: ${message.error}`
        : wrongType(message.program, "string");
  return {
    rule,
    ...(program !== undefined && wrong === undefined && { program }),
    ...(wrong !== undefined && { error: wrong }),
    ...(message?.program !== undefined && messageError === undefined && { message: message.program }),
    ...(messageError !== undefined && { messageError }),
    usesOldSelf: program?.reads.has("oldSelf") ?? false,
  };
}

function wrongType({ type }: CelProgram, wanted: "bool" | "string"): string | undefined {
  if (type === wanted || type === "dyn") return undefined;
  return wanted === "bool" ? "cel expression must evaluate to a bool" : "messageExpression must evaluate to a string";
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
