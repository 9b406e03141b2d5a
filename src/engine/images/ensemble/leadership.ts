/** The leader's side: who follows, what they have of what was proposed, and whether they are a majority. */
import type { Connection } from "../../runtime/connection.ts";
import { PING_MS, SILENCE_MS } from "./member.ts";
import type { EnsembleHost, EnsembleState } from "./member.ts";
import { send } from "./messages.ts";
import type { Message } from "./messages.ts";

/** One epoch's proposals are numbered from here. */
export const EPOCH = 2 ** 32;
/** A candidate whom no majority follows by then looks again. */
const PATIENCE_MS = 10_000;

interface Follower {
  connection: Connection;
  /** The last that it has on its disk; -1 until it has the snapshot. */
  acked: number;
  epoch: number;
  heardAt: number;
}

interface Proposal {
  zxid: number;
  result: unknown;
  done(result: unknown): void;
}

export class Leadership {
  /** True from the moment when a majority has the leader's data. */
  established = false;
  private readonly followers = new Map<number, Follower>();
  private proposals: Proposal[] = [];
  private over = false;
  private readonly host: EnsembleHost;
  private readonly state: EnsembleState;
  /** Called once, when it ends for whatever reason but `end`. */
  private readonly lost: () => void;
  private readonly gained: () => void;
  private begun = false;
  /** Iff it looks at its followers before long: who has none needs no clock. */
  private looks = false;

  constructor(host: EnsembleHost, state: EnsembleState, events: { gained: () => void; lost: () => void }) {
    this.host = host;
    this.state = state;
    this.lost = events.lost;
    this.gained = events.gained;
  }

  start(): void {
    this.host.ctx.after(PATIENCE_MS, () => {
      if (!this.established) this.giveUp();
    });
    this.review();
  }

  followerIds(): number[] {
    return [...this.followers.keys()];
  }

  /** Answers what it wants to hear of a member that asked to follow. */
  accept(connection: Connection, asked: Message & { say: "follow" }): ((message: Message) => void) | undefined {
    const { id, zxid, epoch } = asked;
    const known = this.host.members().some((member) => member.id === id);
    if (this.over || !known || (!this.begun && zxid > this.state.zxid)) {
      send(connection, { say: "refused" });
      // Who knows more should lead.
      if (known && !this.begun) this.giveUp();
      return undefined;
    }
    this.followers.get(id)?.connection.close();
    const follower: Follower = { connection, acked: -1, epoch, heardAt: this.host.ctx.now() };
    this.followers.set(id, follower);
    this.look();
    if (this.begun) this.sync(follower);
    else this.review();
    return (message) => this.hear(follower, message);
  }

  left(connection: Connection): void {
    for (const [id, follower] of this.followers) if (follower.connection === connection) this.followers.delete(id);
    this.review();
  }

  /** `done` gets what applying it came to; undefined when it isn't known whether a majority has it. */
  propose(entry: unknown, done: (result: unknown) => void): void {
    const { host, state } = this;
    state.zxid += 1;
    const { zxid } = state;
    const at = host.ctx.now();
    const result = host.apply(entry, { zxid, at });
    host.save();
    this.proposals.push({ zxid, result, done });
    for (const { connection, acked } of this.followers.values())
      if (acked >= 0) send(connection, { say: "entry", zxid, at, entry });
    this.commit();
  }

  end(): void {
    this.over = true;
    for (const { connection } of this.followers.values()) connection.close();
    this.followers.clear();
    const { proposals } = this;
    this.proposals = [];
    for (const { done } of proposals) done(undefined);
  }

  private giveUp(): void {
    if (this.over) return;
    this.end();
    this.lost();
  }

  private hear(follower: Follower, message: Message): void {
    follower.heardAt = this.host.ctx.now();
    if (message.say === "ack") {
      follower.acked = Math.max(follower.acked, message.zxid);
      this.review();
      this.commit();
    } else if (message.say === "request") {
      const { number } = message;
      if (!this.established) send(follower.connection, { say: "done", number });
      else this.propose(message.entry, (result) => send(follower.connection, { say: "done", number, result }));
    }
  }

  private sync(follower: Follower): void {
    const { epoch, zxid } = this.state;
    send(follower.connection, { say: "sync", epoch, zxid, snapshot: this.host.snapshot() });
    follower.acked = 0;
  }

  /** A majority of all members, this one included. */
  private isMajority(count: number): boolean {
    return count * 2 > this.host.members().length;
  }

  private having(zxid: number): number {
    let count = 1;
    for (const { acked } of this.followers.values()) if (acked >= zxid) count++;
    return count;
  }

  /** Begins once a majority has come, is established once it has the data, ends when there is none any more. */
  private review(): void {
    if (this.over) return;
    const enough = this.isMajority(this.followers.size + 1);
    if (!this.begun && enough) {
      this.begun = true;
      const epochs = [...this.followers.values()].map(({ epoch }) => epoch);
      this.state.epoch = Math.max(this.state.epoch, ...epochs) + 1;
      this.state.zxid = this.state.epoch * EPOCH;
      this.host.save();
      for (const follower of this.followers.values()) this.sync(follower);
    }
    if (this.begun && !enough) this.giveUp();
    else if (this.begun && !this.established && this.isMajority(this.having(this.state.epoch * EPOCH))) {
      this.established = true;
      this.gained();
    }
  }

  private commit(): void {
    while (this.proposals[0] !== undefined && this.isMajority(this.having(this.proposals[0].zxid))) {
      const proposal = this.proposals.shift();
      proposal?.done(proposal.result);
    }
  }

  /** Followers are asked whether they are there, and let go when they don't answer. */
  private look(): void {
    if (this.looks || this.followers.size === 0) return;
    this.looks = true;
    this.host.ctx.after(PING_MS, () => {
      this.looks = false;
      if (this.over) return;
      for (const { connection, heardAt } of this.followers.values()) {
        if (this.host.ctx.now() - heardAt > SILENCE_MS) {
          connection.reset();
          this.left(connection);
        } else send(connection, { say: "ping" });
      }
      this.look();
    });
  }
}
