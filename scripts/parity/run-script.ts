/** One script on both sides, or on ours alone against what the real kubectl said when it was recorded. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { normalised, normalisedRecording, withoutCounts } from "./normalise.ts";
import type { ParityScript } from "./script-file.ts";
import { Side, type Outcome } from "./side.ts";

/** What the real kubectl printed, command by command. */
export interface Recording {
  kubectl: string;
  commands: { command: string; stdout: string; stderr: string; exitCode: number }[];
}

export interface LineResult {
  command: string;
  expected: Outcome;
  got: Outcome;
  same: boolean;
  differs: string | undefined;
}

export interface ScriptResult {
  name: string;
  lines: LineResult[];
  /** Undefined where only one side ran, or where the states are known to differ. */
  sameState: boolean | undefined;
  /** Keys of what differs, with both texts. */
  stateDifferences: { key: string; expected: string; got: string }[];
  /** Raw outputs of the real side, for the record. */
  recorded: Recording["commands"];
}

export interface RunOptions {
  /** Folder that holds the scripts, and `files/` that they use. */
  directory: string;
  ours: string;
  /** Folder of the real kubectl; undefined: compare with the recording. */
  real: string | undefined;
  recording: Recording | undefined;
}

export async function runScript(script: ParityScript, options: RunOptions): Promise<ScriptResult> {
  const files = join(options.directory, "files");
  const { preset } = script;
  const ours = await Side.start({ preset, bin: options.ours, files, ours: true });
  const real =
    options.real === undefined ? undefined : await Side.start({ preset, bin: options.real, files, ours: false });
  const both = real === undefined ? [ours] : [ours, real];
  const result: ScriptResult = {
    name: script.name,
    lines: [],
    sameState: undefined,
    stateDifferences: [],
    recorded: [],
  };
  const recording = [...(options.recording?.commands ?? [])];
  try {
    for (const step of script.steps) {
      if (step.kind === "advance") for (const side of both) await side.advance(step.duration);
      else if (step.kind === "idle") for (const side of both) await side.idle();
      else {
        const [got, live] = await Promise.all([ours.run(step.text, step.during), real?.run(step.text, step.during)]);
        const latest = Math.max(...both.map(({ now }) => now));
        for (const side of both) await side.reach(latest);
        const expected = live ?? recording.shift();
        if (
          expected === undefined ||
          (live === undefined && (expected as { command?: string }).command !== step.text)
        ) {
          throw new Error(`${script.name}: no recording of ${step.text}; record anew where there is a kubectl`);
        }
        result.recorded.push({ command: step.text, ...expected });
        const comparable = live === undefined ? withoutCounts : (outcome: Outcome): Outcome => outcome;
        const wanted = comparable(normalisedRecording(expected));
        const found = comparable(normalised(got));
        const same =
          wanted.stdout === found.stdout && wanted.stderr === found.stderr && wanted.exitCode === found.exitCode;
        result.lines.push({ command: step.text, expected: wanted, got: found, same, differs: step.differs });
      }
    }
    if (real !== undefined && script.stateDiffers === undefined) {
      result.sameState = real.hash() === ours.hash();
      if (!result.sameState) result.stateDifferences = differences(real.objects(), ours.objects());
    }
  } finally {
    for (const side of both) side.close();
  }
  return result;
}

function differences(expected: Map<string, string>, got: Map<string, string>): ScriptResult["stateDifferences"] {
  const keys = [...new Set([...expected.keys(), ...got.keys()])].sort();
  return keys
    .filter((key) => expected.get(key) !== got.get(key))
    .map((key) => ({ key, expected: expected.get(key) ?? "", got: got.get(key) ?? "" }));
}

export function readRecording(path: string): Recording | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Recording) : undefined;
}
