/**
 * The cluster as the scheduler sees it: nodes, the pods on them, and pods that it has just placed and not yet heard back
 * of. Upstream: pkg/scheduler/backend/cache/cache.go, node_tree.go. There is no snapshot: a cycle runs to its end before
 * anything else can change.
 */
import type { Namespace, Node } from "../api/generated/types.ts";
import { deepEqual } from "../base/json.ts";
import type { Labels, Selector } from "../api/meta/selectors.ts";
import { AffinityGroups } from "./affinity-groups.ts";
import { ChangeLog } from "./change-log.ts";
import type { DeviceListers } from "./device-listers.ts";
import { normalizedImageName } from "./image-name.ts";
import { NodeInfo } from "./node-info.ts";
import { Nominations } from "./nominations.ts";
import { PodCounters } from "./pod-counter.ts";
import type { CountedPods, PodCounter } from "./pod-counter.ts";
import type { PodInfo } from "./pod-info.ts";
import { TopologyIndex } from "./topology-index.ts";
import type { VolumeListers } from "./volume-listers.ts";

/** Finds what a pod belongs to, for the default spreading: selectors of its services and of its controller. */
export interface SelectorSource {
  selectorFor(pod: PodInfo): Selector;
}

interface Placed {
  pod: PodInfo;
  readonly info: NodeInfo;
}

export class ClusterCache {
  readonly affinityGroups = new AffinityGroups();
  readonly nominations = new Nominations((node, pods) => this.infos.get(node)?.setAwaitedBy(pods));
  readonly changes = new ChangeLog();
  /** Rises when anything changes that counts for every node alike: the set of nodes, the spread of images. */
  epoch = 0;
  readonly memberships: SelectorSource;
  /** Absent where nobody asks for volumes. */
  readonly volumes: VolumeListers | undefined;
  /** Likewise for devices. */
  readonly devices: DeviceListers | undefined;
  private readonly infos = new Map<string, NodeInfo>();
  private readonly placed = new Map<string, Placed>();
  private readonly namespaces = new Map<string, Namespace>();
  private counters = new PodCounters();
  private readonly imageNodes = new Map<string, number>();
  /** For each topology key in use, the number of nodes that have it. */
  private readonly topologyKeys = new Map<string, number>();
  private readonly byResource = new Map<string, Set<number>>();
  private readonly bySlot: (NodeInfo | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  private slots = 0;
  /** By topology key; empty after any change of a node's labels or of the set of nodes. */
  private readonly topologies = new Map<string, TopologyIndex>();
  private order: readonly NodeInfo[] | undefined;
  private slotsInOrder: Int32Array | undefined;

  constructor(memberships: SelectorSource, volumes?: VolumeListers, devices?: DeviceListers) {
    this.memberships = memberships;
    this.volumes = volumes;
    this.devices = devices;
  }

  /** Nodes in the order in which they are tried: zones in turn, so that a partial search covers them all. */
  get nodes(): readonly NodeInfo[] {
    return (this.order ??= orderByZone(this.infos.values()));
  }

  /** The slots of `nodes`. */
  get slotOrder(): Int32Array {
    return (this.slotsInOrder ??= Int32Array.from(this.nodes, ({ slot }) => slot));
  }

  /** Every slot is less than this. */
  get slotCount(): number {
    return this.slots;
  }

  node(name: string): NodeInfo | undefined {
    return this.infos.get(name);
  }

  /** The node with this slot; undefined when only pods of a node that is gone are left. */
  nodeAt(slot: number): NodeInfo | undefined {
    const info = this.bySlot[slot];
    return info?.node === undefined ? undefined : info;
  }

  /** True iff the pod is on a node, assumed or confirmed. */
  holds(uid: string): boolean {
    return this.placed.has(uid);
  }

  placement(uid: string): { pod: PodInfo; info: NodeInfo } | undefined {
    return this.placed.get(uid);
  }

  setNode(node: Node): void {
    const info = this.infoFor(node.metadata.name);
    const before = info.node;
    const zone = before === undefined ? undefined : zoneOf(before);
    if (before?.metadata.labels !== node.metadata.labels || before === undefined) {
      this.countKeys(info.labels, -1);
      this.countKeys(node.metadata.labels ?? {}, 1);
      this.topologies.clear();
    }
    this.setInfo(info, node);
    if (before === undefined || !deepEqual(before.status?.images, node.status?.images)) this.setImages(info, node);
    if (zone === zoneOf(node)) return;
    this.forgetOrder();
    this.epoch++;
  }

  removeNode(name: string): void {
    const info = this.infos.get(name);
    if (info === undefined) return;
    this.countKeys(info.labels, -1);
    this.topologies.clear();
    this.setImages(info, undefined);
    this.setInfo(info, undefined);
    this.forgetOrder();
    this.epoch++;
    this.dropIfUnused(info);
  }

  /** Puts a pod on a node, or moves what is known of it there up to date. */
  setPod(pod: PodInfo, nodeName: string): void {
    const before = this.placed.get(pod.uid);
    if (before !== undefined) this.removePod(pod.uid);
    const info = this.infoFor(nodeName);
    this.placed.set(pod.uid, { pod, info });
    info.addPod(pod);
    this.counters.change(pod, info.slot, 1);
    this.affinityGroups.add(pod, info.slot);
  }

  /** Replaces what is known of a placed pod when nothing changed that a node or a counter adds up. */
  refreshPod(pod: PodInfo): void {
    const placed = this.placed.get(pod.uid);
    if (placed === undefined) return;
    placed.pod = pod;
    placed.info.refreshPod(pod);
  }

  removePod(uid: string): void {
    const placed = this.placed.get(uid);
    if (placed === undefined) return;
    const { pod, info } = placed;
    this.placed.delete(uid);
    info.removePod(pod);
    this.counters.change(pod, info.slot, -1);
    this.affinityGroups.remove(pod, info.slot);
    if (info.node === undefined) this.dropIfUnused(info);
  }

  /**
   * Runs what moves pods to and from a node and leaves it as it was: answers that were kept about the node stay valid.
   * Inside, such answers must not be asked for.
   */
  onTrial<T>(node: NodeInfo, trial: () => T): T {
    const { generation } = node;
    const { end } = this.changes;
    try {
      return trial();
    } finally {
      node.generation = generation;
      this.changes.takeBack(end);
    }
  }

  setNamespace(namespace: Namespace): void {
    const { name, labels } = namespace.metadata;
    // Counters may have asked for the old labels.
    if (!deepEqual(this.namespaces.get(name)?.metadata.labels, labels)) this.counters = new PodCounters();
    this.namespaces.set(name, namespace);
  }

  removeNamespace(name: string): void {
    this.namespaces.delete(name);
  }

  namespaceLabels(name: string): Labels | undefined {
    return this.namespaces.get(name)?.metadata.labels;
  }

  /** The counter of `what`; counts what is there already when it is new. */
  counter(what: CountedPods): PodCounter {
    const known = this.counters.get(what.key);
    if (known !== undefined) return known;
    const counter = this.counters.add(what);
    for (const { pod, info } of this.placed.values()) {
      if (what.namespace !== undefined && what.namespace !== pod.namespace) continue;
      if (what.matches(pod)) counter.change(info.slot, 1);
    }
    return counter;
  }

  /** Nodes that hold an image. */
  nodesWithImage(name: string): number {
    return this.imageNodes.get(name) ?? 0;
  }

  /** Slots of the nodes that have some of an extended resource; goes on being true. */
  nodesWith(resource: string): ReadonlySet<number> {
    let slots = this.byResource.get(resource);
    if (slots === undefined) this.byResource.set(resource, (slots = new Set()));
    return slots;
  }

  /** True iff a node has a label of this key. */
  hasTopology(key: string): boolean {
    return (this.topologyKeys.get(key) ?? 0) > 0;
  }

  topology(key: string): TopologyIndex {
    let index = this.topologies.get(key);
    if (index === undefined) {
      index = new TopologyIndex(key, this.nodes);
      this.topologies.set(key, index);
    }
    return index;
  }

  private setInfo(info: NodeInfo, node: Node | undefined): void {
    const before = info.allocatable;
    info.setNode(node);
    if (info.allocatable === before) return;
    for (const name of before.scalar?.keys() ?? []) this.byResource.get(name)?.delete(info.slot);
    for (const [name, amount] of info.allocatable.scalar ?? []) {
      if (amount <= 0) continue;
      const slots = this.byResource.get(name);
      if (slots === undefined) this.byResource.set(name, new Set([info.slot]));
      else slots.add(info.slot);
    }
  }

  private forgetOrder(): void {
    this.order = undefined;
    this.slotsInOrder = undefined;
  }

  private countKeys(labels: Labels, by: 1 | -1): void {
    for (const key in labels) this.topologyKeys.set(key, (this.topologyKeys.get(key) ?? 0) + by);
  }

  private infoFor(name: string): NodeInfo {
    let info = this.infos.get(name);
    if (info === undefined) {
      info = new NodeInfo(name, this.freeSlots.pop() ?? this.slots++, this.changes);
      const waiting = this.nominations.on(name);
      if (waiting.size > 0) info.setAwaitedBy(waiting);
      this.infos.set(name, info);
      this.bySlot[info.slot] = info;
    }
    return info;
  }

  private dropIfUnused(info: NodeInfo): void {
    if (info.pods.size > 0) return;
    this.infos.delete(info.name);
    this.bySlot[info.slot] = undefined;
    this.freeSlots.push(info.slot);
  }

  private setImages(info: NodeInfo, node: Node | undefined): void {
    const images = new Map<string, number>();
    for (const { names, sizeBytes } of node?.status?.images ?? []) {
      for (const name of names ?? []) images.set(normalizedImageName(name), sizeBytes ?? 0);
    }
    for (const name of info.images.keys()) this.imageNodes.set(name, (this.imageNodes.get(name) ?? 0) - 1);
    for (const name of images.keys()) this.imageNodes.set(name, (this.imageNodes.get(name) ?? 0) + 1);
    info.setImages(images);
    this.epoch++;
  }
}

/** Region and zone of a node, "" when it has neither. */
function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const region = labels["topology.kubernetes.io/region"] ?? "";
  const zone = labels["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:\n:${zone}`;
}

function orderByZone(infos: Iterable<NodeInfo>): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  let count = 0;
  for (const info of infos) {
    if (info.node === undefined) continue;
    const zone = zoneOf(info.node);
    const members = zones.get(zone);
    if (members === undefined) zones.set(zone, [info]);
    else members.push(info);
    count++;
  }
  const ordered: NodeInfo[] = [];
  for (let round = 0; ordered.length < count; round++) {
    for (const members of zones.values()) {
      const info = members[round];
      if (info !== undefined) ordered.push(info);
    }
  }
  return ordered;
}
