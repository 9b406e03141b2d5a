/** Which nodes a daemon set's pods belong on. Upstream: NodeShouldRunDaemonPod in pkg/controller/daemon/daemon_controller.go. */
import { requiredNodes } from "../../api/core/node-selectors.ts";
import { HARD_EFFECTS, untolerated } from "../../api/core/tolerations.ts";
import type { DaemonSet, Node, PodSpec } from "../../api/generated/types.ts";
import { memoize } from "../../api/meta/share.ts";
import { daemonTolerations } from "./pod-template.ts";

export interface Eligibility {
  shouldRun: boolean;
  /** A pod that is there may stay. */
  mayStay: boolean;
}

const NO: Eligibility = { shouldRun: false, mayStay: false };
const YES: Eligibility = { shouldRun: true, mayStay: true };
const NO_MORE: Eligibility = { shouldRun: false, mayStay: true };

const matcherOf = memoize((spec: PodSpec) => requiredNodes(spec));

/** A taint keeps new pods away; only one that evicts drives out those that are there. */
export function eligibility(daemonSet: DaemonSet, { metadata, spec }: Node): Eligibility {
  const template = daemonSet.spec.template.spec as PodSpec;
  const { nodeName = "" } = template;
  if (nodeName !== "" && nodeName !== metadata.name) return NO;
  const matches = matcherOf(template);
  if (matches !== undefined && !matches({ name: metadata.name, labels: metadata.labels ?? {} })) return NO;
  const taints = spec.taints ?? [];
  if (taints.length === 0) return YES;
  const tolerations = daemonTolerations(template);
  if (untolerated(taints, tolerations, HARD_EFFECTS) === undefined) return YES;
  return untolerated(taints, tolerations, ["NoExecute"]) === undefined ? NO_MORE : NO;
}
