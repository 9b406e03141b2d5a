/**
 * What the expressions of a policy get wrong of the kinds that it is about: warnings in its status, which change nothing of
 * what it does. Upstream: apiserver pkg/admission/plugin/policy/validating/typechecking.go.
 * Simplified: what `request` and `namespaceObject` are isn't checked.
 */
import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
} from "../../../api/generated/types.ts";
import type { Resource } from "../../../api/meta/resource.ts";
import { fieldsOf, type FieldType, type Scalar } from "../../../api/meta/structure-type.ts";
import { CelCompiler, type CelDeclarations, type CelObjectType, type CelType } from "../../cel/index.ts";
import { celTypeOf } from "../../custom/rule-types.ts";

const MOST_KINDS = 10;
const SCALARS: readonly string[] = ["bool", "int", "double", "string", "bytes", "timestamp", "duration"];

/** Resources as policies and parameters name them. */
export interface ResourceLookup {
  at(group: string, version: string, plural: string): Resource | undefined;
  byKind(apiVersion: string, kind: string): Resource | undefined;
}

export function typeWarnings({ spec }: ValidatingAdmissionPolicy, lookup: ResourceLookup): ExpressionWarning[] {
  const { validations = [], variables = [], paramKind, matchConstraints } = spec;
  const kinds = kindsOf(matchConstraints?.resourceRules ?? [], lookup);
  if (kinds.length === 0) return [];
  const params = paramKind && lookup.byKind(paramKind.apiVersion ?? "", paramKind.kind ?? "");
  const compilers = kinds.map((kind) => ({ kind, compiler: compilerFor(kind, { params, paramKind, variables }) }));
  const check = (fieldRef: string, expression: string): ExpressionWarning[] => {
    const complaints = compilers.flatMap(({ kind, compiler }) => {
      const { error } = compiler.compile(expression);
      return error === undefined ? [] : [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${error}\n`];
    });
    return complaints.length === 0 ? [] : [{ fieldRef, warning: complaints.join("\n") }];
  };
  return validations.flatMap(({ expression = "", messageExpression = "" }, index) => [
    ...check(`spec.validations[${index}].expression`, expression),
    ...(messageExpression === "" ? [] : check(`spec.validations[${index}].messageExpression`, messageExpression)),
  ]);
}

/** Those that the rules name without stars, by group, version and kind. */
function kindsOf(rules: readonly NamedRuleWithOperations[], lookup: ResourceLookup): Resource[] {
  const found = new Set<Resource>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes("*"))) continue;
    for (const group of apiGroups.toSorted()) {
      for (const version of apiVersions.toSorted()) {
        for (const plural of resources.filter((name) => !/[*/]/.test(name)).toSorted()) {
          const resource = lookup.at(group, version, plural);
          if (resource !== undefined && found.size < MOST_KINDS) found.add(resource);
        }
      }
    }
  }
  const order = ({ group, version, kind }: Resource): string => `${group} ${version} ${kind}`;
  return [...found].toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}

interface Context {
  params: Resource | undefined;
  paramKind: object | undefined;
  variables: readonly { name: string; expression: string }[];
}

function compilerFor(kind: Resource, { params, paramKind, variables }: Context): CelCompiler {
  const object = typeOfKind(kind);
  const declared: CelDeclarations = {
    object,
    oldObject: object,
    request: "dyn",
    namespaceObject: "dyn",
    authorizer: "dyn",
    ...(paramKind !== undefined && { params: params === undefined ? "dyn" : typeOfKind(params) }),
  };
  let compiler = new CelCompiler(declared);
  const types: Record<string, CelType> = {};
  for (const [index, { name, expression }] of variables.entries()) {
    const { program } = compiler.compile(expression);
    types[name] = program === undefined || !SCALARS.includes(program.type) ? "dyn" : (program.type as CelType);
    const known = { ...types };
    compiler = new CelCompiler({ ...declared, variables: { object: `Variables${index}`, fields: () => known } });
  }
  return compiler;
}

function typeOfKind({ custom, structure, kind }: Resource): CelType {
  if (custom === undefined) return structType(structure);
  const type = celTypeOf(custom.schema, kind, true);
  if (typeof type !== "object" || !("object" in type)) return "dyn";
  return { object: kind, fields: () => ({ ...type.fields(), metadata: structType("ObjectMeta") }) };
}

const structTypes = new Map<string, CelObjectType>();

function structType(name: string): CelObjectType {
  let type = structTypes.get(name);
  if (type === undefined) {
    let fields: Record<string, CelType> | undefined;
    const read = (): Record<string, CelType> =>
      Object.fromEntries([...(fieldsOf(name)?.values() ?? [])].map((field) => [field.name, celType(field.type)]));
    type = { object: name, fields: () => (fields ??= read()) };
    structTypes.set(name, type);
  }
  return type;
}

function celType(type: FieldType): CelType {
  switch (type.kind) {
    case "struct":
      return structType(type.name);
    case "list":
      return { list: celType(type.item) };
    case "map":
      return { map: celType(type.item) };
    case "scalar":
      return SCALAR_TYPES[type.scalar];
  }
}

/** As OpenAPI shows them: quantities and ports that may be names are strings. */
const SCALAR_TYPES: Readonly<Record<Scalar, CelType>> = {
  string: "string",
  boolean: "bool",
  int32: "int",
  int64: "int",
  integer: "int",
  number: "double",
  "int-or-string": "string",
  quantity: "string",
  time: "timestamp",
  microtime: "timestamp",
  bytes: "bytes",
  any: "dyn",
};
