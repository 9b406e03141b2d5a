/**
 * Kinds that only the server knows, as `explain` reads built-in ones: from the schemas of its OpenAPI document.
 * Upstream: kubectl pkg/explain/v2.
 */
import { isObject } from "../engine/base/json.ts";

/** Field → type of a definition, as in the generated structure. */
export type Definition = Readonly<Record<string, string>>;

export interface OpenApiSchema {
  type?: string;
  description?: string;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, OpenApiSchema>;
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema | boolean;
  allOf?: OpenApiSchema[];
  $ref?: string;
  "x-kubernetes-int-or-string"?: boolean;
}

export interface CustomDefinitions {
  /** `CronTab`, `CronTab.spec`: inline structures are named by where they stand. */
  definitions: Record<string, Definition>;
  /** The schema of each, for its texts. */
  schemas: Map<string, OpenApiSchema>;
}

/** The definitions of one kind; its root is called by the kind. */
export function customDefinitions(kind: string, root: OpenApiSchema): CustomDefinitions {
  const found: CustomDefinitions = { definitions: {}, schemas: new Map() };
  add(found, kind, root);
  return found;
}

function add(found: CustomDefinitions, name: string, schema: OpenApiSchema): void {
  const definition: Record<string, string> = {};
  found.definitions[name] = definition;
  found.schemas.set(name, schema);
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(field) === true ? "!" : "";
    definition[`${field}${required}`] = typeOf(found, `${name}.${field}`, property);
  }
}

function typeOf(found: CustomDefinitions, name: string, schema: OpenApiSchema): string {
  const reference = schema.$ref ?? schema.allOf?.find((each) => each.$ref !== undefined)?.$ref;
  if (reference !== undefined) return reference.slice(reference.lastIndexOf(".") + 1);
  if (schema["x-kubernetes-int-or-string"] === true) return "int-or-string";
  switch (schema.type) {
    case "array":
      return `[]${typeOf(found, name, schema.items ?? {})}`;
    case "integer":
    case "number":
    case "string":
    case "boolean":
      return schema.type;
    default:
      if (isObject(schema.additionalProperties)) return `{}${typeOf(found, name, schema.additionalProperties)}`;
      if (schema.properties === undefined) return "any";
      add(found, name, schema);
      return name;
  }
}
