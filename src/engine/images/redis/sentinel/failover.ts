/** A failover, step by step: an election among Sentinels, a replica that is promoted, the others that are turned to it. */
import type { Monitor } from "./monitor.ts";
import type { Watched } from "./watched.ts";

const ELECTION_MS = 10_000;
/** A replica that has said nothing of itself for as long is no candidate. */
const STALE_INFO_MS = 30_000;

type State = "wait-start" | "wait-promotion" | "reconf-slaves";

export class Failover {
  /** Set from when it says that it leads. */
  promoted: Watched | undefined;
  readonly epoch: number;
  private readonly monitor: Monitor;
  private state: State;
  private readonly startedAt: number;
  private candidate: Watched | undefined;
  private readonly turned = new Map<Watched, "sent" | "inprog" | "done">();

  private constructor(monitor: Monitor, state: State) {
    const { host } = monitor;
    this.monitor = monitor;
    this.state = state;
    this.epoch = ++host.epoch;
    this.startedAt = host.ctx.now();
    host.say("#", "+new-epoch", String(this.epoch));
    monitor.say("#", "+try-failover", monitor.master);
    monitor.failoverAt = this.startedAt + host.ctx.random(1000);
    host.save();
  }

  /** Begins with an election. */
  static elected(monitor: Monitor): Failover {
    const failover = new Failover(monitor, "wait-start");
    monitor.voteFor(monitor.host.id, failover.epoch);
    return failover;
  }

  /** Somebody asked for it: nobody is asked. False: there is nobody to promote. */
  static forced(monitor: Monitor): Failover | undefined {
    if (best(monitor, Infinity) === undefined) return undefined;
    const failover = new Failover(monitor, "wait-start");
    // In the monitor before its first step: that asks for it.
    monitor.failover = failover;
    failover.select(Infinity);
    return failover;
  }

  get wantsVotes(): boolean {
    return this.state === "wait-start";
  }

  private get now(): number {
    return this.monitor.host.ctx.now();
  }

  step(): void {
    const { monitor } = this;
    const late = this.now - this.startedAt > monitor.settings.failoverTimeoutMs;
    if (this.state === "wait-start") this.count();
    else if (this.state === "wait-promotion" && late) this.abort("-failover-abort-slave-timeout");
    else if (this.state === "reconf-slaves") this.turnOthers(late);
  }

  private count(): void {
    const { monitor, epoch } = this;
    const { host, sentinels, settings } = monitor;
    const voters = sentinels.size + 1;
    const forUs = [...sentinels.values()].filter(({ vote }) => vote?.epoch === epoch && vote.leader === host.id).length;
    const own = monitor.vote.leader === host.id && monitor.vote.epoch === epoch ? 1 : 0;
    if (forUs + own >= Math.max(Math.floor(voters / 2) + 1, settings.quorum)) {
      monitor.say("#", "+elected-leader", monitor.master);
      this.select(STALE_INFO_MS);
    } else if (this.now - this.startedAt > Math.min(ELECTION_MS, settings.failoverTimeoutMs))
      this.abort("-failover-abort-not-elected");
  }

  private select(staleMs: number): void {
    const { monitor } = this;
    monitor.say("#", "+failover-state-select-slave", monitor.master);
    const chosen = best(monitor, staleMs);
    if (chosen === undefined) return this.abort("-failover-abort-no-good-slave");
    monitor.say("#", "+selected-slave", chosen);
    monitor.say("*", "+failover-state-send-slaveof-noone", chosen);
    chosen.link.ask(["REPLICAOF", "NO", "ONE"]);
    monitor.say("*", "+failover-state-wait-promotion", chosen);
    this.candidate = chosen;
    this.state = "wait-promotion";
  }

  private abort(event: string): void {
    const { monitor } = this;
    monitor.say("#", event, monitor.master);
    monitor.failover = undefined;
  }

  /** A server has told of itself. */
  informed(each: Watched): void {
    const { monitor, promoted } = this;
    if (this.state === "wait-promotion" && each === this.candidate && each.says === "master") {
      monitor.say("#", "+promoted-slave", each);
      monitor.say("#", "+failover-state-reconf-slaves", monitor.master);
      this.promoted = each;
      this.state = "reconf-slaves";
      monitor.settings.configEpoch = this.epoch;
      monitor.host.save();
      monitor.greet();
    }
    const step = this.turned.get(each);
    if (promoted === undefined || step === undefined || step === "done") return;
    if (step === "sent" && monitor.follows(each, promoted)) {
      this.turned.set(each, "inprog");
      monitor.say("*", "+slave-reconf-inprog", each);
    }
    if (this.turned.get(each) === "inprog" && each.info.get("master_link_status") === "up") {
      this.turned.set(each, "done");
      monitor.say("*", "+slave-reconf-done", each);
    }
  }

  private turnOthers(late: boolean): void {
    const { monitor, promoted } = this;
    if (promoted === undefined) return;
    const others = [...monitor.slaves.values()].filter((each) => each !== promoted && !each.sdown);
    let busy = [...this.turned.values()].filter((step) => step !== "done").length;
    for (const each of others) {
      if (this.turned.has(each) || busy >= monitor.settings.parallelSyncs) continue;
      busy++;
      each.link.ask(["REPLICAOF", promoted.host, String(promoted.port)]);
      this.turned.set(each, "sent");
      monitor.say("*", "+slave-reconf-sent", each);
    }
    if (!late && others.some((each) => this.turned.get(each) !== "done")) return;
    if (late) monitor.say("#", "+failover-end-for-timeout", monitor.master);
    monitor.say("#", "+failover-end", monitor.master);
    monitor.turnTo(promoted.host, promoted.port);
  }
}

/** By priority, then by what it has of its master's writes, then by its id. */
function best({ slaves, host }: Monitor, staleMs: number): Watched | undefined {
  const number = (each: Watched, field: string): number => Number(each.info.get(field) ?? 0);
  return [...slaves.values()]
    .filter((each) => !each.sdown && each.link.open && each.says === "slave" && number(each, "slave_priority") > 0)
    .filter((each) => host.ctx.now() - each.infoAt <= staleMs)
    .sort(
      (a, b) =>
        number(a, "slave_priority") - number(b, "slave_priority") ||
        number(b, "slave_repl_offset") - number(a, "slave_repl_offset") ||
        (a.runId < b.runId ? -1 : 1),
    )[0];
}
