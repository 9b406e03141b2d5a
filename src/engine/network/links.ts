/**
 * The links between nodes and what is wrong with them: cut, slow, or losing packets. A fault may be of one pair of nodes or
 * of all links of a node. Within a node nothing goes over a link.
 */
import type { RandomStream } from "../sim/random.ts";

export interface LinkFault {
  readonly cut: boolean;
  /** Milliseconds that each way takes longer. */
  readonly latencyMs: number;
  /** Of a hundred packets, either way. */
  readonly lossPercent: number;
}

export const SOUND: LinkFault = { cut: false, latencyMs: 0, lossPercent: 0 };

/** How long TCP waits before it sends again what stayed unanswered: a first packet, then any other. */
const FIRST_SYN_MS = 1000;
const FIRST_DATA_MS = 200;
const SYN_RETRIES = 6;

export class Links {
  private readonly random: RandomStream;
  private readonly faults = new Map<string, LinkFault>();

  constructor(random: RandomStream) {
    this.random = random;
  }

  /** False while every link is sound. */
  get active(): boolean {
    return this.faults.size > 0;
  }

  /** `to` undefined: all links of the node, also those to the world outside. */
  set(from: string, to: string | undefined, fault: Partial<LinkFault>): void {
    const key = keyOf(from, to);
    const now = { ...(this.faults.get(key) ?? SOUND), ...fault };
    if (!now.cut && now.latencyMs === 0 && now.lossPercent === 0) this.faults.delete(key);
    else this.faults.set(key, now);
  }

  /** What stands between two nodes; "" is the world outside. */
  between(from: string, to: string): LinkFault {
    if (this.faults.size === 0 || from === to) return SOUND;
    const faults = [keyOf(from, to), from, to].flatMap((key) => this.faults.get(key) ?? []);
    if (faults.length === 0) return SOUND;
    const kept = faults.reduce((share, { lossPercent }) => share * (1 - lossPercent / 100), 1);
    return {
      cut: faults.some(({ cut }) => cut),
      latencyMs: faults.reduce((sum, { latencyMs }) => sum + latencyMs, 0),
      lossPercent: 100 * (1 - kept),
    };
  }

  /** Whether one packet gets lost. */
  loses({ lossPercent }: LinkFault): boolean {
    return lossPercent > 0 && this.random.float() * 100 < lossPercent;
  }

  /**
   * Milliseconds that TCP loses to lost packets until a packet and its answer have come through, undefined when it gives
   * up. `syn`: it is the first one of a connection.
   */
  lostTime(fault: LinkFault, syn: boolean): number | undefined {
    let waited = 0;
    let wait = syn ? FIRST_SYN_MS : FIRST_DATA_MS;
    for (let tries = 0; tries <= SYN_RETRIES; tries++) {
      const there = this.loses(fault);
      if (!there && !this.loses(fault)) return waited;
      waited += wait;
      wait *= 2;
    }
    return undefined;
  }
}

function keyOf(from: string, to: string | undefined): string {
  if (to === undefined) return from;
  return from < to ? `${from} ${to}` : `${to} ${from}`;
}
