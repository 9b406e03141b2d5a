/**
 * Removes pods that nobody else will. Upstream: pkg/controller/podgc/gc_controller.go.
 * Simplified: acts when something is due instead of every 20 s; no out-of-service taint.
 */
import type { Node, Pod } from "../api/generated/types.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { nodes, pods } from "../api/registry.ts";
import { SECOND, parseTime } from "../base/time.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";
import { markDisrupted } from "../api/core/pod/mark-disrupted.ts";
import { isPodTerminal } from "../api/core/pod/conditions.ts";
import { indexPodsByNode, podsOnNode } from "./pods-by-node.ts";

/** A node that went may come back: its pods get so long. */
const QUARANTINE_MS = 40 * SECOND;
/** `--terminated-pod-gc-threshold` */
const TERMINATED_THRESHOLD = 12_500;
const TERMINATED = "terminated";
const TERMINATED_KEY = "terminated pods";

export function podGarbageCollector(): ControllerDefinition<Node> {
  return defineController<Node>({
    name: "pod-garbage-collector",
    for: nodes,
    keys: () => [],
    setup(informers, ctx) {
      indexPodsByNode(informers);
      const onPod = (pod: Pod, old?: Pod): void => {
        const name = pod.spec.nodeName ?? "";
        if (name !== "" && old?.spec.nodeName !== name && ctx.lister(nodes).get(name) === undefined)
          quarantine(ctx, name);
        if (
          old !== undefined &&
          isPodTerminal(pod) &&
          !isPodTerminal(old) &&
          terminated(ctx).length > TERMINATED_THRESHOLD
        ) {
          ctx.enqueue(TERMINATED_KEY);
        }
      };
      informers.informer(pods).addIndex(TERMINATED, (pod) => (isPodTerminal(pod) ? [""] : []));
      informers.informer(pods).addHandler({ onAdd: onPod, onUpdate: onPod });
      informers.informer(nodes).addHandler({ onDelete: ({ metadata }) => quarantine(ctx, metadata.name) });
    },
    subject: (key) => (key === TERMINATED_KEY ? key : `nodes/${key}`),
    reconcile,
  });
}

function quarantine(ctx: ControllerContext, node: string): void {
  ctx.timer(QUARANTINE_MS, () => {
    if (ctx.lister(nodes).get(node) === undefined && podsOnNode(ctx, node).length > 0) ctx.enqueue(node);
  });
}

function terminated(ctx: ControllerContext): readonly Pod[] {
  return ctx.lister(pods).byIndex(TERMINATED, "");
}

/** Which finished pods go: those above the threshold, evicted ones first, then the oldest. */
export function terminatedToDelete(finished: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0 || finished.length <= threshold) return [];
  const created = ({ metadata }: Pod): number => parseTime(metadata.creationTimestamp);
  const isKept = ({ status }: Pod): number => Number(status.reason !== "Evicted");
  const oldestFirst = finished.toSorted(
    (a, b) => isKept(a) - isKept(b) || created(a) - created(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
  return oldestFirst.slice(0, finished.length - threshold);
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  if (key === TERMINATED_KEY) {
    for (const pod of terminatedToDelete(terminated(ctx), TERMINATED_THRESHOLD)) forceDelete(ctx, pod);
    return {};
  }
  if (ctx.lister(nodes).get(key) !== undefined) return {};
  for (const pod of podsOnNode(ctx, key)) {
    const why = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" };
    forceDelete(ctx, isPodTerminal(pod) ? pod : markDisrupted(pod, ctx.sim.now, why));
  }
  return {};
}

/** A pod that had not finished is failed first, so that its controller counts it right. */
function forceDelete(ctx: ControllerContext, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  const client = ctx.client.resource<Pod>(pods);
  try {
    if (!isPodTerminal(pod)) {
      const status = { phase: "Failed", conditions: pod.status.conditions };
      client.patch(namespace, name, { status }, { subresource: "status" });
    }
    client.delete(namespace, name, { gracePeriodSeconds: 0 });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
