/** `drydock lessons check [ID]`: each lesson must be unsolved at its start and solved after its solution has run. */
import { readdirSync, readFileSync } from "node:fs";
import { Playground } from "../worker/playground.ts";
import { LessonRunner } from "../worker/lesson-runner.ts";
import { UsageError } from "./options.ts";

const PUBLIC = new URL("../../public/", import.meta.url);
/** Virtual milliseconds that one line of a solution may take, and that the cluster may need afterwards. */
const LINE_LIMIT = 600_000;
const SETTLE = 5_000;

export const lessonFiles = {
  fetchText: (path: string): Promise<string> => Promise.resolve(readFileSync(new URL(path, PUBLIC), "utf8")),
};

export function lessonIds(): string[] {
  return readdirSync(new URL("lessons/", PUBLIC), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export interface LessonVerdict {
  id: string;
  unsolvedAtStart: boolean;
  solvedAtEnd: boolean;
  /** What stood in the way at the end, or what the solution printed when it failed. */
  problems: string[];
}

export async function proveLesson(id: string): Promise<LessonVerdict> {
  const loaded = await LessonRunner.load(lessonFiles, id);
  const { lesson, setup } = loaded;
  const playground = Playground.create({ preset: lesson.preset, setup });
  await playground.boot();
  const problems: string[] = [];
  for (const line of lesson.prepare) await runLine(playground, line, problems);
  const runner = new LessonRunner(loaded, () => playground);
  const start = runner.look();
  const script = lesson.solution.join("\n");
  await runLine(playground, script, problems, lesson.solution.length);
  await playground.runUntil(playground.sim.now + SETTLE);
  const end = runner.look();
  for (const objective of end?.objectives ?? [])
    if (!objective.done) problems.push(`${objective.id}: ${JSON.stringify(objective.missing)}`);
  return { id, unsolvedAtStart: start !== undefined && !start.done, solvedAtEnd: end?.done ?? false, problems };
}

async function runLine(playground: Playground, script: string, problems: string[], lines = 1): Promise<void> {
  let ended = false;
  const result = playground.command(["bash", "-c", script]).then((outcome) => {
    ended = true;
    if (outcome.exitCode !== 0) problems.push(`exit code ${outcome.exitCode}: ${outcome.stderr.trim()}`);
  });
  const limit = playground.sim.now + LINE_LIMIT * lines;
  await Promise.resolve();
  while (!ended && playground.sim.now < limit) {
    await playground.runUntil(playground.sim.now + 100);
    await Promise.resolve();
  }
  if (ended) await result;
  else problems.push("the solution did not come to an end");
}

export async function lessons(args: readonly string[]): Promise<number> {
  const [action, wanted] = args;
  if (action !== "check") throw new UsageError("usage: drydock lessons check [ID]");
  const ids = lessonIds().filter((id) => wanted === undefined || id === wanted);
  if (ids.length === 0) throw new UsageError(`no lesson "${wanted ?? ""}"`);
  let failed = 0;
  for (const id of ids) {
    const verdict = await proveLesson(id);
    const good = verdict.unsolvedAtStart && verdict.solvedAtEnd;
    if (!good) failed++;
    process.stdout.write(
      `${good ? "ok" : "FAILED"} ${id}${verdict.unsolvedAtStart ? "" : " (solved before it began)"}\n`,
    );
    if (!good) for (const problem of verdict.problems) process.stdout.write(`   ${problem}\n`);
  }
  process.stdout.write(`${ids.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
