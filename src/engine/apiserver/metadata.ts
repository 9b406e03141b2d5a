/**
 * What only the server writes into metadata. Upstream: apiserver pkg/registry/rest/{create,meta}.go,
 * pkg/storage/names/generate.go.
 */
import type { ObjectMeta } from "../api/generated/types.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { RandomStream } from "../sim/random.ts";
import type { Simulation } from "../sim/simulation.ts";
import { textOf, writeHex } from "../base/hex.ts";
import { formatTime } from "../base/time.ts";

/** No vowels, and nothing that looks like one: generated names don't spell words. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const MAX_BASE_LENGTH = 63 - SUFFIX_LENGTH;

/** `web-` → `web-x7k2p`. Each base draws from a stream of its own: other names don't move it. */
export function generateName(sim: Simulation, resource: Resource, base: string): string {
  return base.slice(0, MAX_BASE_LENGTH) + randomSuffix(sim, `name/${resource.id}/${base}`);
}

/** `x7k2p`, from the stream of a purpose. */
export function randomSuffix(sim: Simulation, purpose: string): string {
  const random = sim.random(purpose);
  let suffix = "";
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += SUFFIX_ALPHABET[random.int(SUFFIX_ALPHABET.length)];
  return suffix;
}

/** Upstream tries so often to find a name that is free (RetryGenerateName). */
export const NAME_ATTEMPTS = 8;

const uidStreams = new WeakMap<Simulation, Map<string, RandomStream>>();

/** UIDs of one resource come from one stream. */
function uidStream(sim: Simulation, resource: Resource): RandomStream {
  let streams = uidStreams.get(sim);
  if (streams === undefined) uidStreams.set(sim, (streams = new Map()));
  let stream = streams.get(resource.id);
  if (stream === undefined) streams.set(resource.id, (stream = sim.random(`uid/${resource.id}`)));
  return stream;
}

const DASH = 45;
/** Written over for each UID: `xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx`. */
const codes = Array.from({ length: 36 }, () => DASH);

/** A version 4 UUID. */
export function newUid(random: RandomStream): string {
  writeHex(codes, 19, 0x8000 | random.int(0x4000), 4);
  writeHex(codes, 14, 0x4000 | random.int(0x1000), 4);
  writeHex(codes, 0, random.int(0x10000), 4);
  writeHex(codes, 4, random.int(0x10000), 4);
  writeHex(codes, 9, random.int(0x10000), 4);
  writeHex(codes, 24, random.int(0x10000), 4);
  writeHex(codes, 28, random.int(0x10000), 4);
  writeHex(codes, 32, random.int(0x10000), 4);
  return textOf(codes);
}

function freeName(sim: Simulation, resource: Resource, wanted: { base: string; taken(name: string): boolean }): string {
  let name = generateName(sim, resource, wanted.base);
  for (let tried = 1; tried < NAME_ATTEMPTS && wanted.taken(name); tried++) {
    name = generateName(sim, resource, wanted.base);
  }
  return name;
}

/** Metadata of an object that is created: what the client may say, and what the server says. */
export function metadataForCreate(
  sim: Simulation,
  resource: Resource,
  draft: { metadata: Partial<ObjectMeta>; namespace: string; taken(name: string): boolean },
): ObjectMeta {
  const { metadata, namespace, taken } = draft;
  const { generateName: base, labels, annotations, ownerReferences, finalizers } = metadata;
  const name = metadata.name ?? "";
  // Field by field: objects of one shape are made faster than spread ones.
  const chosen = name === "" && base ? freeName(sim, resource, { base, taken }) : name;
  const uid = newUid(uidStream(sim, resource));
  const creationTimestamp = formatTime(sim.now);
  const fresh: ObjectMeta = resource.namespaced
    ? { name: chosen, namespace, uid, resourceVersion: "", creationTimestamp }
    : { name: chosen, uid, resourceVersion: "", creationTimestamp };
  if (base !== undefined && base !== "") fresh.generateName = base;
  if (resource.bumpsGeneration !== undefined) fresh.generation = 1;
  if (labels !== undefined) fresh.labels = labels;
  if (annotations !== undefined) fresh.annotations = annotations;
  if (ownerReferences !== undefined) fresh.ownerReferences = ownerReferences;
  if (finalizers !== undefined) fresh.finalizers = finalizers;
  return fresh;
}

/** Metadata of an object that is updated: what the client may change over what it may not. */
export function metadataForUpdate(next: Partial<ObjectMeta>, old: ObjectMeta): ObjectMeta {
  const fresh: ObjectMeta = {
    ...next,
    name: old.name,
    creationTimestamp: old.creationTimestamp,
    uid: old.uid,
    resourceVersion: old.resourceVersion,
  };
  // Empty lists are no lists in what is stored.
  if (fresh.finalizers?.length === 0) delete fresh.finalizers;
  if (fresh.ownerReferences?.length === 0) delete fresh.ownerReferences;
  keep(fresh, old, "namespace");
  keep(fresh, old, "generation");
  keep(fresh, old, "generateName");
  // Once set they stay; a client that sets them is refused by validation, not overruled.
  if (old.deletionTimestamp !== undefined) {
    keep(fresh, old, "deletionTimestamp");
    keep(fresh, old, "deletionGracePeriodSeconds");
  }
  keep(fresh, old, "selfLink");
  // Ownership isn't stored in the object.
  delete fresh.managedFields;
  return fresh;
}

function keep<K extends keyof ObjectMeta>(fresh: ObjectMeta, old: ObjectMeta, field: K): void {
  if (old[field] !== undefined) fresh[field] = old[field];
  else if (fresh[field] !== undefined) delete fresh[field];
}
