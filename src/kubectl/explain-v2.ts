/** `kubectl explain --output=plaintext-openapiv2`: the layout of older kubectls. Upstream: kubectl pkg/explain (before v2). */
import type { Definition } from "./custom-definitions.ts";
import { type ApiResource, apiVersionOf } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import { bare, type FieldEntry, fieldsOf, type Knowledge, wrap } from "./explain-knowledge.ts";

const WIDTH = 75;
const FIELD_INDENT = 3;

export function explainV2(
  resource: ApiResource,
  { fields, known, recursive }: { fields: readonly string[]; known: Knowledge; recursive: boolean },
): string {
  let type: string = resource.kind;
  let owner: string = resource.kind;
  for (const field of fields) {
    const definition = known.definitions[bare(type)];
    const found = definition === undefined ? undefined : fieldsOf(definition).find((entry) => entry.name === field);
    if (found === undefined) throw new CommandError(`field ${JSON.stringify(field)} does not exist`);
    owner = bare(type);
    type = found.type;
  }
  const last = fields.at(-1);
  const definition = known.definitions[bare(type)];
  const label = definition === undefined ? "FIELD:   " : "RESOURCE:";
  const own = last === undefined ? known.descriptions(resource.kind, "") : known.descriptions(owner, last);
  const inner = last === undefined || definition === undefined ? "" : known.descriptions(bare(type), "");
  const texts = [own || inner || "<empty>", ...(inner === "" ? [] : [inner])];
  const lines = [
    `KIND:     ${resource.kind}`,
    `VERSION:  ${apiVersionOf(resource)}`,
    "",
    ...(last === undefined ? [] : [`${label} ${last} <${typeText(type, known)}>`, ""]),
    "DESCRIPTION:",
    ...texts.flatMap((text, index) => [...(index > 0 ? [""] : []), ...paragraph(text)]),
  ];
  if (definition === undefined) return `${lines.join("\n")}\n`;
  const body = recursive
    ? recursiveLines(known, definition, { indent: FIELD_INDENT, path: [bare(type)] })
    : fieldsOf(definition).flatMap((entry) => [
        fieldLine(known, entry, FIELD_INDENT),
        ...paragraph(known.descriptions(bare(type), entry.name) || "<no description>"),
        "",
      ]);
  return `${[...lines, "", "FIELDS:", ...body].join("\n")}\n`;
}

function paragraph(text: string): string[] {
  return wrap(text.replaceAll(/ +/g, " "), FIELD_INDENT + 2, WIDTH);
}

function fieldLine(known: Knowledge, entry: FieldEntry, indent: number): string {
  const required = entry.required ? " -required-" : "";
  return `${" ".repeat(indent)}${entry.name}\t<${typeText(entry.type, known)}>${required}`;
}

function recursiveLines(
  known: Knowledge,
  definition: Definition,
  { indent, path }: { indent: number; path: readonly string[] },
): string[] {
  return fieldsOf(definition).flatMap((entry) => {
    const type = bare(entry.type);
    const inner = known.definitions[type];
    const line = fieldLine(known, { ...entry, required: false }, indent);
    if (inner === undefined || path.includes(type)) return [line];
    return [line, ...recursiveLines(known, inner, { indent: indent + FIELD_INDENT, path: [...path, type] })];
  });
}

/** Definitions are objects here, and what has a form of its own is a string. */
function typeText(type: string, known: Knowledge): string {
  if (type.startsWith("[]")) return `[]${typeText(type.slice(2), known)}`;
  if (type.startsWith("{}")) return `map[string]${typeText(type.slice(2), known)}`;
  if (known.definitions[type] !== undefined) return "Object";
  const words: Record<string, string> = { int32: "integer", int64: "integer", double: "number", any: "" };
  return words[type] ?? (type === "boolean" ? "boolean" : "string");
}
