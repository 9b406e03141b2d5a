/** A watch on one object, with a deadline. Upstream: client-go tools/watch. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { type Call, poll } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { ApiError, failureStatus } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";
import { LineReader } from "./rest-client.ts";

export interface ObjectEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeObject;
}

export interface ObjectWatch {
  /** Null when the watch ended or the time is over. */
  next(): Call<ObjectEvent | null>;
  close(): Call<void>;
}

/** `timeoutMs` 0 waits on. */
export function* watchObject(
  call: Invocation,
  info: Info,
  options: { resourceVersion: string; timeoutMs: number },
): Call<ObjectWatch> {
  const fd = yield* call.rest.stream({
    path: resourcePath(info.resource, { namespace: info.namespace }),
    query: { watch: "true", fieldSelector: `metadata.name=${info.name}`, resourceVersion: options.resourceVersion },
  });
  const lines = new LineReader(fd);
  const deadline = call.ctx.now() + options.timeoutMs;
  return {
    *next() {
      for (;;) {
        if (options.timeoutMs > 0 && !lines.ready) {
          const left = deadline - call.ctx.now();
          if (left <= 0 || (yield* poll([fd], left)).length === 0) return null;
        }
        const line = yield* lines.next();
        if (line === null) return null;
        const event = JSON.parse(line) as { type: string; object: unknown };
        if (event.type === "BOOKMARK") continue;
        if (event.type === "ERROR") {
          const status = failureStatus(event.object);
          if (status === undefined || status.code === 410) return null;
          throw new ApiError(status);
        }
        return event as ObjectEvent;
      }
    },
    *close() {
      yield* lines.close();
    },
  };
}
