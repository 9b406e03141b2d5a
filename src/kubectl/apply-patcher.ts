/**
 * Patches an object into what its file says, or replaces it where that is refused (`--force`).
 * Upstream: kubectl pkg/cmd/apply/patcher.go.
 */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { deepEqual, stableStringify } from "../engine/base/json.ts";
import { type Call, sleep } from "../engine/base/syscalls.ts";
import { deleteOne } from "./delete-object.ts";
import { resourcePath } from "./discovery.ts";
import { ApiError, CommandError, hasReason } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";
import { threeWayPatch } from "./three-way.ts";

const MAX_PATCH_RETRIES = 5;
const LOOK_EVERY_MS = 1_000;

/** Undefined when the server has none. */
export function* liveObject(call: Invocation, info: Info): Call<KubeObject | undefined> {
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

export function retrieving(info: Info): string {
  return `error when retrieving current configuration of:\n${identified(info)}\nfrom server for: ${JSON.stringify(info.source)}`;
}

export function* patchLive(
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
      const refused = hasReason(error, "Conflict") || hasReason(error, "Invalid");
      if (refused && call.flags.bool("force")) {
        return { object: yield* replaceByForce(call, info, { modified, live }), operation: "configured" };
      }
      throw applyingError(info, error, JSON.stringify(patch));
    }
  }
}

/** Deletes the object and creates it anew; when that fails, the old one comes back. */
function* replaceByForce(
  call: Invocation,
  info: Info,
  versions: { modified: KubeObject; live: KubeObject },
): Call<KubeObject> {
  const { modified, live } = versions;
  const create = function* (body: KubeObject): Call<KubeObject> {
    const path = resourcePath(info.resource, { namespace: info.namespace });
    return yield* call.rest.json<KubeObject>({ method: "POST", path, query: call.writeQuery(), body });
  };
  try {
    yield* deleteOne(call, info, call.flags.int("grace-period"));
    yield* waitForAbsence(call, info);
    try {
      return yield* create(modified);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { resourceVersion: _, ...metadata } = live.metadata;
      try {
        yield* create({ ...live, metadata } as KubeObject);
      } catch (again) {
        if (!(again instanceof ApiError)) throw again;
        throw new CommandError(
          `An error occurred force-replacing the existing object with the newly provided one:\n\n${error.message}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${again.message}`,
        );
      }
      throw error;
    }
  } catch (error) {
    throw applyingError(info, error, `${stableStringify(modified)}\n`);
  }
}

/** Until --timeout; without one, the object must be gone at once. */
function* waitForAbsence(call: Invocation, info: Info): Call<void> {
  const end = call.ctx.now() + call.flags.duration("timeout");
  while ((yield* liveObject(call, info)) !== undefined) {
    if (call.ctx.now() + LOOK_EVERY_MS > end) throw new CommandError("context deadline exceeded");
    yield* sleep(LOOK_EVERY_MS);
  }
}

function applyingError(info: Info, error: unknown, patch: string): Error {
  if (!(error instanceof ApiError || error instanceof CommandError)) throw error;
  const what = `error when applying patch:\n${patch}\nto:\n${identified(info)}\nfor: ${JSON.stringify(info.source)}`;
  if (error instanceof CommandError) return new CommandError(`error: ${what}: ${error.message}`);
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
