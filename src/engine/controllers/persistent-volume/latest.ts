/** What this controller wrote itself and has not yet been told of. Upstream: storeObjectUpdate in pv_controller_base.go. */
import { keyOf } from "../../api/meta/object.ts";
import type { KubeObject } from "../../api/meta/object.ts";

export class Latest<T extends KubeObject> {
  private readonly written = new Map<string, T>();

  note(object: T): T {
    this.written.set(keyOf(object), object);
    return object;
  }

  /** The newer one of the informer's copy and the one that was written last. */
  of(cached: T | undefined): T | undefined {
    if (cached === undefined || this.written.size === 0) return cached;
    const key = keyOf(cached);
    const own = this.written.get(key);
    if (own === undefined) return cached;
    if (Number(own.metadata.resourceVersion) > Number(cached.metadata.resourceVersion)) return own;
    this.written.delete(key);
    return cached;
  }

  forget(key: string): void {
    this.written.delete(key);
  }
}
