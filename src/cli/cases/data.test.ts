/** Every topic over the project's own copy of the cases: all of them pass, but for those that say why they can't. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { caseTopics } from "./registry.ts";
import { runTopic } from "./run-topic.ts";
import type { CaseFile } from "./topic.ts";

const DATA = new URL("data/", import.meta.url);

function read(topic: string): CaseFile {
  return JSON.parse(readFileSync(new URL(`${topic}.json`, DATA), "utf8")) as CaseFile;
}

describe.each(caseTopics.map((topic) => [topic.topic, topic] as const))("%s", (name, topic) => {
  it("passes all cases that apply", () => {
    const { failures, notApplicable, passed, total } = runTopic(topic, read(name));
    expect(failures).toEqual([]);
    expect(Object.fromEntries(notApplicable.map(({ id, reason }) => [id, reason]))).toEqual(topic.doesNotApply);
    expect(passed + notApplicable.length).toBe(total);
  });

  it("leaves out no case that would pass", () => {
    const file = read(name);
    const left = { ...file, cases: file.cases.filter(({ id }) => id in topic.doesNotApply) };
    const { failures } = runTopic({ ...topic, doesNotApply: {} }, left);
    expect(failures.map(({ id }) => id).sort()).toEqual(Object.keys(topic.doesNotApply).sort());
  });
});

describe("the copies", () => {
  it("are there for every topic, and for nothing else", () => {
    const files = readdirSync(DATA).filter((file) => file.endsWith(".json"));
    expect(files.sort()).toEqual(caseTopics.map(({ topic }) => `${topic}.json`).sort());
    expect(existsSync(new URL("README.md", DATA))).toBe(true);
  });
});
