/** `&`, and what jobs, wait and fg know about it. */
import type { AndOr, PipelineNode } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { close, kill, open, sleep, wait, waitAny } from "../../base/syscalls.ts";
import type { Job, Shell } from "./shell.ts";
import { spawnSubshell } from "./subshell.ts";
import { runTrap } from "./traps.ts";

/**
 * Starts a background job in a process group of its own, so that Ctrl-C doesn't reach it. Simplified: its input is
 * /dev/null, as there is no job control to stop a reader.
 */
export function* startJob(shell: Shell, node: PipelineNode | AndOr, text: string): Call<number> {
  const nothing = yield* open("/dev/null", "read");
  const pid = yield* spawnSubshell(shell, {
    stdio: [nothing, shell.io[1], shell.io[2]],
    newGroup: true,
    *body(child) {
      // Its number is told before it says anything.
      if (shell.interactive) yield* sleep(0);
      return yield* child.interpreter.runNode(child, node, { tail: true });
    },
  });
  yield* close(nothing);
  const id = Math.max(0, ...shell.jobs.map((job) => job.id)) + 1;
  shell.jobs.push({ id, pid, text, state: "running", status: 0 });
  shell.lastBackground = pid;
  if (shell.interactive) yield* shell.err(`[${id}] ${pid}\n`);
  return 0;
}

/** Notices jobs that have ended, without waiting. */
export function* reap(shell: Shell): Call<void> {
  const alive = new Set(shell.ctx.processes().map((process) => process.pid));
  for (const job of shell.jobs) {
    if (job.state === "done" || alive.has(job.pid)) continue;
    job.status = yield* wait(job.pid);
    job.state = "done";
  }
}

/** Tells of ended jobs before a prompt, and forgets them. */
export function* announceJobs(shell: Shell): Call<void> {
  yield* reap(shell);
  for (const job of shell.jobs) if (job.state === "done") yield* shell.err(`${jobLine(shell, job)}\n`);
  shell.jobs = shell.jobs.filter((job) => job.state !== "done");
}

export function jobLine(shell: Shell, job: Job): string {
  const at = shell.jobs.indexOf(job);
  const mark = at === shell.jobs.length - 1 ? "+" : at === shell.jobs.length - 2 ? "-" : " ";
  const state = job.state === "running" ? "Running" : job.status === 0 ? "Done" : stateOf(job.status);
  return `[${job.id}]${mark}  ${state.padEnd(23)} ${job.text}${job.state === "running" ? " &" : ""}`;
}

function stateOf(status: number): string {
  const names: Readonly<Record<number, string>> = { 129: "Hangup", 130: "Interrupt", 137: "Killed", 143: "Terminated" };
  return names[status] ?? `Exit ${status}`;
}

/** `%1`, `%%`, `%+`, `%-`, `%name`, or a pid. */
export function findJob(shell: Shell, text: string): Job | undefined {
  if (!text.startsWith("%")) return shell.jobs.find((job) => job.pid === Number(text));
  const name = text.slice(1);
  if (name === "" || name === "%" || name === "+") return shell.jobs.at(-1);
  if (name === "-") return shell.jobs.at(-2) ?? shell.jobs.at(-1);
  if (/^\d+$/.test(name)) return shell.jobs.find((job) => job.id === Number(name));
  return shell.jobs.find((job) => job.text.startsWith(name));
}

/** Waits until the job ends. A signal with a trap ends the wait with 128 + n; Ctrl-C is passed on when `foreground`. */
export function* waitForJob(shell: Shell, job: Job, options: { foreground?: boolean } = {}): Call<number> {
  while (job.state === "running") {
    const ended = yield* waitAny();
    if (ended.pid === 0) {
      if (options.foreground === true) yield* kill(-job.pid, "SIGINT");
      yield* shell.checkpoint(runTrap);
      if (options.foreground !== true) return 130;
      continue;
    }
    const other = shell.jobs.find((each) => each.pid === ended.pid);
    if (other === undefined) continue;
    other.state = "done";
    other.status = ended.code;
  }
  shell.jobs = shell.jobs.filter((each) => each !== job);
  return job.status;
}
