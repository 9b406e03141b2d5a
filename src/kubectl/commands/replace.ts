/** `kubectl replace`. Upstream: kubectl pkg/cmd/replace/replace.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SAVE_CONFIG_FLAG,
  VALIDATE_FLAG,
} from "../command.ts";
import { withLastApplied } from "../create-object.ts";
import { deletedLine, deleteOne, DELETION_FLAGS } from "../delete-object.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError, hasReason, throwGathered, usageError, withSource } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type ObjectPrinter, printerFor } from "../printers/object-printer.ts";
import { RAW_FLAG, rawRequest } from "../raw-request.ts";
import { type Info, infosOfFiles, usesFiles } from "../resource-builder.ts";
import { waitUntilGone } from "../wait-gone.ts";

const FORCE_TIMEOUT_MS = 5 * 60_000;

export const replace = defineCommand({
  name: "replace",
  group: "Advanced Commands",
  short: "Replace a resource by file name or stdin",
  usage: "-f FILENAME",
  examples: ["kubectl replace -f web.yaml", "kubectl replace --force -f web.yaml"],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag("kubectl-replace"),
    ...DELETION_FLAGS,
    { name: "wait", type: "bool", usage: "With --force: wait until the old objects are gone." },
    { name: "subresource", type: "string", usage: "status or scale." },
    RAW_FLAG,
  ],
  completes: "files",
  *run(call) {
    const { flags } = call;
    if (flags.changed("raw")) return yield* rawRequest(call, "PUT");
    if (call.args.length > 0) throw usageError(call.path, `Unexpected args: [${call.args.join(" ")}]`);
    if (!usesFiles(call)) throw new CommandError("must specify one of -f and -k");
    if (flags.int("grace-period") >= 0 && !flags.bool("force")) {
      throw new CommandError("--grace-period must have --force specified");
    }
    if (flags.duration("timeout") !== 0 && !flags.bool("force")) {
      throw new CommandError("--timeout must have --force specified");
    }
    if (flags.bool("force") && call.dryRun !== "none") {
      throw new CommandError("--dry-run can not be used when --force is set");
    }
    const { infos, errors } = yield* infosOfFiles(call);
    if (flags.bool("force") && errors.length === 0) yield* deleteAll(call, infos);
    if (infos.length === 0 && errors.length === 0) throw new CommandError("no objects passed to replace");
    const printer = printerFor(call, { operation: "replaced" });
    for (const info of infos) {
      try {
        yield* send(call, info, printer);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        errors.push(withSource("replacing", info.source, error));
      }
    }
    throwGathered(errors);
    return undefined;
  },
});

function* deleteAll(call: Invocation, infos: readonly Info[]): Call<void> {
  const asked = call.flags.int("grace-period");
  const timeoutMs = call.flags.duration("timeout") || FORCE_TIMEOUT_MS;
  for (const info of infos) {
    try {
      const uid = yield* deleteOne(call, info, asked === 0 ? 1 : asked);
      yield* call.out(deletedLine(call, info, asked === 0 ? 1 : asked));
      yield* waitUntilGone(call, info, { uid, timeoutMs });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

function* send(call: Invocation, info: Info, printer: ObjectPrinter): Call<void> {
  const wanted = info.object as KubeObject;
  const body = call.flags.bool("save-config") ? withLastApplied(wanted) : wanted;
  const force = call.flags.bool("force");
  const target = force ? { namespace: info.namespace } : { ...info, subresource: call.flags.string("subresource") };
  const object =
    call.dryRun === "client"
      ? body
      : yield* call.rest.json<KubeObject>({
          method: force ? "POST" : "PUT",
          path: resourcePath(info.resource, target),
          query: call.writeQuery(),
          body,
        });
  yield* call.out(printer(object));
}
