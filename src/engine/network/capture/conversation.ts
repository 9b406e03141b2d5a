/**
 * The packets of one connection of TCP as they pass: numbered from where each side began. Upstream: RFC 9293, and Linux'
 * usual options.
 *
 * **Simplified:** windows stay as they are at first, every segment is acknowledged by itself, and what gets lost on faulty
 * links is shown once.
 */
import { utf8Encode } from "../../base/base64.ts";
import { hash53 } from "../../base/hash.ts";
import type { Segment } from "../../base/packets.ts";
import type { Taps } from "./taps.ts";
import type { Sight, WayOf } from "./way.ts";

export type Side = "client" | "server";

const OTHER: Record<Side, Side> = { client: "server", server: "client" };
const WINDOWS: Record<Side, { first: number; then: number }> = {
  client: { first: 64_240, then: 502 },
  server: { first: 65_160, then: 509 },
};
const NUMBERS = 2 ** 32;

export class Conversation {
  readonly clientPort: number;
  private readonly taps: Taps;
  private readonly way: WayOf;
  /** Milliseconds from one side to the other. */
  private readonly oneWay: number;
  private readonly next: Record<Side, number>;
  /** Where each side's clock of timestamps began. */
  private readonly clocks: Record<Side, number>;
  private readonly stamps: Record<Side, number> = { client: 0, server: 0 };
  private over = false;

  constructor(taps: Taps, how: { way: WayOf; clientPort: number; oneWay: number; now: number }) {
    const { way, clientPort, oneWay, now } = how;
    this.taps = taps;
    this.way = way;
    this.clientPort = clientPort;
    this.oneWay = oneWay;
    const ends = way.sights[0]?.ends;
    const number = (side: Side): number =>
      Number.parseInt(
        hash53(`${side} ${ends?.client}:${clientPort} ${ends?.server}:${ends?.serverPort} ${now}`).slice(0, 8),
        16,
      );
    this.next = { client: number("client"), server: number("server") };
    const clock = (address: string | undefined): number => Number.parseInt(hash53(`${address}`).slice(0, 7), 16);
    this.clocks = { client: clock(ends?.client), server: clock(way.sights.at(-1)?.ends.server) };
  }

  /** The three packets that begin it; the first leaves at `at`. Answers when the client has the second. */
  open(at: number): number {
    this.begin(at);
    this.send("server", "S.", { at: at + this.oneWay });
    const opened = at + 2 * this.oneWay;
    this.send("client", ".", { at: opened });
    return opened;
  }

  /** The first packet; it is sent again as long as nobody answers. */
  begin(at: number): void {
    const { client } = this.next;
    this.send("client", "S", { at });
    if (!this.way.whole) this.next.client = client;
  }

  /** Nobody listens there. */
  refuse(at: number): void {
    this.next.server = 0;
    this.send("server", "R.", { at: at + this.oneWay });
    this.over = true;
  }

  /** Something is said, and acknowledged when it has come. */
  say(side: Side, at: number, what: { text: string } | { bytes: number }): number {
    const length = "bytes" in what ? what.bytes : utf8Encode(what.text).length;
    this.send(side, "P.", { at, length, ...("text" in what && { text: what.text }) });
    const heard = at + this.oneWay;
    this.send(OTHER[side], ".", { at: heard });
    return heard;
  }

  /** Says that nothing more comes. */
  end(side: Side, at: number): number {
    this.send(side, "F.", { at });
    return at + this.oneWay;
  }

  /** Both sides end, the one after the other. */
  close(first: Side, at: number): void {
    if (this.over) return;
    const heard = this.end(first, at);
    const back = this.end(OTHER[first], heard);
    this.send(first, ".", { at: back });
    this.over = true;
  }

  reset(side: Side, at: number): void {
    if (this.over) return;
    this.send(side, "R.", { at });
    this.over = true;
  }

  acknowledge(side: Side, at: number): void {
    this.send(side, ".", { at });
  }

  private send(side: Side, flags: string, what: { at: number; length?: number; text?: string }): void {
    if (this.over) return;
    const { at, length = 0, text } = what;
    const { first, then } = WINDOWS[side];
    const isFirst = flags.startsWith("S");
    const stamp = this.clocks[side] + (Math.floor(at) % 1_000_000_000);
    const times = `TS val ${stamp} ecr ${this.stamps[OTHER[side]]}`;
    this.stamps[side] = stamp;
    const segment: Omit<Segment, "sourcePort" | "destinationPort"> = {
      kind: "tcp",
      flags,
      sequence: this.next[side],
      acknowledged: flags === "S" ? 0 : this.next[OTHER[side]],
      window: flags === "R." ? 0 : isFirst ? first : then,
      options: flags === "R." ? "" : isFirst ? `mss 1460,sackOK,${times},nop,wscale 7` : `nop,nop,${times}`,
      length,
      ...(text !== undefined && { text }),
    };
    this.next[side] = (this.next[side] + length + (/[SF]/.test(flags) ? 1 : 0)) % NUMBERS;
    this.taps.pass(this.way.sights, { side, at, oneWay: this.oneWay }, ({ ends }: Sight) => ({
      ...segment,
      sourcePort: side === "client" ? this.clientPort : ends.serverPort,
      destinationPort: side === "client" ? ends.serverPort : this.clientPort,
    }));
  }
}
