/**
 * `kubectl apply edit-last-applied | set-last-applied | view-last-applied`.
 * Upstream: kubectl pkg/cmd/apply/apply_{edit,set,view}_last_applied.go.
 */
import { stableStringify } from "../../engine/base/json.ts";
import { asJson, asObject } from "../as-object.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  OUTPUT_FLAG,
  PRINT_FLAGS,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
} from "../command.ts";
import { LAST_APPLIED } from "../create-object.ts";
import { resourcePath } from "../discovery.ts";
import { editObject } from "../editor.ts";
import { CommandError, throwGathered, usageError } from "../errors.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { merged, sendPatch } from "../patch-live.ts";
import { printerFor } from "../printers/object-printer.ts";
import { toYaml } from "../printers/yaml.ts";
import { fetchAll, infosOfFiles, NO_RESOURCES, usesFiles } from "../resource-builder.ts";
import { checkFormat } from "./edit.ts";

export const viewLastApplied = defineCommand({
  name: "view-last-applied",
  short: "View the configuration that was last applied to an object",
  usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    { ...OUTPUT_FLAG, default: "yaml" },
    { name: "all", type: "bool", usage: "All objects of the types." },
  ],
  completes: "resources",
  *run(call) {
    const output = call.flags.string("output");
    if (output !== "json" && output !== "yaml") {
      throw usageError(call.path, `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
    }
    const infos = yield* fetchAll(call, { selector: call.flags.string("selector"), all: call.flags.bool("all") });
    const texts = infos.flatMap((info) => info.object?.metadata.annotations?.[LAST_APPLIED] ?? []);
    for (const text of texts) {
      const value = JSON.parse(text) as unknown;
      yield* call.out(output === "json" ? `${JSON.stringify(value, null, 2)}\n` : toYaml(value));
    }
  },
});

export const setLastApplied = defineCommand({
  name: "set-last-applied",
  short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
  usage: "-f FILENAME",
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    { name: "create-annotation", type: "bool", usage: "Also objects that do not have the annotation." },
  ],
  completes: "files",
  *run(call) {
    if (!usesFiles(call)) throw new CommandError(NO_RESOURCES);
    const { infos, errors } = yield* infosOfFiles(call);
    throwGathered(errors);
    for (const info of infos) {
      const live = yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, info) });
      const present = live.metadata.annotations?.[LAST_APPLIED];
      if (present === undefined && !call.flags.bool("create-annotation")) {
        throw new CommandError(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      const text = `${stableStringify(asJson(info.object as KubeObject))}\n`;
      if (present !== undefined && sameContent(present, text)) {
        yield* call.out(`set-last-applied ${info.name}: no changes required.\n`);
        continue;
      }
      const patch = { metadata: { annotations: { [LAST_APPLIED]: text } } };
      const object =
        call.dryRun === "client"
          ? merged(live, patch)
          : yield* sendPatch(call, info, { patch, contentType: "application/merge-patch+json" });
      yield* call.out(printerFor(call, { operation: "configured" })(object));
    }
  },
});

const EDIT_NOTE = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`;

export const editLastApplied = defineCommand({
  name: "edit-last-applied",
  short: "Edit latest last-applied-configuration annotations of a resource/object",
  usage: "(RESOURCE/NAME | -f FILENAME)",
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    VALIDATE_FLAG,
    fieldManagerFlag("kubectl-client-side-apply"),
    { name: "windows-line-endings", type: "bool", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    checkFormat(call);
    const infos = yield* fetchAll(call, { listByDefault: true });
    const applied = infos.filter((info) => info.object?.metadata.annotations?.[LAST_APPLIED] !== undefined);
    if (applied.length === 0) {
      throw new CommandError(
        "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`",
      );
    }
    for (const info of applied) {
      const text = info.object?.metadata.annotations?.[LAST_APPLIED] ?? "";
      yield* editObject(call, {
        info,
        object: asObject(JSON.parse(text) as object),
        note: EDIT_NOTE,
        *save(wanted) {
          const configuration = `${stableStringify(asJson(wanted))}\n`;
          const patch = { metadata: { annotations: { [LAST_APPLIED]: configuration } } };
          const object = yield* sendPatch(call, info, { patch, contentType: "application/merge-patch+json" });
          yield* call.out(printerFor(call, { operation: "edited" })(object));
          return "";
        },
      });
    }
  },
});

/** An empty map of annotations says the same as none. */
function sameContent(a: string, b: string): boolean {
  const bare = (text: string): string => {
    const object = asObject(JSON.parse(text) as object);
    const { annotations, ...metadata } = object.metadata;
    const own = Object.keys(annotations ?? {}).length === 0 ? metadata : object.metadata;
    return stableStringify({ ...object, metadata: own });
  };
  return bare(a) === bare(b);
}
