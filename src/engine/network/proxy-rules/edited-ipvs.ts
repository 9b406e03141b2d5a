/**
 * A node's virtual servers of IPVS once root has changed them. Each connection is for the next of their destinations, or,
 * where they are persistent, for the one that this client had last.
 */
import type { IpvsEdit, IpvsRefusal, VirtualServer } from "../../base/packet-filter.ts";

export class EditedIpvs {
  private readonly servers: Map<string, VirtualServer>;
  private readonly turns = new Map<string, number>();
  /** Of persistent servers, by the server and the client's address: which destination, and until when. */
  private readonly kept = new Map<string, { destination: string; until: number }>();

  constructor(servers: readonly VirtualServer[]) {
    this.servers = new Map(servers.map((server) => [keyOf(server), server]));
  }

  list(): VirtualServer[] {
    return [...this.servers.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  edit(edit: IpvsEdit): IpvsRefusal | undefined {
    if (edit.do === "clear") {
      this.servers.clear();
      return undefined;
    }
    const { protocol, address } = edit;
    const key = keyOf(edit);
    const server = this.servers.get(key);
    if (edit.do === "add") {
      if (server !== undefined) return "exists";
      const { scheduler, persistentSeconds } = edit;
      this.servers.set(key, { protocol, address, scheduler, persistentSeconds, destinations: [] });
      return undefined;
    }
    if (server === undefined) return "no-service";
    if (edit.do === "delete") {
      this.servers.delete(key);
      return undefined;
    }
    const others = server.destinations.filter((each) => each.address !== edit.destination);
    const known = others.length < server.destinations.length;
    if (edit.do === "add-destination" && known) return "destination-exists";
    if (edit.do === "delete-destination" && !known) return "no-destination";
    const destinations = known ? others : [...others, { address: edit.destination, connections: 0 }];
    this.servers.set(key, { ...server, destinations });
    return undefined;
  }

  /** A client's destination; "" where the server has none; undefined: there is no such server. */
  choose(
    { protocol, address }: { protocol: string; address: string },
    client: { address: number; now: number },
  ): string | undefined {
    const key = keyOf({ protocol, address });
    const server = this.servers.get(key);
    if (server === undefined) return undefined;
    const { destinations, persistentSeconds } = server;
    if (persistentSeconds === 0) return this.next(key, destinations);
    const own = `${key} ${client.address}`;
    const known = this.kept.get(own);
    const stays =
      known !== undefined &&
      known.until > client.now &&
      destinations.some((each) => each.address === known.destination);
    const destination = stays ? known.destination : this.next(key, destinations);
    this.kept.set(own, { destination, until: client.now + persistentSeconds * 1000 });
    return destination;
  }

  private next(key: string, destinations: VirtualServer["destinations"]): string {
    const turn = this.turns.get(key) ?? 0;
    this.turns.set(key, turn + 1);
    return destinations[turn % destinations.length]?.address ?? "";
  }
}

function keyOf({ protocol, address }: { protocol: string; address: string }): string {
  return `${protocol} ${address}`;
}
