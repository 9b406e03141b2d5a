/** One node with the pods on it, kept up to date pod by pod. Upstream: pkg/scheduler/framework/types.go (NodeInfo). */
import type { Node, Taint } from "../api/generated/types.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { deepEqual } from "../base/json.ts";
import type { Labels } from "../api/meta/selectors.ts";
import type { ChangeLog } from "./change-log.ts";
import { NOBODY_WAITS } from "./nominations.ts";
import type { HostPort, PodInfo } from "./pod-info.ts";
import { addResources, emptyResources, resourcesOf } from "../api/core/pod/resources.ts";
import type { Resources } from "../api/core/pod/resources.ts";

const NO_LABELS: Labels = {};
const NO_TAINTS: readonly Taint[] = [];
let lastGeneration = 0;

export class NodeInfo {
  readonly name: string;
  /** A small number that is this node's own while it exists: counters and caches are arrays by slot. */
  readonly slot: number;
  /** Rises with each change; two equal generations mean that nothing has changed. */
  generation = ++lastGeneration;
  readonly pods = new Map<string, PodInfo>();
  allocatable: Resources = emptyResources();
  allowedPods = 0;
  labels: Labels = NO_LABELS;
  taints: readonly Taint[] = NO_TAINTS;
  /** True iff it is cordoned. */
  unschedulable = false;
  readonly requested: Resources = emptyResources();
  /** As many as `pods`, but by way of trial. */
  podCount = 0;
  nonZeroMilliCPU = 0;
  nonZeroMemory = 0;
  /** Image names to bytes. */
  images: ReadonlyMap<string, number> = new Map();
  /** Pods that wait for this node, having pushed others off it. */
  private awaiting = NOBODY_WAITS;
  /** Rises when a pod on it is known in another version, even if nothing changed that is counted. */
  podVersions = 0;
  private current: Node | undefined;
  private readonly ports: HostPort[] = [];
  private readonly changes: ChangeLog;

  /** Each change of it is entered in `changes`. */
  constructor(name: string, slot: number, changes: ChangeLog) {
    this.name = name;
    this.slot = slot;
    this.changes = changes;
    changes.add(slot);
  }

  /** The Node object; undefined while only pods that name this node are known. */
  get node(): Node | undefined {
    return this.current;
  }

  /** A heartbeat changes nothing that matters here, and leaves the generation as it is. */
  setNode(node: Node | undefined): void {
    const same = node !== undefined && this.current !== undefined && alike(node, this.current);
    if (same) {
      this.current = node;
      return;
    }
    const list = node?.status?.allocatable;
    if (this.current === undefined || list !== this.current.status?.allocatable) {
      this.allocatable = resourcesOf(list);
      this.allowedPods = list?.["pods"] === undefined ? 0 : quantityValue(list["pods"]);
    }
    this.current = node;
    this.labels = node?.metadata.labels ?? NO_LABELS;
    this.taints = node?.spec.taints ?? NO_TAINTS;
    this.unschedulable = node?.spec.unschedulable === true;
    this.changed();
  }

  setImages(images: ReadonlyMap<string, number>): void {
    this.images = images;
    this.changed();
  }

  get awaitedBy(): ReadonlyMap<string, PodInfo> {
    return this.awaiting;
  }

  setAwaitedBy(pods: ReadonlyMap<string, PodInfo>): void {
    this.awaiting = pods;
    this.changed();
  }

  /** Another version of a pod on it, of the same weight. */
  refreshPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.podVersions++;
  }

  addPod(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.takeIn(pod);
  }

  removePod(pod: PodInfo): void {
    if (this.pods.delete(pod.uid)) this.letOut(pod);
  }

  /** Counts a pod in that is not among `pods`, by way of trial. */
  takeIn(pod: PodInfo): void {
    this.count(pod, 1);
    for (const port of pod.hostPorts) this.ports.push(port);
  }

  /** Counts a pod out, by way of trial if it stays among `pods`. */
  letOut(pod: PodInfo): void {
    this.count(pod, -1);
    for (const { ip, protocol, port } of pod.hostPorts) {
      const at = this.ports.findIndex((used) => used.ip === ip && used.protocol === protocol && used.port === port);
      if (at >= 0) this.ports.splice(at, 1);
    }
  }

  /** True iff a pod on this node already has a port that `wanted` would clash with. */
  portTaken(wanted: HostPort): boolean {
    return this.ports.some(
      ({ ip, protocol, port }) =>
        port === wanted.port &&
        protocol === wanted.protocol &&
        (ip === wanted.ip || ip === ANY_ADDRESS || wanted.ip === ANY_ADDRESS),
    );
  }

  private count(pod: PodInfo, sign: 1 | -1): void {
    const { requests, nonZeroMilliCPU, nonZeroMemory } = pod.requests;
    this.podCount += sign;
    addResources(this.requested, requests, sign);
    this.nonZeroMilliCPU += sign * nonZeroMilliCPU;
    this.nonZeroMemory += sign * nonZeroMemory;
    this.changed();
  }

  private changed(): void {
    this.generation = ++lastGeneration;
    this.changes.add(this.slot);
  }
}

function alike(a: Node, b: Node): boolean {
  return (
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.metadata.labels, b.metadata.labels) &&
    deepEqual(a.status?.allocatable, b.status?.allocatable)
  );
}

const ANY_ADDRESS = "0.0.0.0";
