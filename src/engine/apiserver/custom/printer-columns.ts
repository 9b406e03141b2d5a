/** Tables of custom resources. Upstream: apiextensions-apiserver pkg/registry/customresource/tableconvertor. */
import type { CustomResourceColumnDefinition } from "../../api/generated/types.ts";
import { ageColumn, nameColumn } from "../../api/meta/columns.ts";
import { ageOf } from "../../api/meta/duration.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Column } from "../../api/meta/resource.ts";
import { findJsonPath } from "../../base/json-path.ts";
import { JsonPathError, parseJsonPath, type TemplateNode } from "../../base/json-path-parser.ts";

/** What a definition without columns shows. */
const AGE: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: ageColumn.description,
};

export function customColumns(definitions: readonly CustomResourceColumnDefinition[] = []): Column<KubeObject>[] {
  return [nameColumn, ...(definitions.length === 0 ? [AGE] : definitions).map(column)];
}

function column(definition: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name, type, format = "", description = "", priority = 0, jsonPath } = definition;
  const path = parse(jsonPath);
  return {
    name,
    type: type as Column<KubeObject>["type"],
    format,
    description:
      description === "" ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
    priority,
    cell: (object, { now }) => cellOf(type, first(path, object), now),
  };
}

function parse(jsonPath: string): readonly TemplateNode[] {
  try {
    return parseJsonPath(`{${jsonPath}}`);
  } catch (error) {
    if (error instanceof JsonPathError) return [];
    throw error;
  }
}

function first(path: readonly TemplateNode[], object: KubeObject): unknown {
  try {
    return findJsonPath(path, object, { allowMissing: true })[0];
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

/** null: an empty cell. */
function cellOf(type: string, value: unknown, now: number): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      return Number.isNaN(Date.parse(value)) ? "<invalid>" : ageOf(value, now);
    default:
      return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}
