/** Waits until an object is no more. Upstream: kubectl pkg/cmd/wait/delete.go. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { type Call, sleep } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError, hasReason } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";
import { watchObject } from "./watch-object.ts";

const LOOK_AGAIN_MS = 1000;

/** Returns at once when the object is not there, or is another one of that name. `timeoutMs` 0: a week, as upstream. */
export function* waitUntilGone(call: Invocation, info: Info, options: { uid: string; timeoutMs: number }): Call<void> {
  let live: KubeObject;
  try {
    live = yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, info) });
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    throw error;
  }
  if (options.uid !== "" && live.metadata.uid !== options.uid) return;
  const watch = yield* watchObject(call, info, {
    resourceVersion: live.metadata.resourceVersion ?? "",
    timeoutMs: options.timeoutMs,
  });
  for (let event = yield* watch.next(); event !== null; event = yield* watch.next()) {
    if (event.type === "DELETED") {
      yield* watch.close();
      return;
    }
  }
  if (options.timeoutMs > 0) {
    throw new CommandError(`timed out waiting for the condition on ${info.resource.name}/${info.name}`);
  }
  // The server ended the watch: look again, but not in one go.
  yield* sleep(LOOK_AGAIN_MS);
  yield* waitUntilGone(call, info, options);
}
