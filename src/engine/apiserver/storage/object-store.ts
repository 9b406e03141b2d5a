/**
 * The generic registry store: objects of any kind over etcd, each write stamped with its revision and told to the journal.
 * Upstream: apiserver pkg/registry/generic/registry/store.go over pkg/storage/etcd3.
 */
import type { ObjectMeta } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import type { RangeResult } from "../../etcd/key-value.ts";
import type { Store } from "../../etcd/store.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { AtRest } from "./encryption.ts";
import { storageKey, storagePrefix } from "./storage-keys.ts";

/** A write as the journal tells it. */
export interface Write {
  resource: Resource;
  user: UserInfo;
  verb: string;
  /** The object's metadata when it was made for this write and may still be changed. */
  fresh: ObjectMeta | undefined;
  /** Called with what is about to be stored, while nobody else has it: here its owners are noted. */
  note?: (stored: KubeObject) => void;
}

export class ObjectStore {
  readonly store: Store<KubeObject>;
  /** How etcd holds what is stored. */
  readonly atRest = new AtRest();
  private readonly sim: Simulation;

  constructor(sim: Simulation, store: Store<KubeObject>) {
    this.sim = sim;
    this.store = store;
  }

  get(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    return this.store.get(storageKey(resource, namespace, name))?.value;
  }

  range(
    resource: Resource,
    namespace: string,
    options: { revision?: number; limit?: number; from?: string } = {},
  ): RangeResult<KubeObject> {
    return this.store.range(storagePrefix(resource, namespace), options);
  }

  /** Stores `object` under its name at a new revision; returns what is stored. */
  put(object: KubeObject, write: Write): KubeObject {
    const stored = stamp(object, String(this.store.revision + 1), write.fresh);
    this.atRest.seal(write.resource, stored);
    write.note?.(stored);
    const { namespace = "", name } = stored.metadata;
    const line = this.record(write, namespace, name);
    const { journal } = this.sim;
    const before = journal.cause;
    journal.cause = line;
    try {
      this.store.put(storageKey(write.resource, namespace, name), stored);
    } finally {
      journal.cause = before;
    }
    return stored;
  }

  /** Removes the object; watchers see its last state. `last` differs from the stored one when the delete changed it too. */
  remove(last: KubeObject, write: Write): void {
    const { namespace = "", name } = last.metadata;
    const line = this.record(write, namespace, name);
    this.sim.because(line, () => this.store.delete(storageKey(write.resource, namespace, name)));
  }

  private record(write: Write, namespace: string, name: string): number {
    const { id } = write.resource;
    const subject = namespace === "" ? `${id}/${name}` : `${id}/${namespace}/${name}`;
    return this.sim.record("write", { actor: write.user.name, subject, detail: write.verb, by: write.user });
  }
}

/** Sets the resource version, in place where the metadata is this write's own. */
export function stamp(object: KubeObject, version: string, fresh: ObjectMeta | undefined): KubeObject {
  if (object.metadata === fresh) {
    fresh.resourceVersion = version;
    return object;
  }
  return { ...object, metadata: { ...object.metadata, resourceVersion: version } };
}
