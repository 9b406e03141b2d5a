/** A server of datagrams that treats each peer as a connection, as `nc -u -l` does. */
import type { Connection, ConnectionEvents, Datagram, UdpListener } from "./connection.ts";

export function datagramPeers(take: (connection: Connection) => ConnectionEvents): UdpListener {
  const known = new Map<string, { peer: Peer; events: ConnectionEvents }>();
  return (datagram) => {
    const key = `${datagram.remoteAddress}:${datagram.remotePort}`;
    let entry = known.get(key);
    if (entry === undefined) {
      const peer = new Peer(datagram, () => void known.delete(key));
      entry = { peer, events: take(peer) };
      known.set(key, entry);
    }
    entry.peer.latest = datagram;
    entry.events.data?.(datagram.data);
    return undefined;
  };
}

class Peer implements Connection {
  latest: Datagram;
  readonly localAddress = "0.0.0.0";
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly room = Infinity;
  private readonly forget: () => void;

  constructor(first: Datagram, forget: () => void) {
    this.latest = first;
    this.localPort = first.port;
    this.remoteAddress = first.remoteAddress;
    this.remotePort = first.remotePort;
    this.forget = forget;
  }

  write(text: string): void {
    this.latest.reply(text);
  }

  end(): void {}

  close(): void {
    this.forget();
  }

  reset(): void {
    this.forget();
  }

  consumed(): void {}
}
