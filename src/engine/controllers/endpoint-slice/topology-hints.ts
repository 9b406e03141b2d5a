/**
 * Topology Aware Routing: endpoints of a service with `service.kubernetes.io/topology-mode: Auto` are given to zones by
 * the share of CPU that a zone's nodes have. Upstream: staging/src/k8s.io/endpointslice/topologycache.
 *
 * Simplified: hints are worked out anew each time, in the order of the pods; upstream keeps those that may stay. Where
 * several zones want one more, the first by name gets it.
 */
import type { Endpoint, Node, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import type { PortGroup } from "./endpoints.ts";

const MODE = "service.kubernetes.io/topology-mode";
const OLD_MODE = "service.kubernetes.io/topology-aware-hints";
const ZONE = "topology.kubernetes.io/zone";
const CONTROL_PLANE = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
/** How much more than its share an endpoint may get. */
const OVERLOAD = 0.2;

const ENABLED = "Topology Aware Hints has been enabled";
const DISABLED = "Topology Aware Hints has been disabled";
const NO_NODE_INFO = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";
const NO_ZONE = "One or more endpoints do not have a zone specified";
const TOO_FEW = "Insufficient number of endpoints";
const OVERLOADED = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold";

export interface HintsEvent {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** Which services have such hints at present, and how CPU is spread over zones. */
export class TopologyHints {
  /** Keys of services and families with hints, so that the event comes once. */
  private readonly populated = new Set<string>();
  /** Services that ask for hints: they are looked at again when nodes change. */
  readonly asking = new Set<string>();
  private ratios: ReadonlyMap<string, number> | undefined;
  private known = false;

  /** A node has come, gone or changed in what counts here. */
  nodesChanged(): void {
    this.known = false;
  }

  forget(key: string): void {
    this.asking.delete(key);
    for (const family of ["IPv4", "IPv6"]) this.populated.delete(`${key} ${family}`);
  }

  /** Sets the hints of all ready endpoints, or takes them away; answers what is to be told. */
  apply(
    service: Service,
    groups: ReadonlyMap<string, PortGroup>,
    of: { family: string; nodes: () => Iterable<Node> },
  ): HintsEvent | undefined {
    const key = keyOf(service);
    const populated = `${key} ${of.family}`;
    const told = (type: HintsEvent["type"], text: string): HintsEvent => ({
      type,
      reason: type === "Normal" ? "TopologyAwareHintsEnabled" : "TopologyAwareHintsDisabled",
      message: `${text}, addressType: ${of.family}`,
    });
    if (!wantsHints(service)) {
      this.asking.delete(key);
      return this.populated.delete(populated) ? told("Warning", DISABLED) : undefined;
    }
    this.asking.add(key);
    if (!this.known) this.ratios = cpuRatios(of.nodes());
    this.known = true;
    const problem = assign(groups, this.ratios);
    if (problem !== undefined) {
      this.populated.delete(populated);
      for (const { endpoints } of groups.values())
        for (const [uid, { hints: _, ...endpoint }] of endpoints) endpoints.set(uid, endpoint);
      return told("Warning", problem);
    }
    if (this.populated.has(populated)) return undefined;
    this.populated.add(populated);
    return told("Normal", ENABLED);
  }
}

/** The annotation wins over `trafficDistribution`. */
export function wantsHints({ metadata }: Service): boolean {
  const mode = metadata.annotations?.[OLD_MODE] ?? metadata.annotations?.[MODE];
  return mode === "Auto" || mode === "auto";
}

/** Whether a node's change can change the shares. */
export function countsForZones(node: Node, old: Node): boolean {
  return (
    isReady(node) !== isReady(old) ||
    node.metadata.labels?.[ZONE] !== old.metadata.labels?.[ZONE] ||
    node.status.allocatable?.["cpu"] !== old.status.allocatable?.["cpu"]
  );
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
}

/** The share of CPU by zone, in order of their names; undefined when some node doesn't tell, or all are in one zone. */
export function cpuRatios(nodes: Iterable<Node>): ReadonlyMap<string, number> | undefined {
  const byZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    const { labels = {} } = node.metadata;
    if (CONTROL_PLANE.some((label) => label in labels) || !isReady(node)) continue;
    const zone = labels[ZONE] ?? "";
    const cpu = milliValue(node.status.allocatable?.["cpu"] ?? "0");
    if (zone === "" || cpu === 0) return undefined;
    byZone.set(zone, (byZone.get(zone) ?? 0) + cpu);
    total += cpu;
  }
  if (byZone.size < 2) return undefined;
  return new Map([...byZone].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, cpu]) => [zone, cpu / total]));
}

/** Why there can be no hints; undefined when all ready endpoints have theirs. */
function assign(
  groups: ReadonlyMap<string, PortGroup>,
  ratios: ReadonlyMap<string, number> | undefined,
): string | undefined {
  const ready = [...groups.values()].flatMap(({ endpoints }) =>
    [...endpoints].filter(([, { conditions }]) => conditions?.ready === true).map(([uid]) => ({ endpoints, uid })),
  );
  if (ratios === undefined) return NO_NODE_INFO;
  const counted = `(${ready.length} endpoints, ${ratios.size} zones)`;
  if (ratios.size > ready.length) return `${TOO_FEW} ${counted}`;
  const desired = new Map<string, number>();
  let left = ready.length;
  for (const [zone, ratio] of ratios) {
    const share = ratio * ready.length;
    const least = Math.ceil(share / (1 + OVERLOAD));
    desired.set(zone, Math.max(share, least));
    left -= least;
    if (left < 0) return `${OVERLOADED} ${counted}`;
  }
  const held = new Map<string, number>();
  for (const { endpoints, uid } of ready) {
    const { zone = "" } = endpoints.get(uid) as Endpoint;
    if (zone === "") return NO_ZONE;
    held.set(zone, (held.get(zone) ?? 0) + 1);
  }
  const { giving, receiving } = exchanges(desired, held);
  for (const { endpoints, uid } of ready) {
    const endpoint = endpoints.get(uid) as Endpoint;
    const own = endpoint.zone as string;
    const to = (giving.get(own) ?? 0) > 0 ? [...receiving].find(([, count]) => count > 0)?.[0] : undefined;
    if (to !== undefined) {
      giving.set(own, (giving.get(own) as number) - 1);
      receiving.set(to, (receiving.get(to) as number) - 1);
    }
    endpoints.set(uid, { ...endpoint, hints: { forZones: [{ name: to ?? own }] } });
  }
  return undefined;
}

/** How many endpoints each zone gives to others, or gets from them. */
export function exchanges(
  desired: ReadonlyMap<string, number>,
  held: ReadonlyMap<string, number>,
): { giving: Map<string, number>; receiving: Map<string, number> } {
  const surplus = new Map<string, number>();
  const need = new Map<string, number>();
  for (const [zone, target] of desired) {
    const more = (held.get(zone) ?? 0) - target;
    if (more > 0) surplus.set(zone, more);
    else if (more < 0) need.set(zone, -more);
  }
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const [from, give] = most(surplus);
    const [to, get] = most(need);
    if (from === "" || to === "" || (give < 1 && get < 1) || give < 0.5 || get < 0.5) return { giving, receiving };
    giving.set(from, (giving.get(from) ?? 0) + 1);
    surplus.set(from, give - 1);
    receiving.set(to, (receiving.get(to) ?? 0) + 1);
    need.set(to, get - 1);
  }
}

function most(zones: ReadonlyMap<string, number>): [zone: string, count: number] {
  let best: [string, number] = ["", 0];
  for (const [zone, count] of zones) if (count > best[1]) best = [zone, count];
  return best;
}
