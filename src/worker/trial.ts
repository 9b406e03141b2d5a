/**
 * Tries a change on a copy of the world: the session is replayed into a second one, the change is made there, and what
 * did not work is tried again until it does or its time is up. Where the change mends one thing and the next one shows,
 * that one's mend is made too. The learner's own world is not touched.
 */
import type { Pod } from "../engine/api/generated/types.ts";
import { isPodReady } from "../engine/api/core/pod/conditions.ts";
import { pods } from "../engine/api/registry.ts";
import { SystemError } from "../engine/base/program.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import { siblings } from "../engine/diagnose/pod.ts";
import { clusterFacts } from "../engine/cluster/trace-request.ts";
import type { TracedRequest } from "../engine/cluster/trace-request.ts";
import type { Session } from "../session/session.ts";
import type { Attempt, FurtherStep, Trial } from "../terminal/drydock-trace.ts";
import type { Playground } from "./playground.ts";
import { answerWhy, traceIn } from "./trace.ts";

/** Virtual milliseconds that a change may take to show, and between two looks. */
const PATIENCE = 120_000;
const LOOK_EVERY = 500;
/** So long the next thing that is wrong must show: what is only under way passes by itself. */
const STAYS_WRONG = 20_000;
/** Further changes at the most. */
const MOST_STEPS = 8;

/** What one look at the copy shows. `next`: a mend for what is wrong there. */
interface Look {
  works: boolean;
  outcome: string;
  next?: FurtherStep;
}

/** `copy` is a new world that was not booted yet, of the session's seed and preset. */
export async function tryOnCopy(copy: Playground, session: Session, attempt: Attempt): Promise<Trial> {
  await copy.boot();
  await copy.replay(session);
  const before = attempt.object?.kind === "pod" ? await relatives(copy, attempt.object) : undefined;
  const look = (): Look | Promise<Look> => (before === undefined ? askAgain(copy, attempt) : podState(copy, before));
  const { command, url, host } = attempt.mend;
  // Another URL or Host is asked for at once: nothing in the cluster is under way.
  const patience = command === undefined && (url ?? host) !== undefined ? 0 : PATIENCE;
  const further: FurtherStep[] = [];
  let made = command;
  for (;;) {
    if (made !== undefined) {
      const { exitCode, stderr } = await runToEnd(copy, made);
      if (exitCode !== 0) return { works: false, outcome: stderr.trim() || `exit code ${exitCode}`, after: 0, further };
    }
    const { after, ...result } = await until(copy, look, { patience, made: [command, ...further.map(commandOf)] });
    const { next, works, outcome } = result;
    if (works || next === undefined || further.length === MOST_STEPS) return { works, outcome, after, further };
    further.push(next);
    made = next.command;
  }
}

function commandOf({ command }: FurtherStep): string {
  return command;
}

/** Looks until it works, until another thing has been wrong for a while whose mend was not made yet, or time is up. */
async function until(
  copy: Playground,
  look: () => Look | Promise<Look>,
  { patience, made }: { patience: number; made: readonly (string | undefined)[] },
): Promise<Look & { after: number }> {
  const started = copy.sim.now;
  let wrong = { command: "", since: started };
  for (;;) {
    const after = copy.sim.now - started;
    const { works, outcome, next } = await look();
    if (works) return { works, outcome, after };
    const command = next?.command ?? "";
    if (command !== wrong.command) wrong = { command, since: copy.sim.now };
    const isNew = next !== undefined && !made.includes(command);
    if (isNew && copy.sim.now - wrong.since >= Math.min(STAYS_WRONG, patience)) return { works, outcome, next, after };
    if (after >= patience) return { works, outcome, after };
    await copy.runUntil(copy.sim.now + LOOK_EVERY);
  }
}

async function runToEnd(copy: Playground, line: string): Promise<{ exitCode: number; stderr: string }> {
  const running = copy.command(["bash", "-c", line], "", false);
  let result: { exitCode: number; stderr: string } | undefined;
  void running.then((done) => void (result = done));
  const end = copy.sim.now + PATIENCE;
  while (result === undefined && copy.sim.now < end) {
    await copy.runUntil(copy.sim.now + 20);
    await Promise.resolve();
  }
  return result ?? { exitCode: 124, stderr: "it did not come to an end" };
}

function askAgain(copy: Playground, attempt: Attempt): Look | Promise<Look> {
  const { object } = attempt;
  if (object === undefined) return ask(copy, attempt);
  try {
    const { state, findings } = answerWhy(copy, object);
    const [first] = findings;
    if (first === undefined) return { works: true, outcome: state };
    const { cause, change, command } = first;
    const next = change === undefined || command === undefined ? undefined : { cause, change, command };
    return { works: false, outcome: cause, ...(next && { next }) };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { works: false, outcome: error.detail };
  }
}

async function ask(copy: Playground, attempt: Attempt): Promise<Look> {
  const { from, request: first } = attempt as { from: string; request: HttpRequest };
  const { url = first.url, host } = attempt.mend;
  const headers = host === undefined ? first.headers : { ...withoutHost(first.headers), Host: host };
  const request = { ...first, url, headers };
  let traced: TracedRequest | undefined;
  try {
    traceIn(copy, { from, request }, (done) => void (traced = done));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { works: false, outcome: error.detail };
  }
  const end = copy.sim.now + (request.timeoutMs ?? 5000) + 1000;
  while (traced === undefined && copy.sim.now < end) await copy.runUntil(copy.sim.now + 10);
  if (traced === undefined) return { works: false, outcome: "ETIMEDOUT" };
  const works = traced.status !== undefined && traced.cause === undefined;
  const { cause, change } = traced;
  const command = change?.mend?.command;
  const next =
    cause && change && command !== undefined ? { cause: cause.text, change: change.text, command } : undefined;
  return { works, outcome: String(traced.status ?? traced.errno), ...(next && { next }) };
}

function withoutHost(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "host"));
}

interface Relatives {
  namespace: string;
  is: (pod: Pod) => boolean;
}

/** The pod, and whoever may take its place when its template changes. */
async function relatives(
  copy: Playground,
  { namespace, name }: { namespace: string; name: string },
): Promise<Relatives> {
  const { cluster } = copy;
  if (cluster === undefined) throw new SystemError("EINVAL", "there is no cluster");
  const facts = clusterFacts(cluster);
  const pod = facts.get(pods, namespace, name);
  if (pod === undefined) throw new SystemError("EINVAL", `there is no pod "${name}" on the copy`);
  const old = new Set(
    siblings(pod, facts.list(pods, namespace), facts)
      .filter(isPodReady)
      .map(({ metadata }) => metadata.uid),
  );
  return {
    namespace,
    is: (other) => !old.has(other.metadata.uid) && siblings(pod, [other], facts).length > 0,
  };
}

function podState(copy: Playground, { namespace, is }: Relatives): Look {
  const { cluster } = copy;
  const found = cluster === undefined ? [] : clusterFacts(cluster).list(pods, namespace).filter(is);
  const ready = found.find((pod) => isPodReady(pod) || pod.status.phase === "Succeeded");
  if (ready !== undefined) return { works: true, outcome: `${ready.metadata.name} is ready` };
  return { works: false, outcome: `${found[0]?.metadata.name ?? "the pod"} is not ready` };
}
