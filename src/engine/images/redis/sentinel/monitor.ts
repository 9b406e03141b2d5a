/**
 * One master under a Sentinel's eyes, with its replicas and the other Sentinels that watch it: who is down, and who is master
 * from now on. Upstream: Redis src/sentinel.c.
 *
 * **Simplified:** it looks once a second, where the real one does ten times; no scripts, no TILT.
 */
import type { ServerContext } from "../../define-image.ts";
import { Failover } from "./failover.ts";
import { isAddress } from "./settings.ts";
import type { MasterSettings } from "./settings.ts";
import { HELLO, Watched } from "./watched.ts";
import type { Role } from "./watched.ts";

const INFO_TURNS = 10;
const HELLO_TURNS = 2;
const CONVERT_AFTER_MS = 8000;
const INFO_PERIOD_MS = 10_000;

/** What a Sentinel offers to those that it watches with. */
export interface SentinelHost {
  readonly ctx: ServerContext;
  readonly id: string;
  readonly port: number;
  readonly announceIp: string | undefined;
  epoch: number;
  /** An event, to its log and to who has subscribed to it. */
  say(mark: "#" | "*", event: string, text: string): void;
  save(): void;
}

export class Monitor {
  readonly host: SentinelHost;
  readonly settings: MasterSettings;
  readonly slaves = new Map<string, Watched>();
  readonly sentinels = new Map<string, Watched>();
  master: Watched;
  odown = false;
  failover: Failover | undefined;
  /** No other failover before twice its timeout is over. */
  failoverAt = -Infinity;
  /** Whom this Sentinel voted for last. */
  vote = { leader: "*", epoch: 0 };
  private turns = 0;
  /** Since when a server that should follow says that it leads, and the other way about. */
  private readonly strangeSince = new Map<Watched, number>();

  constructor(host: SentinelHost, settings: MasterSettings) {
    this.host = host;
    this.settings = settings;
    this.master = this.watch("master", settings);
    host.say("#", "+monitor", `${this.about(this.master)} quorum ${settings.quorum}`);
    for (const { host: at, port } of settings.replicas) this.addSlave(at, port);
    for (const { host: at, port, runId } of settings.sentinels)
      this.sentinels.set(runId, this.watch("sentinel", { host: at, port, runId }));
  }

  private watch(role: Role, place: { host: string; port: number; runId?: string }): Watched {
    return new Watched(this.host.ctx, {
      ...{ role, host: place.host, port: place.port, heard: (text) => this.hello(text) },
      informed: (each) => this.informed(each),
      ...(place.runId !== undefined && { runId: place.runId }),
      password: () => (role === "sentinel" ? undefined : this.settings.password),
    });
  }

  /** As events name it. */
  about({ role, host, port, place, runId }: Watched): string {
    const { name } = this.settings;
    if (role === "master") return `master ${name} ${host} ${port}`;
    return `${role} ${role === "slave" ? place : runId} ${host} ${port} @ ${name} ${this.master.host} ${this.master.port}`;
  }

  say(mark: "#" | "*", event: string, about: Watched, more = ""): void {
    this.host.say(mark, event, `${this.about(about)}${more}`);
  }

  /** Whom clients are sent to: already the new one while the others are turned to it. */
  get current(): Watched {
    return this.failover?.promoted ?? this.master;
  }

  close(): void {
    for (const each of this.everyone()) each.link.close();
  }

  /** There is another password: it counts for new connections. */
  authenticate(): void {
    for (const each of [this.master, ...this.slaves.values()]) each.link.renew();
  }

  private everyone(): Watched[] {
    return [this.master, ...this.slaves.values(), ...this.sentinels.values()];
  }

  turn(): void {
    this.turns++;
    const { ctx } = this.host;
    const urgent = this.master.sdown || this.failover !== undefined;
    for (const each of this.everyone()) {
      each.ping();
      if (each.role !== "sentinel" && (this.turns % INFO_TURNS === 0 || (urgent && each.role === "slave")))
        each.askInfo();
      else if (each.infoAt === -Infinity && each.role !== "sentinel") each.askInfo();
      this.judge(each, ctx.now());
    }
    if (this.turns % HELLO_TURNS === 0) this.greet();
    if (this.master.sdown) this.askSentinels();
    this.judgeTogether();
    this.failover?.step();
  }

  private judge(each: Watched, now: number): void {
    const { downAfterMs } = this.settings;
    const strange = each.role === "master" && each.says === "slave" ? this.strangeSince.get(each) : undefined;
    const down =
      now - each.lastOk > downAfterMs || (strange !== undefined && now - strange > downAfterMs + 2 * INFO_PERIOD_MS);
    if (down === each.sdown) return;
    each.sdown = down;
    this.say("#", down ? "+sdown" : "-sdown", each);
  }

  private judgeTogether(): void {
    const { ctx } = this.host;
    const { quorum, failoverTimeoutMs } = this.settings;
    const votes = 1 + [...this.sentinels.values()].filter(({ agrees, sdown }) => agrees && !sdown).length;
    const odown = this.master.sdown && votes >= quorum;
    if (odown !== this.odown) {
      this.odown = odown;
      if (odown) this.say("#", "+odown", this.master, ` #quorum ${votes}/${quorum}`);
      else this.say("#", "-odown", this.master);
    }
    if (!this.master.sdown) for (const each of this.sentinels.values()) each.agrees = false;
    if (odown && this.failover === undefined && ctx.now() - this.failoverAt >= 2 * failoverTimeoutMs) {
      this.failover = Failover.elected(this);
      // Before somebody else does.
      this.askSentinels();
    }
  }

  /** Whether they find the master down, and while there is a failover to lead, their votes. */
  askSentinels(): void {
    const { master, host, failover } = this;
    const asks = failover?.wantsVotes === true ? host.id : "*";
    for (const each of this.sentinels.values()) {
      const words = ["SENTINEL", "is-master-down-by-addr", master.host, String(master.port), String(host.epoch), asks];
      each.link.ask(words, (reply) => {
        if (!Array.isArray(reply)) return;
        const [down, leader, epoch] = reply as readonly unknown[];
        each.agrees = down === 1;
        if (typeof leader !== "string" || leader === "*" || (each.vote?.leader === leader && each.vote.epoch === epoch))
          return;
        each.vote = { leader, epoch: Number(epoch) };
        host.say("#", each.runId, `voted for ${leader} ${each.vote.epoch}`);
      });
    }
  }

  /** Another Sentinel asks for this one's vote. */
  voteFor(leader: string, epoch: number): { leader: string; epoch: number } {
    const { host } = this;
    this.learnEpoch(epoch);
    if (this.vote.epoch < epoch && host.epoch <= epoch) {
      this.vote = { leader, epoch: host.epoch };
      host.say("#", "+vote-for-leader", `${leader} ${host.epoch}`);
      host.save();
      if (leader !== host.id) this.failoverAt = host.ctx.now() + host.ctx.random(1000);
    }
    return this.vote;
  }

  private learnEpoch(epoch: number): void {
    if (epoch <= this.host.epoch) return;
    this.host.epoch = epoch;
    this.host.say("#", "+new-epoch", String(epoch));
    this.host.save();
  }

  private informed(each: Watched): void {
    if (each.role === "master") {
      for (const [field, value] of each.info) {
        const [, host, port] = /^slave\d+$/.test(field) ? (/ip=([^,]+),port=(\d+)/.exec(value) ?? []) : [];
        if (host !== undefined) this.addSlave(host, Number(port));
      }
    }
    this.wonder(each);
    this.failover?.informed(each);
  }

  /** Who plays another part than he should is put right after a while. */
  private wonder(each: Watched): void {
    const { ctx } = this.host;
    const { master } = this;
    const right = each.role === "master" ? each.says === "master" : each.says === "slave" && this.follows(each, master);
    if (right || this.failover !== undefined) {
      this.strangeSince.delete(each);
      return;
    }
    const since = this.strangeSince.get(each) ?? ctx.now();
    this.strangeSince.set(each, since);
    if (each.role === "master" || ctx.now() - since < CONVERT_AFTER_MS || master.sdown || master.says !== "master")
      return;
    this.strangeSince.delete(each);
    each.link.ask(["REPLICAOF", master.host, String(master.port)]);
    this.say("*", each.says === "master" ? "+convert-to-slave" : "+fix-slave-config", each);
  }

  /** A replica may know its master by a name. */
  follows(each: Watched, { host, port }: { host: string; port: number }): boolean {
    const named = each.info.get("master_host") ?? "";
    if (Number(each.info.get("master_port")) !== port) return false;
    if (named === host) return true;
    try {
      const addresses = (name: string): string[] => (isAddress(name) ? [name] : this.host.ctx.network.resolve(name));
      return addresses(named).some((address) => addresses(host).includes(address));
    } catch {
      return false;
    }
  }

  addSlave(host: string, port: number): void {
    const place = `${host}:${port}`;
    if (this.slaves.has(place)) return;
    const slave = this.watch("slave", { host, port });
    this.slaves.set(place, slave);
    this.say("*", "+slave", slave);
    this.host.save();
  }

  greet(): void {
    const { host, settings, current } = this;
    for (const { link, role, sdown } of this.everyone()) {
      if (role === "sentinel" || sdown) continue;
      const ip = host.announceIp ?? link.localAddress;
      const epoch = this.failover?.promoted === undefined ? settings.configEpoch : this.failover.epoch;
      const words = [ip, host.port, host.id, host.epoch, settings.name, current.host, current.port, epoch];
      link.ask(["PUBLISH", HELLO, words.join(",")]);
    }
  }

  private hello(text: string): void {
    const { host, settings } = this;
    const [ip = "", port = "", runId = "", epoch = "0", name, masterHost = "", masterPort = "", configEpoch = "0"] =
      text.split(",");
    if (runId === host.id || name !== settings.name) return;
    const known = this.sentinels.get(runId);
    if (known?.place !== `${ip}:${port}`) {
      known?.link.close();
      for (const [id, each] of this.sentinels) {
        if (each.place !== `${ip}:${port}`) continue;
        each.link.close();
        this.sentinels.delete(id);
      }
      const sentinel = this.watch("sentinel", { host: ip, port: Number(port), runId });
      this.sentinels.set(runId, sentinel);
      this.say("*", known === undefined ? "+sentinel" : "+sentinel-address-switch", sentinel);
      host.save();
    }
    this.learnEpoch(Number(epoch));
    if (Number(configEpoch) <= settings.configEpoch) return;
    settings.configEpoch = Number(configEpoch);
    if (this.master.host === masterHost && this.master.port === Number(masterPort)) return host.save();
    const from = this.sentinels.get(runId);
    if (from !== undefined) this.say("#", "+config-update-from", from);
    this.turnTo(masterHost, Number(masterPort));
  }

  /** Another master from now on; the old one is one of its replicas. */
  turnTo(host: string, port: number): void {
    const { settings, master } = this;
    this.host.say("#", "+switch-master", `${settings.name} ${master.host} ${master.port} ${host} ${port}`);
    const places = [...this.slaves.values(), master].filter((each) => each.host !== host || each.port !== port);
    for (const each of [master, ...this.slaves.values()]) each.link.close();
    this.slaves.clear();
    this.failover = undefined;
    this.odown = false;
    this.master = this.watch("master", { host, port });
    for (const each of this.sentinels.values()) each.agrees = false;
    for (const each of places) this.addSlave(each.host, each.port);
    this.host.save();
  }

  /** What is kept of it. */
  state(): MasterSettings {
    const place = ({ host, port }: Watched): { host: string; port: number } => ({ host, port });
    return {
      ...this.settings,
      ...place(this.master),
      replicas: [...this.slaves.values()].map(place),
      sentinels: [...this.sentinels.values()].map((each) => ({ ...place(each), runId: each.runId })),
    };
  }
}
