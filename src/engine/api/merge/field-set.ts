/**
 * Sets of field paths, in the very form in which `managedFields[].fieldsV1` writes them: a path element (`f:name`,
 * `k:{…}`, `v:…`) leads to what lies below it, `{}` is a path that is in the set and has nothing below it, and `.` says of
 * one with something below it that it is in the set itself. Immutable; a node that says nothing is not there.
 * Upstream: structured-merge-diff fieldpath (set.go, element.go, serialize.go, serialize-pe.go).
 */

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

type Draft = Record<string, FieldSet>;

/** A path that is in its set; at the root of a set: nothing. */
export const LEAF: FieldSet = Object.freeze({});

export const MEMBER = ".";

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** True iff the path that led to `node` is in the set. */
export function isMember(node: FieldSet): boolean {
  return node === LEAF || Object.hasOwn(node, MEMBER) || isEmptySet(node);
}

/** The node with or without its own path in the set; undefined when nothing is left. */
function withMember(children: Draft, member: boolean): FieldSet | undefined {
  if (isEmptySet(children)) return member ? LEAF : undefined;
  return member ? { [MEMBER]: LEAF, ...children } : children;
}

/** What is in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = { ...a } as Draft;
  for (const element in b) {
    const mine = a[element];
    const its = b[element] as FieldSet;
    children[element] = mine === undefined || mine === its ? its : unionNode(mine, its);
  }
  return children;
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  const { [MEMBER]: _, ...children } = union(a, b);
  return withMember(children, isMember(a) || isMember(b)) ?? LEAF;
}

/** The paths of `a` that are not in `b`; what lies below a path goes by itself. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (mine, its) => mine && !its, true);
}

/** The paths of both. */
export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (mine, its) => mine && its, false);
}

function combine(a: FieldSet, b: FieldSet, keep: (mine: boolean, its: boolean) => boolean, alone: boolean): FieldSet {
  const result: Draft = {};
  for (const element in a) {
    if (element === MEMBER) continue;
    const mine = a[element] as FieldSet;
    const its = b[element];
    if (its === undefined) {
      if (alone) result[element] = mine;
      continue;
    }
    const node = withMember(combine(mine, its, keep, alone) as Draft, keep(isMember(mine), isMember(its)));
    if (node !== undefined) result[element] = node;
  }
  return result;
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let count = 0;
  for (const element in a) {
    const its = b[element];
    if (its === undefined || !sameSet(a[element] as FieldSet, its)) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** The set with its elements in upstream's order, as a client sees it. Parts that sets share are sorted once. */
export function sorted(set: FieldSet): FieldSet {
  if (set === LEAF || isEmptySet(set)) return LEAF;
  let result = sortedSets.get(set);
  if (result === undefined) {
    const draft: Draft = {};
    for (const element of Object.keys(set).sort(compareElements)) draft[element] = sorted(set[element] as FieldSet);
    sortedSets.set(set, (result = draft));
  }
  return result;
}

const sortedSets = new WeakMap<FieldSet, FieldSet>();

const RANKS = ".fkvi";

/** Names before keys before values; keys and values by what they hold, so that port 80 comes before port 443. */
function compareElements(a: string, b: string): number {
  const rank = RANKS.indexOf(a[0] as string) - RANKS.indexOf(b[0] as string);
  if (rank !== 0) return rank;
  if (a.startsWith("f:") || a === MEMBER) return a < b ? -1 : 1;
  const left = Object.values(JSON.parse(a.slice(2)) as object);
  const right = Object.values(JSON.parse(b.slice(2)) as object);
  if (a.startsWith("k:")) {
    for (const [index, value] of left.entries()) {
      const order = compareValues(value, right[index]);
      if (order !== 0) return order;
    }
    return a < b ? -1 : 1;
  }
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  return (typeof a === "number" && typeof b === "number" ? a < b : String(a) < String(b)) ? -1 : 1;
}

/** Every path of the set as messages write it: `.spec.containers[name="web"].image`. */
export function pathTexts(set: FieldSet): string[] {
  const texts: string[] = [];
  collect(sorted(set), "", texts);
  return texts;
}

/** Members of one node come before what lies below them. */
function collect(set: FieldSet, above: string, texts: string[]): void {
  const elements = Object.keys(set).filter((element) => element !== MEMBER);
  for (const element of elements) {
    if (isMember(set[element] as FieldSet)) texts.push(above + elementText(element));
  }
  for (const element of elements) collect(set[element] as FieldSet, above + elementText(element), texts);
}

export function elementText(element: string): string {
  const text = element.slice(2);
  if (element.startsWith("f:")) return `.${text}`;
  if (element.startsWith("v:")) return `[=${text}]`;
  if (element.startsWith("i:")) return `[${text}]`;
  const parts = Object.entries(JSON.parse(text) as object).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${parts.join(",")}]`;
}

/** True for what `fieldsV1` may hold. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([element, below]) => (element === MEMBER || isElement(element)) && isFieldSet(below),
  );
}

function isElement(element: string): boolean {
  if (element.startsWith("f:")) return true;
  if (!/^[kvi]:/.test(element)) return false;
  try {
    const value: unknown = JSON.parse(element.slice(2));
    return element[0] !== "k" || (typeof value === "object" && value !== null);
  } catch {
    return false;
  }
}
