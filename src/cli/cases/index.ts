/** `drydock cases DIR [TOPIC…]`: runs each TOPIC.json of a folder through the engine. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseFlags, UsageError } from "../options.ts";
import { caseTopics, notRunnable } from "./registry.ts";
import { formatResult, runTopic } from "./run-topic.ts";
import type { CaseFile } from "./topic.ts";

const USAGE = "usage: drydock cases DIR [TOPIC…]";

/** Exit code 1 when a case fails or a topic that was asked for has no runner. */
export async function cases(args: readonly string[]): Promise<number> {
  const [directory, ...wanted] = parseFlags(args, {}).positionals;
  if (directory === undefined) throw new UsageError(USAGE);
  const available = topicsIn(directory);
  for (const topic of wanted) {
    if (!available.includes(topic)) throw new UsageError(`no ${topic}.json in ${directory}`);
  }
  let bad = false;
  for (const topic of wanted.length > 0 ? wanted : available) {
    const nothing = notRunnable[topic];
    if (nothing !== undefined) {
      process.stdout.write(`${topic}: ${nothing}\n`);
      continue;
    }
    const runner = caseTopics.find((candidate) => candidate.topic === topic);
    if (runner === undefined) {
      process.stdout.write(`${topic}: no runner yet\n`);
      bad ||= wanted.length > 0;
      continue;
    }
    const result = await runTopic(runner, readCases(join(directory, `${topic}.json`)));
    process.stdout.write(formatResult(result));
    bad ||= result.failures.length > 0;
  }
  return bad ? 1 : 0;
}

function topicsIn(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const topics = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  if (topics.length === 0) throw new UsageError(`no case files (TOPIC.json) in ${directory}`);
  return topics.sort();
}

function readCases(path: string): CaseFile {
  let file: CaseFile;
  try {
    file = JSON.parse(readFileSync(path, "utf8")) as CaseFile;
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
  if (!Array.isArray(file.cases)) throw new UsageError(`${path} has no list of cases`);
  return file;
}
