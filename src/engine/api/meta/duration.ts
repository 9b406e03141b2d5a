/** Durations as kubectl shows them. Upstream: apimachinery pkg/util/duration/duration.go. */
import { HOUR, MINUTE, SECOND, parseTime } from "../../base/time.ts";

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** At most two units, and two only while the first is small: `119s`, `3m2s`, `4d23h`, `2y5d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(ms / MINUTE);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(ms / HOUR);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return pair(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

/** How long ago `timestamp` was; `<unknown>` when there is none. */
export function ageOf(timestamp: string | undefined, now: number): string {
  return timestamp === undefined || timestamp === "" ? "<unknown>" : humanDuration(now - parseTime(timestamp));
}
