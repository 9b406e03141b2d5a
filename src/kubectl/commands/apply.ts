/**
 * `kubectl apply`, client side. Upstream: kubectl pkg/cmd/apply/apply.go and patcher.go.
 * Simplified: --force fails.
 */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { deepEqual } from "../../engine/base/json.ts";
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
import { LAST_APPLIED, withLastApplied } from "../create-object.ts";
import { DELETION_FLAGS } from "../delete-object.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError, hasReason, throwGathered, withSource } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { labelsMatch } from "../label-match.ts";
import { asObject } from "../as-object.ts";
import { printerFor } from "../printers/object-printer.ts";
import { type Info, infosOfFiles, usesFiles } from "../resource-builder.ts";
import { checkPrune, kindsToPrune, prune } from "../prune.ts";
import { serverSideApply } from "../server-side-apply.ts";
import { checkServerSide, SERVER_SIDE_FLAGS } from "../server-side.ts";
import { threeWayPatch } from "../three-way.ts";
import { setLastApplied, viewLastApplied } from "./apply-last-applied.ts";

const MAX_PATCH_RETRIES = 5;

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
    { name: "overwrite", type: "bool", default: true, usage: "Resolve conflicts between changed and live fields." },
    ...SERVER_SIDE_FLAGS,
    { name: "prune", type: "bool", usage: "Delete what was applied before and is in no file any more." },
    { name: "prune-allowlist", type: "array", usage: "Kinds to prune, group/version/kind; may be repeated." },
    { name: "applyset", type: "string", unsupported: true },
    { name: "all", type: "bool", usage: "With --prune: whatever its labels." },
    ...DELETION_FLAGS.map((flag) => (flag.name === "force" ? { ...flag, unsupported: true } : flag)),
    { name: "openapi-patch", type: "bool", unsupported: true },
    { name: "subresource", type: "string", usage: "With --server-side: status or scale." },
    { name: "wait", type: "bool", unsupported: true },
  ],
  subcommands: [setLastApplied, viewLastApplied],
  completes: "files",
  *run(call) {
    if (call.args.length > 0) {
      throw new CommandError(
        `Unexpected args: ${JSON.stringify(call.args).replaceAll('"', "")}\nSee '${call.path} -h' for help and examples`,
      );
    }
    if (!usesFiles(call)) throw new CommandError("must specify one of -f and -k");
    checkServerSide(call);
    checkPrune(call);
    if (call.flags.string("subresource") !== "" && !call.flags.bool("server-side")) {
      throw new CommandError("--subresource is only supported with --server-side by this kubectl");
    }
    const kinds = yield* kindsToPrune(call);
    const dryRun = call.dryRun;
    const { infos, errors } = yield* infosOfFiles(call);
    const selector = call.flags.string("selector");
    const chosen = infos.filter((info) => labelsMatch(selector, info.object?.metadata.labels));
    if (chosen.length === 0 && errors.length === 0) throw new CommandError("no objects passed to apply");
    // Whole objects are printed together in the end.
    const asList = !["", "name"].includes(call.flags.string("output"));
    const printers = new Map<string, (object: KubeObject) => string>();
    const applied: KubeObject[] = [];
    for (const info of chosen) {
      try {
        const { object, operation } = yield* applyOne(call, info, dryRun === "client");
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
    if (call.flags.bool("prune")) {
      const namespaces = new Set(chosen.map((info) => info.namespace).filter((namespace) => namespace !== ""));
      yield* prune(call, applied, { kinds, namespaces: [...namespaces] });
    }
  },
});

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

function* liveObject(call: Invocation, info: Info): Call<KubeObject | undefined> {
  try {
    return yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, info) });
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError({ ...error.status, message: `${retrieving(info)}: ${error.message}` });
  }
}

function identified({ resource, name, namespace }: Info): string {
  const version = `${resource.group === "" ? "" : `${resource.group}/`}${resource.version}`;
  return `Resource: "${version}, Resource=${resource.name}", GroupVersionKind: "${version}, Kind=${resource.kind}"\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`;
}

function retrieving(info: Info): string {
  return `error when retrieving current configuration of:\n${identified(info)}\nfrom server for: ${JSON.stringify(info.source)}`;
}

function* patchLive(
  call: Invocation,
  info: Info,
  modified: KubeObject,
  first: KubeObject,
): Call<{ object: KubeObject; operation: string }> {
  let live = first;
  for (let attempt = 0; ; attempt++) {
    const { patch, contentType } = threeWayPatch(info.resource, {
      modified,
      live,
      overwrite: call.flags.bool("overwrite"),
    });
    if (Object.keys(patch).length === 0) return { object: live, operation: "unchanged" };
    try {
      const object = yield* call.rest.json<KubeObject>({
        method: "PATCH",
        path: resourcePath(info.resource, info),
        query: call.writeQuery(),
        body: patch,
        contentType,
      });
      const same = deepEqual(withoutVersion(object), withoutVersion(live));
      return { object, operation: same ? "unchanged" : "configured" };
    } catch (error) {
      if (hasReason(error, "Conflict") && attempt < MAX_PATCH_RETRIES) {
        live = (yield* liveObject(call, info)) ?? live;
        continue;
      }
      throw applyingError(info, { error, patch });
    }
  }
}

function applyingError(info: Info, failed: { error: unknown; patch: object }): Error {
  const { error, patch } = failed;
  if (!(error instanceof ApiError)) throw error;
  const what = `error when applying patch:\n${JSON.stringify(patch)}\nto:\n${identified(info)}\nfor: ${JSON.stringify(info.source)}`;
  if (error.reason === "Invalid") return error;
  return new ApiError({
    ...error.status,
    message: `${what}: error when patching ${JSON.stringify(info.source)}: ${error.message}`,
  });
}

function withoutVersion(object: KubeObject): unknown {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}
