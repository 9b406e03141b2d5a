/** What the kernel of a node remembers of a connection that passes it. Upstream: nf_conntrack. */
export interface TrackedConnection {
  readonly protocol: "tcp" | "udp";
  /** Seconds until it is forgotten. */
  readonly timeout: number;
  /** Of TCP: `ESTABLISHED`, `TIME_WAIT`, `SYN_SENT`, `CLOSE`; "" for UDP. */
  readonly state: string;
  /** As the client's packets come, and as the answers do: behind what the node translates. */
  readonly original: TrackedTuple;
  readonly reply: TrackedTuple;
  readonly replied: boolean;
  /** It stays when the table is full. */
  readonly assured: boolean;
}

export interface TrackedTuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}
