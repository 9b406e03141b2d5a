/**
 * Where the packets of an exchange pass, from the client on, and under which addresses: a service's on the client's side of
 * the node that translates it, an endpoint's on the other. Told from what the network decided; nothing is decided here.
 *
 * **Simplified:** of a node's interfaces its loopback, eth0 and the bridge of its pods; the pods' own pairs on the node are
 * not told apart from the bridge.
 */
import { formatAddress, isLoopback, loopbackFor } from "../address.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import type { Station } from "../station.ts";
import { denial } from "../trace.ts";
import type { Failure, Trace } from "../trace.ts";

export interface Ends {
  readonly client: string;
  readonly server: string;
  readonly serverPort: number;
}

/** One interface on the way. */
export interface Sight {
  readonly station: Station;
  readonly device: "lo" | "eth0" | "cni0";
  /** Of packets from the client. */
  readonly direction: "In" | "Out";
  readonly ends: Ends;
}

export interface WayOf {
  /** From the client to the server, or to where packets are lost or sent back. */
  readonly sights: readonly Sight[];
  /** True iff they arrive. */
  readonly whole: boolean;
  /** The node at which they end, if they end at one. */
  readonly endsAt: NodeNetwork | undefined;
  /** The addresses before the node that translates them, if one does, and behind it. */
  readonly before: Ends;
  readonly translator: NodeNetwork | undefined;
  readonly after: Ends;
}

const NOBODY: Ends = { client: "", server: "", serverPort: 0 };
const NOTHING: WayOf = {
  ...{ sights: [], whole: false, endsAt: undefined },
  ...{ before: NOBODY, translator: undefined, after: NOBODY },
};

export function wayOf(fabric: Fabric, trace: Trace, failure: Failure | undefined): WayOf {
  const { from, address } = trace;
  if (address < 0 || !from.powered || failure?.errno === "ENETUNREACH") return NOTHING;
  const to = trace.to ?? fabric.stations.get(trace.endpoint?.address ?? address);
  const before: Ends = {
    client: isLoopback(address) ? loopbackFor(address) : from.textFor(address),
    server: formatAddress(address),
    serverPort: trace.asked,
  };
  const after = translated(trace, before, to);
  if (to === from && after.server === before.server && after.serverPort === before.serverPort) {
    const sights: Sight[] = [{ station: from, device: "lo", direction: "In", ends: before }];
    return { sights, whole: true, endsAt: undefined, before, translator: undefined, after };
  }
  return new Walk(fabric, { trace, failure, to, before, after }).way();
}

/** What the packets are addressed to behind the translating node, and from whom they seem to come. */
function translated(trace: Trace, before: Ends, to: Station | undefined): Ends {
  const { endpoint, port, seenAs, address } = trace;
  const outside = to?.kind === "internet";
  // What the router before the nodes does is seen on none of them.
  const client = outside ? (trace.from.node?.host.textFor(address) ?? before.client) : (seenAs ?? before.client);
  if (endpoint !== undefined) return { client, server: formatAddress(endpoint.address), serverPort: endpoint.port };
  if (to !== undefined && trace.to !== undefined && !to.has(address) && !isLoopback(address))
    return { client, server: to.textFor(address), serverPort: port };
  return { client, server: before.server, serverPort: trace.to === undefined ? before.serverPort : port };
}

interface Known {
  readonly trace: Trace;
  readonly failure: Failure | undefined;
  readonly to: Station | undefined;
  readonly before: Ends;
  readonly after: Ends;
}

class Walk {
  private readonly fabric: Fabric;
  private readonly known: Known;
  private readonly sights: Sight[] = [];

  constructor(fabric: Fabric, known: Known) {
    this.fabric = fabric;
    this.known = known;
  }

  way(): WayOf {
    const { trace, to, before, after } = this.known;
    const { from } = trace;
    const translator = this.translator;
    if (from.kind === "pod") this.see(from, "eth0", "Out", before);
    let ends = before;
    const nodes = this.nodes(translator);
    for (const [at, node] of nodes.entries()) {
      if (at > 0 || from.kind !== "node")
        this.see(node.host, at === 0 && from.kind === "pod" ? "cni0" : "eth0", "In", ends);
      if (node === translator) ends = after;
      if (this.stopsAt(node)) return this.told(false, node);
      const next = nodes[at + 1];
      if (next === undefined && to?.node === node) {
        if (to.kind === "pod") this.see(node.host, "cni0", "Out", ends);
      } else this.see(node.host, "eth0", "Out", ends);
      if (this.lostBehind(node, next)) return this.told(false);
    }
    if (to?.kind === "pod") this.see(to, "eth0", "In", ends);
    return this.told(to !== undefined);
  }

  private told(whole: boolean, endsAt?: NodeNetwork): WayOf {
    const { before, after } = this.known;
    return { sights: this.sights, whole, endsAt, before, translator: this.translator, after };
  }

  private see(station: Station, device: Sight["device"], direction: Sight["direction"], ends: Ends): void {
    this.sights.push({ station, device, direction, ends });
  }

  /** The node whose rules put other addresses into the packets, if one does. */
  private get translator(): NodeNetwork | undefined {
    const { trace, to, before, after } = this.known;
    if (trace.proxy !== undefined) return trace.proxy;
    if (trace.hostPort !== undefined) return to?.node;
    const same = before.server === after.server && before.serverPort === after.serverPort;
    return same && before.client === after.client ? undefined : trace.from.node;
  }

  /** The client's node, the one that translates, the server's; and where nobody is, the one in charge of the address. */
  private nodes(translator: NodeNetwork | undefined): NodeNetwork[] {
    const { trace, failure, to } = this.known;
    const owner =
      failure?.errno === "EHOSTUNREACH" && to === undefined
        ? [...this.fabric.nodes.values()].find((node) => node.owns(trace.endpoint?.address ?? trace.address))
        : undefined;
    const nodes: NodeNetwork[] = [];
    for (const node of [trace.from.node, translator, to?.node ?? owner])
      if (node !== undefined && nodes.at(-1) !== node) nodes.push(node);
    return nodes;
  }

  private stopsAt(node: NodeNetwork): boolean {
    const { trace, failure, to } = this.known;
    if (failure === undefined || trace.to !== undefined) return false;
    if (trace.filter !== undefined) return trace.filter.node === node;
    if (denial(trace) !== undefined) return node === (trace.egress?.allowed === false ? trace.from.node : to?.node);
    if (trace.rule !== undefined && trace.endpoint === undefined) return node === trace.proxy;
    return failure.errno === "EHOSTUNREACH" && to === undefined && node.owns(trace.endpoint?.address ?? trace.address);
  }

  private lostBehind({ host }: NodeNetwork, next: NodeNetwork | undefined): boolean {
    const { trace, failure, to } = this.known;
    if (failure?.errno !== "ETIMEDOUT" || trace.to !== undefined || denial(trace) !== undefined) return false;
    const broken = trace.links?.at(-1);
    if (broken !== undefined && next !== undefined) return broken.at === host.name || broken.at === trace.from.name;
    return next?.powered === false || (next === undefined && to?.node?.host !== host);
  }
}
