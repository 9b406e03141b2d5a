/** Keeps a pod on each node that fits. Upstream: pkg/controller/daemon/daemon_controller.go. */
import type { DaemonSet, Node, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { controllerRevisions, daemonSets, nodes, pods } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import type { InformerHandler } from "../../client/informer.ts";
import { claim, indexOrphans, orphanHandler } from "../claim.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { Expectations } from "../expectations.ts";
import { claimRevisions, watchOrphanRevisions } from "../history/revisions.ts";
import { ownedPodHandler } from "../owned-pods.ts";
import { controllerReference, createPod, deletePod, isNamespaceTerminating } from "../pod-control.ts";
import { slowStartBatch } from "../slow-start.ts";
import { writeStatus } from "../write-status.ts";
import { BackOff } from "./back-off.ts";
import { podsByNode } from "./daemon-pods.ts";
import { eligibility } from "./eligible-nodes.ts";
import { planDaemonSet } from "./plan.ts";
import type { Changes, Observed } from "./plan.ts";
import { templateForNode } from "./pod-template.ts";
import { cleanUpHistory, syncHistory } from "./revisions.ts";
import { planRollingUpdate } from "./rolling-update.ts";
import { calculateStatus } from "./status.ts";

/** Pods created or deleted in one pass at most. */
const BURST_REPLICAS = 250;
const FAILED_POD = "FailedDaemonPod";
const SUCCEEDED_POD = "SucceededDaemonPod";

/** What one run of the controller remembers. */
interface Memory {
  readonly expectations: Expectations;
  readonly backOff: BackOff;
}

export function daemonSetController(): ControllerDefinition<DaemonSet> {
  const memory: Memory = { expectations: new Expectations(), backOff: new BackOff() };
  return defineController<DaemonSet>({
    name: "daemonset-controller",
    account: "daemon-set-controller",
    for: daemonSets,
    owns: [controllerRevisions as never],
    setup(informers, ctx) {
      indexOrphans(informers, pods);
      const podInformer = informers.informer(pods);
      podInformer.addHandler(ownedPodHandler(ctx, { kind: "DaemonSet", expectations: memory.expectations }));
      podInformer.addHandler(orphanHandler((pod) => adopters(ctx, pod), ctx));
      watchOrphanRevisions(informers, ctx, daemonSets);
      informers.informer(nodes).addHandler(nodeHandler(ctx));
    },
    reconcile: (ctx, key) => reconcile(ctx, key, memory),
  });
}

function reconcile(ctx: ControllerContext, key: string, memory: Memory): ReconcileResult {
  const { now } = ctx.sim;
  const daemonSet = ctx.lister(daemonSets).get(key);
  if (daemonSet === undefined) memory.expectations.forget(key);
  if (daemonSet === undefined || daemonSet.metadata.deletionTimestamp !== undefined) return {};
  const selector = labelSelectorAsSelector(daemonSet.spec.selector);
  const known = claimRevisions(ctx, daemonSet, daemonSets);
  const owned = claim(ctx, { owner: daemonSet, ownerResource: daemonSets, resource: pods, selector });
  const { hash, old } = syncHistory(ctx, daemonSet, { known, owned });
  const observed: Observed = {
    daemonSet,
    nodes: [...ctx.lister(nodes).list()],
    byNode: podsByNode(owned),
    hash,
    now,
  };
  const mayManage = memory.expectations.satisfied(key, now);
  const pass = mayManage ? manage(ctx, observed, memory) : {};
  if (mayManage && pass.failure === undefined) cleanUpHistory(ctx, daemonSet, { old, owned });
  const { status, untilNextAvailable } = calculateStatus(observed, { observed: mayManage });
  writeStatus(ctx, daemonSets, { object: daemonSet, status });
  if (pass.failure !== undefined) throw pass.failure;
  const requeueAfter = Math.min(pass.wait ?? Number.POSITIVE_INFINITY, untilNextAvailable ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(requeueAfter) ? { requeueAfter } : {};
}

interface Outcome {
  failure?: StatusError | undefined;
  /** Milliseconds until a failed pod may be replaced. */
  wait?: number | undefined;
}

/** First a pod on every node, then, if nothing was amiss, the update. */
function manage(ctx: ControllerContext, observed: Observed, memory: Memory): Outcome {
  const { daemonSet, now } = observed;
  const key = keyOf(daemonSet);
  const plan = planDaemonSet(observed);
  const { ended, wait } = endedPods(ctx, daemonSet, { plan, backOff: memory.backOff });
  const changes: Changes = { create: plan.create, remove: [...plan.remove, ...ended] };
  const failure = carryOut(ctx, observed, { changes, memory });
  if (failure !== undefined) return { failure, wait };
  const updates = daemonSet.spec.updateStrategy?.type === "RollingUpdate" && memory.expectations.satisfied(key, now);
  if (!updates) return { wait };
  return { failure: carryOut(ctx, observed, { changes: planRollingUpdate(observed), memory }), wait };
}

/** Pods that ended and may go now, with an event each. */
function endedPods(
  ctx: ControllerContext,
  daemonSet: DaemonSet,
  { plan, backOff }: { plan: ReturnType<typeof planDaemonSet>; backOff: BackOff },
): { ended: readonly Pod[]; wait: number | undefined } {
  const { now } = ctx.sim;
  const ended: Pod[] = [];
  let wait: number | undefined;
  for (const { pod, node } of plan.failed) {
    const key = `${daemonSet.metadata.uid}/${daemonSet.status.observedGeneration ?? 0}/${node}`;
    const remaining = backOff.remaining(key, now);
    if (remaining > 0) {
      wait = Math.min(wait ?? remaining, remaining);
      continue;
    }
    backOff.next(key, now);
    const message = `Found failed daemon pod ${keyOf(pod)} on node ${node}, will try to kill it`;
    ctx.events.event(daemonSet, "Warning", { reason: FAILED_POD, message });
    ended.push(pod);
  }
  for (const { pod, node } of plan.succeeded) {
    const message = `Found succeeded daemon pod ${keyOf(pod)} on node ${node}, will try to delete it`;
    ctx.events.event(daemonSet, "Normal", { reason: SUCCEEDED_POD, message });
    ended.push(pod);
  }
  return { ended, wait };
}

/** Returns the first failure instead of throwing it, so that status is still written. */
function carryOut(
  ctx: ControllerContext,
  { daemonSet, hash, now }: Observed,
  { changes, memory: { expectations } }: { changes: Changes; memory: Memory },
): StatusError | undefined {
  const key = keyOf(daemonSet);
  const create = changes.create.slice(0, BURST_REPLICAS);
  const remove = changes.remove.slice(0, BURST_REPLICAS);
  expectations.expect(key, { creations: create.length, deletions: remove.map(keyOf), now });
  const reference = controllerReference(daemonSet);
  let next = 0;
  const { successes, error } = slowStartBatch(create.length, () => {
    const template = templateForNode(daemonSet, hash, create[next++] as string);
    try {
      createPod(ctx, daemonSet, { template, reference });
    } catch (failure) {
      if (!(failure instanceof StatusError && isNamespaceTerminating(failure))) throw failure;
    }
  });
  if (error !== undefined) {
    expectations.creationObserved(key, create.length - successes);
    if (!(error instanceof StatusError)) throw error;
  }
  let failure = error;
  for (const pod of remove) {
    try {
      deletePod(ctx, daemonSet, pod);
    } catch (problem) {
      if (!(problem instanceof StatusError)) throw problem;
      expectations.deletionObserved(key, keyOf(pod));
      if (!isNotFound(problem)) failure ??= problem;
    }
  }
  return failure;
}

function adopters(ctx: ControllerContext, pod: Pod): readonly DaemonSet[] {
  return ctx
    .lister(daemonSets)
    .byIndex("namespace", pod.metadata.namespace)
    .filter((candidate) => labelSelectorAsSelector(candidate.spec.selector).matches(pod.metadata.labels));
}

/** A node that is new, or whose labels or taints changed, may begin or cease to fit. */
function nodeHandler(ctx: ControllerContext): InformerHandler<Node> {
  return {
    onAdd(node) {
      for (const daemonSet of ctx.lister(daemonSets).list()) {
        if (eligibility(daemonSet, node).shouldRun) ctx.enqueue(keyOf(daemonSet));
      }
    },
    onUpdate(node, old) {
      if (deepEqual(node.metadata.labels, old.metadata.labels) && deepEqual(node.spec.taints, old.spec.taints)) return;
      for (const daemonSet of ctx.lister(daemonSets).list()) {
        if (eligibility(daemonSet, node) !== eligibility(daemonSet, old)) ctx.enqueue(keyOf(daemonSet));
      }
    },
  };
}
