/** Bytes of answers on the wire, and what fits into a datagram. Upstream: miekg/dns msg_truncate.go. */
import type { DnsMessage, DnsQuestion, DnsRecord } from "../../base/dns.ts";

const HEADER_BYTES = 12;
const EDNS_BYTES = 11;
/** Type, class, TTL and length of a record. */
const RECORD_BYTES = 10;
const POINTER_BYTES = 2;
const PLAIN_LIMIT = 512;
/** So few records fit whatever their names are. */
const FEW = 2;

/** The message as it goes into one datagram: what doesn't fit is left out from its end, and it says so. */
export function truncated(question: DnsQuestion, message: DnsMessage, most = Infinity): DnsMessage {
  const { answer, authority, additional } = message;
  if (answer.length + authority.length + additional.length <= FEW) return message;
  const limit = Math.min(question.bufferSize ?? PLAIN_LIMIT, most);
  const size = new CompressedSize(question);
  const fitting = (records: readonly DnsRecord[]): readonly DnsRecord[] => {
    const over = records.findIndex((record) => {
      size.add(record);
      return size.bytes > limit;
    });
    return over < 0 ? records : records.slice(0, over);
  };
  const cut = { answer: fitting(answer), authority: fitting(authority), additional: fitting(additional) };
  return size.bytes <= limit ? message : { ...message, ...cut, truncated: true };
}

/** Bytes of a question, or with a message of its answer. */
export function messageSize(question: DnsQuestion, message?: DnsMessage): number {
  const size = new CompressedSize(question);
  const { answer = [], authority = [], additional = [] } = message ?? {};
  for (const record of [...answer, ...authority, ...additional]) size.add(record);
  return size.bytes;
}

/** Names that have been written before are pointers. */
class CompressedSize {
  bytes: number;
  private readonly names = new Set<string>();

  constructor({ name, bufferSize }: DnsQuestion) {
    this.bytes = HEADER_BYTES + 4 + (bufferSize === undefined ? 0 : EDNS_BYTES) + this.name(name);
  }

  add({ name, type, data }: DnsRecord): void {
    this.bytes += this.name(name) + RECORD_BYTES + this.data(type, data);
  }

  private data(type: string, text: string): number {
    const words = text.split(" ");
    switch (type) {
      case "A":
        return 4;
      case "AAAA":
        return 16;
      case "SRV":
        return 6 + (words[3] ?? "").length + 1;
      case "MX":
        return 2 + this.name(words[1] ?? "");
      case "SOA":
        return this.name(words[0] ?? "") + this.name(words[1] ?? "") + 20;
      case "TXT":
        return text.length - 1;
      default:
        return this.name(text);
    }
  }

  private name(text: string): number {
    const name = text.replace(/\.$/, "");
    if (this.names.has(name)) return POINTER_BYTES;
    this.names.add(name);
    return name.length + 2;
  }
}
