/**
 * Removes pods that nobody else will: of nodes that are gone, too many that are over, those that can't end. Looks every
 * 20 seconds, as upstream, while there is something to look at.
 * Upstream: pkg/controller/podgc/gc_controller.go.
 */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { markDisrupted } from "../../api/core/pod/mark-disrupted.ts";
import type { Node, Pod } from "../../api/generated/types.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { nodes, pods } from "../../api/registry.ts";
import { parseTime, SECOND } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition } from "../define-controller.ts";
import type { ManagerSettings } from "../manager-settings.ts";
import { nodeCondition } from "../node-lifecycle/taints.ts";
import { indexPodsByNode, podsOnNode } from "../pods-by-node.ts";
import { NodeQuarantine } from "./quarantine.ts";

const PERIOD_MS = 20 * SECOND;
const TERMINATED = "terminated";
const UNSCHEDULED = "unscheduled and terminating";
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";
/** The one key: a look at everything. */
const LOOK = "";

interface State {
  readonly quarantine: NodeQuarantine;
  /** Nodes that pods have named and that were missing when somebody last looked. */
  readonly missing: Set<string>;
  /** Nodes with the out-of-service taint. */
  readonly outOfService: Set<string>;
  /** How many pods that have ended may stay. */
  readonly threshold: number;
  began: number;
  armed: boolean;
}

export function podGarbageCollector({ terminatedPods }: ManagerSettings): ControllerDefinition<Node> {
  const state: State = {
    quarantine: new NodeQuarantine(),
    missing: new Set(),
    outOfService: new Set(),
    threshold: terminatedPods,
    began: 0,
    armed: false,
  };
  return defineController<Node>({
    name: "pod-garbage-collector",
    for: nodes,
    keys: () => [],
    setup(informers, ctx) {
      state.began = ctx.sim.now;
      indexPodsByNode(informers);
      informers.informer(pods).addIndex(TERMINATED, (pod) => (isPodTerminal(pod) ? LISTED : UNLISTED));
      informers.informer(pods).addIndex(UNSCHEDULED, (pod) => (isStrayed(pod) ? LISTED : UNLISTED));
      const onPod = (pod: Pod, old?: Pod): void => considerPod(ctx, state, { pod, old });
      informers.informer(pods).addHandler({ onAdd: onPod, onUpdate: onPod });
      const onNode = (node: Node): void => considerNode(ctx, state, node);
      informers.informer(nodes).addHandler({
        onAdd: onNode,
        onUpdate: onNode,
        onDelete: ({ metadata }) => {
          state.outOfService.delete(metadata.name);
          state.missing.add(metadata.name);
          lookLater(ctx, state);
        },
      });
    },
    subject: () => "pods",
    reconcile: (ctx) => look(ctx, state),
  });
}

/** Values of an index that only says which objects are in it. */
const LISTED: readonly string[] = [""];
const UNLISTED: readonly string[] = [];

/** It is to go and no kubelet will ever see it. */
function isStrayed({ metadata, spec }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && (spec.nodeName ?? "") === "";
}

function considerPod(ctx: ControllerContext, state: State, { pod, old }: { pod: Pod; old: Pod | undefined }): void {
  const name = pod.spec.nodeName ?? "";
  const ended = isPodTerminal(pod) && (old === undefined || !isPodTerminal(old));
  if (name !== "" && old?.spec.nodeName !== name && ctx.lister(nodes).get(name) === undefined) state.missing.add(name);
  else if (!isStrayed(pod) && !(pod.metadata.deletionTimestamp !== undefined && state.outOfService.has(name))) {
    const isTooMuch = state.threshold > 0 && ctx.lister(pods).byIndex(TERMINATED, "").length > state.threshold;
    if (!ended || !isTooMuch) return;
  }
  lookLater(ctx, state);
}

function considerNode(ctx: ControllerContext, state: State, { metadata, spec }: Node): void {
  if (spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) !== true) {
    state.outOfService.delete(metadata.name);
    return;
  }
  state.outOfService.add(metadata.name);
  lookLater(ctx, state);
}

/** At the next of the controller's looks. */
function lookLater(ctx: ControllerContext, state: State): void {
  if (state.armed) return;
  state.armed = true;
  ctx.timer(PERIOD_MS - ((ctx.sim.now - state.began) % PERIOD_MS), () => {
    state.armed = false;
    ctx.enqueue(LOOK);
  });
}

function look(ctx: ControllerContext, state: State): void {
  for (const pod of terminatedToDelete(ctx.lister(pods).byIndex(TERMINATED, ""), state.threshold)) {
    forceDelete(ctx, pod);
  }
  for (const name of state.outOfService) deleteStuck(ctx, name);
  for (const name of state.missing) {
    const isBack = ctx.lister(nodes).get(name) !== undefined;
    if (isBack || podsOnNode(ctx, name).length === 0) state.missing.delete(name);
  }
  for (const name of state.quarantine.pass(ctx.sim.now, state.missing)) deleteOrphans(ctx, name);
  for (const pod of ctx.lister(pods).byIndex(UNSCHEDULED, "")) forceDelete(ctx, pod);
  if (state.missing.size > 0 || state.quarantine.size > 0) lookLater(ctx, state);
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

/** Pods that nobody will ever be able to schedule or end. Upstream: gcUnscheduledTerminating. */
export function strayedPods(all: readonly Pod[]): readonly Pod[] {
  return all.filter(isStrayed);
}

/** An administrator said that the machine is off for good: what is to end there has ended. Upstream: gcTerminating. */
function deleteStuck(ctx: ControllerContext, name: string): void {
  const node = ctx.lister(nodes).get(name);
  if (node === undefined || nodeCondition(node, "Ready")?.status === "True") return;
  for (const pod of podsOnNode(ctx, name)) if (pod.metadata.deletionTimestamp !== undefined) forceDelete(ctx, pod);
}

function deleteOrphans(ctx: ControllerContext, name: string): void {
  const why = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" };
  for (const pod of podsOnNode(ctx, name)) {
    forceDelete(
      ctx,
      isPodTerminal(pod)
        ? pod
        : markDisrupted(pod, ctx.sim.now, { ...why, observedGeneration: pod.metadata.generation }),
    );
  }
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
