/**
 * Who belongs to the cluster's etcd, and whether enough of them run and see each other to agree on anything.
 * Upstream: etcd server/etcdserver/api/membership, server/etcdserver/server.go; raft.
 *
 * **Simplified:** all members hold one store, so that none lags behind and a leader is there as soon as a majority is.
 */
import { hash53 } from "../../base/hash.ts";

export interface Member {
  /** Hexadecimal. */
  readonly id: string;
  /** "" until it has started for the first time. */
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  /** It hears of everything and has no vote. */
  readonly isLearner?: true;
}

/** Refused in the words of etcd's `rpctypes`. */
export class MembershipError extends Error {}

/** One learner at a time (`--max-learners`). */
const MAX_LEARNERS = 1;

export function memberOf(name: string, { peers, clients }: { peers: string; clients: string }): Member {
  const id = `${hash53(peers)}${hash53(`member ${peers}`)}`.slice(-16).replace(/^0+/, "");
  return { id, name, peerURLs: peers.split(","), clientURLs: clients === "" ? [] : clients.split(",") };
}

export interface MembershipOptions {
  members: readonly Member[];
  /** Whether packets go between two nodes. */
  linked(from: string, to: string): boolean;
  /** Somebody has come or gone, started or ended. */
  changed(): void;
}

export class Membership {
  private readonly options: MembershipOptions;
  private all: readonly Member[];
  /** Nodes of those that run, by id, in the order in which they started; with how to end each. */
  private readonly running = new Map<string, { node: string; expel: () => void }>();
  /** id of whom the others follow; it stays as long as it can. */
  private lead = "";
  private elections = 1;

  constructor(options: MembershipOptions) {
    this.options = options;
    this.all = options.members;
  }

  get members(): readonly Member[] {
    return this.all;
  }

  /** Of the member with that address for its peers. */
  at(peers: string): Member | undefined {
    return this.all.find(({ peerURLs }) => peerURLs.join(",") === peers);
  }

  get anyRuns(): boolean {
    return this.running.size > 0;
  }

  isRunning(id: string): boolean {
    return this.running.has(id);
  }

  /** A member has started on a node. `expel`: what it does when it is removed. */
  start(member: Member, node: string, expel: () => void): void {
    const known = this.all.find(({ id }) => id === member.id);
    const entry: Member = { ...member, ...(known?.isLearner === true && { isLearner: true }) };
    this.all = known === undefined ? [...this.all, entry] : this.all.map((each) => (each === known ? entry : each));
    this.running.set(member.id, { node, expel });
    this.review();
  }

  end(id: string): void {
    if (this.running.delete(id)) this.review();
  }

  /** Whether a node's member runs and is one of a majority that see each other. */
  answers(node: string): boolean {
    return this.running.size > 0 && this.seenFrom(node) >= this.quorum;
  }

  /** Whether anything can be read or written anywhere. */
  get hasQuorum(): boolean {
    return [...this.running.values()].some(({ node }) => this.answers(node));
  }

  /** id of the running member that decides; undefined: there is none. */
  get leader(): string | undefined {
    const able = [...this.running].flatMap(([id, { node }]) => (this.isVoter(id) && this.answers(node) ? [id] : []));
    const [first] = able;
    if (first === undefined) return undefined;
    if (!able.includes(this.lead)) {
      if (this.lead !== "") this.elections++;
      this.lead = first;
    }
    return this.lead;
  }

  /** Of the leader; the first one's is 2. */
  get term(): number {
    return this.elections + 1;
  }

  /** Something has happened by which others may see each other than before. */
  review(): void {
    void this.leader;
    this.options.changed();
  }

  /** Throws a MembershipError. */
  add(peers: readonly string[], { learner }: { learner: boolean }): Member {
    if (peers.some((url) => this.all.some(({ peerURLs }) => peerURLs.includes(url)))) {
      throw new MembershipError("etcdserver: Peer URLs already exists");
    }
    if (learner && this.all.filter(({ isLearner }) => isLearner === true).length >= MAX_LEARNERS) {
      throw new MembershipError("etcdserver: too many learner members in cluster");
    }
    // `--strict-reconfig-check`: what is added must not take the quorum away.
    const started = this.voters.filter(({ id }) => this.running.has(id)).length;
    if (!learner && started < majority(this.voters.length + 1) && this.voters.length > 1) throw unhealthy();
    const member: Member = {
      ...memberOf("", { peers: peers.join(","), clients: "" }),
      ...(learner && { isLearner: true }),
    };
    this.all = [...this.all, member];
    this.review();
    return member;
  }

  /** Throws a MembershipError. */
  promote(id: string): Member {
    const found = this.known(id);
    if (found.isLearner !== true) throw new MembershipError("etcdserver: can only promote a learner member");
    if (!this.running.has(id)) {
      throw new MembershipError("etcdserver: can only promote a learner member which is in sync with leader");
    }
    const { isLearner: _, ...member } = found;
    this.all = this.all.map((each) => (each === found ? member : each));
    this.review();
    return member;
  }

  /** Throws a MembershipError. */
  remove(id: string): void {
    const found = this.known(id);
    const rest = this.voters.filter((each) => each !== found);
    const started = rest.filter((each) => this.running.has(each.id)).length;
    if (rest.length > 0 && started < majority(rest.length)) throw unhealthy();
    this.all = this.all.filter((each) => each !== found);
    const process = this.running.get(id);
    this.running.delete(id);
    this.review();
    process?.expel();
  }

  /** Other data, with who holds them. */
  replace(members: readonly Member[]): void {
    this.all = members;
  }

  private known(id: string): Member {
    const found = this.all.find((each) => each.id === id);
    if (found === undefined) throw new MembershipError("etcdserver: member not found");
    return found;
  }

  private get voters(): readonly Member[] {
    return this.all.filter(({ isLearner }) => isLearner !== true);
  }

  private isVoter(id: string): boolean {
    return this.voters.some((each) => each.id === id);
  }

  private get quorum(): number {
    return majority(this.voters.length);
  }

  /** How many running voters a node's own member sees, itself among them; 0: it doesn't run. */
  private seenFrom(node: string): number {
    const nodes = [...this.running].flatMap(([id, process]) => (this.isVoter(id) ? [process.node] : []));
    if (![...this.running.values()].some((process) => process.node === node)) return 0;
    return nodes.filter((each) => each === node || this.options.linked(node, each)).length;
  }
}

function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

function unhealthy(): MembershipError {
  return new MembershipError("etcdserver: unhealthy cluster");
}
