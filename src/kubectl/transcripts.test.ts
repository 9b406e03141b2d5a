/**
 * Replays `transcripts/*.txt`: what the real kubectl 1.32 or 1.33 printed against `drydock serve`, without what 1.36 prints no
 * more (`creationTimestamp: null`). `@file NAME` begins a file of the laptop that goes to `@end`, `@env NAME=VALUE` sets a
 * variable of what follows; `[1]` is an exit code. Beside kubectl there is `cat`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Laptop } from "./testing/laptop.ts";

const FOLDER = new URL("transcripts/", import.meta.url);

function replay(text: string): string {
  const laptop = new Laptop();
  const env: Record<string, string> = {};
  let file: string | undefined;
  return text
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("@file ")) {
        file = `/root/${line.slice("@file ".length)}`;
        laptop.files[file] = "";
        return [line];
      }
      if (line === "@end") {
        file = undefined;
        return [line];
      }
      if (file !== undefined) {
        laptop.files[file] += `${line}\n`;
        return [line];
      }
      const [, name, value] = /^@env (\w+)=(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) {
        env[name] = value;
        return [line];
      }
      if (!line.startsWith("$ ")) return [];
      if (line.startsWith("$ cat ")) {
        const paths = line.slice("$ cat ".length).split(" ");
        return [`${line}\n${paths.map((path) => laptop.files[`/root/${path}`] ?? "").join("")}[0]`];
      }
      const { stdout, stderr, code } = laptop.run(line.slice(2), { env });
      const output = `${stdout}${stderr}`;
      return [`${line}\n${output}${output === "" || output.endsWith("\n") ? "" : "\n"}[${code}]`];
    })
    .join("\n");
}

/** Without what depends on how many objects the server had before. */
function stable(text: string): string {
  return text.replaceAll(/(resourceVersion|uid): \S+/g, "$1: …");
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

describe("kubectl prints what the real one printed", () => {
  it("has transcripts", () => {
    expect(names.length).toBeGreaterThan(0);
  });

  it.each(names)("%s", (name) => {
    const text = readFileSync(new URL(name, FOLDER), "utf8").trimEnd();
    expect(stable(replay(text))).toBe(stable(text));
  });
});
