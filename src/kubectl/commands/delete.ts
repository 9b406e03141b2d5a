/** `kubectl delete`. Upstream: kubectl pkg/cmd/delete/delete.go, and the wait of pkg/cmd/wait. */
import type { Call } from "../../engine/base/syscalls.ts";
import {
  ALL_NAMESPACES_FLAG,
  defineCommand,
  DRY_RUN_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAG,
  SELECTOR_FLAG,
} from "../command.ts";
import { DELETION_FLAGS, deletedLine, deleteOne } from "../delete-object.ts";
import { ApiError, CommandError, hasReason, throwGathered, withSource } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { RAW_FLAG, rawRequest } from "../raw-request.ts";
import {
  FILES_AND_ARGUMENTS,
  fetchInfos,
  type Info,
  infosOfFiles,
  selectByArgs,
  usesFiles,
} from "../resource-builder.ts";
import { waitUntilGone } from "../wait-gone.ts";

export const deleteCommand = defineCommand({
  name: "delete",
  group: "Basic Commands (Intermediate)",
  short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
  usage: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
  examples: ["kubectl delete pod/web", "kubectl delete -f web.yaml", "kubectl delete pods -l app=web --now"],
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    DRY_RUN_FLAG,
    { ...OUTPUT_FLAG, usage: "Output mode: name for shorter output." },
    { name: "all", type: "bool", usage: "All objects of the types." },
    ...DELETION_FLAGS,
    { name: "now", type: "bool", usage: "Same as --grace-period=1." },
    { name: "wait", type: "bool", default: true, usage: "Return only when the objects are gone." },
    { name: "ignore-not-found", type: "bool", usage: "Objects that don't exist are fine." },
    { name: "interactive", short: "i", type: "bool", unsupported: true },
    RAW_FLAG,
  ],
  completes: "resources",
  *run(call) {
    if (call.flags.changed("raw")) return yield* rawRequest(call, "DELETE");
    const output = call.flags.string("output");
    if (output !== "" && output !== "name") {
      throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`);
    }
    const grace = gracePeriod(call);
    if (grace === 0 && call.dryRun === "none") {
      yield* call.err(
        "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
      );
    }
    const { infos, errors } = yield* chosen(call);
    const ignoreNotFound = call.flags.bool("ignore-not-found") || call.flags.bool("all");
    const deleted: { info: Info; uid: string }[] = [];
    const named = call.flags.changed("namespace") && !call.flags.bool("all-namespaces");
    if (named && infos.some(({ resource }) => !resource.namespaced)) {
      yield* call.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
    }
    for (const info of infos) {
      try {
        const uid = yield* deleteOne(call, info, grace);
        yield* call.out(deletedLine(call, info, grace));
        deleted.push({ info, uid });
      } catch (error) {
        if (ignoreNotFound && hasReason(error, "NotFound")) continue;
        if (!(error instanceof ApiError)) throw error;
        errors.push(withSource("deleting", info.source, error));
      }
    }
    if (infos.length === 0 && errors.length === 0) {
      if (output !== "name") yield* call.out("No resources found\n");
      return undefined;
    }
    if (call.flags.bool("wait") && call.dryRun === "none" && grace !== 0) {
      for (const { info, uid } of deleted)
        yield* waitUntilGone(call, info, { uid, timeoutMs: call.flags.duration("timeout") });
    }
    throwGathered(errors);
    return undefined;
  },
});

/** Seconds, -1 for the object's own, 0 for at once. */
function gracePeriod(call: Invocation): number {
  let grace = call.flags.int("grace-period");
  const force = call.flags.bool("force");
  if (call.flags.bool("now")) {
    if (grace !== -1) throw new CommandError("--now and --grace-period cannot be specified together");
    grace = 1;
  }
  if (grace === 0 && !force) grace = 1;
  if (force && grace < 0) grace = 0;
  if (force && grace > 0)
    throw new CommandError("--force and --grace-period greater than 0 cannot be specified together");
  return grace;
}

function* chosen(call: Invocation): Call<{ infos: Info[]; errors: Error[] }> {
  const selector = call.flags.string("selector");
  const fieldSelector = call.flags.string("field-selector");
  const all = call.flags.bool("all");
  if (all && selector !== "") throw new CommandError("setting 'all' parameter but found a non empty selector. ");
  if (usesFiles(call)) {
    if (call.args.length > 0) {
      throw new CommandError(FILES_AND_ARGUMENTS);
    }
    return yield* infosOfFiles(call);
  }
  if (all && call.args.length > 1 && !call.args.some((arg) => arg.includes("/"))) {
    throw new CommandError("name cannot be provided when a selector is specified");
  }
  const options = { selector, fieldSelector, all, allNamespaces: call.flags.bool("all-namespaces") };
  const selection = yield* selectByArgs(call, options);
  if (selection.how === "named") return { infos: selection.infos, errors: [] };
  return yield* fetchInfos(call, options);
}
