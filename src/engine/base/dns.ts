/** What a DNS query and its answer are, as text instead of bytes. Names are absolute, without the final dot; "" is the root. */

export type RecordType = "A" | "AAAA" | "CNAME" | "MX" | "NS" | "PTR" | "SOA" | "SRV" | "TXT" | "HINFO" | "ANY";

const TYPES: ReadonlySet<string> = new Set<RecordType>([
  "A",
  "AAAA",
  "CNAME",
  "MX",
  "NS",
  "PTR",
  "SOA",
  "SRV",
  "TXT",
  "HINFO",
  "ANY",
]);

/** Of a name in any case; undefined when there is no such type here. */
export function recordType(text: string): RecordType | undefined {
  const type = text.toUpperCase();
  return TYPES.has(type) ? (type as RecordType) : undefined;
}
export type ResponseCode = "NOERROR" | "FORMERR" | "SERVFAIL" | "NXDOMAIN" | "NOTIMP" | "REFUSED";

export interface DnsQuestion {
  readonly name: string;
  readonly type: RecordType;
  /** How large an answer by a datagram may be, where the client says so (EDNS); 512 bytes where it doesn't. */
  readonly bufferSize?: number;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  /** As in a zone file: `10.96.0.1`, `web.default.svc.cluster.local.`, `0 100 443 web.default.svc.cluster.local.` */
  readonly data: string;
}

export interface DnsMessage {
  readonly rcode: ResponseCode;
  /** The server is in charge of the name. */
  readonly authoritative: boolean;
  /** The server would ask others for the client. */
  readonly recursion: boolean;
  /** Not all of it fitted into a datagram. */
  readonly truncated?: boolean;
  readonly answer: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

/** An answer and how long it took after the query arrived. */
export interface DnsReply {
  readonly message: DnsMessage;
  readonly latencyMs: number;
}

export function dnsMessage(fields: Partial<DnsMessage> = {}): DnsMessage {
  return {
    rcode: "NOERROR",
    authoritative: false,
    recursion: false,
    answer: [],
    authority: [],
    additional: [],
    ...fields,
  };
}

/** `Web.Default.` → `web.default`. */
export function normalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** True when `name` is `zone` or below it; "" is above everything. */
export function inZone(name: string, zone: string): boolean {
  return zone === "" || name === zone || name.endsWith(`.${zone}`);
}

/** `10.96.0.1` → `1.0.96.10.in-addr.arpa`; undefined when it is no address. */
export function reverseName(address: string): string | undefined {
  if (/^\d+(\.\d+){3}$/.test(address)) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const full = address.includes(":") ? expandIPv6(address) : undefined;
  return full === undefined ? undefined : `${[...full].reverse().join(".")}.ip6.arpa`;
}

/** The address that a reverse name is about; undefined when it is about none. IPv6 in its shortest form. */
export function reversedAddress(name: string): string | undefined {
  const four = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name);
  if (four !== null) return four.slice(1).reverse().join(".");
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name);
  if (six === null) return undefined;
  const digits = (six[1] as string).split(".").reverse().join("");
  return shortIPv6((digits.match(/.{4}/g) as string[]).map((group) => Number.parseInt(group, 16)));
}

/** The 32 digits of an IPv6 address; undefined when it is none. */
function expandIPv6(address: string): string | undefined {
  const [head = "", tail, more] = address.toLowerCase().split("::");
  if (more !== undefined) return undefined;
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...first, ...Array.from({ length: tail === undefined ? 0 : missing }, () => "0"), ...last];
  return all.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? all.map((group) => group.padStart(4, "0")).join("")
    : undefined;
}

export function isIPv6(text: string): boolean {
  return text.includes(":") && expandIPv6(text) !== undefined;
}

/** RFC 5952: the longest run of zero groups becomes `::`. */
function shortIPv6(groups: readonly number[]): string {
  let best = { from: -1, length: 1 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (best.from < 0) return text(groups);
  return `${text(groups.slice(0, best.from))}::${text(groups.slice(best.from + best.length))}`;
}
