/**
 * Who watches one resource, found by what changed: a watcher lies in exactly one bucket, the narrowest that its filter
 * allows (a field's value, else a namespace, else all). So five thousand kubelets that each watch their own node's pods
 * cost a pod's change one look-up. Upstream: the triggers of apiserver pkg/storage/cacher/cacher.go.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Watcher } from "./watcher.ts";

/** `spec.nodeName` = `worker-1`. */
export interface FieldTrigger {
  readonly field: string;
  readonly read: (object: KubeObject) => string;
  readonly value: string;
}

interface FieldIndex {
  readonly read: (object: KubeObject) => string;
  readonly buckets: Map<string, Set<Watcher>>;
}

export class WatchIndex {
  private readonly everything = new Set<Watcher>();
  private readonly namespaces = new Map<string, Set<Watcher>>();
  private readonly fields = new Map<string, FieldIndex>();

  /** Returns the function that takes it out. */
  add(watcher: Watcher, trigger: FieldTrigger | undefined): () => void {
    if (trigger !== undefined) {
      let index = this.fields.get(trigger.field);
      if (index === undefined) {
        index = { read: trigger.read, buckets: new Map() };
        this.fields.set(trigger.field, index);
      }
      return addTo(index.buckets, trigger.value, watcher);
    }
    if (watcher.filter.namespace !== "") return addTo(this.namespaces, watcher.filter.namespace, watcher);
    this.everything.add(watcher);
    return () => void this.everything.delete(watcher);
  }

  /** Calls `visit` once for each watcher whose filter may let `current` or `previous` through. */
  visit(current: KubeObject | undefined, previous: KubeObject | undefined, visit: (watcher: Watcher) => void): void {
    for (const watcher of this.everything) visit(watcher);
    const subject = current ?? previous;
    if (subject === undefined) return;
    if (this.namespaces.size > 0) {
      const bucket = this.namespaces.get(subject.metadata.namespace ?? "");
      if (bucket !== undefined) for (const watcher of bucket) visit(watcher);
    }
    for (const { read, buckets } of this.fields.values()) {
      const now = current && read(current);
      const before = previous && read(previous);
      if (now !== undefined) for (const watcher of buckets.get(now) ?? NOBODY) visit(watcher);
      if (before !== undefined && before !== now) for (const watcher of buckets.get(before) ?? NOBODY) visit(watcher);
    }
  }

  all(): Watcher[] {
    const buckets = [...this.namespaces.values(), ...[...this.fields.values()].flatMap((f) => [...f.buckets.values()])];
    return [...this.everything, ...buckets.flatMap((bucket) => [...bucket])];
  }
}

const NOBODY: readonly Watcher[] = [];

function addTo(buckets: Map<string, Set<Watcher>>, key: string, watcher: Watcher): () => void {
  let bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, (bucket = new Set()));
  bucket.add(watcher);
  return () => {
    bucket.delete(watcher);
    if (bucket.size === 0 && buckets.get(key) === bucket) buckets.delete(key);
  };
}
