/**
 * `npm run parity -- [DIR] [SCRIPT …] [--record] [--recorded]`: kubectl scripts run twice, by the real kubectl against one
 * cluster and by ours against another of the same seed; stdout, stderr and exit code are compared line by line, the state
 * of both clusters at the end. Without a kubectl on PATH nothing is compared and that is said, unless `--recorded` asks for
 * the comparison with what the real one printed when it was recorded (`--record`).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPatch } from "diff";
import { buildOurKubectl } from "./parity/our-kubectl.ts";
import { parseScript } from "./parity/script-file.ts";
import { readRecording, runScript, type LineResult, type ScriptResult } from "./parity/run-script.ts";

const DEFAULT_DIRECTORY = fileURLToPath(new URL("./parity/scripts/", import.meta.url));

const words = process.argv.slice(2);
const record = words.includes("--record");
const recorded = words.includes("--recorded");
const [directory = DEFAULT_DIRECTORY, ...only] = words.filter((word) => !word.startsWith("--"));

const realPath = spawnSync("which", ["kubectl"], { encoding: "utf8" }).stdout.trim();
if (realPath === "" && !recorded) {
  console.log("SKIPPED: there is no kubectl on PATH to compare with; --recorded compares with recordings");
  process.exit(0);
}
const version =
  realPath === "" ? "" : execFileSync(realPath, ["version", "--client"], { encoding: "utf8" }).split("\n")[0];

function show({ command, expected, got }: LineResult): string {
  const text = ({ stdout, stderr, exitCode }: typeof got): string =>
    `${stdout}--- stderr\n${stderr}--- exit ${exitCode}\n`;
  const patch = createPatch("", text(expected), text(got), "", "", { context: 2 });
  return `$ ${command}\n${patch.split("\n").slice(4).join("\n")}`;
}

/** The text around the first difference. */
function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 60), at + 100);
}

const ours = await buildOurKubectl();
const names = readdirSync(directory).filter((name) => name.endsWith(".sh"));
const results: ScriptResult[] = [];
for (const name of names.toSorted()) {
  if (only.length > 0 && !only.includes(basename(name, ".sh"))) continue;
  const script = parseScript(basename(name, ".sh"), readFileSync(join(directory, name), "utf8"));
  const recordingPath = join(directory, "recorded", `${script.name}.json`);
  const result = await runScript(script, {
    directory,
    ours,
    real: recorded ? undefined : dirname(realPath),
    recording: recorded ? readRecording(recordingPath) : undefined,
  });
  results.push(result);
  const same = result.lines.filter((line) => line.same).length;
  const state = result.sameState === undefined ? "" : result.sameState ? ", same state" : ", STATES DIFFER";
  console.log(`${script.name} ${same}/${result.lines.length}${state}`);
  for (const line of result.lines)
    if (!line.same) console.log(`${line.differs === undefined ? "" : `known: ${line.differs}\n`}${show(line)}`);
  for (const { key, expected, got } of result.stateDifferences) {
    const at = [...expected].findIndex((character, index) => character !== got[index]);
    console.log(`state of ${key}:\n  - ${around(expected, at)}\n  + ${around(got, at)}`);
  }
  if (record) {
    mkdirSync(dirname(recordingPath), { recursive: true });
    writeFileSync(recordingPath, `${JSON.stringify({ kubectl: version, commands: result.recorded }, null, 1)}\n`);
  }
}
const lines = results.flatMap((result) => result.lines);
const same = lines.filter((line) => line.same).length;
const unexplained = lines.filter((line) => !line.same && line.differs === undefined).length;
const stale = lines.filter((line) => line.same && line.differs !== undefined);
for (const { command } of stale) console.log(`said to differ, and doesn't: ${command}`);
const states = results.filter((result) => result.sameState === false).map((result) => result.name);
console.log(
  `parity ${same}/${lines.length} (${((100 * same) / Math.max(1, lines.length)).toFixed(1)} %), ${unexplained} unexplained, states that differ: ${states.length === 0 ? "none" : states.join(", ")}`,
);
process.exit(unexplained + states.length + stale.length > 0 ? 1 : 0);
