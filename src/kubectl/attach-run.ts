/** What `kubectl run -it` does once the pod is there: wait, attach, clean up. Upstream: kubectl pkg/cmd/run/run.go. */
import type { Pod } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { ExitCode } from "../engine/base/program.ts";
import { type Call, read } from "../engine/base/syscalls.ts";
import { attachTo, wantsTty } from "./commands/exec.ts";
import { deleteOne } from "./delete-object.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import { PODS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";
import type { Info } from "./resource-builder.ts";
import { watchObject } from "./watch-object.ts";

/** The pod's own: upstream overrides what --grace-period says. */
const OWN_GRACE = -1;

export function* attachToRunPod(call: Invocation, created: KubeObject): Call<ExitCode> {
  const info: Info = {
    resource: PODS,
    namespace: String(created.metadata.namespace),
    name: created.metadata.name,
    object: created,
  };
  try {
    return yield* attachAndWait(call, info, created as Pod);
  } finally {
    if (call.flags.bool("rm")) yield* removePod(call, info);
  }
}

function* attachAndWait(call: Invocation, info: Info, created: Pod): Call<ExitCode> {
  const pod = yield* waitFor(call, info, created, {
    done: (live) => live.status?.phase !== "Pending" && live.status?.phase !== undefined,
    timeoutMs: call.flags.duration("pod-running-timeout"),
  });
  const container = pod.spec?.containers[0]?.name ?? "";
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") {
    yield* copyLog(call, info, container);
  } else {
    yield* attachTo(call, pod, { container, tty: yield* wantsTty(call) });
  }
  if (call.flags.string("restart") === "Always") {
    if (!call.flags.bool("rm") && !call.flags.bool("quiet") && call.flags.bool("stdin")) {
      yield* call.err(
        `Session ended, resume using '${call.path.replace(/ run$/, "")} attach ${info.name} -c ${container}${call.flags.bool("stdin") ? " -i" : ""}${call.flags.bool("tty") ? " -t" : ""}' command when the pod is running\n`,
      );
    }
    return 0;
  }
  if (call.flags.bool("leave-stdin-open")) return 0;
  const ended = yield* waitFor(call, info, pod, {
    done: (live) => live.status?.phase === "Succeeded" || live.status?.phase === "Failed",
    timeoutMs: 0,
  });
  return exitCodeOf(ended);
}

function exitCodeOf(pod: Pod): ExitCode {
  if (pod.status?.phase === "Succeeded") return 0;
  const [state] = pod.status?.containerStatuses ?? [];
  const terminated = state?.state?.terminated;
  if (terminated === undefined || terminated === null || terminated.exitCode === 0) {
    throw new CommandError(`pod ${pod.metadata.namespace}/${pod.metadata.name} failed with unknown exit code`);
  }
  throw new CommandError(`pod ${pod.metadata.namespace}/${pod.metadata.name} terminated (${terminated.reason ?? ""})`, {
    exitCode: terminated.exitCode,
    verbatim: true,
  });
}

/** Watches the pod until `done`; `timeoutMs` 0 means forever. `meanwhile` hears of it until then. */
export function* waitFor(
  call: Invocation,
  info: Info,
  start: Pod,
  until: { done: (pod: Pod) => boolean; timeoutMs: number; meanwhile?: (pod: Pod) => Call<void> },
): Call<Pod> {
  let pod = yield* call.rest.json<Pod>({ path: resourcePath(PODS, info) });
  if (until.done(pod)) return pod;
  yield* until.meanwhile?.(pod) ?? [];
  const watch = yield* watchObject(call, info, {
    resourceVersion: pod.metadata.resourceVersion ?? start.metadata.resourceVersion ?? "",
    timeoutMs: until.timeoutMs,
  });
  for (let event = yield* watch.next(); event !== null; event = yield* watch.next()) {
    if (event.type === "DELETED") throw new CommandError(`pods ${JSON.stringify(info.name)} not found`);
    pod = event.object as Pod;
    if (until.done(pod)) {
      yield* watch.close();
      return pod;
    }
    yield* until.meanwhile?.(pod) ?? [];
  }
  throw new CommandError("timed out waiting for the condition");
}

export function* copyLog(call: Invocation, info: Info, container: string): Call<void> {
  const fd = yield* call.rest.stream({
    path: resourcePath(PODS, { ...info, subresource: "log" }),
    query: { container },
    accept: "*/*",
  });
  for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) yield* call.out(piece);
}

function* removePod(call: Invocation, info: Info): Call<void> {
  yield* deleteOne(call, info, OWN_GRACE);
  if (!call.flags.bool("quiet")) {
    yield* call.out(`pod ${JSON.stringify(info.name)} deleted from ${info.namespace} namespace\n`);
  }
}
