/** nginx' limit_req (a leaky bucket) and limit_conn, for each client of each location. */

interface Bucket {
  /** Requests beyond the rate, in thousandths. */
  excess: number;
  at: number;
}

export class RequestLimits {
  private readonly buckets = new Map<string, Bucket>();
  private readonly open = new Map<string, number[]>();

  /** False when the request is one too many. */
  allowsRate(key: string, limit: { ratePerSecond: number; burst: number }, now: number): boolean {
    return this.wait(key, limit, now) !== undefined;
  }

  /** Milliseconds until the request fits the rate; undefined when it is one too many. */
  wait(key: string, limit: { ratePerSecond: number; burst: number }, now: number): number | undefined {
    const bucket = this.buckets.get(key);
    if (bucket === undefined) {
      this.buckets.set(key, { excess: 0, at: now });
      return 0;
    }
    const excess = Math.max(0, bucket.excess - limit.ratePerSecond * (now - bucket.at) + 1000);
    if (excess > limit.burst * 1000) return undefined;
    bucket.excess = excess;
    bucket.at = now;
    return Math.ceil(excess / limit.ratePerSecond);
  }

  /** False when so many connections are open already. */
  allowsConnection(key: string, most: number, now: number): boolean {
    const open = (this.open.get(key) ?? []).filter((until) => until > now);
    this.open.set(key, open);
    return open.length < most;
  }

  /** A connection stays open until then. */
  opened(key: string, until: number): void {
    this.open.get(key)?.push(until);
  }
}
