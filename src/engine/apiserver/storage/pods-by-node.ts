/**
 * Which pods are on a node, so that a kubelet's list costs what the node holds and not what the cluster does: five thousand
 * of them ask when the API server comes back. The authorizer of nodes asks, too. Upstream: the indexers of pkg/registry/core/pod/strategy.go (Indexers).
 */
import type { Pod } from "../../api/generated/types.ts";
import { pods } from "../../api/core/pod/index.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { KeyValue } from "../../etcd/key-value.ts";
import type { ObjectStore } from "./object-store.ts";
import { storagePrefix } from "./storage-keys.ts";

const NO_KEYS: ReadonlySet<string> = new Set();

export class PodsByNode {
  private readonly objects: ObjectStore;
  /** Made when somebody first asks; a key is under a node's name iff that pod exists and is bound to it. */
  private byNode: Map<string, Set<string>> | undefined;

  constructor(objects: ObjectStore) {
    this.objects = objects;
    objects.store.watch({
      prefix: storagePrefix(pods),
      onEvents: (events) => {
        if (this.byNode === undefined) return;
        for (const { key, previous, current } of events) {
          const [from, to] = [nodeOf(previous), nodeOf(current)];
          if (from !== to) this.move(key, from, to);
        }
      },
    });
  }

  /** The storage keys of the pods on a node. `node` is not "": pods without a node are not kept. */
  on(node: string): ReadonlySet<string> {
    if (this.byNode === undefined) {
      this.byNode = new Map();
      for (const item of this.objects.range(pods, "").items) this.move(item.key, "", nodeOf(item));
    }
    return this.byNode.get(node) ?? NO_KEYS;
  }

  private move(key: string, from: string, to: string): void {
    const { byNode } = this;
    if (byNode === undefined) return;
    const before = byNode.get(from);
    before?.delete(key);
    if (before?.size === 0) byNode.delete(from);
    if (to === "") return;
    const keys = byNode.get(to);
    if (keys === undefined) byNode.set(to, new Set([key]));
    else keys.add(key);
  }
}

function nodeOf(found: KeyValue<KubeObject> | undefined): string {
  return (found?.value as Pod | undefined)?.spec.nodeName ?? "";
}
