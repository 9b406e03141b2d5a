/** The list and set functions. Upstream: apiserver pkg/cel/library/lists.go, cel-go ext/sets.go, ext/lists.go. */
import { Duration } from "@marcbachmann/cel-js/evaluator";
import { celEqual } from "../cel-value.ts";
import { CelFailure, type Overload } from "./overload.ts";

type List = readonly unknown[];

function smaller(a: unknown, b: unknown): boolean {
  if (a instanceof Duration && b instanceof Duration) return a.valueOf() < b.valueOf();
  return (a as number) < (b as number);
}

function isSorted(list: List): boolean {
  return list.every((item, at) => at === 0 || !smaller(item, list[at - 1]));
}

function extreme(name: string, better: (a: unknown, b: unknown) => boolean): (list: List) => unknown {
  return (list) => {
    if (list.length === 0) throw new CelFailure(`${name} called on empty list`);
    return list.reduce((best, item) => (better(item, best) ? item : best));
  };
}

function contains(list: List, wanted: unknown): boolean {
  return list.some((item) => celEqual(item, wanted));
}

function slice(list: List, from: bigint, to: bigint): List {
  if (from < 0n || to < 0n) throw new CelFailure(`cannot slice(${from}, ${to}), negative indexes not supported`);
  if (from > to)
    throw new CelFailure(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
  if (to > BigInt(list.length)) throw new CelFailure(`cannot slice(${from}, ${to}), list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

function distinct(list: List): List {
  const kept: unknown[] = [];
  for (const item of list) if (!contains(kept, item)) kept.push(item);
  return kept;
}

export const listFunctions: readonly Overload[] = [
  ["list<T>.isSorted(): bool", isSorted],
  ["list<int>.sum(): int", (list: readonly bigint[]) => list.reduce((sum, item) => sum + item, 0n)],
  ["list<double>.sum(): double", (list: readonly number[]) => list.reduce((sum, item) => sum + item, 0)],
  [
    "list<google.protobuf.Duration>.sum(): google.protobuf.Duration",
    (list: readonly Duration[]) => list.reduce((sum, item) => sum.addDuration(item), new Duration(0n, 0)),
  ],
  ["list<T>.min(): T", extreme("min", smaller)],
  ["list<T>.max(): T", extreme("max", (a, b) => smaller(b, a))],
  [
    "list<T>.indexOf(T): int",
    (list: List, wanted: unknown) => BigInt(list.findIndex((item) => celEqual(item, wanted))),
  ],
  [
    "list<T>.lastIndexOf(T): int",
    (list: List, wanted: unknown) => BigInt(list.findLastIndex((item) => celEqual(item, wanted))),
  ],
  ["list<T>.slice(int, int): list<T>", slice],
  ["list<T>.distinct(): list<T>", distinct],
  ["list<T>.reverse(): list<T>", (list: List) => list.toReversed()],
  ["list<T>.sort(): list<T>", (list: List) => list.toSorted((a, b) => (smaller(a, b) ? -1 : smaller(b, a) ? 1 : 0))],
  ["list<dyn>.flatten(): list<dyn>", (list: List) => list.flat()],
  ["SetsNamespace.contains(list, list): bool", (_: unknown, a: List, b: List) => b.every((item) => contains(a, item))],
  [
    "SetsNamespace.equivalent(list, list): bool",
    (_: unknown, a: List, b: List) => a.every((item) => contains(b, item)) && b.every((item) => contains(a, item)),
  ],
  ["SetsNamespace.intersects(list, list): bool", (_: unknown, a: List, b: List) => a.some((item) => contains(b, item))],
];
