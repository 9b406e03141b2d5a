/**
 * An editing session: a text is opened, read, and opened again with the reasons while what was saved is refused.
 * Upstream: kubectl pkg/cmd/util/editor/editoptions.go.
 * The editor is the playground's own: intent "open-editor" answers with the text as it was saved, or null. KUBE_EDITOR and
 * EDITOR may name a program that asks nobody (`sed -i …`).
 * Simplified: several objects are edited one after another, each in a text of its own.
 */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { deepEqual } from "../engine/base/json.ts";
import { SystemError } from "../engine/base/program.ts";
import { type Call, intent, spawn, wait } from "../engine/base/syscalls.ts";
import { readYaml } from "../engine/base/yaml-text.ts";
import { printedKind, qualifiedName } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { toJson } from "./printers/json.ts";
import { toYaml } from "./printers/yaml.ts";
import type { Info } from "./resource-builder.ts";

export const EDIT_NOTE = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;
const COPY_NUMBERS = 4_000_000_000;
/** Editors that are the playground's own, whatever their name. */
const INTERACTIVE: ReadonlySet<string> = new Set("vi vim nvim nano pico ed emacs code micro".split(" "));

export interface Editing {
  info: Info;
  /** What is shown, without fields that are nobody's to edit. */
  object: KubeObject;
  /** Comment lines above it. */
  note?: string;
  /** Takes what was saved; answers why it is refused, "" when it isn't. */
  save(wanted: KubeObject): Call<string>;
}

/** How the object is shown: JSON has no comments. */
function format(call: Invocation): "yaml" | "json" {
  return call.flags.string("output") === "json" ? "json" : "yaml";
}

export function* editObject(call: Invocation, editing: Editing): Call<void> {
  const json = format(call) === "json";
  const note = json ? "" : (editing.note ?? EDIT_NOTE);
  const original = json ? toJson(editing.object) : toYaml(editing.object);
  let text = note + original;
  for (let failure = ""; ;) {
    const shown = failure === "" || json ? text : withFailure(text, { note, failure, info: editing.info });
    const title = `${printedKind(editing.info.resource)}/${editing.info.name}`;
    const answer = yield* openEditor(call, { title, text: shown });
    if (answer === null || stripped(String(answer)) === stripped(failure === "" ? original : text)) {
      if (failure === "") return yield* call.err("Edit cancelled, no changes made.\n");
      yield* keepCopy(call, shown);
      throw new CommandError("Edit cancelled, no valid changes were saved.");
    }
    text = String(answer);
    if (stripped(text).trim() === "") return yield* call.err("Edit cancelled, saved file was empty.\n");
    failure = yield* outcomeOf(call, editing, text);
    if (failure === "") return;
  }
}

/** Why the text is refused; "" when it was taken. */
function* outcomeOf(call: Invocation, editing: Editing, text: string): Call<string> {
  const document = readYaml(stripped(text));
  if ("problem" in document) {
    yield* call.err(`error: ${qualifiedName(editing.info.resource)} ${JSON.stringify(editing.info.name)} is invalid\n`);
    return `The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: ${document.problem}`;
  }
  const wanted = document.value as KubeObject;
  if (deepEqual(wanted, editing.object)) {
    yield* call.err("Edit cancelled, no changes made.\n");
    return "";
  }
  return yield* editing.save(wanted);
}

/** The text as saved, or null. */
function* openEditor(call: Invocation, request: { title: string; text: string }): Call<unknown> {
  const { env } = call.ctx;
  const editor = env["KUBE_EDITOR"] ?? env["EDITOR"] ?? "vi";
  const [program = ""] = editor.split(" ");
  const isOwn = INTERACTIVE.has(program.replace(/^.*\//, ""));
  // In Node there is no shell of ours, and the intent starts the editor itself.
  if (!isOwn && call.ctx.which(program) !== undefined && call.ctx.programNames().includes("sh")) {
    return yield* runEditor(call, editor, request.text);
  }
  try {
    return yield* intent("open-editor", request);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandError(`unable to launch the editor ${JSON.stringify(editor)}`);
  }
}

/** An editor that asks nobody: a command line that gets a file's name as its last word. */
function* runEditor(call: Invocation, editor: string, text: string): Call<string> {
  const { fs, env, cwd } = call.ctx;
  const path = `/tmp/kubectl-edit-${call.ctx.random(COPY_NUMBERS)}.yaml`;
  fs.writeFile(path, text);
  const pid = yield* spawn({ argv: ["sh", "-c", `${editor} ${path}`], env: { ...env }, cwd, stdio: [0, 1, 2] });
  const code = yield* wait(pid);
  const edited = fs.readFile(path);
  fs.remove(path);
  if (code !== 0) throw new CommandError(`there was a problem with the editor ${JSON.stringify(editor)}`);
  return edited;
}

/** What was typed is not lost when it could not be taken. */
export function* keepCopy(call: Invocation, text: string): Call<void> {
  const path = `/tmp/kubectl-edit-${call.ctx.random(COPY_NUMBERS)}.yaml`;
  try {
    call.ctx.fs.writeFile(path, text);
  } catch (error) {
    if (error instanceof SystemError) return;
    throw error;
  }
  yield* call.err(`A copy of your changes has been stored to ${JSON.stringify(path)}\n`);
}

function withFailure(text: string, at: { note: string; failure: string; info: Info }): string {
  const { note, failure, info } = at;
  const lines = failure.split("\n").map((line) => `# ${line}`);
  const what = `${qualifiedName(info.resource)} ${JSON.stringify(info.name)} was not valid:`;
  return `${note.trimEnd()}\n# ${what}\n${lines.join("\n")}\n#\n${stripped(text)}`;
}

/** Without comment lines. */
function stripped(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
}
