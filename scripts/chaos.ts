/**
 * `npm run chaos -- [--seeds N] [--minutes M] [--seed FIRST]`: clusters under random work and faults for M virtual minutes
 * each, what must hold checked every minute. Each seed runs twice at the beginning of a hundred, to see that it ends the same.
 */
import { runChaos } from "../src/engine/cluster/testing/chaos/chaos.ts";

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isInteger(value)) throw new Error(`--${name} takes a whole number`);
  return value;
}

const seeds = option("seeds", 200);
const minutes = option("minutes", 120);
const first = option("seed", 1);
const failures: number[] = [];
const totals = { actions: 0, checks: 0 };
for (let seed = first; seed < first + seeds; seed++) {
  const begun = performance.now();
  try {
    const { actions, checks, pods, hash } = runChaos({ seed, minutes });
    totals.actions += actions;
    totals.checks += checks;
    if ((seed - first) % 100 === 0 && runChaos({ seed, minutes }).hash !== hash)
      throw new Error("another hash the second time");
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`seed ${seed}: ok, ${actions} actions, ${checks} checks, ${pods} pods left, ${seconds} s`);
  } catch (error) {
    failures.push(seed);
    console.log(`seed ${seed}: FAILED ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
console.log(JSON.stringify({ seeds, minutes, ...totals, failures }));
if (failures.length > 0) process.exitCode = 1;
