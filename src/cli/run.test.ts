import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.ts";
import { clusterFlags, parseFlags, UsageError } from "./options.ts";
import { commandsOf } from "./run.ts";

describe("drydock run", () => {
  it("takes a construct of several lines as one command, and leaves comments and blank lines out", () => {
    const script = [
      "# set up",
      "",
      "cat <<EOF > a.yaml",
      "kind: Pod",
      "EOF",
      "for i in 1 2; do",
      "  echo $i",
      "done",
      "echo 'two",
      "lines'",
      "kubectl get pods",
    ];
    expect(commandsOf(script.join("\n"))).toEqual([
      "cat <<EOF > a.yaml\nkind: Pod\nEOF",
      "for i in 1 2; do\n  echo $i\ndone",
      "echo 'two\nlines'",
      "kubectl get pods",
    ]);
  });

  it("keeps what never becomes complete, so that the shell can complain", () => {
    expect(commandsOf("echo 'open")).toEqual(["echo 'open"]);
  });
});

describe("flags", () => {
  it("read durations as Go writes them", () => {
    expect(parseDuration("1m30s")).toBe(90_000);
    expect(parseDuration("250ms")).toBe(250);
    expect(parseDuration("0.5h")).toBe(1_800_000);
    expect(parseDuration("10")).toBeUndefined();
    expect(parseDuration("-3s")).toBeUndefined();
  });

  it("refuse what is not known", () => {
    expect(() => parseFlags(["--sped", "3"], { flags: ["speed"] })).toThrow(UsageError);
    expect(() => clusterFlags({ seed: "x" })).toThrow('--seed takes a whole number, not "x"');
    expect(clusterFlags({})).toEqual({ preset: "default", seed: 1 });
  });
});
