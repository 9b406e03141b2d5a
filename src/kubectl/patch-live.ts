/** Sends a patch, or shows what it would give: the way of commands that change one part of live objects. */
import { applyMergePatch } from "../engine/api/patch/merge-patch.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { JsonObject } from "../engine/base/json.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError, hasReason } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { changeCause } from "./record.ts";
import type { Info } from "./resource-builder.ts";
import { asJson, asObject } from "./as-object.ts";
import { twoWayPatch } from "./three-way.ts";

/** What the server answers to the change of `info.object` into `changed`; nothing is sent when they are the same. */
export function* updateLive(call: Invocation, info: Info, changed: KubeObject): Call<KubeObject> {
  const live = info.object as KubeObject;
  const { patch, contentType } = twoWayPatch(info.resource, live, changed);
  if (call.dryRun === "client" || Object.keys(patch).length === 0) return changed;
  return yield* sendPatch(call, info, { patch, contentType });
}

export function* sendPatch(
  call: Invocation,
  info: Info,
  request: { patch: unknown; contentType: string; subresource?: string },
): Call<KubeObject> {
  try {
    return yield* call.rest.json<KubeObject>({
      method: "PATCH",
      path: resourcePath(info.resource, { ...info, subresource: request.subresource ?? "" }),
      query: { ...call.writeQuery(), fieldValidation: undefined },
      body: request.patch,
      contentType: request.contentType,
    });
  } catch (error) {
    if (!hasReason(error, "UnsupportedMediaType")) throw error;
    const { group, version, kind } = info.resource;
    throw new CommandError(
      `${request.contentType} is not supported by ${group}/${version}, Kind=${kind}: ${error.message}`,
    );
  }
}

/** Notes the command on an object that it has changed in another way. */
export function* recordOn(call: Invocation, info: Info): Call<void> {
  const annotations = changeCause(call);
  if (Object.keys(annotations).length === 0 || call.dryRun === "client") return;
  yield* sendPatch(call, info, { patch: { metadata: { annotations } }, contentType: "application/merge-patch+json" });
}

/** The object with RFC 7386 changes. */
export function merged(object: KubeObject, changes: object): KubeObject {
  return asObject(applyMergePatch(asJson(object), asJson(changes)) as JsonObject);
}
