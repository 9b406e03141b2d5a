/** Objects from files, directories and stdin. Upstream: cli-runtime pkg/resource/visitor.go. */
import { type Document, parseAllDocuments, type YAMLParseError } from "yaml";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isObject } from "../engine/base/json.ts";
import { SystemError } from "../engine/base/program.ts";
import { type Call, readAll } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath } from "./kubeconfig.ts";
import { build } from "./kustomize/build.ts";
import { readUrl } from "./read-url.ts";

export interface Manifest {
  object: KubeObject;
  source: string;
}

const EXTENSIONS = [".json", ".yaml", ".yml"];

/** Text of each file that `-f` names. Throws when a path does not exist. */
export function* readSources(
  call: Invocation,
  filenames: readonly string[],
  recursive: boolean,
): Call<{ source: string; text: string }[]> {
  const sources: { source: string; text: string }[] = [];
  for (const filename of filenames) {
    if (filename === "-") sources.push({ source: "STDIN", text: yield* readAll(0) });
    else if (/^https?:\/\//.test(filename)) sources.push({ source: filename, text: yield* readUrl(filename) });
    else sources.push(...readPath(call, filename, recursive));
  }
  return sources;
}

function readPath(call: Invocation, filename: string, recursive: boolean): { source: string; text: string }[] {
  const { fs } = call.ctx;
  const path = absolutePath(call.ctx, filename);
  if (!fs.exists(path)) throw new CommandError(`the path ${JSON.stringify(filename)} does not exist`);
  if (fs.stat(path).type !== "directory") return [{ source: filename, text: readText(call, filename) }];
  const found: { source: string; text: string }[] = [];
  for (const name of fs.readdir(path)) {
    const child = `${filename.replace(/\/$/, "")}/${name}`;
    if (fs.stat(absolutePath(call.ctx, child)).type === "directory") {
      if (recursive) found.push(...readPath(call, child, true));
    } else if (EXTENSIONS.some((extension) => name.endsWith(extension))) {
      found.push({ source: child, text: readText(call, child) });
    }
  }
  return found;
}

export function readText(call: Invocation, filename: string): string {
  try {
    return call.ctx.fs.readFile(absolutePath(call.ctx, filename));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why: Record<string, string> = {
      ENOENT: "no such file or directory",
      EISDIR: "is a directory",
      EACCES: "permission denied",
    };
    throw new CommandError(`open ${filename}: ${why[error.errno] ?? error.message}`);
  }
}

/** What a kustomization builds (`-k`). */
export function* kustomized(call: Invocation, directory: string): Call<KubeObject[]> {
  const parts: string[] = [];
  for (const part of absolutePath(call.ctx, directory).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  const { objects, warnings } = build(call.ctx, `/${parts.join("/")}`, directory);
  for (const warning of warnings) yield* call.err(`${warning}\n`);
  return objects;
}

/** Every object of the files, lists opened up. Files that can't be read as objects are reported in `errors`. */
export function* readManifests(
  call: Invocation,
  filenames: readonly string[],
  recursive: boolean,
): Call<{ manifests: Manifest[]; errors: Error[] }> {
  const manifests: Manifest[] = [];
  const errors: Error[] = [];
  const validates = call.flags.has("validate") && !["ignore", "false"].includes(call.flags.string("validate"));
  const kustomization = call.flags.has("kustomize") ? call.flags.string("kustomize") : "";
  if (kustomization !== "") {
    if (filenames.length > 0) throw new CommandError("only one of -f or -k can be specified");
    for (const object of yield* kustomized(call, kustomization)) manifests.push({ object, source: kustomization });
  }
  for (const { source, text } of yield* readSources(call, filenames, recursive)) {
    try {
      for (const object of parseManifest(text, source, validates)) manifests.push({ object, source });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(error);
    }
  }
  return { manifests, errors };
}

function notValid(source: string, unset: readonly string[]): CommandError {
  const problems = unset.map((field) => `${field} not set`);
  const shown = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  return new CommandError(
    `error validating ${JSON.stringify(source)}: error validating data: ${shown}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}

/** The documents of one text as objects. */
function parseManifest(text: string, source: string, validates: boolean): KubeObject[] {
  const objects: KubeObject[] = [];
  for (const value of parseDocuments(text, source)) {
    if (value === null || value === undefined) continue;
    const object = value as Record<string, unknown>;
    const unreadable = (why: string): CommandError =>
      new CommandError(`unable to decode ${JSON.stringify(source)}: ${why}`);
    if (!isObject(object)) {
      throw unreadable(
        `json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go value of type unstructured.detector`,
      );
    }
    const unset = ["apiVersion", "kind"].filter((field) => typeof object[field] !== "string" || object[field] === "");
    if (unset.length > 0 && validates) throw notValid(source, unset);
    if (unset.includes("kind")) throw unreadable(`Object 'Kind' is missing in '${JSON.stringify(object)}'`);
    if (unset.length > 0) throw unreadable(`Object 'apiVersion' is missing in '${JSON.stringify(object)}'`);
    if (object["kind"] === "List" && Array.isArray(object["items"])) objects.push(...(object["items"] as KubeObject[]));
    else objects.push(object as unknown as KubeObject);
  }
  return objects;
}

/** Documents as kubectl reads YAML: 1.1 scalars, merges, JSON too. */
function parseDocuments(text: string, source: string): unknown[] {
  const trimmed = text.trimStart();
  if (trimmed.startsWith("{")) {
    try {
      return [JSON.parse(trimmed)];
    } catch {
      if (source.endsWith(".json")) throw new CommandError(`error parsing ${source}: unexpected EOF`);
      // Several JSON values, or flow YAML: the YAML reader takes both or says why not.
    }
  }
  const unreadable = (why: string): CommandError =>
    new CommandError(`error parsing ${source}: error converting YAML to JSON: yaml: ${why}`);
  const documents = parseAllDocuments(text, { version: "1.1", uniqueKeys: false, merge: true, stringKeys: false });
  if (!Array.isArray(documents)) return [];
  return documents.map((document: Document) => {
    if (document.errors.length > 0) throw unreadable(yamlProblem(document.errors, text));
    try {
      return document.toJS({ maxAliasCount: 100 }) as unknown;
    } catch (error) {
      const alias = /alias[^:]*: (\S+)/.exec((error as Error).message)?.[1];
      throw unreadable(alias === undefined ? (error as Error).message : `unknown anchor '${alias}' referenced`);
    }
  });
}

/**
 * The reader's complaint in go-yaml's words. Its scanner names the line it stands on, its parser the line before;
 * neither names the first.
 */
function yamlProblem(errors: readonly YAMLParseError[], text: string): string {
  const [first] = errors;
  if (first === undefined) return "";
  const lines = errors.flatMap((error) => (error.linePos ?? []).map((position) => position.line));
  const line = first.linePos?.[0].line ?? 1;
  const scanner = (at: number, why: string): string => (at <= 1 ? why : `line ${at}: ${why}`);
  const parser = (why: string): string => (line <= 1 ? why : `line ${line - 1}: ${why}`);
  switch (first.code) {
    case "TAB_AS_INDENT":
      return scanner(line, "found character that cannot start any token");
    case "BLOCK_AS_IMPLICIT_KEY":
      return scanner(Math.max(...lines.slice(0, 4)), "mapping values are not allowed in this context");
    case "MULTILINE_IMPLICIT_KEY":
      return scanner(Math.max(...lines), "could not find expected ':'");
    case "MISSING_CHAR":
      if (first.message.startsWith("Missing closing")) return scanner(line, "found unexpected end of stream");
      return parser("did not find expected key");
    case "BAD_INDENT":
      // The text ends where an item should begin.
      if (/[[{,]\s*$/.test(text)) return parser("did not find expected node content");
      if (first.message.startsWith("Flow sequence")) return parser("did not find expected ',' or ']'");
      if (first.message.startsWith("Flow map")) return parser("did not find expected ',' or '}'");
      return parser("did not find expected key");
    default:
      return scanner(line, first.message.split("\n")[0] ?? first.message);
  }
}
