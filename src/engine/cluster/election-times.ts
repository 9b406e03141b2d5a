/**
 * How long a component's lease lasts and how often it is renewed, as its flags say.
 * Upstream: component-base/config/options/leaderelectionconfig.go, client-go leaderelection.go (NewLeaderElector).
 */
import { parseGoDuration } from "../base/go-duration.ts";
import { DEFAULT_ELECTION_TIMES, RETRY_JITTER } from "../client/leader-elector.ts";
import type { ElectionTimes } from "../client/leader-elector.ts";

/** `flag` gives what stands behind a flag's name. The answer is times, or what is wrong with them. */
export function electionTimes(flag: (name: string) => string | undefined): ElectionTimes | string {
  const read = (name: string, byDefault: number): number => {
    const ms = parseGoDuration(flag(name) ?? "");
    return typeof ms === "number" ? ms : byDefault;
  };
  const { lease, renewDeadline, retryPeriod } = DEFAULT_ELECTION_TIMES;
  const times = {
    lease: read("leader-elect-lease-duration", lease),
    renewDeadline: read("leader-elect-renew-deadline", renewDeadline),
    retryPeriod: read("leader-elect-retry-period", retryPeriod),
  };
  if (times.lease <= times.renewDeadline) return "leaseDuration must be greater than renewDeadline";
  if (times.renewDeadline <= times.retryPeriod * RETRY_JITTER) {
    return "renewDeadline must be greater than retryPeriod*JitterFactor";
  }
  if (times.retryPeriod <= 0) return "retryPeriod must be greater than zero";
  return times;
}
