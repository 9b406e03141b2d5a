/**
 * `kubectl explain`. Upstream: kubectl pkg/explain/v2.
 * Simplified: descriptions are shown when the server publishes them (/openapi/v3), else fields and types alone.
 */
import { structure } from "../../engine/api/generated/structure.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand, OUTPUT_FLAG } from "../command.ts";
import { type ApiResource, apiVersionOf } from "../discovery.ts";
import { CommandError, ApiError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";

/** Field → type of a definition, as in the generated structure. */
type Definition = Readonly<Record<string, string>>;

export const explain = defineCommand({
  name: "explain",
  group: "Basic Commands (Intermediate)",
  short: "Get documentation for a resource",
  usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
  examples: ["kubectl explain pods", "kubectl explain pods.spec.containers"],
  flags: [
    { name: "recursive", type: "bool", usage: "All fields below, without descriptions." },
    { name: "api-version", type: "string", usage: "Version of the API (apps/v1)." },
    { ...OUTPUT_FLAG, default: "plaintext" },
  ],
  completes: "types",
  *run(call) {
    const [path] = call.args;
    if (path === undefined) {
      throw new CommandError(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    }
    if (call.args.length > 1) throw new CommandError("We accept only this format: explain RESOURCE");
    const { resource, fields } = yield* findResource(call, path);
    if (structure[resource.kind] === undefined) {
      throw new CommandError(
        `couldn't find resource for ${JSON.stringify(`${apiVersionOf(resource)}, Kind=${resource.kind}`)}`,
      );
    }
    yield* call.out(yield* explainText(call, resource, fields));
  },
});

function* findResource(call: Invocation, path: string): Call<{ resource: ApiResource; fields: string[] }> {
  const [type = "", ...fields] = path.split(".");
  const version = call.flags.string("api-version");
  const resource = yield* call.discovery.mapping(type);
  if (version === "" || version === apiVersionOf(resource)) return { resource, fields };
  const other = yield* call.discovery.forKind(version, resource.kind);
  if (other === undefined)
    throw new CommandError(`couldn't find resource for ${JSON.stringify(`${version}, Kind=${resource.kind}`)}`);
  return { resource: other, fields };
}

function* explainText(call: Invocation, resource: ApiResource, fields: readonly string[]): Call<string> {
  let type: string = resource.kind;
  let owner: string = resource.kind;
  for (const field of fields) {
    const definition = definitionOf(type);
    const found = definition === undefined ? undefined : fieldsOf(definition).find((entry) => entry.name === field);
    if (found === undefined) throw new CommandError(`field ${JSON.stringify(field)} does not exist`);
    owner = bare(type);
    type = found.type;
  }
  const descriptions = yield* describedBy(call, resource);
  const last = fields.at(-1);
  const definition = definitionOf(type);
  const own = last === undefined ? descriptions(resource.kind, "") : descriptions(owner, last);
  const fallback = definition === undefined ? "" : descriptions(bare(type), "");
  // A server may have no text for a field that is a structure: the structure's own stands in.
  const textOf = (entry: { name: string; type: string }): string =>
    descriptions(bare(type), entry.name) || descriptions(bare(entry.type), "");
  const head = [
    ...(resource.group === "" ? [] : [`GROUP:      ${resource.group}`]),
    `KIND:       ${resource.kind}`,
    `VERSION:    ${resource.version}`,
    "",
    ...(last === undefined ? [] : [`FIELD: ${last} <${shownType(type)}>`, "", ""]),
    "DESCRIPTION:",
    ...wrap([own, fallback].filter((text) => text !== "").join("\n") || "<empty>", 4, 76),
    ...(last === undefined || definition !== undefined ? ["    "] : ["", ""]),
  ];
  if (definition === undefined) return `${head.join("\n")}\n`;
  const body = call.flags.bool("recursive")
    ? recursiveLines(definition, 2, [bare(type)])
    : fieldsOf(definition).flatMap((entry) => [
        `  ${entry.name}\t<${shownType(entry.type)}>${entry.required ? " -required-" : ""}`,
        ...wrap(textOf(entry) || "<no description>", 4, 76),
        "",
      ]);
  return `${[...head, "FIELDS:", ...body, ""].join("\n")}\n`;
}

function recursiveLines(definition: Definition, indent: number, path: readonly string[]): string[] {
  return fieldsOf(definition).flatMap((entry) => {
    const line = `${" ".repeat(indent)}${entry.name}\t<${shownType(entry.type)}>${entry.required ? " -required-" : ""}`;
    const inner = definitionOf(entry.type);
    if (inner === undefined || path.includes(bare(entry.type))) return [line];
    return [line, ...recursiveLines(inner, indent + 2, [...path, bare(entry.type)])];
  });
}

/** Without `[]` and `{}`. */
function bare(type: string): string {
  return type.replace(/^(?:\[\]|\{\})+/, "");
}

function definitionOf(type: string): Definition | undefined {
  return structure[bare(type)];
}

function fieldsOf(definition: Definition): { name: string; type: string; required: boolean }[] {
  return Object.entries(definition)
    .map(([key, type]) => ({ name: key.replace(/!$/, ""), type, required: key.endsWith("!") }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function shownType(type: string): string {
  if (type.startsWith("[]")) return `[]${shownType(type.slice(2))}`;
  if (type.startsWith("{}")) return `map[string]${shownType(type.slice(2))}`;
  const words: Record<string, string> = {
    int32: "integer",
    int64: "integer",
    double: "number",
    bytes: "string",
    time: "string",
    microtime: "string",
    quantity: "Quantity",
    "int-or-string": "IntOrString",
    any: "Object",
  };
  return words[type] ?? type;
}

interface OpenApi {
  components?: {
    schemas?: Record<string, { description?: string; properties?: Record<string, { description?: string }> }>;
  };
}

/** Descriptions that the server publishes for a definition and its fields; "" where there are none. */
function* describedBy(call: Invocation, resource: ApiResource): Call<(definition: string, field: string) => string> {
  const root = resource.group === "" ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`;
  let schemas: NonNullable<OpenApi["components"]>["schemas"];
  try {
    schemas = (yield* call.rest.json<OpenApi>({ path: `/openapi/v3/${root}` })).components?.schemas ?? {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    schemas = {};
  }
  const byName = new Map(
    Object.entries(schemas ?? {}).map(([key, schema]) => [key.slice(key.lastIndexOf(".") + 1), schema]),
  );
  return (definition, field) => {
    const schema = byName.get(definition);
    return (field === "" ? schema?.description : schema?.properties?.[field]?.description) ?? "";
  };
}

function wrap(text: string, indent: number, width: number): string[] {
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
