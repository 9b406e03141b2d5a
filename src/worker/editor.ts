/** The YAML editor's questions: what is wrong with this text, what would it change, apply it. */
import { completeBody } from "../engine/apiserver/required-fields.ts";
import { isMap, isScalar, LineCounter, parseAllDocuments } from "yaml";
import type { Document, Node as YamlNode } from "yaml";
import { DecodeError, decode } from "../engine/api/meta/decode.ts";
import { fieldErrorText } from "../engine/api/meta/field-error.ts";
import type { ResourceCatalog } from "../engine/api/meta/resource-catalog.ts";
import { isObject } from "../engine/base/json.ts";
import type { Playground } from "./playground.ts";
import { servedKinds } from "./served-kinds.ts";
import type { ApplyOutcome, Diagnostic, DiffOutcome } from "./protocol.ts";

/** One document of a text: where it begins (1-based line) and what it says. */
interface Piece {
  line: number;
  text: string;
}

/** Splits at `---` lines; pieces with nothing in them are left out. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  const lines = text.split("\n");
  for (let i = 0; i <= lines.length; i++) {
    if (i < lines.length && !/^---(\s|$)/.test(lines[i] as string)) continue;
    const body = lines.slice(start, i);
    const first = body.findIndex((line) => line.trim() !== "" && !line.trim().startsWith("#"));
    if (first >= 0) pieces.push({ line: start + first + 1, text: body.join("\n") });
    start = i + 1;
  }
  return pieces;
}

/** Where kinds are looked up. */
type Kinds = Pick<ResourceCatalog, "byKind">;

export function validateText(text: string, kinds: Kinds): Diagnostic[] {
  const lines = new LineCounter();
  const diagnostics: Diagnostic[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: lines, version: "1.1", merge: true })) {
    if (!("errors" in document)) continue;
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      diagnostics.push({ line, column: col, severity: "error", message: error.message.split("\n")[0] ?? "" });
    }
    if (document.errors.length === 0) diagnostics.push(...validateDocument(document as Document, { lines, kinds }));
  }
  return diagnostics;
}

/** What the server gives an object without a name, so that kinds can look at one. */
const NAMELESS = { name: "" };

function validateDocument(document: Document, { lines, kinds }: { lines: LineCounter; kinds: Kinds }): Diagnostic[] {
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return [];
  const at = (path: string, severity: Diagnostic["severity"], message: string): Diagnostic => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    return { line, column: col, severity, message };
  };
  if (!isObject(value)) return [at("", "error", "a Kubernetes object is a map: apiVersion, kind, metadata, spec")];
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== "string" || apiVersion === "") return [at("", "error", "apiVersion not set")];
  if (typeof kind !== "string" || kind === "") return [at("", "error", "kind not set")];
  const resource = kinds.byKind(apiVersion, kind);
  if (resource === undefined) return [at("kind", "error", `no matches for kind "${kind}" in version "${apiVersion}"`)];
  try {
    const { unknownFields, object } = decode(resource, value);
    const unknown = unknownFields.map((field) => at(field, "error", `unknown field "${field}"`));
    if (unknown.length > 0) return unknown;
    // Half a document has no metadata yet: kinds are asked about whole objects, as the server makes them.
    const whole = completeBody(resource, { ...object, metadata: { ...NAMELESS, ...object.metadata } }) as never;
    const invalid = resource.validate?.(resource.defaults?.(whole) ?? whole) ?? [];
    return invalid.map((error) =>
      at(error.field, "error", error.detail === "" ? fieldErrorText(error) : `${error.field}: ${error.detail}`),
    );
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const field = / of type |struct field \w+\.(\S+)/.exec(error.message)?.[1] ?? "";
    return [at(field, "error", error.message)];
  }
}

/** Where the field at `spec.containers[0].image` stands; the nearest parent that is there when it is missing. */
function offsetOf(document: Document, path: string): number {
  let node = document.contents as YamlNode | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path
    .replaceAll("[", ".")
    .replaceAll("]", "")
    .split(".")
    .filter((part) => part !== "")) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return offset;
      offset = (pair.key as YamlNode).range?.[0] ?? offset;
      node = pair.value as YamlNode | null;
    } else {
      const item = (node as { items?: unknown[] } | null)?.items?.[Number(step)] as YamlNode | undefined;
      if (item === undefined) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    }
  }
  return offset;
}

/** Applies each document by itself, as `kubectl apply -f -` would, so that each has its own line and outcome. */
export async function applyText(
  playground: Playground,
  text: string,
  options: { dryRun: boolean },
): Promise<ApplyOutcome> {
  const diagnostics = validateText(text, servedKinds(playground));
  const results: ApplyOutcome["results"] = [];
  const argv = ["kubectl", "apply", "-f", "-", ...(options.dryRun ? ["--dry-run=server"] : [])];
  for (const piece of piecesOf(text)) {
    const { stdout, stderr, exitCode } = await playground.command(argv, piece.text);
    results.push({ line: piece.line, ok: exitCode === 0, text: `${stdout}${stderr}`.trim() });
  }
  return { results, diagnostics };
}

/** Live object against what an apply would make of it. */
export async function diffText(playground: Playground, text: string): Promise<DiffOutcome> {
  const diagnostics = validateText(text, servedKinds(playground));
  const documents: DiffOutcome["documents"] = [];
  for (const piece of piecesOf(text)) {
    const merged = await playground.command(
      ["kubectl", "apply", "-f", "-", "--dry-run=server", "-o", "yaml"],
      piece.text,
    );
    if (merged.exitCode !== 0) {
      diagnostics.push({ line: piece.line, column: 1, severity: "error", message: merged.stderr.trim() });
      continue;
    }
    const live = await playground.command(
      ["kubectl", "get", "-f", "-", "-o", "yaml", "--ignore-not-found"],
      piece.text,
    );
    const kind = /^kind:\s*(\S+)/m.exec(merged.stdout)?.[1] ?? "";
    const name = /^ {2}name:\s*(\S+)/m.exec(merged.stdout)?.[1] ?? "";
    documents.push({ name: `${kind}/${name}`, live: withoutNotes(live.stdout), merged: withoutNotes(merged.stdout) });
  }
  return { documents, diagnostics };
}

/** Apply's own note of what it applied last would say every change twice. */
function withoutNotes(yaml: string): string {
  return yaml
    .replace(/^ {4}kubectl\.kubernetes\.io\/last-applied-configuration: .*\n(?: {6}.*\n)*/m, "")
    .replace(/^ {2}annotations:\n(?! {4})/m, "");
}
