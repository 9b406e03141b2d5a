/** What somebody listens on: one for the containers of a pod together, one for a node, one for the laptop. */
import type { DnsQuestion, DnsReply } from "../base/dns.ts";
import { SystemError } from "../base/program.ts";
import type { TcpListener, TransportProtocol, UdpListener } from "./connection.ts";
import type { Listener } from "./network-port.ts";
import type { PacketFilter } from "./packet-filter.ts";

/** A server of DNS: answers a question of the client at that address, or keeps silent. */
export type NameListener = (question: DnsQuestion, client: string) => DnsReply | undefined;

export class NetworkNamespace {
  /** Addresses of this namespace; empty before a pod has its own. Loopback is implied. */
  readonly addresses: readonly string[];
  /** Servers of HTTP, by TCP port. A port is in `listeners` or in `tcp`, never in both. */
  readonly listeners = new Map<number, Listener>();
  /** Servers of byte streams, by TCP port. */
  readonly tcp = new Map<number, TcpListener>();
  /** Servers of datagrams, by UDP port. A port is in `udp` or in `names`, never in both. */
  readonly udp = new Map<number, UdpListener>();
  /** Servers of DNS, by UDP port. */
  readonly names = new Map<number, NameListener>();
  /** Connections with an end here: what has to be reset when the namespace goes. */
  readonly connections = new Set<{ reset(): void }>();
  /** What stands between packets and their receivers here; only a node's namespace has one. */
  packetFilter: PacketFilter | undefined;
  private lastPort = FIRST_EPHEMERAL_PORT - 1;

  constructor(addresses: readonly string[] = []) {
    this.addresses = addresses;
  }

  listens(port: number, protocol: TransportProtocol = "TCP"): boolean {
    return protocol === "TCP"
      ? this.listeners.has(port) || this.tcp.has(port)
      : this.udp.has(port) || this.names.has(port);
  }

  /** Takes a port for a server of HTTP; answers how to give it back. Throws EADDRINUSE. */
  bindHttp(port: number, listener: Listener): () => void {
    this.assertFree(port, "TCP");
    return bind(this.listeners, port, listener);
  }

  bindTcp(port: number, listener: TcpListener): () => void {
    this.assertFree(port, "TCP");
    return bind(this.tcp, port, listener);
  }

  bindUdp(port: number, listener: UdpListener): () => void {
    this.assertFree(port, "UDP");
    return bind(this.udp, port, listener);
  }

  bindNames(port: number, listener: NameListener): () => void {
    this.assertFree(port, "UDP");
    return bind(this.names, port, listener);
  }

  /** A port for a client (net.ipv4.ip_local_port_range). Simplified: in turn instead of at random. */
  ephemeralPort(): number {
    this.lastPort = this.lastPort >= LAST_EPHEMERAL_PORT ? FIRST_EPHEMERAL_PORT : this.lastPort + 1;
    return this.lastPort;
  }

  /** The namespace is gone: nobody listens any more and what was connected is reset. */
  tearDown(): void {
    this.listeners.clear();
    this.tcp.clear();
    this.udp.clear();
    this.names.clear();
    for (const connection of [...this.connections]) connection.reset();
  }

  private assertFree(port: number, protocol: TransportProtocol): void {
    if (this.listens(port, protocol)) throw new SystemError("EADDRINUSE", `:${port}`);
  }
}

const FIRST_EPHEMERAL_PORT = 32_768;
const LAST_EPHEMERAL_PORT = 60_999;

function bind<L>(table: Map<number, L>, port: number, listener: L): () => void {
  table.set(port, listener);
  return () => {
    if (table.get(port) === listener) table.delete(port);
  };
}
