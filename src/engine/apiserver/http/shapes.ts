/** Objects and lists as tables or as bare metadata. Upstream: apiserver pkg/endpoints/handlers/response.go. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ObjectList, WatchEvent } from "../../api/meta/request.ts";
import type { Column, Resource } from "../../api/meta/resource.ts";
import { withOwners } from "../managed-fields/ownership.ts";
import type { Shape } from "./media.ts";

export interface ShapeContext {
  resource: Resource;
  /** Default: the resource's. */
  columns?: readonly Column<KubeObject>[] | undefined;
  now: number;
  /** `includeObject` of a table's request. */
  includeObject: string;
}

/** Upstream's columns for kinds that have none of their own. */
const DEFAULT_COLUMNS: readonly Column<KubeObject>[] = [
  { name: "Name", type: "string", format: "name", cell: (object) => object.metadata.name },
  { name: "Created At", type: "date", cell: (object) => object.metadata.creationTimestamp },
];

export function shapeObject(object: unknown, shape: Shape, context: ShapeContext): unknown {
  if (!isKubeObject(object)) return object;
  if (shape === "object") return withOwners(object);
  return shape === "table" ? table([object], object.metadata, context) : metadataOnly(object);
}

export function shapeList(list: ObjectList<KubeObject>, shape: Shape, context: ShapeContext): unknown {
  if (shape === "object") {
    const { custom } = context.resource;
    return { ...list, items: list.items.map(custom === undefined ? withoutType : withOwners) };
  }
  if (shape === "table") {
    const { rowOrder } = context.resource;
    return table(rowOrder === undefined ? list.items : list.items.toSorted(rowOrder), list.metadata, context);
  }
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: "meta.k8s.io/v1",
    metadata: list.metadata,
    items: list.items.map(metadataOnly),
  };
}

/** Items of a typed list leave their kind to it: Go's decoder has cleared what it knows. Custom resources keep theirs. */
function withoutType(object: KubeObject): object {
  const { kind: _, apiVersion: __, ...rest } = withOwners(object);
  return rest;
}

/** A watch's table repeats its columns in the first event only. */
export function shapeEvent(
  event: WatchEvent<KubeObject>,
  shape: Shape,
  context: ShapeContext & { first: boolean },
): { type: string; object: object } {
  if (shape === "object") return { type: event.type, object: withOwners(event.object) };
  if (shape === "metadata") return { type: event.type, object: metadataOnly(event.object) };
  const { resourceVersion } = event.object.metadata;
  const shown = table([event.object], { resourceVersion }, context);
  return { type: event.type, object: context.first ? shown : { ...shown, columnDefinitions: null } };
}

function table(objects: readonly KubeObject[], metadata: object, context: ShapeContext) {
  const { resource, now, includeObject } = context;
  const columns = context.columns ?? resource.columns ?? DEFAULT_COLUMNS;
  const { resourceVersion, continue: next, remainingItemCount } = metadata as ObjectList<unknown>["metadata"];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {
      resourceVersion,
      ...(next !== undefined && { continue: next }),
      ...(remainingItemCount !== undefined && { remainingItemCount }),
    },
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type,
      format: column.format ?? "",
      description: column.description ?? "",
      priority: column.priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, { now })),
      ...(includeObject !== "None" && {
        object: includeObject === "Object" ? withOwners(object) : metadataOnly(object),
      }),
    })),
  };
}

function metadataOnly(object: KubeObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: withOwners(object).metadata };
}

/** A Status has metadata too, but no name. */
function isKubeObject(object: unknown): object is KubeObject {
  return (
    typeof object === "object" &&
    object !== null &&
    "metadata" in object &&
    "kind" in object &&
    object.kind !== "Status"
  );
}
