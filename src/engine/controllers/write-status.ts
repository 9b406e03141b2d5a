/** Writes the status of an object whose controller is the only one to write it. */
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { isConflict } from "../api/meta/status-error.ts";
import { deepEqual } from "../base/json.ts";
import type { ControllerContext } from "./define-controller.ts";

/**
 * Does nothing when nothing would change. A conflict (our copy is behind) is tried once more on a fresh copy, as
 * upstream's controllers do; returns the object as stored.
 */
export function writeStatus<T extends KubeObject & { status: unknown }>(
  ctx: ControllerContext,
  resource: Resource<T>,
  { object, status }: { object: T; status: T["status"] },
): T {
  if (deepEqual(object.status, status)) return object;
  const client = ctx.client.resource(resource);
  try {
    return client.updateStatus({ ...object, status });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const { namespace = "", name, uid } = object.metadata;
    const fresh = client.get(namespace, name);
    if (fresh.metadata.uid !== uid) throw error;
    return client.updateStatus({ ...fresh, status });
  }
}
