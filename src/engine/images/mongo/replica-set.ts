/**
 * A mongod's part in its replica set: configuration, who is primary, and that writes reach a majority before they are
 * acknowledged. **Simplified:** an entry of the oplog is a whole collection; elections are quicker than in life; arbiters,
 * hidden and delayed members are not there.
 */
import { isObject } from "../../base/json.ts";
import type { Connection } from "../../runtime/connection.ts";
import type { ServerContext } from "../define-image.ts";
import { Ensemble } from "../ensemble/ensemble.ts";
import type { EnsembleState, Member } from "../ensemble/member.ts";
import { EPOCH } from "../ensemble/leadership.ts";
import { send } from "../ensemble/messages.ts";
import type { Message, Vote } from "../ensemble/messages.ts";
import { MongoError } from "./documents.ts";

/** A primary looks so often for members that don't follow it. */
const INVITE_MS = 10_000;
const STATES = { leading: "PRIMARY", following: "SECONDARY", looking: "SECONDARY", candidate: "SECONDARY" } as const;
const NUMBERS: Readonly<Record<string, number>> = { PRIMARY: 1, SECONDARY: 2, DOWN: 8 };

export interface SetMember {
  _id: number;
  host: string;
  priority: number;
}
export interface SetConfig {
  _id: string;
  version: number;
  members: SetMember[];
}
export interface SetState {
  config?: SetConfig;
  log: EnsembleState;
}

export interface SetHost {
  ctx: ServerContext;
  /** --replSet. */
  name: string;
  port: number;
  snapshot(): unknown;
  restore(data: unknown): void;
  apply(entry: unknown): void;
  save(): void;
  log(severity: string, message: string): void;
}

/** Later, what came of it; `fail` with the server's words. */
export type Reply = { done(value: unknown): void; fail(message: string): void };

export class ReplicaSet {
  readonly name: string;
  private config: SetConfig | undefined;
  private ensemble: Ensemble | undefined;
  private own = -1;
  private readonly log: EnsembleState;
  private readonly host: SetHost;
  private heldUntil = 0;
  private inviting = false;

  constructor(host: SetHost, saved: SetState | undefined) {
    this.host = host;
    this.name = host.name;
    this.config = saved?.config;
    this.log = saved?.log ?? { epoch: 0, zxid: 0 };
  }

  state(): SetState {
    return { ...(this.config && { config: this.config }), log: this.log };
  }

  get isPrimary(): boolean {
    return this.ensemble?.role === "leading";
  }

  /** As the shell's prompt shows it. */
  get prompt(): string {
    if (this.ensemble === undefined) return "";
    return `${this.name} [direct: ${this.isPrimary ? "primary" : "secondary"}] `;
  }

  /** The server listens: it takes its place, if it has one. */
  start(): void {
    const { config, host } = this;
    this.ensemble?.stop();
    this.ensemble = undefined;
    this.own = config === undefined ? -1 : this.selfIn(config);
    if (config === undefined || this.own < 0) return;
    const ensemble = new Ensemble(
      {
        ctx: host.ctx,
        id: this.own,
        members: () => (this.config?.members ?? []).map(memberOf),
        rank: () => this.rank(),
        snapshot: () => ({ config: this.config, data: host.snapshot() }),
        restore: (snapshot) => {
          if (!isObject(snapshot)) return;
          this.config = snapshot["config"] as SetConfig;
          host.restore(snapshot["data"]);
        },
        apply: (entry) => {
          if (isObject(entry) && isConfig(entry["config"])) this.adopt(entry["config"]);
          else host.apply(entry);
          return { done: true };
        },
        save: () => host.save(),
        changed: (role) => {
          host.log("I", `Replica set state transition: newState ${STATES[role]}`);
          if (role === "leading") this.invite();
        },
        invitation: () => this.config,
      },
      this.log,
    );
    this.ensemble = ensemble;
    ensemble.look();
  }

  private adopt(config: SetConfig): void {
    this.config = config;
    if (this.selfIn(config) < 0) {
      this.ensemble?.stop();
      this.ensemble = undefined;
    }
  }

  private rank(): number {
    const priority = this.config?.members.find(({ _id }) => _id === this.own)?.priority ?? 0;
    if (priority === 0 || this.host.ctx.now() < this.heldUntil) return -1;
    return priority * 1000 - this.own;
  }

  /** The member that this server is; -1: none of them. */
  private selfIn({ members }: SetConfig): number {
    const { ctx, port } = this.host;
    const self = members.find((member) => {
      const { host, port: at } = memberOf(member);
      if (at !== port) return false;
      if (host.split(".")[0] === ctx.hostname || host === ctx.podIP || host === "localhost") return true;
      try {
        return ctx.network.resolve(host).includes(ctx.podIP);
      } catch {
        return false;
      }
    });
    return self?._id ?? -1;
  }

  /** While it is primary, members that don't follow hear of the set. */
  private invite(): void {
    if (this.inviting) return;
    this.inviting = true;
    const look = (): void => {
      this.inviting = this.isPrimary;
      if (!this.isPrimary) return;
      this.ask();
      this.host.ctx.after(INVITE_MS, look);
    };
    look();
  }

  private ask(): void {
    const { ensemble } = this;
    const following = ensemble?.followerIds() ?? [];
    for (const member of this.config?.members ?? [])
      if (member._id !== this.own && !following.includes(member._id)) ensemble?.ask(memberOf(member), () => undefined);
  }

  hears(connection: Connection): { take(message: Message): void; closed(): void } {
    let heard: ReturnType<Ensemble["hears"]> | undefined;
    return {
      take: (message) => {
        if (message.say === "vote?") this.invited(message.invitation);
        if (this.ensemble !== undefined) {
          heard ??= this.ensemble.hears(connection);
          heard.take(message);
        } else if (message.say === "vote?") {
          const vote: Vote = { id: -1, role: "looking", zxid: 0, epoch: 0, rank: -1 };
          send(connection, { say: "vote", vote });
        }
      },
      closed: () => heard?.closed(),
    };
  }

  private invited(invitation: unknown): void {
    if (!isConfig(invitation) || invitation._id !== this.name) return;
    const config = invitation;
    if (this.ensemble !== undefined || this.selfIn(config) < 0) return;
    if (config.version <= (this.config?.version ?? 0) && this.config !== undefined) return;
    this.config = config;
    this.host.save();
    this.start();
  }

  /** A write: only the primary takes it, and it counts once a majority has it. */
  write(entry: unknown, reply: Reply, value: unknown): void {
    if (this.ensemble === undefined || !this.isPrimary) throw new MongoError("not primary");
    this.ensemble.propose(entry, (done) =>
      done === undefined ? reply.fail("operation was interrupted") : reply.done(value),
    );
  }

  checkRead(secondaryOk: boolean): void {
    if (this.isPrimary || (this.ensemble !== undefined && secondaryOk)) return;
    throw new MongoError(
      "not primary and secondaryOk=false - consider using db.getMongo().setReadPref() or readPreference in the connection string",
    );
  }

  hello(): Record<string, unknown> {
    const { config, ensemble } = this;
    if (config === undefined || ensemble === undefined)
      return { isWritablePrimary: false, secondary: false, info: "Does not have a valid replica set config", ok: 1 };
    const named = (id: number | undefined): string | undefined => config.members.find(({ _id }) => _id === id)?.host;
    const primary = named(ensemble.leader);
    return {
      hosts: config.members.map(({ host }) => host),
      setName: this.name,
      setVersion: config.version,
      isWritablePrimary: this.isPrimary,
      secondary: !this.isPrimary,
      ...(primary !== undefined && { primary }),
      me: named(this.own),
      ok: 1,
    };
  }

  /** `rs.…()`; false: that isn't known. */
  command(name: string, args: readonly unknown[], reply: Reply): boolean {
    switch (name) {
      case "initiate":
        this.initiate(args[0], reply);
        return true;
      case "status":
        this.status(reply);
        return true;
      case "conf":
      case "config":
        reply.done(this.known());
        return true;
      case "hello":
      case "isMaster":
        reply.done(this.hello());
        return true;
      case "add": {
        const known = this.known();
        if (args.length > 1) throw new MongoError("this playground does not know arbiters");
        const given = typeof args[0] === "string" ? { host: args[0] } : args[0];
        const _id = Math.max(-1, ...known.members.map((member) => member._id)) + 1;
        this.reconfigure([...known.members, setMember(given, _id)], reply);
        return true;
      }
      case "remove": {
        const known = this.known();
        const members = known.members.filter(({ host }) => host !== args[0]);
        if (members.length === known.members.length)
          throw new MongoError(
            `Couldn't find ${String(args[0])} in ${JSON.stringify(known.members.map(({ host }) => host))}`,
          );
        this.reconfigure(members, reply);
        return true;
      }
      case "stepDown": {
        if (!this.isPrimary) throw new MongoError("not primary so can't step down");
        this.heldUntil = this.host.ctx.now() + Number(args[0] ?? 60) * 1000;
        this.ensemble?.look();
        reply.done({ ok: 1 });
        return true;
      }
      default:
        return false;
    }
  }

  private known(): SetConfig {
    if (this.config === undefined) throw new MongoError("no replset config has been received");
    return this.config;
  }

  private reconfigure(members: SetMember[], reply: Reply): void {
    const known = this.known();
    if (this.ensemble === undefined || !this.isPrimary)
      throw new MongoError(
        "New config is rejected :: caused by :: replSetReconfig should only be run on a writable PRIMARY",
      );
    const config: SetConfig = { ...known, version: known.version + 1, members };
    this.write({ config }, reply, { ok: 1 });
    this.ask();
  }

  private initiate(given: unknown, reply: Reply): void {
    if (this.config !== undefined) throw new MongoError("already initialized");
    const me = `${this.host.ctx.hostname}:${this.host.port}`;
    const { _id = this.name, members: list = [{ _id: 0, host: me }], ...rest } = isObject(given) ? given : {};
    const strange = Object.keys(rest).find((name) => name !== "version" && name !== "protocolVersion");
    if (strange !== undefined) throw new MongoError(`this playground does not know a replica set's ${strange}`);
    if (_id !== this.name)
      throw new MongoError(
        `Rejecting initiate with a set name that differs from command line set name, initiate set name: ${String(_id)}, command line set name: ${this.name}`,
      );
    if (!Array.isArray(list)) throw new MongoError("BSON field 'members' is the wrong type, expected type 'array'");
    const members = list.map((each, at) => setMember(each, at));
    const config: SetConfig = { _id: this.name, version: 1, members };
    const own = this.selfIn(config);
    if (own < 0)
      throw new MongoError(
        `No host described in new configuration with {version: 1, term: 0} for replica set ${this.name} maps to this node`,
      );
    const others = members.filter((member) => member._id !== own);
    const probe = new Ensemble({ ...SILENT, ctx: this.host.ctx, id: own, members: () => [] }, { epoch: 0, zxid: 0 });
    const failed: string[] = [];
    let missing = others.length;
    const decide = (): void => {
      if (failed.length > 0)
        return reply.fail(
          `replSetInitiate quorum check failed because not all proposed set members responded affirmatively: ${failed.map((host) => `${host} failed with Error connecting to ${host}`).join(", ")}`,
        );
      this.config = config;
      this.host.save();
      this.start();
      const simple = { info2: "no configuration specified. Using a default configuration for the set", me, ok: 1 };
      reply.done(isObject(given) ? { ok: 1 } : simple);
    };
    if (missing === 0) decide();
    for (const member of others) {
      probe.ask(memberOf(member), (vote) => {
        if (vote === undefined) failed.push(member.host);
        missing -= 1;
        if (missing === 0) decide();
      });
    }
  }

  private status(reply: Reply): void {
    const config = this.known();
    const { ensemble } = this;
    if (ensemble === undefined) throw new MongoError("Our replica set config is invalid or we are not a member of it");
    const votes = new Map<number, Vote>();
    const others = config.members.filter(({ _id }) => _id !== this.own);
    let missing = others.length;
    const tell = (): void => {
      const members = config.members.map(({ _id, host }) => {
        const role = _id === this.own ? ensemble.role : votes.get(_id)?.role;
        const stateStr = role === undefined ? "(not reachable/healthy)" : STATES[role];
        const self = _id === this.own;
        return {
          _id,
          name: host,
          health: role === undefined ? 0 : 1,
          state: NUMBERS[role === undefined ? "DOWN" : stateStr],
          stateStr,
          ...(self && { self: true }),
        };
      });
      const date = new Date(this.host.ctx.now()).toISOString();
      const myState = NUMBERS[STATES[ensemble.role]];
      const term = Math.floor(this.log.zxid / EPOCH);
      reply.done({ set: this.name, date, myState, term, heartbeatIntervalMillis: 2000, members, ok: 1 });
    };
    if (missing === 0) tell();
    for (const member of others) {
      ensemble.ask(memberOf(member), (vote) => {
        if (vote !== undefined && vote.id >= 0) votes.set(member._id, vote);
        missing -= 1;
        if (missing === 0) tell();
      });
    }
  }
}

/** For who only asks. */
const SILENT = {
  rank: () => -1,
  snapshot: () => undefined,
  restore: () => {},
  apply: () => undefined,
  save: () => {},
  changed: () => {},
};

function isConfig(value: unknown): value is SetConfig {
  return isObject(value) && typeof value["version"] === "number" && Array.isArray(value["members"]);
}

function memberOf({ _id, host }: SetMember): Member {
  const [, name = host, port = "27017"] = /^(.*):(\d+)$/.exec(host) ?? [];
  return { id: _id, host: name, port: Number(port) };
}

/** Fields that are not kept are refused. */
function setMember(given: unknown, at: number): SetMember {
  if (!isObject(given) || typeof given["host"] !== "string")
    throw new MongoError("BSON field 'MemberConfig.host' is missing but a required field");
  const { _id = at, host, priority = 1, ...rest } = given;
  const [strange] = Object.keys(rest);
  if (strange !== undefined) throw new MongoError(`this playground does not know a member's ${strange}`);
  return { _id: Number(_id), host, priority: Number(priority) };
}
