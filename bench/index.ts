/**
 * `npm run bench [-- NAME …]`: each benchmark in a process of its own, one JSON line each.
 * Machines are noisy: compare numbers of one run only, as ratios.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { api } from "./api.ts";
import { boot } from "./boot.ts";
import { firstLoadBenchmarks } from "./first-load.ts";
import { growthBenchmarks } from "./growth.ts";
import { runBenchmark } from "./harness.ts";
import type { Benchmark } from "./harness.ts";
import { networkChange, networkRequests, networkRival } from "./network.ts";
import { pageLoad } from "./page-load.ts";
import { pageScaleBenchmarks } from "./page-scale.ts";
import { request } from "./request.ts";
import { rollout, rolloutRival } from "./rollout.ts";
import { scaleBenchmarks } from "./scale.ts";
import { scheduleBenchmarks } from "./schedule/bench.ts";
import { warp, warpRival } from "./warp.ts";

const BENCHMARKS: readonly Benchmark[] = [
  boot,
  ...[10, 100, 1000].map((replicas) => rollout(replicas)),
  ...[10, 100, 1000].map((replicas) => rolloutRival(replicas)),
  ...scheduleBenchmarks,
  ...scaleBenchmarks,
  ...growthBenchmarks,
  api,
  request,
  networkRequests,
  networkRival,
  networkChange,
  warp,
  warpRival,
  ...firstLoadBenchmarks,
  pageLoad,
  ...pageScaleBenchmarks,
];
/** So that a number is reported where the goal for it is missed, and no crash. */
const MAX_HEAP_MB = 12_000;
const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);

const [only] = process.argv.slice(2).filter((argument) => argument.startsWith("--only="));
if (only !== undefined) {
  const benchmark = BENCHMARKS.find(({ name }) => name === only.slice("--only=".length));
  if (benchmark === undefined) throw new Error(`no benchmark ${only}`);
  await runBenchmark(benchmark, RUNS);
  process.exit(0);
}

/** What runs is bundled, as in the built site and as the rival is: a loader's own work is no part of the measurement. */
async function bundle(): Promise<string> {
  const outdir = fileURLToPath(new URL("../.build/bench/", import.meta.url));
  await build({
    entryPoints: [fileURLToPath(import.meta.url)],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    // What is loaded late stays apart: a browser's driver has no place in the other benchmarks' heaps.
    splitting: true,
    outdir,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });
  return `${outdir}index.mjs`;
}

const wanted = process.argv.slice(2);
console.log(JSON.stringify({ machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}`, node: process.version }));
const script = await bundle();
let failed = false;
for (const { name } of BENCHMARKS) {
  // `scale` means all of them, `scale-100` that one alone.
  const isWanted = (what: string): boolean => name === what || name.startsWith(`${what}-`);
  if (wanted.length > 0 && !wanted.some(isWanted)) continue;
  const flags = ["--expose-gc", `--max-old-space-size=${MAX_HEAP_MB}`];
  const { status } = spawnSync(process.execPath, [...flags, script, `--only=${name}`], { stdio: "inherit" });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
