/** Packets as who listens at an interface sees them. */
import type { DnsMessage, DnsQuestion } from "./dns.ts";

export interface Packet {
  /** Virtual milliseconds since the Unix epoch; those of one exchange at one instant are a fraction apart. */
  readonly at: number;
  /** The interface that it passes, and which way. */
  readonly device: string;
  readonly direction: "In" | "Out";
  readonly source: string;
  readonly destination: string;
  readonly body: Segment | Datagram | Icmp;
}

/** Of TCP. */
export interface Segment {
  readonly kind: "tcp";
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** As tcpdump writes them: `S`, `S.`, `.`, `P.`, `F.`, `R.`, `R`. */
  readonly flags: string;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly window: number;
  readonly options: string;
  /** Bytes of what it carries. */
  readonly length: number;
  /** What it carries, where that is no secret: over TLS it is. */
  readonly text?: string;
}

/** Of UDP. */
export interface Datagram {
  readonly kind: "udp";
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly length: number;
  /** A question of DNS, or with a message its answer. */
  readonly dns?: { readonly id: number; readonly question: DnsQuestion; readonly message?: DnsMessage };
}

/** Of ICMP, in tcpdump's words. */
export interface Icmp {
  readonly kind: "icmp";
  readonly text: string;
  readonly length: number;
}
