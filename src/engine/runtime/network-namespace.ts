/** What somebody listens on: one for the containers of a pod together, one for a node, one for the laptop. */
import type { DnsQuestion, DnsReply } from "../base/dns.ts";
import { SystemError } from "../base/program.ts";
import type { NamespaceSockets, Route, SocketHolder } from "../base/sockets.ts";
import type { TrackedConnection } from "../base/tracked-connections.ts";
import type { TcpListener, TransportProtocol, UdpListener } from "./connection.ts";
import type { Listener } from "./network-port.ts";
import type { PacketFilter } from "../base/packet-filter.ts";

/** A server of DNS: answers a question of the client at that address, or keeps silent. `tcp`: it came by a connection. */
export type NameListener = (question: DnsQuestion, client: string, tcp: boolean) => DnsReply | undefined;

/** A socket of a namespace: one that listens, by its place, or one end of what is open. */
export type OpenSocket = { readonly protocol: TransportProtocol; readonly port: number } | object;

interface Resettable {
  reset(): void;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly protocol?: TransportProtocol;
}

/** Stands for a table that nothing was ever put into: most namespaces have one server at the most. */
const NOBODY: ReadonlyMap<number, never> = new Map<number, never>();

export class NetworkNamespace {
  /** Addresses of this namespace; empty before a pod has its own. Loopback is implied. */
  readonly addresses: readonly string[];
  private httpServers: Map<number, Listener> | undefined;
  private tcpServers: Map<number, TcpListener> | undefined;
  private udpServers: Map<number, UdpListener> | undefined;
  private nameServers: Map<number, NameListener> | undefined;
  private open: Set<Resettable> | undefined;
  /** What stands between packets and their receivers here; only a node's namespace has one. */
  packetFilter: PacketFilter | undefined;
  /** A node's routes to pods. */
  routes: (() => readonly Route[]) | undefined;
  /** What a node's kernel remembers of connections. */
  tracked: (() => readonly TrackedConnection[]) | undefined;
  /** The addresses of those listeners that don't take all; UDP by the negative port. Undefined while there are none. */
  private scopes: Map<number, readonly string[]> | undefined;
  private lastPort = FIRST_EPHEMERAL_PORT - 1;

  constructor(addresses: readonly string[] = []) {
    this.addresses = addresses;
  }

  /** Servers of HTTP, by TCP port. A port is in `listeners` or in `tcp`, never in both. */
  get listeners(): ReadonlyMap<number, Listener> {
    return this.httpServers ?? NOBODY;
  }

  /** Servers of byte streams, by TCP port. */
  get tcp(): ReadonlyMap<number, TcpListener> {
    return this.tcpServers ?? NOBODY;
  }

  /** Servers of datagrams, by UDP port. A port is in `udp` or in `names`, never in both. */
  get udp(): ReadonlyMap<number, UdpListener> {
    return this.udpServers ?? NOBODY;
  }

  /** Servers of DNS, by UDP port. */
  get names(): ReadonlyMap<number, NameListener> {
    return this.nameServers ?? NOBODY;
  }

  /** Connections with an end here: what has to be reset when the namespace goes. */
  get connections(): Set<Resettable> {
    return (this.open ??= new Set());
  }

  /** The same, for who only looks. */
  openEnds(): Iterable<object> {
    return this.open ?? [];
  }

  listens(port: number, protocol: TransportProtocol = "TCP"): boolean {
    return protocol === "TCP"
      ? this.listeners.has(port) || this.tcp.has(port)
      : this.udp.has(port) || this.names.has(port);
  }

  /** Whether who listens at the port, if anybody does, takes what is sent to this address of the namespace. */
  hears(address: string, port: number, protocol: TransportProtocol = "TCP"): boolean {
    const scope = this.scopeOf(port, protocol);
    if (scope.includes(EVERYWHERE) || scope.includes(address)) return true;
    return scope.includes(EVERY_IPV4) && !address.includes(":");
  }

  /** The address that the port's listener keeps to, or several: `::` for all, `0.0.0.0` for all of IPv4. */
  scope(port: number, protocol: TransportProtocol = "TCP"): string {
    return this.scopes?.get(scopeKey(port, protocol))?.join(" and ") ?? EVERYWHERE;
  }

  private scopeOf(port: number, protocol: TransportProtocol): readonly string[] {
    return this.scopes?.get(scopeKey(port, protocol)) ?? ALL;
  }

  /**
   * Takes a port for a server of HTTP; answers how to give it back. `address`: the only one to listen on, or several. Throws
   * EADDRINUSE, and EADDRNOTAVAIL for an address that is not this namespace's.
   *
   * Simplified: a port has one listener, also where two would listen on different addresses.
   */
  bindHttp(port: number, listener: Listener, address?: string | readonly string[]): () => void {
    return this.bind((this.httpServers ??= new Map()), { port, protocol: "TCP", address }, listener);
  }

  bindTcp(port: number, listener: TcpListener, address?: string | readonly string[]): () => void {
    return this.bind((this.tcpServers ??= new Map()), { port, protocol: "TCP", address }, listener);
  }

  bindUdp(port: number, listener: UdpListener, address?: string | readonly string[]): () => void {
    return this.bind((this.udpServers ??= new Map()), { port, protocol: "UDP", address }, listener);
  }

  bindNames(port: number, listener: NameListener, address?: string): () => void {
    return this.bind((this.nameServers ??= new Map()), { port, protocol: "UDP", address }, listener);
  }

  /** What tools show of it, with those of who has each socket open that `holders` knows. */
  sockets(holders: (socket: OpenSocket) => readonly SocketHolder[] = () => []): NamespaceSockets {
    const of = (protocol: TransportProtocol, ...tables: ReadonlyMap<number, unknown>[]) =>
      tables
        .flatMap((table) => [...table.keys()])
        .sort((a, b) => a - b)
        .flatMap((port) =>
          this.scopeOf(port, protocol).map((address) => ({
            ...{ protocol, port, address },
            holders: holders({ protocol, port }),
          })),
        );
    const listening = [...of("TCP", this.listeners, this.tcp), ...of("UDP", this.udp, this.names)];
    const connections = [...(this.open ?? [])].flatMap((end) => {
      const { protocol = "TCP", localAddress, localPort, remoteAddress, remotePort } = end;
      return localAddress === undefined ||
        localPort === undefined ||
        remoteAddress === undefined ||
        remotePort === undefined
        ? []
        : [{ protocol, localAddress, localPort, remoteAddress, remotePort, holders: holders(end) }];
    });
    const { addresses, packetFilter } = this;
    const node = packetFilter !== undefined;
    const hosts = (packetFilter?.virtualServers() ?? []).map((server) =>
      server.address.slice(0, server.address.lastIndexOf(":")).replace(/^\[|\]$/g, ""),
    );
    const virtualAddresses = [...new Set(hosts)].filter((host) => !addresses.includes(host));
    const routes = this.routes?.() ?? [];
    return { addresses, node, virtualAddresses, listening, connections, guarded: false, routes };
  }

  /** A port for a client (net.ipv4.ip_local_port_range). Simplified: in turn instead of at random. */
  ephemeralPort(): number {
    this.lastPort = this.lastPort >= LAST_EPHEMERAL_PORT ? FIRST_EPHEMERAL_PORT : this.lastPort + 1;
    return this.lastPort;
  }

  /** The namespace is gone: nobody listens any more and what was connected is reset. */
  tearDown(): void {
    this.httpServers?.clear();
    this.tcpServers?.clear();
    this.udpServers?.clear();
    this.nameServers?.clear();
    this.scopes = undefined;
    for (const connection of [...(this.open ?? [])]) connection.reset();
  }

  private bind<L>(
    table: Map<number, L>,
    at: { port: number; protocol: TransportProtocol; address: string | readonly string[] | undefined },
    listener: L,
  ): () => void {
    const { port, protocol, address = EVERYWHERE } = at;
    if (this.listens(port, protocol)) throw new SystemError("EADDRINUSE", `:${port}`);
    const addresses = typeof address === "string" ? [address] : address;
    for (const each of addresses) if (!this.isOwn(each)) throw new SystemError("EADDRNOTAVAIL", each);
    table.set(port, listener);
    const key = scopeKey(port, protocol);
    if (!addresses.includes(EVERYWHERE)) (this.scopes ??= new Map()).set(key, addresses);
    return () => {
      if (table.get(port) !== listener) return;
      table.delete(port);
      this.scopes?.delete(key);
    };
  }

  private isOwn(address: string): boolean {
    return ANYWHERE.has(address) || address.startsWith("127.") || this.addresses.includes(address);
  }
}

const FIRST_EPHEMERAL_PORT = 32_768;
const LAST_EPHEMERAL_PORT = 60_999;

const EVERYWHERE = "::";
const EVERY_IPV4 = "0.0.0.0";
const ALL = [EVERYWHERE];
const ANYWHERE: ReadonlySet<string> = new Set([EVERYWHERE, EVERY_IPV4, "::1"]);

function scopeKey(port: number, protocol: TransportProtocol): number {
  return protocol === "TCP" ? port : -port;
}
