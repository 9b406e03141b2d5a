/**
 * Servers that keep the same data by majority, as ZooKeeper's Zab does it (and MongoDB's sets much alike): they look for a
 * leader, the one that knows most leads, a proposal counts once a majority has it, and without a majority nobody serves.
 * Members speak over the simulated network, so partitions and lost nodes do what they do in life.
 * **Simplified:** a follower takes the leader's whole data when it joins, and shows a proposal as soon as it has it.
 */
import type { Connection, ConnectionEvents } from "../../runtime/connection.ts";
import { Leadership } from "./leadership.ts";
import { PING_MS, SILENCE_MS } from "./member.ts";
import type { EnsembleHost, EnsembleState, Member } from "./member.ts";
import { messageReader, send } from "./messages.ts";
import type { Message, Role, Vote } from "./messages.ts";

const ASK_MS = 1000;
const RETRY = { first: 300, most: 8000 };

export class Ensemble {
  role: Role = "looking";
  /** Whom this member follows. */
  leader: number | undefined;
  /** When it was last known that a member is there; present for those that are now. */
  readonly seen = new Map<number, Vote>();
  readonly state: EnsembleState;
  private readonly host: EnsembleHost;
  private leadership: Leadership | undefined;
  private toLeader: Connection | undefined;
  private giveUp: (() => void) | undefined;
  private requests = new Map<number, (result: unknown) => void>();
  private requested = 0;
  private heardAt = 0;
  private delay = RETRY.first;
  /** Counts rounds and roles: what belongs to an earlier one is over. */
  private turn = 0;

  constructor(host: EnsembleHost, state: EnsembleState) {
    this.host = host;
    this.state = state;
  }

  /** Whether it may answer clients. */
  get serves(): boolean {
    return this.role === "leading" || this.role === "following";
  }

  followerIds(): number[] {
    return this.leadership?.followerIds() ?? [];
  }

  /** Looks for a leader from now on. */
  look(): void {
    this.leadership?.end();
    this.leadership = undefined;
    this.leave();
    this.delay = RETRY.first;
    this.become("looking", undefined);
    this.round();
  }

  /** Ends all: it belongs to no ensemble any more. */
  stop(): void {
    this.leadership?.end();
    this.leadership = undefined;
    this.leave();
    this.turn++;
  }

  /** `done` gets the result, undefined where it isn't known whether it counts. Only while it serves. */
  propose(entry: unknown, done: (result: unknown) => void): void {
    if (this.leadership !== undefined) this.leadership.propose(entry, done);
    else if (this.toLeader === undefined || !this.serves) done(undefined);
    else {
      const number = ++this.requested;
      this.requests.set(number, done);
      send(this.toLeader, { say: "request", number, entry });
    }
  }

  /** What comes over a connection that another member opened. */
  hears(connection: Connection): Required<Pick<ConnectionEvents, "closed">> & { take(message: Message): void } {
    let follower: ((message: Message) => void) | undefined;
    return {
      take: (message) => {
        if (message.say === "vote?") {
          send(connection, { say: "vote", vote: this.vote() });
          // Somebody new is there: no reason to wait any longer.
          if (this.role === "looking" && this.delay > RETRY.first) {
            this.delay = RETRY.first;
            this.again();
          }
        } else if (message.say === "follow") {
          if (this.leadership === undefined) send(connection, { say: "refused" });
          else follower = this.leadership.accept(connection, message);
        } else follower?.(message);
      },
      closed: () => this.leadership?.left(connection),
    };
  }

  private vote(): Vote {
    const { zxid, epoch } = this.state;
    return { id: this.host.id, role: this.role, zxid, epoch, rank: this.host.rank() };
  }

  private become(role: Role, leader: number | undefined): void {
    const before = this.role;
    this.role = role;
    this.leader = leader;
    if (role !== before) this.host.changed(role);
  }

  private again(): void {
    const turn = ++this.turn;
    this.host.ctx.after(this.delay, () => {
      if (turn === this.turn && this.role === "looking") this.round();
    });
    this.delay = Math.min(this.delay * 2, RETRY.most);
  }

  /** Asks everybody, and decides when all have answered or their time is over. */
  private round(): void {
    const turn = ++this.turn;
    const others = this.host.members().filter(({ id }) => id !== this.host.id);
    const votes: Vote[] = [];
    let missing = others.length;
    const decided = (): void => {
      if (turn === this.turn && this.role === "looking") this.decide(votes);
    };
    if (missing === 0) decided();
    for (const member of others) {
      this.ask(member, (vote) => {
        if (vote !== undefined) votes.push(vote);
        missing -= 1;
        if (missing === 0) decided();
      });
    }
  }

  /** Asks a member for its vote; undefined when none comes. */
  ask(member: Member, answer: (vote: Vote | undefined) => void): void {
    const { host } = this;
    let open = true;
    const done = (vote: Vote | undefined): void => {
      if (!open) return;
      open = false;
      if (vote === undefined) this.seen.delete(member.id);
      else this.seen.set(member.id, vote);
      answer(vote);
    };
    host.ctx.network.connect(
      { host: member.host, port: member.port, timeoutMs: ASK_MS },
      {
        opened: (connection) => {
          const invitation = host.invitation?.();
          send(connection, { say: "vote?", id: host.id, ...(invitation !== undefined && { invitation }) });
          host.ctx.after(ASK_MS, () => {
            if (open) connection.close();
            done(undefined);
          });
          return {
            data: messageReader((message) => {
              if (message.say === "vote") done(message.vote);
              connection.close();
            }),
            closed: () => done(undefined),
          };
        },
        fail: () => done(undefined),
      },
    );
  }

  private decide(votes: readonly Vote[]): void {
    const own = this.vote();
    const leader = votes.find(({ role }) => role === "leading" || role === "candidate");
    if (leader !== undefined) return this.follow(leader.id);
    const lookers = [own, ...votes.filter(({ role }) => role === "looking")];
    if (lookers.length * 2 <= this.host.members().length) return this.again();
    const [best] = lookers
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => b.zxid - a.zxid || b.rank - a.rank || a.id - b.id);
    if (best === undefined) return this.again();
    if (best.id !== own.id) return this.follow(best.id);
    this.turn++;
    this.become("candidate", undefined);
    const leadership = new Leadership(this.host, this.state, {
      gained: () => {
        this.become("leading", this.host.id);
      },
      lost: () => {
        if (this.leadership === leadership) this.look();
      },
    });
    this.leadership = leadership;
    leadership.start();
  }

  private follow(id: number): void {
    const turn = ++this.turn;
    const member = this.host.members().find((each) => each.id === id);
    if (member === undefined) return this.again();
    const failed = (): void => {
      if (turn !== this.turn) return;
      this.leave();
      if (this.role === "looking") this.again();
      else this.look();
    };
    this.giveUp = this.host.ctx.network.connect(
      { host: member.host, port: member.port, timeoutMs: ASK_MS },
      {
        opened: (connection) => {
          this.giveUp = undefined;
          this.toLeader = connection;
          const { zxid, epoch } = this.state;
          send(connection, { say: "follow", id: this.host.id, zxid, epoch });
          this.heardAt = this.host.ctx.now();
          this.watch(turn, failed);
          return {
            data: messageReader((message) => {
              if (turn !== this.turn) return;
              this.heardAt = this.host.ctx.now();
              if (message.say === "refused") failed();
              else this.obey(connection, message, id);
            }),
            closed: failed,
          };
        },
        fail: failed,
      },
    );
  }

  /** A leader that says nothing is none. */
  private watch(turn: number, failed: () => void): void {
    this.host.ctx.after(PING_MS, () => {
      if (turn !== this.turn) return;
      if (this.host.ctx.now() - this.heardAt > SILENCE_MS) failed();
      else this.watch(turn, failed);
    });
  }

  private obey(connection: Connection, message: Message, leader: number): void {
    const { host, state } = this;
    if (message.say === "sync") {
      host.restore(message.snapshot);
      Object.assign(state, { epoch: message.epoch, zxid: message.zxid });
      host.save();
      send(connection, { say: "ack", zxid: message.zxid });
      this.become("following", leader);
    } else if (message.say === "entry") {
      state.zxid = message.zxid;
      host.apply(message.entry, message);
      host.save();
      send(connection, { say: "ack", zxid: message.zxid });
    } else if (message.say === "ping") send(connection, { say: "pong" });
    else if (message.say === "done") {
      const done = this.requests.get(message.number);
      this.requests.delete(message.number);
      done?.(message.result);
    }
  }

  private leave(): void {
    this.giveUp?.();
    this.giveUp = undefined;
    const { toLeader, requests } = this;
    this.toLeader = undefined;
    this.requests = new Map();
    toLeader?.close();
    for (const done of requests.values()) done(undefined);
  }
}
