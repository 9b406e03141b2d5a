/**
 * Chooses one of several instances of a component by a Lease that the leader renews. Upstream: client-go
 * tools/leaderelection/leaderelection.go and resourcelock/leaselock.go.
 */
import { leases } from "../api/coordination/lease.ts";
import type { Lease } from "../api/generated/types.ts";
import { isNotFound, StatusError } from "../api/meta/status-error.ts";
import { keyed } from "../base/klog.ts";
import type { KlogLevel } from "../base/klog.ts";
import { formatMicroTime } from "../base/time.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { RandomStream } from "../sim/random.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client, ResourceClient } from "./client.ts";
import type { EventRecorder } from "./contracts.ts";

/** `--leader-elect-lease-duration`, `--leader-elect-renew-deadline` and `--leader-elect-retry-period`, in milliseconds. */
export interface ElectionTimes {
  readonly lease: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

export const DEFAULT_ELECTION_TIMES: ElectionTimes = { lease: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };
/** Who waits asks after the retry period, and up to this part of it longer. */
export const RETRY_JITTER = 1.2;
const REASON = "LeaderElection";
const BACKGROUND = { background: true };

export interface LeaderElectorOptions {
  sim: Simulation;
  client: Client;
  events: EventRecorder;
  lease: { namespace: string; name: string };
  /** No other instance has it: `control-plane_8a6b…`. */
  identity: string;
  /** Default: the flags' own. */
  times?: ElectionTimes;
  /** What the instance's log says of the election. `place`: that of upstream's source. */
  log?(level: KlogLevel, place: string, text: string): void;
  started(): void;
  /** The lease could not be renewed in time: whoever leads must not go on. Not called after `stop`. */
  lost(): void;
}

export class LeaderElector {
  private readonly options: LeaderElectorOptions;
  private readonly leases: ResourceClient<Lease>;
  private readonly random: RandomStream;
  /** What was last seen of the lease, and when by this instance's own clock: other clocks are not trusted. */
  private observed: Lease | undefined;
  private observedAt = 0;
  private leading = false;
  /** Somebody else was seen to renew it: there is no end to wait for. */
  private isKept = true;
  private renewedAt = 0;
  private timer: Timer | undefined;
  private readonly times: ElectionTimes;

  constructor(options: LeaderElectorOptions) {
    this.options = options;
    this.times = options.times ?? DEFAULT_ELECTION_TIMES;
    this.leases = options.client.resource<Lease>(leases);
    this.random = options.sim.random(`leader-election/${options.identity}`);
  }

  get isLeader(): boolean {
    return this.leading;
  }

  /** Begins to compete. */
  start(): void {
    this.say("I", 258, "Attempting to acquire leader lease...");
    this.acquire();
  }

  /** The instance ends. `release`: it tells others, so that they need not wait for the lease to run out. */
  stop({ release }: { release: boolean }): void {
    this.options.sim.cancel(this.timer);
    if (this.leading && release) this.release();
    this.leading = false;
  }

  private acquire(): void {
    const { sim, started } = this.options;
    const { retryPeriod } = this.times;
    if (!this.tryAcquireOrRenew()) {
      const wait = retryPeriod + this.random.int(retryPeriod * RETRY_JITTER);
      this.timer = sim.after(wait, () => this.acquire(), { background: this.isKept });
      return;
    }
    this.leading = true;
    this.renewedAt = sim.now;
    this.tell("became leader");
    this.say("I", 272, "Successfully acquired lease");
    this.timer = sim.after(retryPeriod, () => this.renew(), BACKGROUND);
    started();
  }

  private renew(): void {
    const { sim, lost } = this.options;
    if (this.tryAcquireOrRenew()) this.renewedAt = sim.now;
    else if (sim.now - this.renewedAt >= this.times.renewDeadline) {
      this.leading = false;
      this.tell("stopped leading");
      this.say("I", 299, "Failed to renew lease", "context deadline exceeded");
      lost();
      return;
    }
    this.timer = sim.after(this.times.retryPeriod, () => this.renew(), BACKGROUND);
  }

  private tryAcquireOrRenew(): boolean {
    try {
      return this.attempt();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // Somebody else was faster, or nobody answers: what is stored is looked at next time.
      if (this.leading && this.observed !== undefined)
        this.say("E", 435, "Failed to update lease optimistically, falling back to slow path", error.message);
      else this.say("E", 441, "Error retrieving lease lock", error.message);
      if (this.leading) this.observed = undefined;
      this.isKept = true;
      return false;
    }
  }

  private attempt(): boolean {
    const { sim, lease, identity } = this.options;
    const leaseDurationSeconds = Math.floor(this.times.lease / 1000);
    const now = formatMicroTime(sim.now);
    // The leader's lease is as it left it: it need not be read again.
    if (this.leading && this.observed !== undefined) {
      this.observe(this.leases.update({ ...this.observed, spec: { ...this.observed.spec, renewTime: now } }));
      return true;
    }
    let stored: Lease;
    try {
      stored = this.leases.get(lease.namespace, lease.name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const spec = { holderIdentity: identity, leaseDurationSeconds, acquireTime: now, renewTime: now };
      this.observe(this.leases.create({ metadata: { ...lease }, spec: { ...spec, leaseTransitions: 0 } }));
      return true;
    }
    const isNews = stored.metadata.resourceVersion !== this.observed?.metadata.resourceVersion;
    this.isKept = isNews && this.observed !== undefined;
    if (isNews) this.observe(stored);
    const { holderIdentity: holder = "", leaseDurationSeconds: seconds = 0, leaseTransitions = 0 } = stored.spec;
    const isOwn = holder === identity;
    if (!isOwn && holder !== "" && this.observedAt + seconds * 1000 > sim.now) return false;
    const spec = {
      ...stored.spec,
      holderIdentity: identity,
      leaseDurationSeconds,
      renewTime: now,
      ...(!isOwn && { acquireTime: now, leaseTransitions: leaseTransitions + 1 }),
    };
    this.observe(this.leases.update({ ...stored, spec }));
    return true;
  }

  private observe(lease: Lease): void {
    this.observed = lease;
    this.observedAt = this.options.sim.now;
  }

  private release(): void {
    if (this.observed === undefined) return;
    const { sim } = this.options;
    const now = formatMicroTime(sim.now);
    const { leaseTransitions = 0 } = this.observed.spec;
    const spec = { holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
    try {
      this.leases.update({ ...this.observed, spec });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
    this.tell("stopped leading");
  }

  private say(level: KlogLevel, line: number, message: string, err?: string): void {
    const { lease, log } = this.options;
    const lock = `${lease.namespace}/${lease.name}`;
    log?.(level, `leaderelection.go:${line}`, keyed(message, err === undefined ? { lock } : { err, lock }));
  }

  private tell(what: string): void {
    const { events, identity } = this.options;
    if (this.observed === undefined) return;
    events.event(this.observed, "Normal", { reason: REASON, message: `${identity} ${what}` });
  }
}
