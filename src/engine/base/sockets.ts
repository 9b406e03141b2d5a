/** What the sockets and routes of a network namespace are, for tools that show them. */

/** A process that has a socket open, as far as who asks sees the process and may look into it. */
export interface SocketHolder {
  readonly pid: number;
  readonly fd: number;
  readonly argv: readonly string[];
  readonly user: string;
}

/** Addresses of a network namespace besides loopback, and who listens there: TCP first, by port. */
export interface NamespaceSockets {
  readonly addresses: readonly string[];
  /** True iff it is a node's own. */
  readonly node: boolean;
  /** `address`: the only one that is listened on, `::` for all, `0.0.0.0` for all of IPv4. */
  readonly listening: readonly {
    readonly protocol: "TCP" | "UDP";
    readonly address: string;
    readonly port: number;
    readonly holders: readonly SocketHolder[];
  }[];
  /** What is open: byte streams, and sockets that speak to one peer. */
  readonly connections: readonly {
    readonly protocol: "TCP" | "UDP";
    readonly localAddress: string;
    readonly localPort: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly holders: readonly SocketHolder[];
  }[];
  /** True iff who asks sees processes that it may not look into. */
  readonly guarded: boolean;
  /** Of a node whose kube-proxy writes for IPVS, or did: what it has given the node for services, on kube-ipvs0. */
  readonly virtualAddresses?: readonly string[];
  /** A node's routes to pods, its own and others'; empty for pods, which have one way out. */
  readonly routes: readonly Route[];
}

/** Where packets to a range of addresses go: to a neighbour, or straight out of an interface. */
export interface Route {
  /** `10.244.1.0/24` */
  readonly to: string;
  readonly via?: string;
  readonly dev: string;
  /** The own address that packets leave with. */
  readonly source?: string;
}
