/**
 * One version of a custom resource as the server's other parts see a resource. Upstream: apiextensions-apiserver
 * pkg/registry/customresource, pkg/apiserver/customresource_handler.go.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "../../api/generated/types.ts";
import { applyDefaults } from "../../api/apiextensions/schema/defaults.ts";
import { fieldPathSchema } from "../../api/apiextensions/schema/field-path.ts";
import { prune } from "../../api/apiextensions/schema/prune.ts";
import type { Schema } from "../../api/apiextensions/schema/schema-nodes.ts";
import { objectMergeType } from "../../api/merge/schema-merge-type.ts";
import { decode, type Decoded } from "../../api/meta/decode.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { CustomFacts, FieldOf, Resource, ResourceDefinition } from "../../api/meta/resource.ts";
import { deepEqual, isObject } from "../../base/json.ts";
import { customColumns } from "./printer-columns.ts";
import { validateCustom } from "./validate-custom.ts";

export type CustomObject = KubeObject & Record<string, unknown>;

/** A schema that lets everything through, for a version that has none (a definition that was stored long ago). */
const NO_SCHEMA: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** What one version says, as a resource definition. Hooks read `version` alone: a changed definition makes a new one. */
export function describeVersion(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): ResourceDefinition<CustomObject> {
  const { group, scope } = definition.spec;
  const names = definition.status.acceptedNames ?? definition.spec.names;
  const schema = version.schema?.openAPIV3Schema ?? NO_SCHEMA;
  const { subresources } = version;
  const hasStatus = subresources?.status !== undefined;
  const fields = selectableFields(version);
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    ...((names.shortNames ?? []).length > 0 && { shortNames: names.shortNames ?? [] }),
    ...((names.categories ?? []).length > 0 && { categories: names.categories ?? [] }),
    scope: scope === "Cluster" ? "Cluster" : "Namespaced",
    structure: "",
    custom: customFacts(definition, version, schema),
    subresources: offered(subresources),
    example: {},
    nameRule: "subdomain",
    bumpsGeneration: (object, old) => !deepEqual(counted(object, hasStatus), counted(old, hasStatus)),
    defaults: (object) => applyDefaults(object, schema) as CustomObject,
    prepareForCreate(object) {
      if (!hasStatus || object["status"] === undefined) return object;
      const { status: _, ...rest } = object;
      return rest as CustomObject;
    },
    validate: (object) => validateCustom(schema, object, undefined),
    validateUpdate: (object, old) => validateCustom(schema, object, old),
    validateStatusUpdate: (object, old) => validateCustom(schema, object, old),
    columns: customColumns(version.additionalPrinterColumns),
    ...(fields !== undefined && { selectableFields: fields }),
  };
}

function offered(subresources: CustomResourceSubresources | undefined): NonNullable<Resource["subresources"]> {
  return [
    ...(subresources?.status === undefined ? [] : (["status"] as const)),
    ...(subresources?.scale === undefined ? [] : (["scale"] as const)),
  ];
}

function customFacts(
  { spec, status }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  schema: Schema,
): CustomFacts<CustomObject> {
  const names = status.acceptedNames ?? spec.names;
  const { deprecated = false, deprecationWarning, subresources } = version;
  const warning = deprecationWarning ?? `${spec.group}/${version.name} ${names.kind} is deprecated`;
  return {
    decode: (value) => decodeCustom(value, schema),
    schema,
    listKind: names.listKind ?? `${names.kind}List`,
    ...(subresources?.scale !== undefined && { scale: subresources.scale }),
    storagePath: `${spec.group}/${names.plural}`,
    mergeType: objectMergeType(schema),
    ...(deprecated && { warning }),
  };
}

/** Everything that counts for the generation: not metadata, and not status where it is apart. */
function counted(object: CustomObject, hasStatus: boolean): object {
  const { metadata: _, status, apiVersion: __, ...rest } = object;
  return hasStatus ? rest : { ...rest, status };
}

/** Metadata as for every kind, the rest by the schema. */
function decodeCustom(value: unknown, schema: Schema): Decoded<CustomObject> {
  const unknownFields: string[] = [];
  const pruned = prune(value, schema, unknownFields) as CustomObject;
  if (!isObject(pruned) || !("metadata" in pruned)) return { object: pruned, unknownFields };
  // Any kind without parts of its own will do to read apiVersion, kind and metadata.
  const { apiVersion, kind, metadata } = pruned;
  const named = decode({ kind: "", version: "", structure: "PodTemplate" }, { apiVersion, kind, metadata });
  const object = named.object.metadata === metadata ? pruned : { ...pruned, metadata: named.object.metadata };
  return { object, unknownFields: [...unknownFields, ...named.unknownFields] };
}

function selectableFields(version: CustomResourceDefinitionVersion): Record<string, FieldOf<CustomObject>> | undefined {
  const { selectableFields: fields = [], schema } = version;
  if (fields.length === 0) return undefined;
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const { names } = fieldPathSchema(schema?.openAPIV3Schema ?? {}, jsonPath, { brackets: false });
      const read = (object: CustomObject): string => {
        const found = names.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), object);
        return found === undefined || found === null ? "" : String(found);
      };
      return [names.join("."), read];
    }),
  );
}
