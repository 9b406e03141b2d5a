/**
 * What every benchmark shares: run five times, keep the median of each number, print one JSON line. Milliseconds of the
 * very first run, with code that the machine has never seen, stand beside them: `coldCpuMs` next to `cpuMs`.
 */

export type Numbers = Record<string, number>;

export interface Benchmark {
  name: string;
  /** Fewer measured runs than the others, for what takes minutes. */
  mostRuns?: number;
  /** Runs before the measured ones, to warm the code up. */
  warmups?: number;
  run(): Promise<Numbers> | Numbers;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Wall and CPU milliseconds of `work`. CPU above wall means that the garbage collector's threads worked too. */
export async function measure(work: () => unknown): Promise<{ wallMs: number; cpuMs: number }> {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await work();
  const wallMs = performance.now() - wall;
  const used = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (used.user + used.system) / 1000 };
}

/** Megabytes that live objects take. */
export function heapMB(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

export async function runBenchmark(benchmark: Benchmark, runs: number): Promise<void> {
  let cold: Numbers | undefined;
  for (let i = 0; i < (benchmark.warmups ?? 0); i++) {
    const numbers = await benchmark.run();
    cold ??= numbers;
  }
  const all: Numbers[] = [];
  const measured = Math.min(runs, benchmark.mostRuns ?? runs);
  for (let i = 0; i < measured; i++) all.push(await benchmark.run());
  const medians: Numbers = {};
  for (const key of Object.keys(all[0] ?? {})) medians[key] = round(median(all.map((numbers) => numbers[key] ?? NaN)));
  for (const key of ["wallMs", "cpuMs"]) {
    const first = cold?.[key];
    if (first !== undefined) medians[`cold${key[0]?.toUpperCase()}${key.slice(1)}`] = round(first);
  }
  console.log(JSON.stringify({ bench: benchmark.name, runs: measured, ...medians }));
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
