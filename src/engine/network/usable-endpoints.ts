/**
 * Which of a service's endpoints a node may send to. Upstream: CategorizeEndpoints and topologyModeFromHints in
 * pkg/proxy/topology.go: ready ones; where there are none at all, those that still serve while they terminate. Hints narrow
 * the choice to the node or its zone iff every ready endpoint has some and one of them is for that node or zone. Traffic
 * that stays on its node makes the same choice among the node's own, without hints.
 */
import type { EndpointSlice } from "../api/generated/types.ts";
import { parseAddress } from "./address.ts";
import type { Family } from "./address.ts";

/** Where a connection can be sent. */
export interface Endpoint {
  readonly address: number;
  readonly port: number;
  readonly nodeName: string;
}

interface Candidate extends Endpoint {
  readonly ready: boolean;
  readonly forNodes: readonly { name: string }[];
  readonly forZones: readonly { name: string }[];
}

const NONE: readonly Endpoint[] = [];

export class UsableEndpoints {
  /** Those that count where nothing narrows the choice. */
  readonly everywhere: readonly Endpoint[];
  private readonly byNode = new Map<string, readonly Endpoint[]>();
  private readonly readyByNode = new Map<string, number>();
  /** Undefined iff the hints don't count. */
  private readonly hintedNodes: ReadonlyMap<string, readonly Endpoint[]> | undefined;
  private readonly hintedZones: ReadonlyMap<string, readonly Endpoint[]> | undefined;

  constructor(candidates: readonly Candidate[]) {
    const ready = candidates.filter((candidate) => candidate.ready);
    this.everywhere = ready.length > 0 ? ready : candidates;
    for (const [node, members] of grouped(candidates, ({ nodeName }) => [nodeName])) {
      const own = members.filter((candidate) => candidate.ready);
      this.byNode.set(node, own.length > 0 ? own : members);
      if (own.length > 0) this.readyByNode.set(node, own.length);
    }
    const names = (hints: readonly { name: string }[]): string[] => hints.map(({ name }) => name);
    if (ready.length > 0 && ready.every(({ forNodes }) => forNodes.length > 0))
      this.hintedNodes = grouped(ready, ({ forNodes }) => names(forNodes));
    if (ready.length > 0 && ready.every(({ forZones }) => forZones.length > 0))
      this.hintedZones = grouped(ready, ({ forZones }) => names(forZones));
  }

  /** Where the node's proxy sends what may go anywhere. */
  near(node: { name: string; zone: string }): readonly Endpoint[] {
    return this.hintedNodes?.get(node.name) ?? this.hintedZones?.get(node.zone) ?? this.everywhere;
  }

  /** Where the node's proxy sends what has to stay on it. */
  on(nodeName: string): readonly Endpoint[] {
    return this.byNode.get(nodeName) ?? NONE;
  }

  readyOn(nodeName: string): number {
    return this.readyByNode.get(nodeName) ?? 0;
  }
}

function grouped(
  candidates: readonly Candidate[],
  keys: (candidate: Candidate) => readonly string[],
): Map<string, Candidate[]> {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    for (const key of keys(candidate)) {
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [candidate]);
      else members.push(candidate);
    }
  }
  return groups;
}

/** The endpoints of one port; those that neither are ready nor serve while they terminate don't count. */
export function usableEndpoints(
  slices: readonly EndpointSlice[],
  wanted: { portName: string; protocol: string; family: Family },
): UsableEndpoints {
  const all: Candidate[] = [];
  const seen = new Set<number>();
  for (const slice of slices) {
    if (slice.addressType !== wanted.family) continue;
    const port = slice.ports?.find(
      ({ name = "", protocol = "TCP" }) => name === wanted.portName && protocol === wanted.protocol,
    )?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, nodeName = "", hints } of slice.endpoints ?? []) {
      const address = parseAddress(addresses[0] ?? "");
      const ready = conditions?.ready !== false;
      const usable = ready || ((conditions?.serving ?? ready) && conditions?.terminating === true);
      if (address < 0 || !usable || seen.has(address * 65536 + port)) continue;
      seen.add(address * 65536 + port);
      all.push({ address, port, nodeName, ready, forNodes: hints?.forNodes ?? [], forZones: hints?.forZones ?? [] });
    }
  }
  return new UsableEndpoints(all);
}
