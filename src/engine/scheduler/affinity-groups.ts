/** Scheduled pods with affinity terms of their own, grouped by what they say, so that alike pods are judged once. */
import { jsonText } from "./json-text.ts";
import type { PodInfo } from "./pod-info.ts";
import { SlotCounts } from "./slot-counts.ts";

export interface AffinityGroup {
  /** Any one of the group: all have the same terms and the same namespace. */
  readonly pod: PodInfo;
  readonly counts: SlotCounts;
}

function keyOfGroup(pod: PodInfo): string {
  return `${pod.namespace}\n${jsonText(pod.pod.spec.affinity)}`;
}

export class AffinityGroups {
  private readonly groups = new Map<string, AffinityGroup>();

  get size(): number {
    return this.groups.size;
  }

  all(): Iterable<AffinityGroup> {
    return this.groups.values();
  }

  add(pod: PodInfo, slot: number): void {
    if (!hasTerms(pod)) return;
    const key = keyOfGroup(pod);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { pod, counts: new SlotCounts() };
      this.groups.set(key, group);
    }
    group.counts.change(slot, 1);
  }

  remove(pod: PodInfo, slot: number): void {
    if (!hasTerms(pod)) return;
    const key = keyOfGroup(pod);
    const group = this.groups.get(key);
    if (group === undefined) return;
    group.counts.change(slot, -1);
    if (group.counts.total === 0) this.groups.delete(key);
  }
}

function hasTerms({ affinity, antiAffinity }: PodInfo): boolean {
  return (
    affinity.required.length > 0 ||
    affinity.preferred.length > 0 ||
    antiAffinity.required.length > 0 ||
    antiAffinity.preferred.length > 0
  );
}
