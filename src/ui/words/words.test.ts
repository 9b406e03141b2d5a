import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en } from "./en.ts";
import { format, say } from "./translate.ts";

const root = new URL("../", import.meta.url);
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|testing\/|words\//.test(path))
  .map((path) => ({ path, text: readFileSync(new URL(path, root), "utf8") }));

/** Keys that are put together from a part: a prefix with a fixed set behind it, or a key of the worker's messages. */
const composed =
  /^(why|check|inspector|legend|node|preset|region|theme|sea\.view|link\.problem|track\.name|diagnose)\./;

function engineText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

describe("the catalogue", () => {
  it("has every key that the page names", () => {
    const named = sources.flatMap(({ text }) => [...text.matchAll(/\bt\(\s*"([\w.-]+)"/g)].map(([, key = ""]) => key));
    expect(named.length).toBeGreaterThan(150);
    expect(named.filter((key) => !(key in en))).toEqual([]);
  });

  it("has no key that nothing names", () => {
    const all = sources.map(({ text }) => text).join("\n");
    const unused = Object.keys(en).filter((key) => !composed.test(key) && !all.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });

  it("answers every question that the worker explains", () => {
    const asked = [...engineText("views/why.ts").matchAll(/why\("\w+", "([\w-]+)"/g)].map(([, key = ""]) => key);
    const rows = [...engineText("views/inspector.ts").matchAll(/\brow\(\s*"([\w-]+)"/g)].map(([, key = ""]) => key);
    const pending = [...engineText("engine/diagnose/pending.ts").matchAll(/(?:"pending\.|: ")([a-z-]+)",/g)];
    const checks = [...engineText("lessons/check.ts").matchAll(/"(check\.[\w-]+)"/g)].map(([, key = ""]) => key);
    const wanted = [
      ...asked.flatMap((key) => [`why.${key}.title`, `why.${key}.text`]),
      ...rows.map((key) => `inspector.${key}`),
      ...pending.map(([, key = ""]) => `diagnose.pending.${key}`),
      ...checks,
    ];
    expect(asked.length).toBeGreaterThan(10);
    expect(wanted.filter((key) => !(key in en))).toEqual([]);
  });

  it("holds all words: no sentence stands in a component", () => {
    const sentence = />\s*[A-Z][a-z]+(?: [a-z]+)+[.!?]?\s*</;
    expect(sources.filter(({ text }) => sentence.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("a pattern", () => {
  it("takes values and writes numbers as the language does", () => {
    expect(format("{have} of {want}", { have: 3, want: 12_000 }, "en")).toBe("3 of 12,000");
  });

  it("takes the form of the language's plural", () => {
    const pattern = "{count} {count|pod|pods}";
    expect(format(pattern, { count: 1 }, "en")).toBe("1 pod");
    expect(format(pattern, { count: 4 }, "en")).toBe("4 pods");
    expect(format("{count} 个 {count|容器组}", { count: 4 }, "zh-Hans")).toBe("4 个 容器组");
  });

  it("shows what it lacks instead of hiding it", () => {
    expect(format("to {node}", {}, "en")).toBe("to {node}");
    expect(say({ key: "nobody.wrote.this" })).toBe("nobody.wrote.this");
  });
});
