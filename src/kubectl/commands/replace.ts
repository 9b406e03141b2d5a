/** `kubectl replace`. Upstream: kubectl pkg/cmd/replace/replace.go. Simplified: --force fails. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
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
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError, throwGathered, usageError, withSource } from "../errors.ts";
import { printerFor } from "../printers/object-printer.ts";
import { infosOfFiles } from "../resource-builder.ts";

export const replace = defineCommand({
  name: "replace",
  group: "Advanced Commands",
  short: "Replace a resource by file name or stdin",
  usage: "-f FILENAME",
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag("kubectl-replace"),
    ...["force", "wait"].map((name) => ({ name, type: "bool", unsupported: true }) as const),
    ...["cascade", "grace-period", "timeout", "raw", "subresource"].map(
      (name) => ({ name, type: "string", unsupported: true }) as const,
    ),
  ],
  completes: "files",
  *run(call) {
    if (call.args.length > 0) throw usageError(call.path, `Unexpected args: [${call.args.join(" ")}]`);
    if (call.flags.list("filename").length === 0) throw new CommandError("must specify one of -f and -k");
    const { infos, errors } = yield* infosOfFiles(call);
    if (infos.length === 0 && errors.length === 0) throw new CommandError("no objects passed to replace");
    const printer = printerFor(call, { operation: "replaced" });
    for (const info of infos) {
      const wanted = info.object as KubeObject;
      const body = call.flags.bool("save-config") ? withLastApplied(wanted) : wanted;
      try {
        const object =
          call.dryRun === "client"
            ? body
            : yield* call.rest.json<KubeObject>({
                method: "PUT",
                path: resourcePath(info.resource, info),
                query: call.writeQuery(),
                body,
              });
        yield* call.out(printer(object));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        errors.push(withSource("replacing", info.source, error));
      }
    }
    throwGathered(errors);
  },
});
