/**
 * Our kubectl against what the real one printed when it was recorded: it runs everywhere, also where there is no kubectl.
 * `npm run parity -- --record` records anew, on a machine that has one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildOurKubectl } from "./our-kubectl.ts";
import { readRecording, runScript } from "./run-script.ts";
import { parseScript } from "./script-file.ts";

const DIRECTORY = fileURLToPath(new URL("scripts/", import.meta.url));
const PATIENCE_MS = 240_000;
const names = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith(".sh"))
  .map((name) => name.slice(0, -".sh".length));
const scripts = names.map((name) => parseScript(name, readFileSync(join(DIRECTORY, `${name}.sh`), "utf8")));
const commands = scripts.flatMap(({ steps }) => steps.filter((step) => step.kind === "command"));

describe("kubectl says what the real one said", () => {
  let ours = "";
  beforeAll(async () => {
    ours = await buildOurKubectl();
  });

  it("in 97 of 100 of at least 400 lines, and every other one has its reason", () => {
    expect(commands.length).toBeGreaterThanOrEqual(400);
    const explained = commands.filter(({ differs }) => differs !== undefined);
    expect(explained.length / commands.length).toBeLessThanOrEqual(0.03);
  });

  it.each(scripts)(
    "$name",
    async (script) => {
      const recording = readRecording(join(DIRECTORY, "recorded", `${script.name}.json`));
      const { lines } = await runScript(script, { directory: DIRECTORY, ours, real: undefined, recording });
      // A line that is said to differ and doesn't is as wrong as one that differs unsaid.
      const wrong = lines.filter(({ same, differs }) => same === (differs !== undefined));
      expect(wrong).toEqual([]);
    },
    PATIENCE_MS,
  );
});
