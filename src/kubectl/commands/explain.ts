/**
 * `kubectl explain`. Upstream: kubectl pkg/explain/v2.
 * Simplified: descriptions are shown when the server publishes them (/openapi/v3), else fields and types alone.
 */
import { QUANTITY_FIELDS } from "../../engine/api/meta/field-facts.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand, OUTPUT_FLAG } from "../command.ts";
import type { Definition } from "../custom-definitions.ts";
import { type ApiResource, apiVersionOf } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import { bare, type FieldEntry, fieldsOf, type Knowledge, knowledgeOf, wrap } from "../explain-knowledge.ts";
import { explainV2 } from "../explain-v2.ts";
import type { Invocation } from "../invocation.ts";

export const explain = defineCommand({
  name: "explain",
  group: "Basic Commands (Intermediate)",
  short: "Get documentation for a resource",
  usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]",
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
    const format = call.flags.string("output");
    if (format !== "plaintext" && format !== "plaintext-openapiv2") {
      throw new CommandError(`unrecognized format: ${format}`);
    }
    const known = yield* knowledgeOf(call, resource);
    if (known === undefined) {
      throw new CommandError(
        `couldn't find resource for ${JSON.stringify(`${apiVersionOf(resource)}, Kind=${resource.kind}`)}`,
      );
    }
    if (format === "plaintext-openapiv2") {
      return yield* call.out(explainV2(resource, { fields, known, recursive: call.flags.bool("recursive") }));
    }
    const kind = kindLines(resource);
    let text: string;
    try {
      text = explainText(call, resource, { fields, known });
    } catch (error) {
      // Upstream has said what the kind is by the time it misses the field.
      yield* call.out(kind);
      throw error;
    }
    yield* call.out(`${kind}${text}`);
    return undefined;
  },
});

function* findResource(call: Invocation, path: string): Call<{ resource: ApiResource; fields: string[] }> {
  const [type = "", ...rest] = path.split(".");
  const version = call.flags.string("api-version");
  let resource = yield* call.discovery.mapping(type);
  let fields = rest;
  // `deployments.apps.spec`: as much as names a resource with its group.
  for (let end = rest.length; end > 0; end--) {
    const qualified = yield* call.discovery.lookUp([type, ...rest.slice(0, end)].join("."));
    if (qualified === undefined) continue;
    resource = qualified;
    fields = rest.slice(end);
    break;
  }
  if (version === "" || version === apiVersionOf(resource)) return { resource, fields };
  const other = yield* call.discovery.forKind(version, resource.kind);
  if (other === undefined)
    throw new CommandError(`couldn't find resource for ${JSON.stringify(`${version}, Kind=${resource.kind}`)}`);
  return { resource: other, fields };
}

function kindLines({ group, kind, version }: ApiResource): string {
  return `${group === "" ? "" : `GROUP:      ${group}\n`}KIND:       ${kind}\nVERSION:    ${version}\n\n`;
}

/** So many values of an enumeration are shown beside a field. */
const ENUM_SHOWN = 4;

function enumText(values: readonly string[]): string {
  const shown = values.slice(0, ENUM_SHOWN).map((value) => (value === "" ? '""' : value));
  return `enum: ${[...shown, ...(values.length > ENUM_SHOWN ? ["...."] : [])].join(", ")}`;
}

function explainText(
  call: Invocation,
  resource: ApiResource,
  { fields, known }: { fields: readonly string[]; known: Knowledge },
): string {
  const { descriptions } = known;
  const definitionOf = (type: string): Definition | undefined => known.definitions[bare(type)];
  let type: string = resource.kind;
  let owner: string = resource.kind;
  for (const field of fields) {
    const definition = definitionOf(type);
    const found = definition === undefined ? undefined : fieldsOf(definition).find((entry) => entry.name === field);
    if (found === undefined) throw new CommandError(`field ${JSON.stringify(field)} does not exist`);
    owner = bare(type);
    type = found.type;
  }
  const last = fields.at(-1);
  const definition = definitionOf(type);
  const own = last === undefined ? descriptions(resource.kind, "") : descriptions(owner, last);
  // An inline structure has no text besides its field's.
  const isNamed = definition !== undefined && !known.inline.has(bare(type));
  const fallback = last !== undefined && isNamed ? descriptions(bare(type), "") : "";
  // A server may have no text for a field that is a structure: the structure's own stands in.
  const textOf = (entry: { name: string; type: string }): string =>
    descriptions(bare(type), entry.name) || descriptions(bare(entry.type), "");
  const values = last === undefined ? [] : known.enumOf(owner, last);
  const text = [own, fallback].filter((part) => part !== "").join("\n");
  const head = [
    ...(last === undefined ? [] : [`FIELD: ${last} <${shownType({ owner, field: last }, type, known)}>`]),
    ...(values.length === 0 ? [] : ["ENUM:", ...values.map((value) => `    ${value}`)]),
    ...(last === undefined ? [] : values.length === 0 ? ["", ""] : [""]),
    "DESCRIPTION:",
    ...(text === "" ? ["    <empty>"] : [...wrap(text, 4, 76), "    "]),
  ];
  if (definition === undefined) return `${[...head, ""].join("\n")}\n`;
  const body = call.flags.bool("recursive")
    ? recursiveLines(known, definition, { indent: 2, path: [bare(type)] })
    : fieldsOf(definition).flatMap((entry) => [
        ...fieldLines(known, entry, { owner: bare(type), indent: 2 }),
        ...wrap(textOf(entry) || "<no description>", 4, 76),
        "",
      ]);
  return `${[...head, "FIELDS:", ...body, ""].join("\n")}\n`;
}

/** The structures call a quantity a string. */
function shownType(at: { owner: string; field: string }, type: string, known: Knowledge): string {
  const text = typeText(type, known);
  return QUANTITY_FIELDS.has(`${at.owner}.${at.field}`) ? text.replace(/string$/, "Quantity") : text;
}

/** A field's name and type, and the values that it may have. */
function fieldLines(known: Knowledge, entry: FieldEntry, at: { owner: string; indent: number }): string[] {
  const space = " ".repeat(at.indent);
  const values = known.enumOf(at.owner, entry.name);
  const type = shownType({ owner: at.owner, field: entry.name }, entry.type, known);
  const line = `${space}${entry.name}\t<${type}>${entry.required ? " -required-" : ""}`;
  return values.length === 0 ? [line] : [line, `${space}${enumText(values)}`];
}

function recursiveLines(
  known: Knowledge,
  definition: Definition,
  { indent, path }: { indent: number; path: readonly string[] },
): string[] {
  return fieldsOf(definition).flatMap((entry) => {
    const lines = fieldLines(known, entry, { owner: path.at(-1) ?? "", indent });
    const inner = known.definitions[bare(entry.type)];
    if (inner === undefined || path.includes(bare(entry.type))) return lines;
    return [...lines, ...recursiveLines(known, inner, { indent: indent + 2, path: [...path, bare(entry.type)] })];
  });
}

function typeText(type: string, known: Knowledge): string {
  if (type.startsWith("[]")) return `[]${typeText(type.slice(2), known)}`;
  if (type.startsWith("{}")) return `map[string]${typeText(type.slice(2), known)}`;
  if (known.inline.has(type)) return "Object";
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
