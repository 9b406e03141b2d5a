/**
 * CEL for the API server: rules of custom resources, admission policies.
 *
 * 1. Declare variables and compile, once per rule:
 *    `const compiler = new CelCompiler({ object: "dyn", oldObject: "dyn", params: typed })`, where a type is a name,
 *    `{ list }`, `{ map }`, `{ optional }` or a structure (`CelObjectType`) whose fields are then checked;
 *    `compiler.compile("object.spec.replicas <= 5")` gives `{ program }` or `{ error }`, the error in cel-go's layout
 *    (prefix it with `compilation failed: ` where upstream does). `program.type` says what it yields.
 * 2. Make values, once per object: `toCel(json, type)`; with `"dyn"` whole numbers are ints and others doubles.
 * 3. `evaluate(program, { object, oldObject, params })` gives `{ value, cost }` or `{ error, cost }` and never hangs: it
 *    fails once it has taken a million comprehension steps. A value may be a `bigint`; `fromCel` turns one into JSON.
 * Variables that a program doesn't read (`program.reads`) needn't be given; null stands for an absent object.
 */
export { CelCompiler, type CelDeclarations, type CelProgram } from "./compile.ts";
export type { CelObjectType, CelType } from "./cel-type.ts";
export { fromCel, toCel } from "./cel-value.ts";
export { evaluate, type Evaluation } from "./evaluate.ts";
export { optionalOf } from "./environment.ts";
export { CelAuthorizer, type CelAuthorizerPort } from "./functions/authorizer.ts";
