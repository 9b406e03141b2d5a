/**
 * `kubectl edit`. Upstream: kubectl pkg/cmd/util/editor/editoptions.go.
 * The editor is the playground's own: intent "open-editor" answers with the text as it was saved, or null.
 */
import { parseDocument } from "yaml";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { deepEqual } from "../../engine/base/json.ts";
import { SystemError } from "../../engine/base/program.ts";
import { type Call, intent } from "../../engine/base/syscalls.ts";
import { defineCommand, fieldManagerFlag, FILE_FLAGS, PRINT_FLAGS, VALIDATE_FLAG } from "../command.ts";
import { printedKind, qualifiedName } from "../discovery.ts";
import { ApiError, CommandError, errorText, hasReason } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { printerFor, withoutManagedFields } from "../printers/object-printer.ts";
import { toYaml } from "../printers/yaml.ts";
import { fetchAll, type Info } from "../resource-builder.ts";
import { twoWayPatch } from "../three-way.ts";

const NOTE = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

export const edit = defineCommand({
  name: "edit",
  group: "Basic Commands (Intermediate)",
  short: "Edit a resource on the server",
  usage: "(RESOURCE/NAME | -f FILENAME)",
  examples: ["kubectl edit deployment/web"],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    VALIDATE_FLAG,
    fieldManagerFlag("kubectl-edit"),
    { name: "output-patch", type: "bool", unsupported: true },
    { name: "save-config", type: "bool", unsupported: true },
    { name: "subresource", type: "string", unsupported: true },
    { name: "windows-line-endings", type: "bool", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    const infos = yield* fetchAll(call, { listByDefault: true });
    if (infos.length === 0) throw new CommandError("edit cancelled, no objects found");
    for (const info of infos) yield* editOne(call, info);
  },
});

function* editOne(call: Invocation, info: Info): Call<void> {
  const live = withoutManagedFields(info.object as KubeObject);
  const original = toYaml(live);
  let text = NOTE + original;
  for (let failure = ""; ;) {
    const shown = failure === "" ? text : withFailure(text, { failure, info });
    const answer = yield* openEditor(call, { title: `${printedKind(info.resource)}/${info.name}`, text: shown });
    if (answer === null || stripped(String(answer)) === stripped(failure === "" ? original : text)) {
      if (failure === "") {
        yield* call.err("Edit cancelled, no changes made.\n");
        return;
      }
      throw new CommandError("Edit cancelled, no valid changes were saved.");
    }
    text = String(answer);
    if (stripped(text).trim() === "") {
      yield* call.err("Edit cancelled, saved file was empty.\n");
      return;
    }
    const outcome = yield* save(call, info, { live, text });
    if (outcome === "") return;
    failure = outcome;
  }
}

/** The text as saved, or null. */
function* openEditor(call: Invocation, request: { title: string; text: string }): Call<unknown> {
  try {
    return yield* intent("open-editor", request);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const { env } = call.ctx;
    const name = env["KUBE_EDITOR"] ?? env["EDITOR"] ?? "vi";
    throw new CommandError(`unable to launch the editor ${JSON.stringify(name)}`);
  }
}

/** Sends what was edited; the reason when the server or the reader refuses it. */
function* save(call: Invocation, info: Info, edited: { live: KubeObject; text: string }): Call<string> {
  const document = parseDocument(stripped(edited.text), { version: "1.1" });
  const [problem] = document.errors;
  if (problem !== undefined) return `The edited file had a syntax error: ${problem.message.split("\n")[0]}`;
  const wanted = document.toJS() as KubeObject;
  if (wanted.metadata?.name !== info.name || wanted.kind !== info.resource.kind) {
    return "At least one of apiVersion, kind and name was changed";
  }
  if (deepEqual(wanted, edited.live)) {
    yield* call.err("Edit cancelled, no changes made.\n");
    return "";
  }
  const { patch, contentType } = twoWayPatch(info.resource, edited.live, wanted);
  try {
    const object = yield* sendPatch(call, info, { patch, contentType });
    yield* call.out(printerFor(call, { operation: "edited" })(object));
    return "";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (hasReason(error, "NotFound")) throw error;
    return errorText(error);
  }
}

function withFailure(text: string, at: { failure: string; info: Info }): string {
  const { failure, info } = at;
  const lines = failure.split("\n").map((line) => `# ${line}`);
  const what = `${qualifiedName(info.resource)} ${JSON.stringify(info.name)} was not valid:`;
  return `${NOTE.trimEnd()}\n# ${what}\n${lines.join("\n")}\n#\n${stripped(text)}`;
}

/** Without comment lines. */
function stripped(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
}
