/**
 * When kube-proxy brings what it has heard into its rules. Upstream: pkg/proxy/runner/bounded_frequency_runner.go: a change
 * is written at once when the last writing is `minSyncPeriod` ago (iptables.minSyncPeriod and nftables.minSyncPeriod: 1 s),
 * else with all others when it is. So the endpoints of a new service come into force up to a second after its address,
 * and a pod that has gone may still be sent requests for that long.
 *
 * **Simplified:** all nodes' proxies write at the same moments, at the slowest one's pace; writing takes no time.
 */
import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";

export class RuleSync {
  /** Milliseconds between two writings. */
  minPeriod: number;
  private readonly sim: Simulation;
  /** Told what has been written, after each writing. */
  onWritten: ((keys: ReadonlySet<string>) => void) | undefined;
  private readonly write: (key: string) => void;
  /** What has changed since the last writing. */
  private due = new Set<string>();
  private last = -Infinity;
  private timer: Timer | undefined;

  constructor(sim: Simulation, minPeriod: number, write: (key: string) => void) {
    this.sim = sim;
    this.minPeriod = minPeriod;
    this.write = write;
  }

  changed(key: string): void {
    this.due.add(key);
    if (this.timer !== undefined) return;
    const wait = this.last + this.minPeriod - this.sim.now;
    if (wait <= 0) this.run();
    else this.timer = this.sim.after(wait, () => this.run());
  }

  /** Writes all that is due, at once. */
  run(): void {
    this.sim.cancel(this.timer);
    this.timer = undefined;
    this.last = this.sim.now;
    const { due } = this;
    this.due = new Set();
    for (const key of due) this.write(key);
    if (due.size > 0) this.onWritten?.(due);
  }
}
