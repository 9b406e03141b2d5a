/** Which values the fields of a kustomization file may have, and Go's complaint about others. Upstream: kustomize api/types. */
import { isObject } from "../../engine/base/json.ts";

type Shape = "string" | "bool" | "int64" | "strings" | "map" | Struct;

/** A list of structs. */
interface Struct {
  /** Go's name of the struct. */
  name: string;
  fields: Readonly<Record<string, Shape>>;
  /** What the fields' path has between the list and them: Go's embedded struct. */
  embedded?: string;
}

const GENERATOR: Readonly<Record<string, Shape>> = {
  name: "string",
  namespace: "string",
  behavior: "string",
  env: "string",
  envs: "strings",
  files: "strings",
  literals: "strings",
};

const KUSTOMIZATION: Readonly<Record<string, Shape>> = {
  kind: "string",
  apiVersion: "string",
  namePrefix: "string",
  nameSuffix: "string",
  namespace: "string",
  resources: "strings",
  bases: "strings",
  components: "strings",
  commonLabels: "map",
  commonAnnotations: "map",
  labels: { name: "Label", fields: { pairs: "map", includeSelectors: "bool", includeTemplates: "bool" } },
  images: { name: "Image", fields: { name: "string", newName: "string", newTag: "string", digest: "string" } },
  replicas: { name: "Replica", fields: { name: "string", count: "int64" } },
  patches: { name: "Patch", fields: { path: "string", patch: "string" } },
  configMapGenerator: { name: "ConfigMapArgs", fields: GENERATOR, embedded: "GeneratorArgs" },
  secretGenerator: { name: "SecretArgs", fields: GENERATOR, embedded: "GeneratorArgs" },
};

/** The first value of another type than its field's; undefined when all fit. */
export function shapeProblem(value: Readonly<Record<string, unknown>>): string | undefined {
  return problemOfFields(value, KUSTOMIZATION, { struct: "Kustomization", path: "" });
}

interface Place {
  struct: string;
  /** Ends with a dot, or is empty. */
  path: string;
}

function problemOfFields(
  value: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Shape>>,
  place: Place,
): string | undefined {
  for (const [name, found] of Object.entries(value)) {
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape === undefined || found === null) continue;
    const problem = problemOf(found, shape, { ...place, path: `${place.path}${name}` });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(value: unknown, shape: Shape, place: Place): string | undefined {
  const wrong = (given: unknown, type: string): string =>
    `json: cannot unmarshal ${jsonKind(given)} into Go struct field ${place.struct}.${place.path} of type ${type}`;
  switch (shape) {
    case "string":
      return typeof value === "string" ? undefined : wrong(value, "string");
    case "bool":
      return typeof value === "boolean" ? undefined : wrong(value, "bool");
    case "int64":
      return typeof value === "number" ? undefined : wrong(value, "int64");
    case "strings":
    case "map": {
      const holds = shape === "map" ? isObject(value) : Array.isArray(value);
      if (!holds) return wrong(value, shape === "map" ? "map[string]string" : "[]string");
      const other: unknown = Object.values(value as object).find((item) => item !== null && typeof item !== "string");
      return other === undefined ? undefined : wrong(other, "string");
    }
    default: {
      if (!Array.isArray(value)) return wrong(value, `[]types.${shape.name}`);
      const inner = `${place.path}.${shape.embedded === undefined ? "" : `${shape.embedded}.`}`;
      for (const item of value as unknown[]) {
        if (item === null) continue;
        if (!isObject(item)) return wrong(item, `types.${shape.name}`);
        const problem = problemOfFields(item, shape.fields, { struct: shape.name, path: inner });
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
  }
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  return typeof value === "boolean" ? "bool" : typeof value;
}
