/**
 * Notices nodes that fall silent, and taints them. Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go.
 * Simplified: a node's silence is noticed when it is due, not at the next 5 s tick; pods of a node that never was Ready are
 * left to their kubelet.
 */
import type { Node, Pod } from "../../api/generated/types.ts";
import { isConflict, isNotFound } from "../../api/meta/status-error.ts";
import { leases, nodes, pods } from "../../api/registry.ts";
import { SECOND, formatTime } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ManagerSettings, NodeSettings } from "../manager-settings.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { getPodCondition } from "../../api/core/pod/conditions.ts";
import { indexPodsByNode, podsOnNode } from "../pods-by-node.ts";
import { silentConditions } from "./health.ts";
import { nodeCondition, noExecuteKey, wantedTaints } from "./taints.ts";
import { Zones, zoneOf } from "./zones.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const READY = "Ready";

/** What the controller knows of one node. */
interface Watched {
  /** When the node was last heard of, by the controller's own clock. */
  heard: number;
  cancel(): void;
}

interface State {
  readonly watched: Map<string, Watched>;
  /** Nodes that were Ready since they came: before that, their kubelets alone say how their pods are. */
  readonly seenReady: Set<string>;
  readonly zones: Zones;
  readonly settings: NodeSettings;
}

export function nodeLifecycleController({ nodes: settings }: ManagerSettings): ControllerDefinition<Node> {
  const state: State = { watched: new Map(), seenReady: new Set(), zones: new Zones(settings.unhealthyZone), settings };
  return defineController<Node>({
    name: "node-controller",
    for: nodes,
    keys: () => [],
    setup(informers, ctx) {
      indexPodsByNode(informers);
      informers.informer(nodes).addHandler({
        onAdd: (node) => onNode(ctx, state, { node, old: undefined }),
        onUpdate: (node, old) => onNode(ctx, state, { node, old }),
        onDelete: (node) => onNodeGone(ctx, state, node),
      });
      const hear = (lease: { metadata: { namespace: string; name: string } }): void => {
        const known = state.watched.get(lease.metadata.name);
        if (known !== undefined && lease.metadata.namespace === LEASE_NAMESPACE) known.heard = ctx.sim.now;
      };
      informers.informer(leases).addHandler({ onAdd: hear, onUpdate: hear });
      informers.informer(pods).addHandler({
        onUpdate: (pod, old) => {
          const node = pod.spec.nodeName ?? "";
          if (node !== "" && old.spec.nodeName !== node && state.zones.isSilent(node)) ctx.enqueue(node);
        },
      });
    },
    reconcile: (ctx, key) => reconcile(ctx, state, key),
  });
}

function onNode(ctx: ControllerContext, state: State, { node, old }: { node: Node; old: Node | undefined }): void {
  const { name } = node.metadata;
  const { now } = ctx.sim;
  const known = state.watched.get(name);
  if (known === undefined) {
    state.watched.set(name, { heard: now, cancel: () => {} });
    watchSilence(ctx, state, name);
    ctx.events.event(node, "Normal", {
      reason: "RegisteredNode",
      message: `Node ${name} event: Registered Node ${name} in Controller`,
    });
  } else if (nodeCondition(node, READY)?.lastHeartbeatTime !== (old && nodeCondition(old, READY)?.lastHeartbeatTime)) {
    known.heard = now;
  }
  noteReadiness(ctx, state, node);
  // Heartbeats change nothing that taints depend on.
  if (old === undefined || node.spec !== old.spec || node.status.conditions !== old.status.conditions) {
    considerTaints(ctx, node);
  }
}

/** When the whole changes (all silent, or no longer all), every silent node's taints are thought over. */
function noteReadiness(ctx: ControllerContext, state: State, node: Node): void {
  const { name } = node.metadata;
  const isReady = nodeCondition(node, READY)?.status === "True";
  if (isReady) state.seenReady.add(name);
  if (state.zones.set(name, zoneOf(node), isReady)) for (const silent of state.zones.silent()) ctx.enqueue(silent);
}

function considerTaints(ctx: ControllerContext, node: Node): void {
  const present = node.spec.taints ?? [];
  const wanted = wantedTaints(node, ctx.sim.now, "add");
  const isDifferent = wanted.length !== present.length || wanted.some((taint, i) => taint !== present[i]);
  if (isDifferent) ctx.enqueue(node.metadata.name);
}

function onNodeGone(ctx: ControllerContext, state: State, node: Node): void {
  const { name } = node.metadata;
  state.watched.get(name)?.cancel();
  state.watched.delete(name);
  state.seenReady.delete(name);
  if (state.zones.remove(name)) for (const silent of state.zones.silent()) ctx.enqueue(silent);
  ctx.events.event(node, "Normal", {
    reason: "RemovingNode",
    message: `Node ${name} event: Removing Node ${name} from Controller`,
  });
}

function graceOf({ settings }: State, node: Node | undefined): number {
  return node !== undefined && nodeCondition(node, READY) === undefined ? settings.startupGrace : settings.monitorGrace;
}

/** One timer a node, set anew only when it fires: a heartbeat costs nothing but the note of its time. */
function watchSilence(ctx: ControllerContext, state: State, name: string): void {
  const known = state.watched.get(name);
  if (known === undefined) return;
  const grace = graceOf(state, ctx.lister(nodes).get(name));
  const wait = known.heard + grace - ctx.sim.now;
  known.cancel = ctx.timer(wait < 0 ? grace : wait + 1, () => {
    const node = ctx.lister(nodes).get(name);
    const isNews = node !== undefined && silentConditions(node, ctx.sim.now) !== node.status.conditions;
    if (isNews && isSilent(ctx, state, name)) ctx.enqueue(name);
    watchSilence(ctx, state, name);
  });
}

function isSilent(ctx: ControllerContext, state: State, name: string): boolean {
  const known = state.watched.get(name);
  return known !== undefined && ctx.sim.now > known.heard + graceOf(state, ctx.lister(nodes).get(name));
}

function reconcile(ctx: ControllerContext, state: State, name: string): ReconcileResult {
  let node = ctx.lister(nodes).get(name);
  if (node === undefined) return {};
  if (isSilent(ctx, state, name)) node = markSilent(ctx, node);
  if (noExecuteKey(node) !== undefined && state.seenReady.has(name)) markPodsNotReady(ctx, name);
  const eviction = mayEvict(ctx, state, node);
  const taints = wantedTaints(node, ctx.sim.now, eviction.verdict);
  if (taints === node.spec.taints || (taints.length === 0 && node.spec.taints === undefined)) {
    return eviction.requeue;
  }
  const { taints: _, ...spec } = node.spec;
  ctx.client.resource(nodes).update({ ...node, spec: taints.length === 0 ? spec : { ...spec, taints: [...taints] } });
  return eviction.requeue;
}

function markSilent(ctx: ControllerContext, node: Node): Node {
  const conditions = silentConditions(node, ctx.sim.now);
  if (conditions === node.status.conditions) return node;
  const { name } = node.metadata;
  const wasReady = nodeCondition(node, READY)?.status === "True";
  const status = { ...node.status, conditions: [...conditions] };
  const marked = ctx.client.resource(nodes).updateStatus({ ...node, status });
  if (wasReady) {
    const message = `Node ${name} status is now: NodeNotReady`;
    ctx.events.event(node, "Normal", { reason: "NodeNotReady", message });
  }
  return marked;
}

/** Nobody on the node can say whether its pods are ready: they count as not ready, and leave their services. */
function markPodsNotReady(ctx: ControllerContext, name: string): void {
  for (const pod of podsOnNode(ctx, name)) {
    const ready = getPodCondition(pod.status, READY);
    if (ready?.status !== "True") continue;
    const { namespace, name: podName, uid } = pod.metadata;
    const condition = { ...ready, status: "False", lastTransitionTime: formatTime(ctx.sim.now) };
    const conditions = (pod.status.conditions ?? []).map((kept) => (kept === ready ? condition : kept));
    try {
      ctx.client
        .resource<Pod>(pods)
        .patch(namespace, podName, { metadata: { uid }, status: { conditions } }, { subresource: "status" });
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) continue;
      throw error;
    }
    ctx.events.event(pod, "Warning", { reason: "NodeNotReady", message: "Node is not ready" });
  }
}

interface EvictionVerdict {
  verdict: "add" | "wait" | "off";
  requeue: ReconcileResult;
}

/** Nodes are given up one after the other; with most of them silent, slowly or not at all. */
function mayEvict(ctx: ControllerContext, state: State, node: Node): EvictionVerdict {
  const key = noExecuteKey(node);
  if (key === undefined) return { verdict: "add", requeue: {} };
  const { now } = ctx.sim;
  const zone = state.zones.of(node.metadata.name);
  if (zone === undefined || state.zones.allSilent) return { verdict: "off", requeue: {} };
  const isPartial = zone.disruption === "partial";
  if (isPartial && zone.size <= state.settings.largeCluster) return { verdict: "wait", requeue: {} };
  if (node.spec.taints?.some((taint) => taint.effect === "NoExecute" && taint.key === key)) {
    return { verdict: "add", requeue: {} };
  }
  const { evictionRate, secondaryEvictionRate } = state.settings;
  const rate = isPartial ? secondaryEvictionRate : evictionRate;
  if (rate <= 0) return { verdict: "wait", requeue: {} };
  const wait = zone.nextEviction - now;
  if (wait > 0) return { verdict: "wait", requeue: { requeueAfter: wait, background: true } };
  zone.nextEviction = now + SECOND / rate;
  return { verdict: "add", requeue: {} };
}
