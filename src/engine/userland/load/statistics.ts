/** What load generators say about many answers, from how many took how long. Milliseconds in, milliseconds out. */
export class LatencyStatistics {
  readonly count: number;
  readonly mean: number;
  /** Of the sample, with n - 1. */
  readonly deviation: number;
  private readonly sorted: readonly (readonly [ms: number, count: number])[];

  constructor(latencies: ReadonlyMap<number, number>) {
    this.sorted = [...latencies].sort(([a], [b]) => a - b);
    let count = 0;
    let sum = 0;
    for (const [ms, times] of this.sorted) {
      count += times;
      sum += ms * times;
    }
    this.count = count;
    this.mean = count === 0 ? 0 : sum / count;
    let squares = 0;
    for (const [ms, times] of this.sorted) squares += times * (ms - this.mean) ** 2;
    this.deviation = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
  }

  get least(): number {
    return this.sorted[0]?.[0] ?? 0;
  }

  get most(): number {
    return this.sorted.at(-1)?.[0] ?? 0;
  }

  /** The answer that stands at `index` when all are sorted. */
  at(index: number): number {
    let seen = 0;
    for (const [ms, times] of this.sorted) {
      seen += times;
      if (index < seen) return ms;
    }
    return this.most;
  }

  /** The time within which that share of the answers came, `share` from 0 to 100. */
  percentile(share: number): number {
    return this.at(Math.min(this.count - 1, Math.max(0, Math.ceil((this.count * share) / 100) - 1)));
  }

  /** How many answers took more than `from` and at most `to`. */
  between(from: number, to: number): number {
    let count = 0;
    for (const [ms, times] of this.sorted) if (ms > from && ms <= to) count += times;
    return count;
  }

  get buckets(): readonly (readonly [ms: number, count: number])[] {
    return this.sorted;
  }
}
