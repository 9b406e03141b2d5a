/**
 * Counts of things that may only become fewer: suppressions, `as any`, files past the size to split at.
 * `node scripts/ratchet.mjs --accept` writes the present counts when they fell.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const BASELINE = new URL("./ratchet.json", import.meta.url);
const files = execFileSync("git", ["ls-files", "src", "e2e", "bench", "scripts"], { encoding: "utf8" })
  .split("\n")
  .filter(
    (file) =>
      /\.(ts|tsx|mjs)$/.test(file) &&
      !file.includes("/generated/") &&
      !file.endsWith("ratchet.mjs") &&
      existsSync(file),
  );

const counts = { suppressions: 0, anyCasts: 0, doubleCasts: 0, filesOver400Lines: 0 };
for (const file of files) {
  const text = readFileSync(file, "utf8");
  counts.suppressions += (text.match(/oxlint-disable|@ts-expect-error|@ts-ignore|eslint-disable/g) ?? []).length;
  counts.anyCasts += (text.match(/\bas any\b/g) ?? []).length;
  if (!/\.test\.tsx?$/.test(file)) {
    counts.doubleCasts += (text.match(/as unknown as/g) ?? []).length;
    if (text.split("\n").length > 401) counts.filesOver400Lines++;
  }
}

const baseline = JSON.parse(readFileSync(BASELINE, "utf8"));
const risen = Object.keys(counts).filter((key) => counts[key] > baseline[key]);
const fallen = Object.keys(counts).filter((key) => counts[key] < baseline[key]);
if (process.argv.includes("--accept") && risen.length === 0)
  writeFileSync(BASELINE, `${JSON.stringify(counts, null, 2)}\n`);
for (const key of Object.keys(counts)) console.log(`${key}: ${counts[key]} (at most ${baseline[key]})`);
if (risen.length > 0) {
  console.error(`risen: ${risen.join(", ")}`);
  process.exit(1);
}
if (fallen.length > 0) console.log(`fallen: ${fallen.join(", ")}; run with --accept to keep it so`);
