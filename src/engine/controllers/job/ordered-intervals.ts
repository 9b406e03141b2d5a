/** Sets of completion indexes as sorted intervals. Upstream: orderedIntervals in pkg/controller/job/indexed_job_utils.go. */
import type { IndexInterval } from "../../api/batch/job/index-intervals.ts";

/** In increasing order; no two of them touch. */
export type OrderedIntervals = readonly IndexInterval[];

export function hasIndex(intervals: OrderedIntervals, index: number): boolean {
  let low = 0;
  let high = intervals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const { first, last } = intervals[middle] as IndexInterval;
    if (index < first) high = middle - 1;
    else if (index > last) low = middle + 1;
    else return true;
  }
  return false;
}

export function totalIndexes(intervals: OrderedIntervals): number {
  return intervals.reduce((total, { first, last }) => total + last - first + 1, 0);
}

/** `[0-2]` with `[3-3, 5-5]` → `[0-3, 5-5]` */
export function mergeIntervals(one: OrderedIntervals, other: OrderedIntervals): OrderedIntervals {
  if (other.length === 0) return one;
  const merged: IndexInterval[] = [];
  for (const { first, last } of [...one, ...other].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

export function withIndexes(intervals: OrderedIntervals, indexes: Iterable<number>): OrderedIntervals {
  const sorted = [...indexes].sort((a, b) => a - b);
  return mergeIntervals(
    intervals,
    sorted.map((index) => ({ first: index, last: index })),
  );
}

/** `[0-0, 4-5, 7-9]` → `0,4,5,7-9` */
export function formatIntervals(intervals: OrderedIntervals): string {
  return intervals
    .map(({ first, last }) => {
      if (first === last) return String(first);
      return first + 1 === last ? `${first},${last}` : `${first}-${last}`;
    })
    .join(",");
}

/** Parts that can't be read are passed over, and so are indexes that are no more below `completions`. */
export function parseIntervals(text: string, completions: number): OrderedIntervals {
  if (text === "") return [];
  const parts = text.split(",").flatMap((part): IndexInterval[] => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return [];
    const first = Number(match[1]);
    const last = Math.min(match[2] === undefined ? first : Number(match[2]), completions - 1);
    return first > last ? [] : [{ first, last }];
  });
  return mergeIntervals([], parts);
}
