/** Go's `time.ParseDuration`: `1h30m`, `-1.5s`, with its complaints; and how Go prints a duration. */

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds, or why there are none. */
export function parseGoDuration(text: string): number | { problem: string } {
  const quoted = JSON.stringify(text);
  const invalid = { problem: `time: invalid duration ${quoted}` };
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[-+]/, "");
  if (rest === "0") return 0;
  if (rest === "") return invalid;
  let total = 0;
  while (rest !== "") {
    const [found, amount = "", unit = ""] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest) ?? [];
    if (found === undefined) return invalid;
    if (unit === "") return { problem: `time: missing unit in duration ${quoted}` };
    const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (factor === undefined) return { problem: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    total += Number(amount) * factor;
    rest = rest.slice(found.length);
  }
  return sign * total;
}

/** `10s`, `2m40s`, `5m0s`: a duration as Go prints it. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1000) return `${trim(ms)}ms`;
  const seconds = ms / 1000;
  const minutes = Math.floor(seconds / 60);
  const rest = trim(seconds - minutes * 60);
  if (minutes === 0) return `${rest}s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${rest}s` : `${hours}h${minutes % 60}m${rest}s`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(6)));
}
