/** `npm run fuzz -- [--requests N] [--seed S]`: random requests against a bare API server; fails at the first that breaks something. */
import { fuzz } from "../src/engine/apiserver/testing/fuzz/fuzz.ts";

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isInteger(value)) throw new Error(`--${name} takes a whole number`);
  return value;
}

const requests = option("requests", 100_000);
const seed = option("seed", 1);
const begun = performance.now();
const report = fuzz({ requests, seed });
const seconds = (performance.now() - begun) / 1000;
console.log(
  JSON.stringify({
    requests,
    seed,
    seconds: Number(seconds.toFixed(1)),
    perSecond: Math.round(requests / seconds),
    ...report,
  }),
);
