import { Duration } from "@marcbachmann/cel-js/evaluator";

const NANOSECONDS: Readonly<Record<string, number>> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

/** `1h30m`, `-1.5s`; undefined for what Go's time.ParseDuration refuses. */
export function parseDuration(text: string): Duration | undefined {
  const negative = text.startsWith("-");
  const unsigned = text.replace(/^[-+]/, "");
  if (unsigned === "0") return new Duration(0n, 0);
  if (!/^(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+$/.test(unsigned)) return undefined;
  let total = 0n;
  for (const [, amount = "", unit = ""] of unsigned.matchAll(/([0-9.]+)([a-zµ]+)/g)) {
    total += BigInt(Math.round(Number(amount) * (NANOSECONDS[unit] ?? 0)));
  }
  if (negative) total = -total;
  return new Duration(total / 1_000_000_000n, Number(total % 1_000_000_000n));
}
