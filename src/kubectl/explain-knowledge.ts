/**
 * What `kubectl explain` knows of a kind: its structure, and the texts that the server publishes. Upstream: kubectl pkg/explain.
 */
import { structure } from "../engine/api/generated/structure.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { customDefinitions, type Definition, type OpenApiSchema } from "./custom-definitions.ts";
import type { ApiResource } from "./discovery.ts";
import { ApiError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { structureOf } from "./three-way.ts";

export interface FieldEntry {
  name: string;
  type: string;
  required: boolean;
}

interface OpenApi {
  components?: { schemas?: Record<string, OpenApiSchema & { "x-kubernetes-group-version-kind"?: GroupVersionKind[] }> };
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** What is known of a kind and of what it is made of. */
export interface Knowledge {
  definitions: Readonly<Record<string, Definition>>;
  /** Definitions without a name of their own. */
  inline: ReadonlySet<string>;
  /** Texts that the server publishes for a definition and its fields; "" where there are none. */
  descriptions(definition: string, field: string): string;
  /** The values that a field may have; none: any. */
  enumOf(definition: string, field: string): readonly string[];
}

/** Built-in kinds are known; custom ones the server describes. Undefined: it doesn't. */
export function* knowledgeOf(call: Invocation, resource: ApiResource): Call<Knowledge | undefined> {
  const schemas = yield* publishedSchemas(call, resource);
  const byName = new Map<string, OpenApiSchema>(
    Object.entries(schemas).map(([key, schema]) => [key.slice(key.lastIndexOf(".") + 1), schema]),
  );
  const descriptions = (definition: string, field: string): string => {
    const schema = byName.get(definition);
    return (field === "" ? schema?.description : schema?.properties?.[field]?.description) ?? "";
  };
  const enumOf = (definition: string, field: string): readonly string[] =>
    (byName.get(definition)?.properties?.[field]?.enum ?? []).map(String);
  const { group, version, kind } = resource;
  const builtIn = structureOf(resource);
  if (builtIn !== undefined && structure[builtIn] !== undefined)
    return { definitions: structure, inline: new Set(), descriptions, enumOf };
  const root = Object.values(schemas).find((schema) =>
    schema["x-kubernetes-group-version-kind"]?.some(
      (each) => each.group === group && each.version === version && each.kind === kind,
    ),
  );
  if (root === undefined) return undefined;
  const custom = customDefinitions(kind, root);
  for (const [name, schema] of custom.schemas) byName.set(name, schema);
  const inline = new Set([...custom.schemas.keys()].filter((name) => name !== kind));
  return { definitions: { ...structure, ...custom.definitions }, inline, descriptions, enumOf };
}

function* publishedSchemas(
  call: Invocation,
  { group, version }: ApiResource,
): Call<NonNullable<NonNullable<OpenApi["components"]>["schemas"]>> {
  const root = group === "" ? `api/${version}` : `apis/${group}/${version}`;
  try {
    return (yield* call.rest.json<OpenApi>({ path: `/openapi/v3/${root}` })).components?.schemas ?? {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {};
  }
}

/** Without `[]` and `{}`. */
export function bare(type: string): string {
  return type.replace(/^(?:\[\]|\{\})+/, "");
}

export function fieldsOf(definition: Definition): FieldEntry[] {
  return Object.entries(definition)
    .map(([key, type]) => ({ name: key.replace(/!$/, ""), type, required: key.endsWith("!") }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lines of at most `width` characters besides the indentation. */
export function wrap(text: string, indent: number, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + word.length + 1 > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => `${" ".repeat(indent)}${line}`);
}
