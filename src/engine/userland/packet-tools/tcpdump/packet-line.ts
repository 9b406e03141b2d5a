/** A packet as tcpdump prints it. Upstream: print-ip.c, print-tcp.c, print-domain.c of tcpdump 4.99. */
import type { DnsMessage } from "../../../base/dns.ts";
import type { Datagram, Packet, Segment } from "../../../base/packets.ts";
import { formatDate } from "../../date-format.ts";
import { serviceName } from "../../service-names.ts";

export interface PrintOptions {
  /** Ports as numbers. */
  numeric: boolean;
  /** Less of each (-q). */
  quick: boolean;
  /** Numbers of TCP as they are (-S). */
  absolute: boolean;
  /** How many -t were given. */
  times: number;
  /** Which interface, as with `-i any`. */
  devices: boolean;
}

/** Ports of HTTP as tcpdump knows them. */
const HTTP_PORTS = new Set([80, 591, 8008, 8080]);
const NUMBERS = 2 ** 32;
const RCODES: Readonly<Record<string, string>> = {
  NOERROR: "",
  FORMERR: " FormErr",
  SERVFAIL: " ServFail",
  NXDOMAIN: " NXDomain",
  NOTIMP: " NotImp",
  REFUSED: " Refused",
};

export class PacketPrinter {
  private readonly options: PrintOptions;
  /** Where each side of a connection began, as far as it was seen. */
  private readonly begun = new Map<string, { sequence: number; acknowledged: number }>();
  /** What the times of `-ttt` and `-ttttt` count from. */
  private since: number | undefined;

  constructor(options: PrintOptions) {
    this.options = options;
  }

  line(packet: Packet): string {
    const { devices } = this.options;
    const { device, direction, source, destination, body } = packet;
    const ports = body.kind === "icmp" ? ["", ""] : [this.port(body.sourcePort), this.port(body.destinationPort)];
    const where = devices ? `${device.padEnd(5)} ${direction.padEnd(3)} ` : "";
    const kind = source.includes(":") ? "IP6" : "IP";
    return `${this.time(packet.at)}${where}${kind} ${source}${ports[0]} > ${destination}${ports[1]}: ${this.body(packet)}\n`;
  }

  private time(at: number): string {
    const { times } = this.options;
    const written = (ms: number, date: string): string =>
      `${formatDate(Math.floor(ms / 1000) * 1000, date)}.${fractionOf(ms)}`;
    switch (times) {
      case 0:
        return `${written(at, "%H:%M:%S")} `;
      case 1:
        return "";
      case 2:
        return `${Math.floor(at / 1000)}.${fractionOf(at)} `;
      case 4:
        return `${written(at, "%Y-%m-%d %H:%M:%S")} `;
      default: {
        const since = at - (this.since ?? at);
        if (times === 3 || this.since === undefined) this.since = at;
        return ` ${written(since, "%H:%M:%S")} `;
      }
    }
  }

  private port(port: number): string {
    const name = this.options.numeric ? "*" : serviceName(port);
    return `.${name === "*" ? port : name}`;
  }

  private body({ source, destination, body }: Packet): string {
    switch (body.kind) {
      case "icmp":
        return `${source.includes(":") ? "ICMP6," : "ICMP"} ${body.text}, length ${body.length}`;
      case "udp":
        return this.datagram(body);
      case "tcp":
        return this.segment(body, [source, destination]);
    }
  }

  private datagram({ dns, length }: Datagram): string {
    if (this.options.quick || dns === undefined) return `UDP, length ${length}`;
    const { id, question, message } = dns;
    if (message === undefined) {
      const edns = question.bufferSize === undefined ? "" : " [1au]";
      return `${id}+${edns} ${question.type}? ${question.name}. (${length})`;
    }
    return `${id}${messageText(message)} (${length})`;
  }

  private segment(segment: Segment, [source, destination]: readonly [string, string]): string {
    const { flags, window, options, length, text, sourcePort, destinationPort } = segment;
    if (this.options.quick) return `tcp ${length}`;
    const { sequence, acknowledged } = this.relative(segment, [source, destination]);
    const numbered = length > 0 || /[SFR]/.test(flags);
    const seq = numbered ? `, seq ${sequence}${length > 0 ? `:${(sequence + length) % NUMBERS}` : ""}` : "";
    const ack = flags.includes(".") ? `, ack ${acknowledged}` : "";
    const more = options === "" ? "" : `, options [${options}]`;
    const isHttp = HTTP_PORTS.has(sourcePort) || HTTP_PORTS.has(destinationPort);
    const http = isHttp && text !== undefined && length > 0 ? `: HTTP${firstLine(text)}` : "";
    return `Flags [${flags}]${seq}${ack}, win ${window}${more}, length ${length}${http}`;
  }

  /** Numbers count from the first that was seen of a connection; SYNs are shown as they are. */
  private relative(
    segment: Segment,
    [source, destination]: readonly [string, string],
  ): {
    sequence: number;
    acknowledged: number;
  } {
    const { sequence, acknowledged, flags, sourcePort, destinationPort } = segment;
    const shown = { sequence, acknowledged };
    if (this.options.absolute || !flags.includes(".")) return shown;
    const [here, there] = [`${source}.${sourcePort}`, `${destination}.${destinationPort}`];
    const turned = here > there;
    const key = turned ? `${there} ${here}` : `${here} ${there}`;
    const known = this.begun.get(key);
    if (known === undefined || flags.includes("S")) {
      this.begun.set(
        key,
        turned ? { sequence: acknowledged - 1, acknowledged: sequence } : { sequence, acknowledged: acknowledged - 1 },
      );
      return shown;
    }
    const from = (number: number, base: number): number => (number - base + NUMBERS) % NUMBERS;
    return turned
      ? { sequence: from(sequence, known.acknowledged), acknowledged: from(acknowledged, known.sequence) }
      : { sequence: from(sequence, known.sequence), acknowledged: from(acknowledged, known.acknowledged) };
  }
}

/** Microseconds. */
function fractionOf(ms: number): string {
  return String(Math.floor((ms - Math.floor(ms / 1000) * 1000) * 1000)).padStart(6, "0");
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\r\n");
  return /^([A-Z]+ \S+ HTTP\/|HTTP\/)/.test(line) ? `: ${line}` : "";
}

/** Of an answer: what came of it, its flags, how many records, and those of the answer proper. */
function messageText({
  rcode,
  authoritative,
  recursion,
  truncated,
  answer,
  authority,
  additional,
}: DnsMessage): string {
  const flags = `${authoritative ? "*" : ""}${recursion ? "" : "-"}${truncated === true ? "|" : ""}`;
  const records = answer.map(({ type, data }) => ` ${type} ${data}`).join(",");
  return `${RCODES[rcode] ?? ""}${flags} ${answer.length}/${authority.length}/${additional.length}${records}`;
}
