/** Feeds the cache and the queue from the informers. Upstream: pkg/scheduler/eventhandlers.go. */
import type { Pod } from "../api/generated/types.ts";
import { replicaSets } from "../api/apps/replica-set.ts";
import { namespaces } from "../api/core/namespace.ts";
import { nodes } from "../api/core/node.ts";
import { pods } from "../api/core/pod/index.ts";
import { services } from "../api/core/service.ts";
import { deepEqual } from "../base/json.ts";
import type { Informers } from "../client/contracts.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { Memberships } from "./memberships.ts";
import { PodInfo } from "./pod-info.ts";
import type { ClusterEvent } from "./queue-events.ts";
import type { QueuedPod, SchedulingQueue } from "./scheduling-queue.ts";

export interface HandlerTargets {
  cluster(): ClusterCache;
  queue(): SchedulingQueue;
  /** True iff one of this scheduler's profiles places the pod. */
  responsibleFor(pod: Pod): boolean;
  /** Something happened that may let waiting pods run. */
  moved(event: ClusterEvent): void;
  /** True iff a plugin that rejected the pod thinks that the pod's own change may let it run. */
  ownChangeHelps(queued: QueuedPod, pod: PodInfo): boolean;
}

export function registerHandlers(informers: Informers, targets: HandlerTargets): Memberships {
  watchPods(informers, targets);
  watchNodes(informers, targets);
  informers.informer(namespaces).addHandler({
    onAdd: (namespace) => targets.cluster().setNamespace(namespace),
    onUpdate(namespace, old) {
      targets.cluster().setNamespace(namespace);
      if (deepEqual(namespace.metadata.labels, old.metadata.labels)) return;
      targets.moved({ type: "namespace-update", namespace });
    },
    onDelete: ({ metadata }) => targets.cluster().removeNamespace(metadata.name),
  });
  const serviceInformer = informers.informer(services);
  const replicaSetInformer = informers.informer(replicaSets);
  const memberships = new Memberships({ services: serviceInformer.lister, replicaSets: replicaSetInformer.lister });
  const forget = (): void => memberships.forget();
  serviceInformer.addHandler({
    onAdd: forget,
    onUpdate: ({ spec }, old) => void (deepEqual(spec.selector, old.spec.selector) || forget()),
    onDelete: forget,
  });
  replicaSetInformer.addHandler({
    onAdd: forget,
    onUpdate: ({ spec }, old) => void (deepEqual(spec.selector, old.spec.selector) || forget()),
    onDelete: forget,
  });
  return memberships;
}

function watchNodes(informers: Informers, targets: HandlerTargets): void {
  informers.informer(nodes).addHandler({
    onAdd(node) {
      targets.cluster().setNode(node);
      targets.moved({ type: "node-add", node });
    },
    onUpdate(node, old) {
      const cluster = targets.cluster();
      const info = cluster.node(node.metadata.name);
      const generation = info?.generation;
      cluster.setNode(node);
      if (info === undefined || info.generation !== generation) targets.moved({ type: "node-update", node, old });
    },
    onDelete(node) {
      targets.cluster().removeNode(node.metadata.name);
      targets.moved({ type: "node-delete", node });
    },
  });
}

function watchPods(informers: Informers, targets: HandlerTargets): void {
  informers.informer(pods).addHandler({
    onAdd(pod) {
      if (isFinished(pod)) return;
      if (isAssigned(pod)) place(targets, pod);
      else if (isWaiting(targets, pod)) {
        const info = new PodInfo(pod);
        nominate(targets, info, undefined);
        targets.queue().add(info);
      }
    },
    onUpdate(pod, old) {
      const { uid } = pod.metadata;
      if (isFinished(pod)) remove(targets, uid);
      else if (isAssigned(pod)) place(targets, pod);
      else if (isWaiting(targets, pod)) requeue(targets, pod, old);
      else dequeue(targets, uid);
    },
    onDelete: (pod) => remove(targets, pod.metadata.uid),
  });
}

function isAssigned({ spec }: Pod): boolean {
  return spec.nodeName !== undefined && spec.nodeName !== "";
}

function isFinished({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function isWaiting(targets: HandlerTargets, pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && targets.responsibleFor(pod);
}

/** A pod is on a node: news when somebody else put it there, otherwise the confirmation of what was assumed. */
function place(targets: HandlerTargets, pod: Pod): void {
  const cluster = targets.cluster();
  const known = cluster.placement(pod.metadata.uid);
  const info = new PodInfo(pod, known?.pod);
  if (known !== undefined && known.info.name === pod.spec.nodeName && weighsTheSame(known.pod, info)) {
    cluster.refreshPod(info);
    return;
  }
  targets.queue().delete(pod.metadata.uid);
  cluster.nominations.delete(pod.metadata.uid);
  cluster.setPod(info, pod.spec.nodeName as string);
  // A pod on its way out takes up its room until it is gone.
  if (known !== undefined && known.pod.terminating === info.terminating) {
    targets.moved({ type: "pod-delete", pod: known.pod });
  }
  if (!info.terminating) targets.moved({ type: "pod-add", pod: info });
}

function weighsTheSame(a: PodInfo, b: PodInfo): boolean {
  return (
    a.requests === b.requests &&
    a.affinity === b.affinity &&
    a.terminating === b.terminating &&
    deepEqual(a.labels, b.labels)
  );
}

/** The pod's own change may be what it waited for; a change of status alone is not. Upstream: scheduling_queue.go (Update). */
function requeue(targets: HandlerTargets, pod: Pod, old: Pod): void {
  const queue = targets.queue();
  const info = new PodInfo(pod);
  nominate(targets, info, old);
  const queued = queue.get(info.uid);
  if (queued === undefined) {
    queue.add(info);
    return;
  }
  const same =
    deepEqual(pod.spec, old.spec) &&
    deepEqual(pod.metadata.labels, old.metadata.labels) &&
    deepEqual(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses);
  queue.update(queued, info, !same && targets.ownChangeHelps(queued, info));
}

/** A nomination that the server doesn't know of yet stays. Upstream: nominator.go (UpdateNominatedPod). */
function nominate(targets: HandlerTargets, info: PodInfo, old: Pod | undefined): void {
  const { nominations } = targets.cluster();
  const before = old?.status?.nominatedNodeName ?? "";
  const node = info.pod.status?.nominatedNodeName ?? "";
  const waitsFor = node === "" && before === "" ? nominations.nodeFor(info.uid) : node;
  if (waitsFor === "") nominations.delete(info.uid);
  else nominations.set(info, waitsFor);
  if (before !== "" && before !== node) targets.moved({ type: "pod-delete", pod: info, atMost: info.priority });
}

/** A pod without a node waits no longer: others may have what it was to get. */
function dequeue(targets: HandlerTargets, uid: string): void {
  const queue = targets.queue();
  const info = queue.get(uid)?.info;
  queue.delete(uid);
  const wasNominated = targets.cluster().nominations.delete(uid);
  if (wasNominated && info !== undefined) targets.moved({ type: "pod-delete", pod: info, atMost: info.priority });
}

function remove(targets: HandlerTargets, uid: string): void {
  dequeue(targets, uid);
  const cluster = targets.cluster();
  const known = cluster.placement(uid);
  if (known === undefined) return;
  cluster.removePod(uid);
  targets.moved({ type: "pod-delete", pod: known.pod });
}
