/** One sync of a job: plans, acts, counts, says what became of it. Upstream: syncJob in pkg/controller/job/job_controller.go. */
import { isPodReady } from "../../api/core/pod/conditions.ts";
import type { Job, JobStatus, Pod } from "../../api/generated/types.ts";
import type { StatusError } from "../../api/meta/status-error.ts";
import { formatTime } from "../../base/time.ts";
import type { BackOffRecord } from "./back-off.ts";
import { COMPLETIONS_REACHED, interimType, RESUMED, SUSPENDED, terminalType, withCondition } from "./conditions.ts";
import type { Verdict } from "./conditions.ts";
import { countReleased, notePods, trackedUids } from "./count.ts";
import type { JobContext } from "./observe.ts";
import { isJobSuspended, planVerdict, planWork, untilDeadline } from "./plan.ts";
import type { JobWork } from "./plan.ts";
import type { JobPodDraft } from "./pod-template.ts";

/** What a sync does to the cluster. Failures to create, delete or release are returned: the status is written all the same. */
export interface JobEffects {
  deletePods(pods: readonly Pod[], options: { untrack: boolean }): { done: readonly Pod[]; error?: StatusError };
  createPods(drafts: readonly JobPodDraft[]): { created: number; error?: StatusError };
  /** Does nothing when nothing changed. */
  writeStatus(status: JobStatus): void;
  releasePods(pods: readonly Pod[]): { done: readonly Pod[]; error?: StatusError };
  rememberBackOff(record: BackOffRecord): void;
  event(type: "Normal" | "Warning", text: { reason: string; message: string }): void;
}

export interface SyncResult {
  /** Milliseconds until something is due that no event tells of. */
  after?: number;
  error?: StatusError;
}

interface Progress {
  active: number;
  ready: number;
  terminating: number;
  /** Whether all that was to be deleted is. */
  isCleared: boolean;
  error: StatusError | undefined;
}

export function syncJob(context: JobContext, effects: JobEffects): SyncResult {
  const { job, satisfied } = context;
  const ending = planVerdict(context);
  const mayManage = ending === undefined && satisfied && job.metadata.deletionTimestamp === undefined;
  const work = planFor(context, ending, mayManage);
  const progress = perform(context, work, effects);
  const { status, verdict } = judge(context, { ending, mayManage, progress }, effects);
  const error = finish(context, { status, verdict }, effects) ?? progress.error;
  const dueTimes = [work.wait, ending === undefined ? untilDeadline(context) : undefined];
  const due = dueTimes.filter((time) => time !== undefined);
  return { ...(due.length > 0 && { after: Math.min(...due) }), ...(error && { error }) };
}

function planFor(context: JobContext, ending: Verdict | undefined, mayManage: boolean): JobWork {
  // Pods of a job that ends keep their finalizer: they are counted as they go.
  if (ending !== undefined) return { deletions: context.active, untrack: false, creations: [] };
  return mayManage ? planWork(context) : { deletions: [], untrack: false, creations: [] };
}

function perform(context: JobContext, { deletions, untrack, creations }: JobWork, effects: JobEffects): Progress {
  const { active, ready, terminating } = context;
  const { done: deleted, error } = deletions.length === 0 ? NO_PODS : effects.deletePods(deletions, { untrack });
  const made = creations.length === 0 ? NONE_CREATED : effects.createPods(creations);
  return {
    active: active.length - deleted.length + made.created,
    ready: ready - deleted.filter(isPodReady).length,
    terminating: terminating + deleted.length,
    isCleared: deleted.length === deletions.length,
    error: error ?? made.error,
  };
}

const NO_PODS: ReturnType<JobEffects["deletePods"]> = { done: [] };
const NONE_CREATED: ReturnType<JobEffects["createPods"]> = { created: 0 };

/** The status before pods are counted, and how the job ends if it does. */
function judge(
  context: JobContext,
  { ending, mayManage, progress }: { ending: Verdict | undefined; mayManage: boolean; progress: Progress },
  effects: JobEffects,
): { status: JobStatus; verdict: Verdict | undefined } {
  const { job, now, satisfied } = context;
  let { startTime, conditions = [] } = job.status;
  if (startTime === undefined && !isJobSuspended(job)) startTime = formatTime(now);
  let verdict: Verdict | undefined;
  // Pods that couldn't be deleted or haven't been seen yet: too early to end.
  if (ending !== undefined) verdict = progress.isCleared && satisfied ? ending : undefined;
  else if (isComplete(context, progress.active)) verdict = { success: true, ...COMPLETIONS_REACHED };
  else if (mayManage) {
    const suspended = isJobSuspended(job);
    const why = suspended ? SUSPENDED : RESUMED;
    const next = withCondition(conditions, "Suspended", { status: suspended ? "True" : "False", why, now });
    if (next !== conditions) {
      conditions = [...next];
      effects.event("Normal", { reason: suspended ? "Suspended" : "Resumed", message: why.message });
      // The deadline counts from the resumption.
      startTime = suspended ? undefined : formatTime(now);
    }
  }
  return { status: statusOf(job, { startTime, conditions, progress }), verdict };
}

function statusOf(
  job: Job,
  {
    startTime,
    conditions,
    progress,
  }: Pick<JobStatus, "startTime"> & { conditions: NonNullable<JobStatus["conditions"]>; progress: Progress },
): JobStatus {
  const { active: _, startTime: __, ...before } = job.status;
  const { active, ready, terminating } = progress;
  return {
    ...before,
    uncountedTerminatedPods: before.uncountedTerminatedPods ?? {},
    ...(conditions.length > 0 && { conditions }),
    ...(startTime !== undefined && { startTime }),
    ...(active > 0 && { active }),
    ready,
    terminating,
  };
}

function isComplete({ job, succeeded }: JobContext, active: number): boolean {
  const { completions } = job.spec;
  return active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);
}

/** Notes pods, releases them, counts them; ends the job once none is left to count. */
function finish(
  context: JobContext,
  { status, verdict }: { status: JobStatus; verdict: Verdict | undefined },
  effects: JobEffects,
): StatusError | undefined {
  const { now } = context;
  const noted = notePods(context, verdict, status);
  let next = noted.status;
  if (verdict !== undefined) {
    const { conditions = [] } = next;
    next = { ...next, conditions: [...withInterim(conditions, verdict, now)] };
  }
  effects.writeStatus(next);
  effects.rememberBackOff(context.nextBackOff);
  const { done: released, error } = noted.release.length === 0 ? NO_PODS : effects.releasePods(noted.release);
  const gone = new Set(released.map(({ metadata }) => metadata.uid));
  next = countReleased(next, new Set([...trackedUids(context)].filter((uid) => !gone.has(uid))));
  const end = verdict !== undefined && error === undefined && !noted.isPartial && hasEnded(next) ? verdict : undefined;
  if (end !== undefined) next = withEnd(next, end, now);
  effects.writeStatus(next);
  if (end !== undefined) report(context, { status: next, verdict: end }, effects);
  return error;
}

function withInterim(
  conditions: readonly NonNullable<JobStatus["conditions"]>[number][],
  verdict: Verdict,
  now: number,
): readonly NonNullable<JobStatus["conditions"]>[number][] {
  const type = interimType(verdict);
  if (conditions.some((condition) => condition.type === type && condition.status === "True")) return conditions;
  return withCondition(conditions, type, { status: "True", why: verdict, now });
}

function hasEnded({ uncountedTerminatedPods = {}, terminating = 0 }: JobStatus): boolean {
  const { succeeded = [], failed = [] } = uncountedTerminatedPods;
  return succeeded.length === 0 && failed.length === 0 && terminating === 0;
}

function withEnd(status: JobStatus, verdict: Verdict, now: number): JobStatus {
  const conditions = withCondition(status.conditions ?? [], terminalType(verdict), {
    status: "True",
    why: verdict,
    now,
  });
  return { ...status, conditions: [...conditions], ...(verdict.success && { completionTime: formatTime(now) }) };
}

function report(
  { job }: JobContext,
  { status, verdict }: { status: JobStatus; verdict: Verdict },
  effects: JobEffects,
): void {
  const { completions } = job.spec;
  if (!verdict.success) {
    effects.event("Warning", { reason: verdict.reason, message: verdict.message });
    return;
  }
  if (completions !== undefined && (status.succeeded ?? 0) > completions) {
    effects.event("Warning", {
      reason: "TooManySucceededPods",
      message: "Too many succeeded pods running after completion count reached",
    });
  }
  effects.event("Normal", { reason: "Completed", message: "Job completed" });
}
