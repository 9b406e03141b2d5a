/**
 * OpenAPI documents, derived from the structure data: schemas with merge keys and kinds, and a path for each resource
 * with the parameters that clients look for (`fieldValidation`). Upstream: kube-openapi, apiserver pkg/endpoints/openapi.
 * Simplified: only the operations' outlines. Descriptions are there when the host has them; a field that is a structure
 * has that structure's alone.
 */
import type { Descriptions } from "../../api/descriptions.ts";
import {
  fieldsOf,
  plainStructureName,
  type Field,
  type FieldType,
  type Scalar,
} from "../../api/meta/structure-type.ts";
import type { PatchFact } from "../../api/meta/field-facts.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { CustomFacts, Resource } from "../../api/meta/resource.ts";
import { resources } from "../../api/registry.ts";
import { customListSchema, customSchema, customSchemaName, type CustomSchemas } from "./openapi-custom.ts";

const META = new Set([
  "ObjectMeta",
  "OwnerReference",
  "ManagedFieldsEntry",
  "LabelSelector",
  "LabelSelectorRequirement",
  "ListMeta",
  "Condition",
  "DeleteOptions",
  "FieldSelectorRequirement",
  "Preconditions",
]);

/** Groups that live outside of k8s.io/api. */
const PACKAGES: Readonly<Record<string, string>> = {
  "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
  "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
};

/** `io.k8s.api.apps.v1.Deployment` */
function schemaName(structure: string, home: Resource): string {
  if (META.has(structure)) return `io.k8s.apimachinery.pkg.apis.meta.v1.${structure}`;
  const name = plainStructureName(structure);
  if (home.group === "" || coreStructures().has(structure)) return `io.k8s.api.core.v1.${name}`;
  const own = PACKAGES[home.group] ?? `io.k8s.api.${home.group.split(".")[0]}`;
  return `${own}.${home.version}.${name}`;
}

let core: ReadonlySet<string> | undefined;

/** Structures of core/v1's package: what its kinds reach, and what only others use of it. */
function coreStructures(): ReadonlySet<string> {
  if (core !== undefined) return core;
  const reached = new Set(["TopologySelectorTerm", "TopologySelectorLabelRequirement"]);
  const reach = (type: FieldType): void => {
    if (type.kind === "list" || type.kind === "map") reach(type.item);
    if (type.kind !== "struct" || reached.has(type.name)) return;
    reached.add(type.name);
    for (const field of fieldsOf(type.name)?.values() ?? []) reach(field.type);
  };
  for (const { group, structure } of resources) if (group === "") reach({ kind: "struct", name: structure });
  return (core = reached);
}

type Schema = Record<string, unknown>;

/** Collects the schemas that a set of resources reaches. */
class SchemaBuilder {
  readonly schemas: Record<string, Schema> = {};
  private readonly refPrefix: string;
  private readonly texts: Descriptions;

  constructor(refPrefix: string, texts: Descriptions = {}) {
    this.refPrefix = refPrefix;
    this.texts = texts;
  }

  private get isV2(): boolean {
    return this.refPrefix === "#/definitions/";
  }

  add(resource: Resource): string {
    if (resource.custom !== undefined) return this.addCustom(resource, resource.custom);
    const name = this.structure(resource.structure, resource);
    const kind = { group: resource.group, version: resource.version, kind: resource.kind };
    (this.schemas[name] as Schema)["x-kubernetes-group-version-kind"] = [kind];
    return name;
  }

  private addCustom(resource: Resource, custom: CustomFacts<KubeObject>): string {
    const { group, version } = resource;
    const reference = (structure: string): object => ({
      $ref: `${this.refPrefix}${this.structure(structure, resource)}`,
    });
    const options: CustomSchemas = {
      version: this.isV2 ? 2 : 3,
      refPrefix: this.refPrefix,
      texts: this.texts,
      meta: reference("ObjectMeta"),
    };
    const name = customSchemaName(resource);
    const kindExtension = (kind: string): object => ({ "x-kubernetes-group-version-kind": [{ group, version, kind }] });
    this.schemas[name] = { ...customSchema(custom, options), ...kindExtension(resource.kind) };
    const list = customListSchema(resource, options, reference("ListMeta"));
    const listName = customSchemaName({ group, version, kind: custom.listKind });
    this.schemas[listName] = { ...list, ...kindExtension(custom.listKind) };
    return name;
  }

  private structure(structure: string, home: Resource): string {
    const name = schemaName(structure, home);
    if (this.schemas[name] !== undefined) return name;
    const texts = this.texts[structure] ?? {};
    const own = texts[""];
    const schema: Schema = { ...(own !== undefined && { description: own }), type: "object" };
    this.schemas[name] = schema;
    const fields = [...(fieldsOf(structure)?.values() ?? [])];
    const required = fields.filter((field) => field.required).map((field) => field.name);
    if (required.length > 0) schema["required"] = required;
    const sorted = fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    schema["properties"] = Object.fromEntries(
      sorted.map((field) => [field.name, this.property(field, home, texts[field.name])]),
    );
    return name;
  }

  private property(field: Field, home: Resource, text: string | undefined): Schema {
    const schema = this.type(field.type, home);
    const { patch, enumeration } = field;
    // Without a text of its own a field that is a structure has the structure's.
    const shown = text ?? (field.type.kind === "struct" ? this.texts[field.type.name]?.[""] : undefined);
    const extensions: Schema = shown === undefined ? {} : { description: shown };
    if (enumeration !== undefined && schema["items"] === undefined) extensions["enum"] = enumeration;
    if (patch !== undefined) Object.assign(extensions, patchExtensions(patch));
    if (Object.keys(extensions).length === 0) return schema;
    // A reference can't have neighbours, but v2's readers look for it nowhere else.
    return "$ref" in schema && !this.isV2 ? { allOf: [schema], ...extensions } : { ...schema, ...extensions };
  }

  /** Scalars that have a schema of their own, which clients show by its name. */
  private named(scalar: Scalar): Schema | undefined {
    const known = NAMED_SCALARS[scalar];
    if (known === undefined) return undefined;
    this.schemas[known.name] ??= this.isV2 ? known.v2 : known.v3;
    return { $ref: `${this.refPrefix}${known.name}` };
  }

  private type(type: FieldType, home: Resource): Schema {
    switch (type.kind) {
      case "struct":
        return { $ref: `${this.refPrefix}${this.structure(type.name, home)}` };
      case "list":
        return { type: "array", items: this.type(type.item, home) };
      case "map":
        return { type: "object", additionalProperties: this.type(type.item, home) };
      case "scalar":
        return this.named(type.scalar) ?? SCALARS[type.scalar] ?? { type: "string" };
    }
  }
}

const STRING: Schema = { type: "string" };

const NAMED_SCALARS: Partial<Record<Scalar, { name: string; v2: Schema; v3: Schema }>> = {
  "int-or-string": {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    v2: { type: "string", format: "int-or-string" },
    v3: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    v2: STRING,
    v3: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
};

const SCALARS: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  integer: { type: "integer", format: "int64" },
  number: { type: "number", format: "double" },
  time: { type: "string", format: "date-time" },
  microtime: { type: "string", format: "date-time" },
  bytes: { type: "string", format: "byte" },
  any: { type: "object" },
};

/** `patchStrategy` and `patchMergeKey` as the extensions that clients read. */
function patchExtensions({ strategies, mergeKey }: PatchFact): Schema {
  return {
    "x-kubernetes-patch-strategy": strategies.join(","),
    ...(mergeKey !== undefined && { "x-kubernetes-patch-merge-key": mergeKey }),
  };
}

const FIELD_VALIDATION = {
  name: "fieldValidation",
  in: "query",
  description: "What to do with unknown fields: Ignore, Warn or Strict.",
};
const DRY_RUN = { name: "dryRun", in: "query", description: "All: nothing is stored." };

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";

/** In upstream's order. Custom resources have no merge keys: no strategic patch. */
function patchTypes(resource: Resource): string[] {
  return [JSON_PATCH, MERGE_PATCH, ...(resource.custom === undefined ? [STRATEGIC_PATCH] : []), APPLY_PATCH];
}

const PATCH_BODY = {
  name: "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
  schema: {
    description: "The body of a patch, which each content type shapes in its own way.",
    type: "object",
  },
};

/** What OpenAPI's versions say differently of an operation. */
interface Dialect {
  parameter(name: object): object;
  patch(types: readonly string[]): object;
}

function pathsOf(resource: Resource): [collection: string, item: string] {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const base = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.plural}` : `${root}/${resource.plural}`;
  return [base, `${base}/{name}`];
}

function operations(resource: Resource, { parameter, patch }: Dialect): [string, object][] {
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const operation = (action: string, parameters: object[] = []): object => ({
    operationId: `${action}${resource.group}${resource.version}${resource.kind}`,
    parameters: parameters.map(parameter),
    responses: { "200": { description: "OK" } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": kind,
  });
  const writes = [DRY_RUN, FIELD_VALIDATION];
  const [collection, item] = pathsOf(resource);
  return [
    [collection, { get: operation("list"), post: operation("post", writes), delete: operation("deletecollection") }],
    [
      item,
      {
        get: operation("get"),
        put: operation("put", writes),
        patch: { ...operation("patch", writes), ...patch(patchTypes(resource)) },
        delete: operation("delete", [DRY_RUN]),
      },
    ],
  ];
}

const INFO = { title: "Kubernetes", version: "v1.36.0" };

/** `/openapi/v3/apis/apps/v1`: one group and version. */
export function openApiV3(resources: readonly Resource[], texts?: Descriptions): object {
  const builder = new SchemaBuilder("#/components/schemas/", texts);
  for (const resource of resources) builder.add(resource);
  const dialect: Dialect = {
    parameter: (named) => ({ ...named, schema: { type: "string", uniqueItems: true } }),
    patch: (types) => ({ requestBody: { content: patchContent(types), required: true } }),
  };
  const paths = Object.fromEntries(resources.flatMap((resource) => operations(resource, dialect)));
  if (resources.length > 0) builder.schemas[PATCH_BODY.name] = PATCH_BODY.schema;
  return { openapi: "3.0.0", info: INFO, paths, components: { schemas: builder.schemas } };
}

function patchContent(types: readonly string[]): object {
  const schema = { $ref: `#/components/schemas/${PATCH_BODY.name}` };
  return Object.fromEntries(types.toSorted().map((type) => [type, { schema }]));
}

/** `/openapi/v2`: everything in one document. */
export function openApiV2(resources: readonly Resource[], texts?: Descriptions): object {
  const builder = new SchemaBuilder("#/definitions/", texts);
  for (const resource of resources) builder.add(resource);
  const dialect: Dialect = {
    parameter: (named) => ({ ...named, type: "string", uniqueItems: true }),
    patch: (types) => ({ consumes: types }),
  };
  const paths = Object.fromEntries(resources.flatMap((resource) => operations(resource, dialect)));
  return { swagger: "2.0", info: INFO, paths, definitions: builder.schemas };
}
