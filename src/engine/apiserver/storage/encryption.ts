/**
 * Encryption at rest: what etcd shows of objects whose kind `--encryption-provider-config` names. Upstream: apiserver
 * pkg/storage/value/{transformer.go,encrypt}, pkg/server/options/encryptionconfig.
 *
 * **Simplified:** who has the key is what counts, nothing is computed with it. Components read their objects whatever key
 * is missing; so does everybody what was restored from a snapshot, which holds plain text.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { fnv1a32 } from "../../base/hash.ts";
import type { ObjectStore } from "./object-store.ts";
import { storageKey } from "./storage-keys.ts";

export interface EncryptionProvider {
  /** `k8s:enc:aescbc:v1:`; "" for `identity`. */
  readonly prefix: string;
  /** Names of its keys, the one that it writes with first. */
  readonly keys: readonly string[];
}

/** The first one that covers a kind counts; its first provider writes, all of them read. */
export interface EncryptionRule {
  covers(resource: Resource): boolean;
  readonly providers: readonly EncryptionProvider[];
}

const ENCRYPTED = "k8s:enc:";
/** Of objects that came from a snapshot. */
const RESTORED = "?";

export class AtRest {
  private rules: readonly EncryptionRule[] = [];
  /** `k8s:enc:aescbc:v1:key1:` by object; none: it is plain text. */
  private readonly seals = new WeakMap<KubeObject, string>();
  /** Whether anything was ever to be encrypted. */
  private used = false;

  configure(rules: readonly EncryptionRule[]): void {
    this.rules = rules;
    this.used ||= rules.length > 0;
  }

  /** The object is about to be stored. */
  seal(resource: Resource, object: KubeObject): void {
    if (this.rules.length === 0) return;
    const seal = this.sealFor(resource);
    if (seal !== "") this.seals.set(object, seal);
  }

  restored(object: KubeObject): KubeObject {
    this.seals.set(object, RESTORED);
    return object;
  }

  /** Whether a write would encrypt it in another way: then it is written although nothing else changes. */
  isStale(resource: Resource, object: KubeObject): boolean {
    return this.used && (this.seals.get(object) ?? "") !== this.sealFor(resource);
  }

  /** What etcd holds in the place of this text. */
  shown(object: KubeObject, text: string): string {
    const seal = this.seals.get(object) ?? "";
    return seal === "" || seal === RESTORED ? text : `${seal}${scrambled(`${seal}${text}`)}`;
  }

  /** Throws what reading an object says whose key is not among those that the server has. */
  checkReadable(objects: ObjectStore, request: ApiRequest): void {
    const { verb, namespace, name, userAgent } = request;
    if (!this.used || userAgent === undefined) return;
    const resource = request.resource.storedAs?.resource ?? request.resource;
    if (name !== "") {
      const stored = objects.get(resource, namespace, name);
      if (stored !== undefined) this.check(resource, stored);
    } else if (verb === "list" || verb === "deletecollection") {
      for (const { value } of objects.range(resource, namespace).items) this.check(resource, value);
    }
  }

  private check(resource: Resource, object: KubeObject): void {
    const why = this.problemOf(resource, this.seals.get(object) ?? "");
    if (why === undefined) return;
    const { namespace = "", name } = object.metadata;
    const key = JSON.stringify(storageKey(resource, namespace, name));
    throw new StatusError(500, "InternalError", `Internal error occurred: unable to transform key ${key}: ${why}`);
  }

  private problemOf(resource: Resource, seal: string): string | undefined {
    if (seal === RESTORED) return undefined;
    const providers = this.providersOf(resource) ?? [{ prefix: "", keys: [] }];
    const reads = providers.find(({ prefix }) => (prefix === "" ? true : seal.startsWith(prefix)));
    if (reads === undefined) return "no matching prefix found";
    if (reads.prefix === "") {
      return seal.startsWith(ENCRYPTED) ? "identity transformer tried to read encrypted data" : undefined;
    }
    if (reads.keys.some((key) => seal === `${reads.prefix}${key}:`)) return undefined;
    const kind = reads.prefix.includes("secretbox") ? "secretbox" : "AES";
    return `no matching key was found for the provided ${kind} transformer`;
  }

  private providersOf(resource: Resource): readonly EncryptionProvider[] | undefined {
    return this.rules.find((rule) => rule.covers(resource))?.providers;
  }

  private sealFor(resource: Resource): string {
    const [writes] = this.providersOf(resource) ?? [];
    return writes === undefined || writes.prefix === "" ? "" : `${writes.prefix}${writes.keys[0]}:`;
  }
}

/** How many visible characters ASCII has, and Latin-1 beside it: none that a terminal would act on. */
const VISIBLE = 94;
const LATIN = 95;

/** As many characters that nobody can read, the same for the same text. */
function scrambled(text: string): string {
  let state = fnv1a32(text) || 1;
  let out = "";
  for (let at = 0; at < text.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const drawn = (state >>> 0) % (VISIBLE + LATIN);
    out += String.fromCharCode(drawn < VISIBLE ? 0x21 + drawn : 0xa1 + drawn - VISIBLE);
  }
  return out;
}
