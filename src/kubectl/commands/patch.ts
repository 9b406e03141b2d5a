/** `kubectl patch`. Upstream: kubectl pkg/cmd/patch/patch.go. */
import { parse } from "yaml";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { deepEqual } from "../../engine/base/json.ts";
import { defineCommand, DRY_RUN_FLAG, fieldManagerFlag, FILE_FLAGS, PRINT_FLAGS } from "../command.ts";
import { CommandError } from "../errors.ts";
import { readText } from "../manifests.ts";
import { merged, sendPatch } from "../patch-live.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchAll } from "../resource-builder.ts";

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

export const patch = defineCommand({
  name: "patch",
  group: "Advanced Commands",
  short: "Update fields of a resource",
  usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
  examples: [`kubectl patch node worker-1 -p '{"spec":{"unschedulable":true}}'`],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    fieldManagerFlag("kubectl-patch"),
    { name: "patch", short: "p", type: "string", usage: "The patch, JSON or YAML." },
    { name: "patch-file", type: "string", usage: "A file with the patch." },
    { name: "type", type: "string", default: "strategic", usage: "json, merge or strategic." },
    { name: "subresource", type: "string", usage: "status or scale." },
    { name: "local", type: "bool", unsupported: true },
  ],
  completes: "resources",
  *run(call) {
    const given = call.flags.string("patch");
    const file = call.flags.string("patch-file");
    const type = call.flags.string("type").toLowerCase();
    if (given !== "" && file !== "") throw new CommandError("cannot specify --patch and --patch-file together");
    if (given === "" && file === "") {
      throw new CommandError("must specify --patch or --patch-file containing the contents of the patch");
    }
    const contentType = TYPES[type];
    if (contentType === undefined) {
      throw new CommandError(
        `--type must be one of [json merge strategic], not ${JSON.stringify(call.flags.string("type"))}`,
      );
    }
    const text = file === "" ? given : readText(call, file);
    const body = readPatch(text);
    const infos = yield* fetchAll(call);
    for (const info of infos) {
      const live = info.object as KubeObject;
      if (call.dryRun === "client" && type !== "merge") {
        throw new CommandError(`--dry-run=client with --type=${type} is not supported by this kubectl`);
      }
      const object =
        call.dryRun === "client"
          ? merged(live, body as object)
          : yield* sendPatch(call, info, { patch: body, contentType, subresource: call.flags.string("subresource") });
      const changed = !deepEqual(
        { ...object, metadata: { ...object.metadata, managedFields: undefined } },
        { ...live, metadata: { ...live.metadata, managedFields: undefined } },
      );
      yield* call.out(printerFor(call, { operation: changed ? "patched" : "patched (no change)" })(object));
    }
  },
});

function readPatch(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new CommandError(`unable to parse ${JSON.stringify(text)}: yaml: ${(error as Error).message.split("\n")[0]}`);
  }
}
