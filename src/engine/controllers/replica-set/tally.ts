/**
 * Counts of each replica set's pods, kept as pods change, so that a reconcile of a thousand replicas costs no more than
 * one of three. Pods of one template share their labels object: a set of labels is looked at once, not once a pod.
 */
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { controllerOf } from "../../api/meta/object.ts";
import type { Labels, Selector } from "../../api/meta/selectors.ts";
import { selectorFromLabels } from "../../api/meta/selectors.ts";
import type { InformerHandler } from "../../client/informer.ts";
import { isPodActive, isPodReady, isPodTerminating } from "../../api/core/pod/conditions.ts";
import type { PodCounts } from "./counts.ts";

/** Pods of one owner with one labels object. A group is present iff it has pods. */
interface Group {
  pods: number;
  active: number;
  ready: number;
  terminating: number;
}

type State = "ready" | "active" | "terminating" | "finished";

function stateOf(pod: Pod): State {
  if (isPodActive(pod)) return isPodReady(pod) ? "ready" : "active";
  return isPodTerminating(pod) ? "terminating" : "finished";
}

export class PodTally {
  /** Of the owners whose pods are counted. */
  private readonly kind: string;
  private readonly byOwner = new Map<string, Map<Labels | undefined, Group>>();

  constructor(kind: string) {
    this.kind = kind;
  }

  readonly handler: InformerHandler<Pod> = {
    onAdd: (pod) => this.count(pod, 1),
    onUpdate: (pod, old) => {
      this.count(old, -1);
      this.count(pod, 1);
    },
    onDelete: (_, old) => this.count(old, -1),
  };

  /**
   * undefined when only a look at each pod can tell: some don't match the selector, or being ready is not enough to be
   * available.
   */
  counts(replicaSet: ReplicaSet, selector: Selector): PodCounts | undefined {
    if ((replicaSet.spec.minReadySeconds ?? 0) > 0) return undefined;
    const template = selectorFromLabels(replicaSet.spec.template?.metadata?.labels);
    const sum = { active: 0, fullyLabeled: 0, ready: 0, terminating: 0 };
    for (const [labels, group] of this.byOwner.get(replicaSet.metadata.uid) ?? []) {
      if (!selector.matches(labels)) return undefined;
      sum.active += group.active;
      sum.ready += group.ready;
      sum.terminating += group.terminating;
      if (template.matches(labels)) sum.fullyLabeled += group.active;
    }
    return { ...sum, available: sum.ready, untilNextAvailable: undefined };
  }

  private count(pod: Pod, by: 1 | -1): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== this.kind) return;
    let groups = this.byOwner.get(owner.uid);
    if (groups === undefined) {
      groups = new Map();
      this.byOwner.set(owner.uid, groups);
    }
    const { labels } = pod.metadata;
    let group = groups.get(labels);
    if (group === undefined) {
      group = { pods: 0, active: 0, ready: 0, terminating: 0 };
      groups.set(labels, group);
    }
    group.pods += by;
    const state = stateOf(pod);
    if (state === "ready" || state === "active") group.active += by;
    if (state === "ready") group.ready += by;
    if (state === "terminating") group.terminating += by;
    if (group.pods > 0) return;
    groups.delete(labels);
    if (groups.size === 0) this.byOwner.delete(owner.uid);
  }
}
