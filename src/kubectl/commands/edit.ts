/** `kubectl edit`. Upstream: kubectl pkg/cmd/edit/edit.go and pkg/cmd/util/editor/editoptions.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import {
  defineCommand,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SAVE_CONFIG_FLAG,
  VALIDATE_FLAG,
} from "../command.ts";
import { withLastApplied } from "../create-object.ts";
import { editObject } from "../editor.ts";
import { ApiError, CommandError, errorText, hasReason } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { recorded, RECORD_FLAG } from "../record.ts";
import { printerFor, withoutManagedFields } from "../printers/object-printer.ts";
import { fetchAll, getObject, type Info } from "../resource-builder.ts";
import { twoWayPatch } from "../three-way.ts";

export const edit = defineCommand({
  name: "edit",
  group: "Basic Commands (Intermediate)",
  short: "Edit a resource on the server",
  usage: "(RESOURCE/NAME | -f FILENAME)",
  examples: ["kubectl edit deployment/web", "kubectl edit deployment/web --subresource=status"],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    VALIDATE_FLAG,
    fieldManagerFlag("kubectl-edit"),
    { name: "output-patch", type: "bool", usage: "Show the patch that is sent." },
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    { name: "subresource", type: "string", usage: "What to edit instead of the object: status, scale, resize …" },
    { name: "windows-line-endings", type: "bool", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    checkFormat(call);
    const infos = yield* fetchAll(call, { listByDefault: true });
    if (infos.length === 0) throw new CommandError("edit cancelled, no objects found");
    for (const info of infos) yield* editOne(call, info);
  },
});

export function checkFormat(call: Invocation): void {
  const output = call.flags.string("output");
  if (["", "yaml", "json"].includes(output)) return;
  throw new CommandError(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,yaml`,
  );
}

function* editOne(call: Invocation, info: Info): Call<void> {
  const subresource = call.flags.string("subresource");
  const found = subresource === "" ? (info.object as KubeObject) : yield* getObject(call, info, subresource);
  const live = withoutManagedFields(found);
  yield* editObject(call, {
    info,
    object: live,
    *save(edited) {
      if (edited.metadata?.name !== info.name || edited.kind !== live.kind || edited.apiVersion !== live.apiVersion) {
        return "At least one of apiVersion, kind and name was changed";
      }
      const noted = recorded(call, edited);
      const wanted = call.flags.bool("save-config") ? withLastApplied(noted) : noted;
      const { patch, contentType } = twoWayPatch(info.resource, live, wanted);
      if (call.flags.bool("output-patch")) yield* call.out(`Patch: ${JSON.stringify(patch)}\n`);
      try {
        const object = yield* sendPatch(call, info, { patch, contentType, subresource });
        yield* call.out(printerFor(call, { operation: "edited" })(object));
        return "";
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (hasReason(error, "NotFound")) throw error;
        return errorText(error);
      }
    },
  });
}
