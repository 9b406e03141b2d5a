/** `npm run check`: everything that needs no browser. Each step runs even when an earlier one failed, so one run shows all. */
import { spawnSync } from "node:child_process";

const STEPS = [
  ["types", "npx", ["tsc", "-b"]],
  ["lint", "npx", ["oxlint", "--deny-warnings"]],
  ["format", "npx", ["oxfmt", "--check"]],
  ["unused", "npx", ["knip"]],
  ["unused in production", "npx", ["knip", "--production"]],
  ["spec ids", "node", ["scripts/check-spec-ids.mjs"]],
  ["ratchet", "node", ["scripts/ratchet.mjs"]],
  ["unit tests", "npx", ["vitest", "run"]],
];

const failed = [];
for (const [name, command, args] of STEPS) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  console.log(
    `== ${name}: ${status === 0 ? "ok" : `FAILED (${status})`} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nchecks failed: ${failed.join(", ")}`);
  process.exit(1);
}
console.log("\nall checks passed");
