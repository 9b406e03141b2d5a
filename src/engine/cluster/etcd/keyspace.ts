/**
 * What an etcd member holds, as its clients see it: keys with texts. That of the cluster's own member is what the API server
 * stores, with whatever else `etcdctl put` added. Upstream: etcd server/storage/mvcc.
 *
 * **Simplified:** objects read as JSON (`--storage-media-type=application/json`), not as protobuf; keys outside of /registry/
 * count revisions of their own; a key below /registry/ can be deleted and not put.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { AtRest } from "../../apiserver/storage/encryption.ts";
import { stamp } from "../../apiserver/storage/object-store.ts";
import { REGISTRY } from "../../apiserver/storage/storage-keys.ts";
import { isObject } from "../../base/json.ts";
import type { KeyValue } from "../../etcd/key-value.ts";
import { Store } from "../../etcd/store.ts";
import type { Simulation } from "../../sim/simulation.ts";

/** A version of a key with its text. */
export type TextKey = KeyValue<string>;

/** What a snapshot's file holds: values are texts, or objects of the API. */
export interface Contents {
  readonly revision: number;
  readonly items: readonly KeyValue<KubeObject | string>[];
}

export interface Keyspace {
  readonly revision: number;
  /** Keys that start with `prefix`, in order. */
  under(prefix: string): TextKey[];
  get(key: string): TextKey | undefined;
  /** Throws a plain Error where it may not be. */
  put(key: string, text: string): void;
  delete(key: string): boolean;
  contents(): Contents;
  /** Holds exactly this from now on. */
  replace(contents: Pick<Contents, "items">): void;
}

/** Of a member that holds nothing of a cluster. */
export class PlainKeyspace implements Keyspace {
  private readonly store: Store<string>;

  constructor(sim: Simulation) {
    this.store = new Store<string>(sim);
  }

  get revision(): number {
    return this.store.revision;
  }

  under(prefix: string): TextKey[] {
    return [...this.store.range(prefix).items];
  }

  get(key: string): TextKey | undefined {
    return this.store.get(key);
  }

  put(key: string, text: string): void {
    this.store.put(key, text);
  }

  delete(key: string): boolean {
    return this.store.delete(key);
  }

  contents(): Contents {
    return this.store.snapshot();
  }

  replace({ items }: Pick<Contents, "items">): void {
    const texts = items.map((item) => ({ ...item, value: textOf(item.value) }));
    this.store.restore({ items: texts }, (value) => value);
  }
}

export class ClusterKeyspace implements Keyspace {
  private readonly objects: Store<KubeObject>;
  private readonly atRest: AtRest;
  private readonly plain: PlainKeyspace;

  constructor(sim: Simulation, objects: Store<KubeObject>, atRest: AtRest) {
    this.objects = objects;
    this.atRest = atRest;
    this.plain = new PlainKeyspace(sim);
  }

  get revision(): number {
    return this.objects.revision;
  }

  under(prefix: string): TextKey[] {
    const found = [...this.objects.range(prefix).items.map((item) => this.asText(item)), ...this.plain.under(prefix)];
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get(key: string): TextKey | undefined {
    const found = this.objects.get(key);
    return found === undefined ? this.plain.get(key) : this.asText(found);
  }

  put(key: string, text: string): void {
    if (key.startsWith(REGISTRY)) throw new Error(`Drydock: only the API server puts keys below ${REGISTRY} here`);
    this.plain.put(key, text);
  }

  delete(key: string): boolean {
    return this.objects.delete(key) || this.plain.delete(key);
  }

  contents(): Contents {
    const { revision, items } = this.objects.snapshot();
    return { revision, items: [...items, ...this.plain.contents().items] };
  }

  replace({ items }: Pick<Contents, "items">): void {
    const objects = items.flatMap((item) => (typeof item.value === "string" ? [] : [{ ...item, value: item.value }]));
    this.objects.restore({ items: objects }, (object, revision) =>
      this.atRest.restored(stamp(object, String(revision), undefined)),
    );
    this.plain.replace({ items: items.filter(({ value }) => typeof value === "string") });
  }

  private asText({ value, ...rest }: KeyValue<KubeObject>): TextKey {
    return { ...rest, value: this.atRest.shown(value, textOf(value)) };
  }
}

function textOf(value: KubeObject | string): string {
  return isObject(value) ? `${JSON.stringify(value)}\n` : String(value);
}
