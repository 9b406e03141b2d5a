import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../index.ts";
import { formatResult, runTopic } from "./run-topic.ts";
import { defineTopic, expectEqual, type DataCase } from "./topic.ts";

const topic = defineTopic<DataCase & { value: number; expect: number }>({
  topic: "doubling",
  doesNotApply: { "T#2": "no such number" },
  run({ value, expect: expected }) {
    if (value < 0) throw new RangeError("negative");
    return expectEqual(expected, value * 2);
  },
});

const file = {
  source: "here",
  kubernetesVersion: "v1.36.0",
  note: "",
  cases: [
    { id: "T#0", kind: "double", value: 2, expect: 4 },
    { id: "T#1", kind: "double", value: 3, expect: 7 },
    { id: "T#2", kind: "double", value: 5, expect: 5 },
    { id: "T#3", kind: "double", value: -1, expect: -2 },
  ],
};

describe("runTopic", () => {
  it("counts what passed, and says what failed, threw or does not apply", async () => {
    expect(formatResult(await runTopic(topic, file))).toBe(
      [
        "doubling 1/4 (1 does not apply)",
        "  FAILED T#1",
        "    expected 7",
        "    got      6",
        "  FAILED T#3",
        '    expected "a verdict"',
        '    got      "RangeError: negative"',
        "  does not apply: T#2: no such number",
        "",
      ].join("\n"),
    );
  });
});

describe("drydock cases", () => {
  let directory: string;
  let out: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "cases-"));
    out = "";
    const collect = (text: unknown): boolean => {
      out += String(text);
      return true;
    };
    vi.spyOn(process.stdout, "write").mockImplementation(collect);
    vi.spyOn(process.stderr, "write").mockImplementation(collect);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(directory, { recursive: true });
  });

  function put(name: string, cases: object[]): void {
    writeFileSync(join(directory, `${name}.json`), JSON.stringify({ source: "", note: "", cases }));
  }

  it("runs every file of the folder, and says which have no runner", async () => {
    put("env_expansion", [{ id: "A#0", kind: "expand", env: { A: "1" }, input: "$(A)", output: "1" }]);
    put("conformance", [{ id: "B#0", kind: "conformanceTest" }]);
    put("unheard_of", [{ id: "C#0", kind: "x" }]);
    expect(await main(["cases", directory])).toBe(0);
    expect(out).toBe(
      "conformance: names of tests only, nothing to run\nenv_expansion 1/1\nunheard_of: no runner yet\n",
    );
  });

  it("fails when a case does, or when there is no runner for what was asked for", async () => {
    put("env_expansion", [{ id: "A#0", kind: "expand", env: {}, input: "x", output: "y" }]);
    put("unheard_of", []);
    expect(await main(["cases", directory, "env_expansion"])).toBe(1);
    expect(out).toBe('env_expansion 0/1\n  FAILED A#0\n    expected "y"\n    got      "x"\n');
    expect(await main(["cases", directory, "unheard_of"])).toBe(1);
  });

  it("refuses a folder without cases and a topic that isn't there", async () => {
    expect(await main(["cases"])).toBe(2);
    expect(await main(["cases", directory])).toBe(2);
    put("qos", []);
    expect(await main(["cases", directory, "quantity"])).toBe(2);
    expect(out).toBe(
      [
        "drydock cases: usage: drydock cases DIR [TOPIC…]\n",
        `drydock cases: no case files (TOPIC.json) in ${directory}\n`,
        `drydock cases: no quantity.json in ${directory}\n`,
      ].join(""),
    );
  });
});
