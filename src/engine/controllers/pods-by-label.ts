/** Pods by each of their labels, so that who selects some doesn't look at all. */
import type { Pod } from "../api/generated/types.ts";
import { pods } from "../api/registry.ts";
import type { Informers } from "../client/contracts.ts";
import { sameLabels } from "../client/store.ts";
import type { ControllerContext } from "./define-controller.ts";

/** Pods by `namespace/label=value`, one entry a label. */
const LABEL = "label";

type Labels = Readonly<Record<string, string>>;

/** Pods of one template share their labels, and so these. */
const known = new WeakMap<Labels, { namespace: string; values: readonly string[] }>();

export function labelValues({ metadata: { labels, namespace } }: Pod): readonly string[] {
  if (labels === undefined) return [];
  let found = known.get(labels);
  if (found?.namespace !== namespace) {
    found = { namespace, values: Object.entries(labels).map(([name, value]) => `${namespace}/${name}=${value}`) };
    known.set(labels, found);
  }
  return found.values;
}

export function indexPodLabels(informers: Informers): void {
  informers.informer(pods).addIndex(LABEL, labelValues, sameLabels);
}

/** Pods with the first of these labels, or all of the namespace without any: candidates, in the order of arrival. */
export function podsWithLabels(ctx: ControllerContext, namespace: string, labels: Labels = {}): readonly Pod[] {
  const [first] = Object.entries(labels);
  if (first === undefined) return ctx.lister(pods).byIndex("namespace", namespace);
  return ctx.lister(pods).byIndex(LABEL, `${namespace}/${first[0]}=${first[1]}`);
}
