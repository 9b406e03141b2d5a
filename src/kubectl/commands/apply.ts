/** `kubectl apply`. Upstream: kubectl pkg/cmd/apply/apply.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import {
  defineCommand,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  FILE_FLAGS,
  PRINT_FLAGS,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
} from "../command.ts";
import { APPLY_SET_FLAG, ApplySet } from "../apply-set.ts";
import { liveObject, patchLive, retrieving } from "../apply-patcher.ts";
import { LAST_APPLIED, withLastApplied } from "../create-object.ts";
import { DELETION_FLAGS, propagationOf } from "../delete-object.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError, throwGathered, withSource } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { labelsMatch } from "../label-match.ts";
import { asObject } from "../as-object.ts";
import { recorded, RECORD_FLAG } from "../record.ts";
import { printerFor } from "../printers/object-printer.ts";
import { type Info, infosOfFiles, usesFiles } from "../resource-builder.ts";
import { checkPrune, kindsToPrune, prune } from "../prune.ts";
import { serverSideApply } from "../server-side-apply.ts";
import { checkServerSide, SERVER_SIDE_FLAGS } from "../server-side.ts";
import { editLastApplied, setLastApplied, viewLastApplied } from "./apply-last-applied.ts";

export const apply = defineCommand({
  name: "apply",
  group: "Advanced Commands",
  short: "Apply a configuration to a resource by file name or stdin",
  usage: "(-f FILENAME | -k DIRECTORY)",
  examples: ["kubectl apply -f web.yaml", "cat web.yaml | kubectl apply -f -"],
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    fieldManagerFlag("kubectl-client-side-apply"),
    SELECTOR_FLAG,
    RECORD_FLAG,
    { name: "overwrite", type: "bool", default: true, usage: "Resolve conflicts between changed and live fields." },
    ...SERVER_SIDE_FLAGS,
    { name: "prune", type: "bool", usage: "Delete what was applied before and is in no file any more." },
    { name: "prune-allowlist", type: "array", usage: "Kinds to prune, group/version/kind; may be repeated." },
    APPLY_SET_FLAG,
    { name: "all", type: "bool", usage: "With --prune: whatever its labels." },
    ...DELETION_FLAGS,
    { name: "openapi-patch", type: "bool", default: true, usage: "Has no effect: the known structure decides." },
    { name: "subresource", type: "string", usage: "With --server-side: status or scale." },
    { name: "wait", type: "bool", usage: "Has no effect on apply, as upstream." },
  ],
  subcommands: [editLastApplied, setLastApplied, viewLastApplied],
  completes: "files",
  *run(call) {
    if (call.args.length > 0) {
      throw new CommandError(
        `Unexpected args: ${JSON.stringify(call.args).replaceAll('"', "")}\nSee '${call.path} -h' for help and examples`,
      );
    }
    if (!usesFiles(call)) throw new CommandError("must specify one of -f and -k");
    checkServerSide(call);
    checkForce(call);
    const set = yield* ApplySet.named(call);
    if (set === undefined) checkPrune(call);
    else yield* set.check();
    if (call.flags.string("subresource") !== "" && !call.flags.bool("server-side")) {
      throw new CommandError("--subresource is only supported with --server-side by this kubectl");
    }
    const kinds = set === undefined ? yield* kindsToPrune(call) : [];
    const dryRun = call.dryRun;
    const { infos, errors } = yield* infosOfFiles(call);
    const selector = call.flags.string("selector");
    const selected = infos.filter((info) => labelsMatch(selector, info.object?.metadata.labels));
    const noted = selected.map((info) => ({ ...info, object: recorded(call, info.object as KubeObject) }));
    const chosen = set?.join(noted) ?? noted;
    if (chosen.length === 0 && errors.length === 0) throw new CommandError("no objects passed to apply");
    if (set !== undefined) yield* set.beforeApply(chosen);
    // Whole objects are printed together in the end.
    const asList = !["", "name"].includes(call.flags.string("output"));
    const printers = new Map<string, (object: KubeObject) => string>();
    const applied: KubeObject[] = [];
    for (const info of chosen) {
      try {
        const { object, operation } = yield* applyOne(call, info, dryRun === "client");
        yield* warnIfDeleting(call, object);
        if (!asList) {
          const printer = printers.get(operation) ?? printerFor(call, { operation });
          printers.set(operation, printer);
          yield* call.out(printer(object));
        }
        applied.push(object);
      } catch (error) {
        if (!(error instanceof ApiError || error instanceof CommandError) || isFatal(error)) throw error;
        errors.push(error);
      }
    }
    if (asList && applied.length > 0) yield* call.out(printerFor(call)(listOrOnly(applied)));
    throwGathered(errors);
    if (set !== undefined) yield* set.prune(applied);
    else if (call.flags.bool("prune")) {
      const namespaces = new Set(chosen.map((info) => info.namespace).filter((namespace) => namespace !== ""));
      yield* prune(call, applied, { kinds, namespaces: [...namespaces] });
    }
  },
});

/** What --force can't stand beside, and the value of --cascade, which a replacement needs. */
function checkForce(call: Invocation): void {
  propagationOf(call);
  if (!call.flags.bool("force")) return;
  if (call.flags.bool("server-side")) throw new CommandError("--force cannot be used with --server-side");
  if (call.dryRun === "server") throw new CommandError("--dry-run=server cannot be used with --force");
}

function* warnIfDeleting(call: Invocation, object: KubeObject): Call<void> {
  if (object.metadata.deletionTimestamp == null) return;
  yield* call.err(`Warning: Detected changes to resource ${object.metadata.name} which is currently being deleted.\n`);
}

function listOrOnly(objects: readonly KubeObject[]): KubeObject {
  const [only] = objects;
  if (only !== undefined && objects.length === 1) return only;
  return asObject({ apiVersion: "v1", items: objects, kind: "List", metadata: {} });
}

function isFatal(error: Error): boolean {
  return error instanceof CommandError && error.verbatim;
}

function* applyOne(
  call: Invocation,
  info: Info,
  dryRunClient: boolean,
): Call<{ object: KubeObject; operation: string }> {
  const modified = withLastApplied(info.object as KubeObject);
  if (info.name === "") {
    if (modified.metadata.generateName !== undefined) {
      throw new CommandError(`from ${modified.metadata.generateName}: cannot use generate name with apply`);
    }
    throw new CommandError(`${retrieving(info)}: resource name may not be empty`);
  }
  if (call.flags.bool("server-side")) {
    return { object: yield* serverSideApply(call, info), operation: "serverside-applied" };
  }
  const live = yield* liveObject(call, info);
  if (live === undefined) {
    if (dryRunClient) return { object: modified, operation: "created" };
    try {
      const object = yield* call.rest.json<KubeObject>({
        method: "POST",
        path: resourcePath(info.resource, { namespace: info.namespace }),
        query: call.writeQuery(),
        body: modified,
      });
      return { object, operation: "created" };
    } catch (error) {
      throw withSource("creating", info.source, error);
    }
  }
  if (live.metadata.annotations?.[LAST_APPLIED] === undefined) {
    yield* call.err(
      `Warning: resource ${info.resource.name}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  }
  if (dryRunClient) return { object: live, operation: "configured" };
  return yield* patchLive(call, info, modified, live);
}
