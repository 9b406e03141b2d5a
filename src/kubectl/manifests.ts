/** Objects from files, directories and stdin. Upstream: cli-runtime pkg/resource/visitor.go. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { jsonValueEnd } from "../engine/base/json-scan.ts";
import { isObject } from "../engine/base/json.ts";
import { SystemError } from "../engine/base/program.ts";
import { type Call, readAll } from "../engine/base/syscalls.ts";
import { readYamlDocuments } from "../engine/base/yaml-text.ts";
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

/** The objects of one text, up to what can't be read of it. */
function* parseManifest(text: string, source: string, validates: boolean): Generator<KubeObject> {
  for (const value of documentsOf(text, source)) {
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
    if (object["kind"] === "List" && Array.isArray(object["items"])) yield* object["items"] as KubeObject[];
    else yield object as unknown as KubeObject;
  }
}

/** What begins as JSON is JSON, one value behind the other; else it is YAML. Upstream: YAMLOrJSONDecoder. */
function* documentsOf(text: string, source: string): Generator {
  const unreadable = (why: string): CommandError => new CommandError(`error parsing ${source}: ${why}`);
  if (!/^\s*\{/.test(text)) {
    for (const document of readYamlDocuments(text)) {
      if ("problem" in document) throw unreadable(`error converting YAML to JSON: ${document.problem}`);
      yield document.value;
    }
    return;
  }
  for (let at = 0; text.slice(at).trim() !== "";) {
    const found = jsonValueEnd(text, at);
    if ("problem" in found) {
      const { problem, offset } = found;
      throw unreadable(problem.startsWith("unexpected end") ? "unexpected EOF" : `json: offset ${offset}: ${problem}`);
    }
    yield JSON.parse(text.slice(at, found.end));
    at = found.end;
  }
}
