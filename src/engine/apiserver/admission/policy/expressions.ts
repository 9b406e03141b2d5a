/**
 * A policy's expressions as programs, made once for each version of the policy. Upstream: apiserver
 * pkg/admission/plugin/cel/{compile,composition}.go.
 */
import type { MatchCondition, ParamKind, Variable } from "../../../api/generated/types.ts";
import { invalidValue, type FieldError } from "../../../api/meta/field-error.ts";
import { CelCompiler, type CelDeclarations, type CelProgram, type CelType } from "../../cel/index.ts";

/** What expressions of a policy can name, besides its own variables. */
const COMMON: CelDeclarations = {
  object: "dyn",
  oldObject: "dyn",
  request: "dyn",
  namespaceObject: "dyn",
  authorizer: "dyn",
};
const SCALARS: readonly string[] = ["bool", "int", "double", "string", "bytes", "timestamp", "duration"];

export interface NamedProgram {
  readonly name: string;
  readonly program: CelProgram;
}

export interface PolicyExpressions {
  readonly conditions: readonly NamedProgram[];
  readonly variables: readonly NamedProgram[];
  readonly compiler: CelCompiler;
}

interface PolicyParts {
  readonly paramKind?: ParamKind | undefined;
  readonly variables?: readonly Variable[] | undefined;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
}

/** The programs that every kind of policy has; complaints go to `errors`. */
export function compileParts(spec: PolicyParts, errors: FieldError[]): PolicyExpressions {
  const declared: CelDeclarations = spec.paramKind === undefined ? COMMON : { ...COMMON, params: "dyn" };
  const plain = new CelCompiler(declared);
  const conditions = (spec.matchConditions ?? []).flatMap(({ name, expression }, index) => {
    const field = `spec.matchConditions[${index}].expression`;
    const program = compileTo(plain, expression, { field, types: ["bool"], errors });
    return program === undefined ? [] : [{ name, program }];
  });
  let compiler = plain;
  const types: Record<string, CelType> = {};
  const variables: NamedProgram[] = [];
  for (const [index, { name, expression }] of (spec.variables ?? []).entries()) {
    const program = compileTo(compiler, expression, {
      field: `spec.variables[${index}].expression`,
      types: [],
      errors,
    });
    if (program !== undefined) variables.push({ name, program });
    types[name] = program === undefined || !SCALARS.includes(program.type) ? "dyn" : (program.type as CelType);
    // Each variable sees those before it.
    const known = { ...types };
    compiler = new CelCompiler({ ...declared, variables: { object: `Variables${index}`, fields: () => known } });
  }
  return { conditions, variables, compiler };
}

/** `types`: what the expression may yield; none: anything. */
export function compileTo(
  compiler: CelCompiler,
  expression: string,
  { field, types, errors }: { field: string; types: readonly string[]; errors: FieldError[] },
): CelProgram | undefined {
  const { program, error } = compiler.compile(expression);
  if (error !== undefined) {
    errors.push(invalidValue(field, expression, `compilation failed: ${error}`));
    return undefined;
  }
  if (types.length === 0 || types.includes(program.type)) return program;
  const wanted = types.length === 1 ? `${types[0]}` : `one of [${types.join(" ")}]`;
  errors.push(invalidValue(field, expression, `must evaluate to ${wanted}`));
  return undefined;
}
