/** What a pod belongs to: its services and its controller. Upstream: pkg/scheduler/framework/plugins/helper/spread.go. */
import type { ReplicaSet, Service } from "../api/generated/types.ts";
import { controllerOf } from "../api/meta/object.ts";
import { EVERYTHING, labelSelectorAsSelector, Selector, selectorFromLabels } from "../api/meta/selectors.ts";
import type { Requirement } from "../api/meta/selectors.ts";
import type { Lister } from "../client/informer.ts";
import { jsonText } from "./json-text.ts";
import type { PodInfo } from "./pod-info.ts";

const MAX_KEPT = 1000;

/** Simplified: knows ReplicaSets of all controllers; other kinds add nothing to the selector. */
export class Memberships {
  private readonly services: Lister<Service>;
  private readonly replicaSets: Lister<ReplicaSet>;
  private readonly kept = new Map<string, Selector>();

  constructor(listers: { services: Lister<Service>; replicaSets: Lister<ReplicaSet> }) {
    this.services = listers.services;
    this.replicaSets = listers.replicaSets;
  }

  /** A service or controller appeared, went, or changed its selector. */
  forget(): void {
    this.kept.clear();
  }

  /** The selector of all that the pod belongs to together; the empty one when it belongs to nothing. */
  selectorFor(pod: PodInfo): Selector {
    const owner = controllerOf(pod.pod);
    const key = `${pod.namespace}\n${owner?.uid ?? ""}\n${jsonText(pod.labels)}`;
    let selector = this.kept.get(key);
    if (selector === undefined) {
      if (this.kept.size >= MAX_KEPT) this.kept.clear();
      selector = this.find(pod);
      this.kept.set(key, selector);
    }
    return selector;
  }

  private find(pod: PodInfo): Selector {
    const merged: Record<string, string> = {};
    for (const { spec } of this.services.byIndex("namespace", pod.namespace)) {
      if (spec.selector !== undefined && selectorFromLabels(spec.selector).matches(pod.labels)) {
        Object.assign(merged, spec.selector);
      }
    }
    const requirements: Requirement[] = [...selectorFromLabels(merged).requirements];
    const owner = controllerOf(pod.pod);
    if (owner?.kind === "ReplicaSet" && owner.apiVersion.startsWith("apps/")) {
      const owning = this.replicaSets.get(`${pod.namespace}/${owner.name}`);
      if (owning !== undefined) requirements.push(...labelSelectorAsSelector(owning.spec.selector).requirements);
    }
    return requirements.length === 0 ? EVERYTHING : new Selector(requirements);
  }
}
