/** Takes a node's pods away, all of them at the same time. Upstream: kubectl pkg/drain/drain.go (evictPods, deletePods, waitForDelete). */
import type { Pod } from "../engine/api/generated/types.ts";
import { formatGoDuration } from "../engine/base/go-duration.ts";
import { type Call, sleep } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { ApiError, CommandError, hasReason } from "./errors.ts";
import { PODS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";

const EVICTION_RETRY_MS = 5000;
const LOOK_AGAIN_MS = 1000;
const TERMINATING = "NamespaceTerminating";

/** One pod on its way out: asked to go, or looked for at `due` until it is gone. */
interface Leaving {
  readonly pod: Pod;
  isGoing: boolean;
  due: number;
}

interface Deadline {
  readonly at: number;
  readonly text: string;
}

/** What went wrong, pod by pod. */
export function* removePods(call: Invocation, pods: readonly Pod[]): Call<Error[]> {
  const timeout = call.flags.duration("timeout");
  const deadline = {
    at: timeout > 0 ? call.ctx.now() + timeout : Number.POSITIVE_INFINITY,
    text: `global timeout reached: ${formatGoDuration(timeout)}`,
  };
  return yield* call.flags.bool("disable-eviction")
    ? deletePods(call, pods, deadline)
    : evictPods(call, pods, deadline);
}

function* evictPods(call: Invocation, pods: readonly Pod[], deadline: Deadline): Call<Error[]> {
  const errors: Error[] = [];
  let left: Leaving[] = pods.map((pod) => ({ pod, isGoing: false, due: call.ctx.now() }));
  while (left.length > 0) {
    const next = left.reduce((first, other) => (other.due < first.due ? other : first));
    const wait = next.due - call.ctx.now();
    if (wait > 0) yield* sleep(wait);
    const outcome = yield* next.isGoing ? look(call, next, deadline) : evict(call, next, deadline);
    if (outcome === "goes on") continue;
    if (outcome !== "done") errors.push(new CommandError(outcome.failure, { verbatim: true }));
    left = left.filter((other) => other !== next);
  }
  return errors;
}

type Outcome = "goes on" | "done" | { failure: string };

function* evict(call: Invocation, leaving: Leaving, deadline: Deadline): Call<Outcome> {
  const { pod } = leaving;
  const { namespace = "", name } = pod.metadata;
  const about = `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`;
  const isTrial = call.dryRun === "server";
  yield* call.out(`evicting pod ${namespace}/${name}${isTrial ? " (server dry run)" : ""}\n`);
  if (call.ctx.now() >= deadline.at) return { failure: `${about}: ${deadline.text}` };
  try {
    const metadata = { namespace, name };
    yield* call.rest.json({
      method: "POST",
      path: resourcePath(PODS, { namespace, name, subresource: "eviction" }),
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions: deleteOptions(call) },
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === "NotFound") return "done";
    const again = retryText(error, { about, name, namespace });
    if (again === undefined) return { failure: `${about}: ${error.message}` };
    yield* call.err(`${again} (will retry after 5s): ${error.message}\n`);
    leaving.due = call.ctx.now() + EVICTION_RETRY_MS;
    return "goes on";
  }
  if (isTrial) return "done";
  leaving.isGoing = true;
  return "goes on";
}

/** Set iff the server may think better of it. */
function retryText(
  error: ApiError,
  { about, name, namespace }: { about: string; name: string; namespace: string },
): string | undefined {
  if (error.reason === "TooManyRequests") return about;
  const isEnding = error.status.details?.causes?.some(({ reason }) => reason === TERMINATING) === true;
  return error.reason === "Forbidden" && isEnding
    ? `error when evicting pod ${JSON.stringify(name)} from terminating namespace ${JSON.stringify(namespace)}`
    : undefined;
}

function* look(call: Invocation, leaving: Leaving, deadline: Deadline): Call<Outcome> {
  const { namespace = "", name } = leaving.pod.metadata;
  if (yield* isGone(call, leaving.pod)) {
    yield* call.out(`pod/${name} evicted\n`);
    return "done";
  }
  if (call.ctx.now() >= deadline.at) {
    const about = `error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`;
    return { failure: `${about} to terminate: ${deadline.text}` };
  }
  leaving.due = Math.min(call.ctx.now() + LOOK_AGAIN_MS, deadline.at);
  return "goes on";
}

function* deletePods(call: Invocation, pods: readonly Pod[], deadline: Deadline): Call<Error[]> {
  for (const { metadata } of pods) {
    const { namespace = "", name } = metadata;
    try {
      const options = { kind: "DeleteOptions", apiVersion: "v1", ...deleteOptions(call) };
      yield* call.rest.json({ method: "DELETE", path: resourcePath(PODS, { namespace, name }), body: options });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason !== "NotFound") return [error];
    }
  }
  if (call.dryRun === "server") return [];
  for (let left = [...pods]; left.length > 0;) {
    const there: Pod[] = [];
    for (const pod of left) {
      if (yield* isGone(call, pod)) yield* call.out(`pod/${pod.metadata.name} deleted\n`);
      else there.push(pod);
    }
    left = there;
    if (left.length === 0) break;
    if (call.ctx.now() >= deadline.at) return [new CommandError(deadline.text)];
    yield* sleep(Math.min(LOOK_AGAIN_MS, deadline.at - call.ctx.now()));
  }
  return [];
}

/** Another pod of its name is not the one that was there. */
function* isGone(call: Invocation, { metadata }: Pod): Call<boolean> {
  const { namespace = "", name, uid } = metadata;
  try {
    const live = yield* call.rest.json<Pod>({ path: resourcePath(PODS, { namespace, name }) });
    return live.metadata.uid !== uid;
  } catch (error) {
    if (hasReason(error, "NotFound")) return true;
    throw error;
  }
}

function deleteOptions(call: Invocation): object {
  const grace = call.flags.int("grace-period");
  return {
    ...(grace >= 0 && { gracePeriodSeconds: grace }),
    ...(call.dryRun === "server" && { dryRun: ["All"] }),
  };
}
