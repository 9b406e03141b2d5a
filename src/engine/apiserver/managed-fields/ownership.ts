/**
 * Ownership as it is kept: each write notes what was there before and who wrote, in a handful of pointers; which fields
 * that makes whose is worked out when somebody asks, and kept. Ten thousand pods that nobody looks at have cost nothing.
 */
import type { ObjectMeta } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { formatTime } from "../../base/time.ts";
import { afterUpdate, encodeManaged, NOBODY, type Managed, type Manager } from "./managed.ts";
import { changeOf, isOneWrite, type Side } from "./object-fields.ts";

/** Who writes, and where. */
export interface WriterId extends Side, Omit<Manager, "operation" | "apiVersion"> {}

/** A writer at a moment, in virtual milliseconds. */
export interface Writer {
  readonly by: WriterId;
  readonly now: number;
}

/**
 * How a version of an object came about. Nothing but `managed` counts once that is worked out.
 * One object with all of it: a large cluster has millions.
 */
interface Note {
  managed: Managed | undefined;
  earlier: Note | undefined;
  before: KubeObject | undefined;
  /** What the writer wanted, before the server's own changes; undefined iff `managed` is worked out. */
  wanted: KubeObject | undefined;
  readonly by: WriterId | undefined;
  readonly now: number;
  /** Steps to the nearest note that is worked out, at the time of writing. */
  readonly depth: number;
}

/** Versions that an object's notes hold on to at the most. */
const MAX_DEPTH = 8;

/** Answers the object that it is given, so that what a class below it adds is added to that one. */
class Given {
  constructor(object: object) {
    return object;
  }
}

/**
 * The note of a version hangs on its metadata, of which each version has its own. It is no property: copies don't have it
 * and nobody enumerates it. A WeakMap says the same, but the garbage collector pays for each of its entries again and
 * again, and a large cluster has millions.
 */
class NotedMetadata extends Given {
  #note: Note;

  private constructor(metadata: ObjectMeta, note: Note) {
    super(metadata);
    this.#note = note;
  }

  static noteOf(metadata: ObjectMeta): Note | undefined {
    return #note in metadata ? metadata.#note : undefined;
  }

  static setNote(metadata: ObjectMeta, note: Note): void {
    if (#note in metadata) metadata.#note = note;
    else void new NotedMetadata(metadata, note);
  }
}

const { noteOf, setNote } = NotedMetadata;

/** `writer` made `stored` out of `before` (undefined: created it), asking for `wanted`. */
export function noteUpdate(
  stored: KubeObject,
  versions: { before: KubeObject | undefined; wanted: KubeObject },
  writer: Writer,
): void {
  const { wanted } = versions;
  const { by, now } = writer;
  let { before } = versions;
  let earlier = before && noteOf(before.metadata);
  if (before !== undefined && earlier === undefined) return;
  // A version that the same writer has written over is forgotten where that makes no difference.
  if (before !== undefined && earlier?.by === by && earlier.before !== undefined && earlier.wanted === before) {
    if (isOneWrite(by, [earlier.before, before, wanted])) ({ before, earlier } = earlier);
  }
  const depth = earlier === undefined ? 0 : earlier.depth + 1;
  const note: Note = { managed: undefined, earlier, before, wanted, by, now, depth: depth < MAX_DEPTH ? depth : 0 };
  if (depth >= MAX_DEPTH) workOut(note);
  setNote(stored.metadata, note);
}

/** `stored` has these owners. */
export function noteManaged(stored: KubeObject, managed: Managed): void {
  const owners = managed.length === 0 ? NOBODY : managed;
  setNote(stored.metadata, {
    ...{ managed: owners, earlier: undefined, before: undefined, wanted: undefined },
    ...{ by: undefined, now: 0, depth: 0 },
  });
}

/** The server itself changed something: nobody's fields become others'. */
export function inheritOwners(stored: KubeObject, from: KubeObject): void {
  const note = noteOf(from.metadata);
  if (note !== undefined) setNote(stored.metadata, note);
}

export function managedOf(object: KubeObject): Managed {
  const note = noteOf(object.metadata);
  return note === undefined ? NOBODY : workOut(note);
}

function workOut(last: Note): Managed {
  const open: Note[] = [];
  let note: Note | undefined = last;
  while (note !== undefined && note.managed === undefined) {
    open.push(note);
    note = note.earlier;
  }
  let managed = note?.managed ?? NOBODY;
  for (let at = open.length - 1; at >= 0; at--) {
    const known = open[at] as Note;
    const { before, wanted, by, now } = known;
    if (wanted !== undefined && by !== undefined) managed = ownersAfter(managed, { before, wanted }, { by, now });
    known.managed = managed;
    known.earlier = undefined;
    known.before = undefined;
    known.wanted = undefined;
  }
  return managed;
}

/** `managed` after `writer` asked for `wanted` in the place of `before` (undefined: nothing). */
export function ownersAfter(
  managed: Managed,
  { before, wanted }: { before: KubeObject | undefined; wanted: KubeObject },
  writer: Writer,
): Managed {
  // An object that nobody owns anything of stays so: its first owner is whoever applies it.
  if (before !== undefined && managed.length === 0) return managed;
  const { manager, subresource, resource } = writer.by;
  const by = {
    manager,
    operation: "Update",
    apiVersion: resource.apiVersion,
    subresource,
    time: formatTime(writer.now),
  } as const;
  // Fields are called as in the version that was written.
  const written = (object: KubeObject): KubeObject => resource.storedAs?.fromStorage(object) ?? object;
  return afterUpdate(managed, by, changeOf(writer.by, before && written(before), written(wanted)));
}

/** The object as clients see it, with its owners. */
export function withOwners<T extends KubeObject>(object: T): T {
  const managed = managedOf(object);
  if (managed.length === 0) return object;
  return { ...object, metadata: { ...object.metadata, managedFields: encodeManaged(managed) } };
}
