/**
 * Schemas of custom resources as OpenAPI shows them. Upstream: apiextensions-apiserver
 * pkg/controller/openapi/builder/builder.go.
 */
import type { Descriptions } from "../../api/descriptions.ts";
import {
  EMBEDDED,
  itemsOf,
  additionalOf,
  PRESERVES,
  type Schema,
} from "../../api/apiextensions/schema/schema-nodes.ts";
import type { CustomFacts, Resource } from "../../api/meta/resource.ts";
import type { KubeObject } from "../../api/meta/object.ts";

/** `com.example.stable.v1.CronTab` */
export function customSchemaName({ group, version, kind }: Pick<Resource, "group" | "version" | "kind">): string {
  return [...group.split(".").toReversed(), version, kind].join(".");
}

export interface CustomSchemas {
  /** 2: what OpenAPI v2 can't say is left out. */
  version: 2 | 3;
  refPrefix: string;
  texts: Descriptions;
  /** The reference to the schema of metadata. */
  meta: object;
}

type Facts = Pick<CustomFacts<KubeObject>, "schema">;

/** The schema of whole objects: what every kind has is added. */
export function customSchema({ schema }: Facts, options: CustomSchemas): Record<string, unknown> {
  return withMeta(shown(schema, options), options);
}

export function customListSchema(
  resource: Resource,
  options: CustomSchemas,
  listMeta: object,
): Record<string, unknown> {
  const { apiVersion, kind } = metaProperties(options);
  return {
    description: `${resource.kind}List is a list of ${resource.kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion,
      kind,
      metadata: listMeta,
      items: {
        description: `List of ${resource.plural}.`,
        type: "array",
        items: { $ref: options.refPrefix + customSchemaName(resource) },
      },
    },
  };
}

/** The texts are those of any built-in kind: they are the same everywhere. */
function metaProperties({ version, texts, meta }: CustomSchemas): Record<"apiVersion" | "kind" | "metadata", object> {
  const described = (description: string | undefined): object => (description === undefined ? {} : { description });
  const text = (field: string): object => described(texts["ConfigMap"]?.[field]);
  return {
    apiVersion: { ...text("apiVersion"), type: "string" },
    kind: { ...text("kind"), type: "string" },
    metadata: {
      ...described(texts["ConfigMap"]?.["metadata"] ?? texts["ObjectMeta"]?.[""]),
      ...(version === 2 ? meta : { allOf: [meta] }),
    },
  };
}

function withMeta(schema: Record<string, unknown>, options: CustomSchemas): Record<string, unknown> {
  const properties = { ...(schema["properties"] as object | undefined), ...metaProperties(options) };
  return { ...schema, type: "object", properties };
}

/** What OpenAPI v2 doesn't know, or knows otherwise. */
const ONLY_V3 = new Set(["nullable", "anyOf", "oneOf", "not", "allOf"]);

function shown(schema: Schema, options: CustomSchemas): Record<string, unknown> {
  const { items, additionalProperties, properties, default: _, ...rest } = schema;
  const own = Object.entries(rest).filter(([key]) => options.version === 3 || !ONLY_V3.has(key));
  const result: Record<string, unknown> = Object.fromEntries(own);
  if (schema.default !== undefined) result["default"] = schema.default;
  if (options.version === 2 && schema[PRESERVES] === true) delete result["type"];
  const item = itemsOf(schema);
  if (items !== undefined) result["items"] = item === undefined ? items : shown(item, options);
  const additional = additionalOf(schema);
  if (additional !== undefined) {
    result["additionalProperties"] = typeof additional === "object" ? shown(additional, options) : additionalProperties;
  }
  if (properties !== undefined) {
    result["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, shown(property, options)]),
    );
  }
  return schema[EMBEDDED] === true ? withMeta(result, options) : result;
}
