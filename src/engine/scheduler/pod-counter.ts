/** How many pods that match something are on each node, kept up as pods come and go. */
import type { Selector } from "../api/meta/selectors.ts";
import type { PodInfo } from "./pod-info.ts";
import { SlotCounts } from "./slot-counts.ts";

export interface CountedPods {
  /** Same key, same counter. */
  readonly key: string;
  /** Only pods of this namespace match; absent: of any. */
  readonly namespace?: string;
  /** Helps to find the counters that a pod might matter to: every match satisfies it. */
  readonly selector?: Selector;
  matches(pod: PodInfo): boolean;
}

export class PodCounter extends SlotCounts {
  readonly what: CountedPods;

  constructor(what: CountedPods) {
    super();
    this.what = what;
  }
}

const MAX_COUNTERS = 512;

/**
 * The counters in use, found by the one label that a pod must have to matter to them, so that a pod costs O(its labels)
 * and not O(counters). The least recently asked one goes when there are too many.
 */
export class PodCounters {
  private readonly counters = new Map<string, PodCounter>();
  private readonly buckets = new Map<string, Set<PodCounter>>();

  get(key: string): PodCounter | undefined {
    const counter = this.counters.get(key);
    if (counter === undefined) return undefined;
    this.counters.delete(key);
    this.counters.set(key, counter);
    return counter;
  }

  add(what: CountedPods): PodCounter {
    if (this.counters.size >= MAX_COUNTERS) {
      const [oldest] = this.counters.values();
      if (oldest !== undefined) {
        this.counters.delete(oldest.what.key);
        this.buckets.get(bucketOf(oldest.what))?.delete(oldest);
      }
    }
    const counter = new PodCounter(what);
    this.counters.set(what.key, counter);
    const bucket = bucketOf(what);
    const members = this.buckets.get(bucket);
    if (members === undefined) this.buckets.set(bucket, new Set([counter]));
    else members.add(counter);
    return counter;
  }

  /** Counts a pod in or out of every counter that it matches. */
  change(pod: PodInfo, slot: number, by: 1 | -1): void {
    if (this.counters.size === 0) return;
    this.changeBucket(ANY, { pod, slot, by });
    this.changeBucket(pod.namespace, { pod, slot, by });
    for (const label in pod.labels) {
      this.changeBucket(`${pod.namespace}\n${label}\n${pod.labels[label] as string}`, { pod, slot, by });
    }
  }

  private changeBucket(bucket: string, change: { pod: PodInfo; slot: number; by: 1 | -1 }): void {
    const members = this.buckets.get(bucket);
    if (members === undefined) return;
    for (const counter of members) if (counter.what.matches(change.pod)) counter.change(change.slot, change.by);
  }
}

const ANY = "\n";

function bucketOf({ namespace, selector }: CountedPods): string {
  if (namespace === undefined) return ANY;
  for (const { key, operator, values } of selector?.requirements ?? []) {
    const exact = operator === "=" || operator === "==" || (operator === "in" && values.length === 1);
    if (exact) return `${namespace}\n${key}\n${values[0] as string}`;
  }
  return namespace;
}
