/**
 * Nodes by the zone that they are in: how badly a zone is off decides how fast its nodes are given up.
 * Upstream: handleDisruption of node_lifecycle_controller.go, component-helpers/node/topology (GetZoneKey).
 */
import type { Node } from "../../api/generated/types.ts";
import { disruptionOf } from "./health.ts";
import type { Disruption } from "./health.ts";

/** "" for a node that says neither region nor zone. */
export function zoneOf({ metadata: { labels = {} } }: Node): string {
  const region = labels["topology.kubernetes.io/region"] ?? "";
  const zone = labels["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:${zone}`;
}

export interface Zone {
  readonly size: number;
  readonly disruption: Disruption;
  /** When the next node of it may be tainted for eviction. */
  nextEviction: number;
}

class ZoneNodes implements Zone {
  readonly ready = new Set<string>();
  readonly silent = new Set<string>();
  nextEviction = 0;
  private readonly threshold: number;

  constructor(threshold: number) {
    this.threshold = threshold;
  }

  get size(): number {
    return this.ready.size + this.silent.size;
  }

  get disruption(): Disruption {
    return disruptionOf(this.ready.size, this.silent.size, this.threshold);
  }
}

/** A node is in exactly one zone's `ready` or `silent`. */
export class Zones {
  private readonly zones = new Map<string, ZoneNodes>();
  private readonly names = new Map<string, string>();
  private readonly threshold: number;

  /** `threshold`: the share of silent nodes from which on a zone is partly disrupted. */
  constructor(threshold: number) {
    this.threshold = threshold;
  }

  /** Notes a node's state; true when a zone, or all of them together, are worse or better off by it. */
  set(node: string, zone: string, isReady: boolean): boolean {
    if (this.names.get(node) === zone) {
      const known = this.zones.get(zone);
      if ((isReady ? known?.ready : known?.silent)?.has(node) === true) return false;
    }
    const before = this.summary();
    this.take(node);
    let nodes = this.zones.get(zone);
    if (nodes === undefined) this.zones.set(zone, (nodes = new ZoneNodes(this.threshold)));
    (isReady ? nodes.ready : nodes.silent).add(node);
    this.names.set(node, zone);
    return this.summary() !== before;
  }

  remove(node: string): boolean {
    const before = this.summary();
    this.take(node);
    this.names.delete(node);
    return this.summary() !== before;
  }

  of(node: string): Zone | undefined {
    return this.zones.get(this.names.get(node) ?? "");
  }

  isSilent(node: string): boolean {
    return this.zones.get(this.names.get(node) ?? "")?.silent.has(node) === true;
  }

  /** True when no node anywhere is ready: the fault is more likely ours. */
  get allSilent(): boolean {
    let some = false;
    for (const { size, disruption } of this.zones.values()) {
      if (size === 0) continue;
      if (disruption !== "full") return false;
      some = true;
    }
    return some;
  }

  silent(): string[] {
    return [...this.zones.values()].flatMap((zone) => [...zone.silent]);
  }

  private take(node: string): void {
    const nodes = this.zones.get(this.names.get(node) ?? "");
    nodes?.ready.delete(node);
    nodes?.silent.delete(node);
  }

  private summary(): string {
    let text = "";
    for (const [name, zone] of this.zones) if (zone.size > 0) text += `${name}=${zone.disruption};`;
    return text;
  }
}
