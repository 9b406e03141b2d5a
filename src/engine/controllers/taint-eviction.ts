/**
 * Deletes pods from nodes whose NoExecute taints they don't tolerate, or no longer.
 * Upstream: pkg/controller/tainteviction/taint_eviction.go.
 */
import type { Node, Pod, Taint } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { nodes, pods } from "../api/registry.ts";
import { deepEqual } from "../base/json.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";
import { markDisrupted } from "../api/core/pod/mark-disrupted.ts";
import { indexPodsByNode, podsOnNode } from "./pods-by-node.ts";
import { matchingTolerations, minTolerationTime } from "./tolerations.ts";

const EVICTION = "TaintManagerEviction";

/** A pod that is to go. `cancel` stops its timer. */
interface Scheduled {
  uid: string;
  cancel(): void;
}

export function taintEvictionController(): ControllerDefinition<Node> {
  /** By node, then by pod: what `reconcile` has arranged. */
  const scheduled = new Map<string, Map<string, Scheduled>>();
  return defineController<Node>({
    name: "taint-eviction-controller",
    account: "node-controller",
    for: nodes,
    keys: (node) => (noExecuteTaints(node).length > 0 || scheduled.has(node.metadata.name) ? [node.metadata.name] : []),
    setup(informers, ctx) {
      indexPodsByNode(informers);
      const onChange = (pod: Pod, old?: Pod): void => {
        const name = pod.spec.nodeName ?? "";
        if (name === "" || (old?.spec.nodeName === name && old.spec.tolerations === pod.spec.tolerations)) return;
        const node = ctx.lister(nodes).get(name);
        if (node !== undefined && noExecuteTaints(node).length > 0) ctx.enqueue(name);
      };
      informers.informer(pods).addHandler({
        onAdd: onChange,
        onUpdate: onChange,
        onDelete: (pod) => forget(scheduled, pod.spec.nodeName ?? "", keyOf(pod)),
      });
    },
    reconcile: (ctx, key) => reconcile(ctx, scheduled, key),
  });
}

function noExecuteTaints({ spec }: Node): readonly Taint[] {
  return (spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
}

/** When a pod must go, counted from now; undefined: it may stay. */
export function evictionDelay(pod: Pod, taints: readonly Taint[]): number | undefined {
  if (taints.length === 0) return undefined;
  const used = matchingTolerations(taints, pod.spec.tolerations ?? []);
  return used === undefined ? 0 : minTolerationTime(used);
}

type Schedule = Map<string, Map<string, Scheduled>>;

function forget(scheduled: Schedule, node: string, pod: string): Scheduled | undefined {
  const ofNode = scheduled.get(node);
  const entry = ofNode?.get(pod);
  if (ofNode === undefined || entry === undefined) return undefined;
  entry.cancel();
  ofNode.delete(pod);
  if (ofNode.size === 0) scheduled.delete(node);
  return entry;
}

function reconcile(ctx: ControllerContext, scheduled: Schedule, name: string): ReconcileResult {
  const node = ctx.lister(nodes).get(name);
  const taints = node === undefined ? [] : noExecuteTaints(node);
  for (const pod of podsOnNode(ctx, name)) arrange(ctx, scheduled, { pod, delay: evictionDelay(pod, taints) });
  return {};
}

function arrange(
  ctx: ControllerContext,
  scheduled: Schedule,
  { pod, delay }: { pod: Pod; delay: number | undefined },
): void {
  const node = pod.spec.nodeName ?? "";
  const key = keyOf(pod);
  if (delay === 0) {
    forget(scheduled, node, key);
    evict(ctx, pod);
    return;
  }
  if (delay === undefined) {
    if (forget(scheduled, node, key) !== undefined) {
      ctx.events.event(pod, "Normal", { reason: EVICTION, message: `Cancelling deletion of Pod ${key}` });
    }
    return;
  }
  // Time already served counts: the first arrangement holds.
  const known = scheduled.get(node)?.get(key);
  if (known?.uid === pod.metadata.uid) return;
  known?.cancel();
  const cancel = ctx.timer(delay, () => {
    forget(scheduled, node, key);
    const current = ctx.lister(pods).get(key);
    if (current?.metadata.uid === pod.metadata.uid) evict(ctx, current);
  });
  const ofNode = scheduled.get(node) ?? new Map<string, Scheduled>();
  ofNode.set(key, { uid: pod.metadata.uid, cancel });
  scheduled.set(node, ofNode);
}

function evict(ctx: ControllerContext, pod: Pod): void {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  const { namespace, name, uid } = pod.metadata;
  ctx.events.event(pod, "Normal", { reason: EVICTION, message: `Marking for deletion Pod ${namespace}/${name}` });
  try {
    const marked = markDisrupted(pod, ctx.sim.now, {
      observedGeneration: pod.metadata.generation,
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
    });
    const client = ctx.client.resource<Pod>(pods);
    if (!deepEqual(marked, pod))
      client.patch(namespace, name, { status: { conditions: marked.status.conditions } }, { subresource: "status" });
    client.delete(namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
