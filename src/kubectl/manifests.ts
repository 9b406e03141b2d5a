/** Objects from files, directories and stdin. Upstream: cli-runtime pkg/resource/visitor.go. */
import { type Document, parseAllDocuments } from "yaml";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isObject } from "../engine/base/json.ts";
import { SystemError } from "../engine/base/program.ts";
import { type Call, readAll } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath } from "./kubeconfig.ts";

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
    else if (/^https?:\/\//.test(filename)) {
      throw new CommandError(
        `unable to read URL ${JSON.stringify(filename)}: reading manifests from URLs is not supported here`,
      );
    } else sources.push(...readPath(call, filename, recursive));
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

/** Every object of the files, lists opened up. Files that can't be read as objects are reported in `errors`. */
export function* readManifests(
  call: Invocation,
  filenames: readonly string[],
  recursive: boolean,
): Call<{ manifests: Manifest[]; errors: Error[] }> {
  const manifests: Manifest[] = [];
  const errors: Error[] = [];
  for (const { source, text } of yield* readSources(call, filenames, recursive)) {
    try {
      for (const object of parseManifest(text, source)) manifests.push({ object, source });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(error);
    }
  }
  return { manifests, errors };
}

/** The documents of one text as objects. */
export function parseManifest(text: string, source: string): KubeObject[] {
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
    if (typeof object["kind"] !== "string" || object["kind"] === "") {
      throw unreadable(`Object 'Kind' is missing in '${JSON.stringify(object)}'`);
    }
    if (typeof object["apiVersion"] !== "string" || object["apiVersion"] === "") {
      throw new CommandError(
        `error validating ${JSON.stringify(source)}: error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false`,
      );
    }
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
      // Several JSON values, or flow YAML: the YAML reader takes both or says why not.
    }
  }
  const documents = parseAllDocuments(text, { version: "1.1", uniqueKeys: false, merge: true, stringKeys: false });
  if (!Array.isArray(documents)) return [];
  return documents.map((document: Document) => {
    const [problem] = document.errors;
    if (problem !== undefined) {
      const line = problem.linePos?.[0].line ?? 1;
      throw new CommandError(
        `error parsing ${source}: error converting YAML to JSON: yaml: line ${line}: ${yamlProblem(problem.code, problem.message)}`,
      );
    }
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  });
}

/** The reader's complaint in go-yaml's words, where one of its own says the same. */
function yamlProblem(code: string, message: string): string {
  const words: Partial<Record<string, string>> = {
    TAB_AS_INDENT: "found character that cannot start any token",
    BAD_INDENT: "did not find expected key",
    BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
    MULTILINE_IMPLICIT_KEY: "could not find expected ':'",
    MISSING_CHAR: "did not find expected ',' or ']'",
    BAD_ALIAS: "did not find expected alphabetic or numeric character",
    IMPOSSIBLE: "did not find expected node content",
    UNEXPECTED_TOKEN: "did not find expected key",
  };
  return words[code] ?? message.split("\n")[0] ?? message;
}
