import type { CaseFile, CaseTopic, Failure } from "./topic.ts";

export interface TopicResult {
  topic: string;
  total: number;
  passed: number;
  failures: readonly { id: string; expected: unknown; got: unknown }[];
  /** Cases that were not run, each with its reason; they count as neither passed nor failed. */
  notApplicable: readonly { id: string; reason: string }[];
}

/** Runs every case of a file. A case that throws has failed, and the next one runs all the same. */
export async function runTopic(topic: CaseTopic, file: CaseFile): Promise<TopicResult> {
  const failures: TopicResult["failures"][number][] = [];
  const notApplicable: TopicResult["notApplicable"][number][] = [];
  for (const item of file.cases) {
    const reason = topic.doesNotApply[item.id];
    if (reason !== undefined) {
      notApplicable.push({ id: item.id, reason });
      continue;
    }
    const failure = await attempt(topic, item, file);
    if (failure !== undefined) failures.push({ id: item.id, ...failure });
  }
  const total = file.cases.length;
  return { topic: topic.topic, total, passed: total - failures.length - notApplicable.length, failures, notApplicable };
}

async function attempt(topic: CaseTopic, item: CaseFile["cases"][number], file: CaseFile): Promise<Failure> {
  try {
    return await topic.run(item, file);
  } catch (error) {
    return { expected: "a verdict", got: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** `jsonpath 88/89 (1 does not apply)`, then what did not pass. */
export function formatResult(result: TopicResult): string {
  const skipped = result.notApplicable.length;
  const note = skipped === 0 ? "" : ` (${skipped} ${skipped === 1 ? "does" : "do"} not apply)`;
  const lines = [`${result.topic} ${result.passed}/${result.total}${note}`];
  for (const { id, expected, got } of result.failures) {
    lines.push(`  FAILED ${id}`, `    expected ${JSON.stringify(expected)}`, `    got      ${JSON.stringify(got)}`);
  }
  for (const { id, reason } of result.notApplicable) lines.push(`  does not apply: ${id}: ${reason}`);
  return `${lines.join("\n")}\n`;
}
