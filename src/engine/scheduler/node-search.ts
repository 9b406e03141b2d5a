/** Which nodes can run a pod. Upstream: pkg/scheduler/schedule_one.go (findNodesThatPassFilters). */
import { assert } from "../base/assert.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeFilter, Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import { FITS } from "./template.ts";
import type { Template } from "./template.ts";

const MIN_FEASIBLE_NODES = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;

/** How many feasible nodes are enough. `percentageOfNodesToScore`: 0 goes by the number of nodes. */
export function numFeasibleNodesToFind(nodes: number, percentageOfNodesToScore: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  let percentage = percentageOfNodesToScore;
  if (percentage === 0) percentage = Math.max(MIN_FEASIBLE_PERCENTAGE, 50 - Math.floor(nodes / 125));
  if (percentage >= 100) return nodes;
  return Math.max(MIN_FEASIBLE_NODES, Math.floor((nodes * percentage) / 100));
}

export type Check = (node: NodeInfo) => Verdict | undefined;

/** What it found is there until it is run again: its lists are used anew each time, for a search takes a microsecond. */
export class NodeSearch {
  /** How many nodes were looked at, and how many of them fit. */
  evaluated = 0;
  fitting = 0;
  /** How many don't. */
  refused = 0;
  /** The first `refused` of these are the nodes that don't fit. */
  readonly rejected: NodeInfo[] = [];
  /** At the same place why; undefined for those that needn't be asked. */
  private readonly rejections: (Verdict | undefined)[] = [];
  private check: Check = () => undefined;
  private readonly cluster: ClusterCache;
  private readonly percentage: number;
  private nodes: readonly NodeInfo[] = [];
  /** Of `nodes`. */
  private slots: Int32Array = new Int32Array();
  /** Where in `nodes` the fitting ones are. */
  private places = new Int32Array();
  /** The fitting ones iff `isListed`: somebody asked for them. */
  private readonly list: NodeInfo[] = [];
  private isListed = false;
  /** Where the next search begins, so that all nodes get their turn. */
  private nextStart = 0;

  constructor(cluster: ClusterCache, percentageOfNodesToScore: number) {
    this.cluster = cluster;
    this.percentage = percentageOfNodesToScore;
  }

  /** `judge` decides; without it the template and what `checks` say besides, which comes to the same and is faster. */
  run(template: Template, checks: readonly NodeFilter[], judge: Check | undefined): void {
    this.lookAt(template.nodeNames);
    const { nodes, slots, rejected, rejections } = this;
    const { states } = template;
    const total = nodes.length;
    const wanted = numFeasibleNodesToFind(total, this.percentage);
    if (this.places.length < wanted) this.places = new Int32Array(wanted);
    const { places } = this;
    const check = judge ?? ((node: NodeInfo) => template.verdict(node) ?? firstOf(checks, node));
    this.check = check;
    const { slots: possible } = template;
    const known = judge === undefined;
    const plain = known && checks.length === 0;
    let fitting = 0;
    let refused = 0;
    let evaluated = 0;
    let at = total === 0 ? 0 : this.nextStart % total;
    for (; evaluated < total && fitting < wanted; evaluated++) {
      const place = at;
      if (++at === total) at = 0;
      if (plain && states[slots[place] as number] === FITS) {
        places[fitting++] = place;
        continue;
      }
      const node = nodes[place] as NodeInfo;
      if (possible !== undefined && !possible.has(slots[place] as number)) {
        rejected[refused] = node;
        rejections[refused++] = undefined;
        continue;
      }
      const verdict = known && states[node.slot] === FITS ? firstOf(checks, node) : check(node);
      if (verdict === undefined) places[fitting++] = place;
      else {
        rejected[refused] = node;
        rejections[refused++] = verdict;
      }
    }
    this.refused = refused;
    this.nextStart = at;
    this.evaluated = evaluated;
    this.fitting = fitting;
    this.isListed = false;
  }

  /** Takes nodes away that fit, each with what is said of it. */
  drop(refused: ReadonlyMap<NodeInfo, Verdict>): void {
    if (refused.size === 0) return;
    const { places, rejected, rejections } = this;
    let kept = 0;
    for (let place = 0; place < this.fitting; place++) {
      const node = this.node(place);
      const verdict = refused.get(node);
      if (verdict === undefined) places[kept++] = places[place] as number;
      else {
        rejected[this.refused] = node;
        rejections[this.refused++] = verdict;
      }
    }
    this.fitting = kept;
    this.isListed = false;
  }

  /** Why the rejected node at this place doesn't fit. */
  verdict(place: number): Verdict {
    const verdict = this.rejections[place] ?? this.check(this.rejected[place] as NodeInfo);
    assert(verdict !== undefined, "a node fits that could not", this.rejected[place]?.name);
    return verdict;
  }

  /** The fitting node at this place. */
  node(place: number): NodeInfo {
    return this.nodes[this.places[place] as number] as NodeInfo;
  }

  /** In the order in which they were found; valid until the next search. */
  get feasible(): readonly NodeInfo[] {
    const { list, fitting } = this;
    if (this.isListed) return list;
    for (let place = 0; place < fitting; place++) list[place] = this.node(place);
    list.length = fitting;
    this.isListed = true;
    return list;
  }

  /** Values by slot, put in the order of the fitting nodes. */
  gather(into: number[], bySlot: Float64Array): number[] {
    const { places, slots, fitting } = this;
    for (let i = 0; i < fitting; i++) into[i] = bySlot[slots[places[i] as number] as number] as number;
    into.length = fitting;
    return into;
  }

  /** What `of` says of the fitting nodes. */
  ask(into: number[], of: (node: NodeInfo) => number): number[] {
    for (let i = 0; i < this.fitting; i++) into[i] = of(this.node(i));
    into.length = this.fitting;
    return into;
  }

  private lookAt(names: ReadonlySet<string> | undefined): void {
    if (names === undefined) {
      this.nodes = this.cluster.nodes;
      this.slots = this.cluster.slotOrder;
      return;
    }
    const found: NodeInfo[] = [];
    for (const name of names) {
      const node = this.cluster.node(name);
      if (node?.node !== undefined) found.push(node);
    }
    this.nodes = found;
    this.slots = Int32Array.from(found, ({ slot }) => slot);
  }
}

function firstOf(checks: readonly NodeFilter[], node: NodeInfo): Verdict | undefined {
  for (let i = 0; i < checks.length; i++) {
    const verdict = (checks[i] as NodeFilter).check(node);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
