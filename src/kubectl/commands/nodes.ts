/** `kubectl cordon | uncordon | drain`. Upstream: kubectl pkg/cmd/drain, pkg/drain. */
import type { Pod } from "../../engine/api/generated/types.ts";
import { MIRROR } from "../../engine/api/core/pod/validate-annotations.ts";
import { controllerOf } from "../../engine/api/meta/object.ts";
import { parseLabelSelector, SelectorError } from "../../engine/api/meta/selectors.ts";
import { type Call, sleep } from "../../engine/base/syscalls.ts";
import { type Command, defineCommand, DRY_RUN_FLAG, SELECTOR_FLAG } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, hasReason, usageError } from "../errors.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { listPods } from "../pick-pod.ts";
import { fetchAll, type Info } from "../resource-builder.ts";
import { waitUntilGone } from "../wait-gone.ts";

const EVICTION_RETRY_MS = 5000;

function* chosenNodes(call: Invocation): Call<Info[]> {
  const selector = call.flags.string("selector");
  if (call.args.length === 0 && selector === "") {
    throw usageError(call.path, `USAGE: ${call.command.name} NODE [flags]`);
  }
  if (call.args.length > 0 && selector !== "")
    throw usageError(call.path, "cannot specify both a node name and a --selector option");
  return yield* fetchAll(call, { args: ["nodes", ...call.args], selector });
}

function* mark(call: Invocation, info: Info, unschedulable: boolean): Call<void> {
  const dryRun = { none: "", client: " (dry run)", server: " (server dry run)" }[call.dryRun];
  const present = (info.object as { spec?: { unschedulable?: boolean } }).spec?.unschedulable === true;
  const verb = unschedulable ? "cordoned" : "uncordoned";
  if (present === unschedulable) {
    yield* call.out(`node/${info.name} already ${verb}${dryRun}\n`);
    return;
  }
  if (call.dryRun !== "client") {
    const patch = { spec: { unschedulable: unschedulable ? true : null } };
    yield* sendPatch(call, info, { patch, contentType: "application/strategic-merge-patch+json" });
  }
  yield* call.out(`node/${info.name} ${verb}${dryRun}\n`);
}

function markCommand(name: "cordon" | "uncordon", short: string): Command {
  return defineCommand({
    name,
    group: "Cluster Management Commands",
    short,
    usage: "NODE",
    flags: [DRY_RUN_FLAG, SELECTOR_FLAG],
    completes: "nodes",
    *run(call) {
      for (const info of yield* chosenNodes(call)) yield* mark(call, info, name === "cordon");
    },
  });
}

export const cordon = markCommand("cordon", "Mark node as unschedulable");
export const uncordon = markCommand("uncordon", "Mark node as schedulable");

export const drain = defineCommand({
  name: "drain",
  group: "Cluster Management Commands",
  short: "Drain node in preparation for maintenance",
  usage: "NODE",
  flags: [
    DRY_RUN_FLAG,
    SELECTOR_FLAG,
    { name: "force", type: "bool", usage: "Also pods that no controller would make again." },
    { name: "ignore-daemonsets", type: "bool", usage: "Leave pods of daemon sets where they are." },
    { name: "delete-emptydir-data", type: "bool", usage: "Also pods with emptyDir volumes: their data is lost." },
    { name: "grace-period", type: "int", default: -1, usage: "Seconds that pods get to end." },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait; 0 waits on." },
    { name: "disable-eviction", type: "bool", usage: "Delete pods instead of evicting them." },
    { name: "pod-selector", type: "string", usage: "Only pods with these labels." },
    { name: "skip-wait-for-delete-timeout", type: "int", unsupported: true },
    { name: "chunk-size", type: "int", default: 500, unsupported: true },
  ],
  completes: "nodes",
  *run(call) {
    try {
      parseLabelSelector(call.flags.string("pod-selector"));
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new CommandError("--pod-selector=<pod_selector> must be a valid label selector");
    }
    const infos = yield* chosenNodes(call);
    for (const info of infos) yield* mark(call, info, true);
    for (const info of infos) yield* drainNode(call, info);
  },
});

interface Verdict {
  pod: Pod;
  remove: boolean;
  problem?: string;
  warning?: string;
}

function judge(call: Invocation, pod: Pod): Verdict {
  const { flags } = call;
  if (pod.metadata.annotations?.[MIRROR] !== undefined) return { pod, remove: false };
  const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  const controller = controllerOf(pod);
  if (controller?.kind === "DaemonSet" && !ended) {
    if (!flags.bool("ignore-daemonsets")) {
      return {
        pod,
        remove: false,
        problem: "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
      };
    }
    return { pod, remove: false, warning: "ignoring DaemonSet-managed Pods" };
  }
  if (ended) return { pod, remove: true };
  const local = (pod.spec?.volumes ?? []).some((volume) => volume.emptyDir != null);
  if (local && !flags.bool("delete-emptydir-data")) {
    return {
      pod,
      remove: false,
      problem: "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
    };
  }
  if (controller === undefined) {
    if (!flags.bool("force")) {
      return { pod, remove: false, problem: "cannot delete Pods that declare no controller (use --force to override)" };
    }
    return { pod, remove: true, warning: "deleting Pods that declare no controller" };
  }
  return { pod, remove: true };
}

function podNames(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ pod }) => `${pod.metadata.namespace}/${pod.metadata.name}`).join(", ");
}

/** Texts with the pods that each is about, in the order of their first mention. */
function grouped(verdicts: readonly Verdict[], part: "problem" | "warning"): string[] {
  const texts = [...new Set(verdicts.flatMap((verdict) => verdict[part] ?? []))];
  return texts.map((text) => `${text}: ${podNames(verdicts.filter((verdict) => verdict[part] === text))}`);
}

function* drainNode(call: Invocation, info: Info): Call<void> {
  const pods = yield* listPods(call, {
    namespace: "",
    fieldSelector: `spec.nodeName=${info.name}`,
    labelSelector: call.flags.string("pod-selector"),
  });
  const verdicts = pods.map((pod) => judge(call, { ...pod, apiVersion: "v1", kind: "Pod" }));
  const problems = grouped(verdicts, "problem");
  if (problems.length > 0) {
    yield* call.err(
      `error: unable to drain node ${JSON.stringify(info.name)} due to error: ${problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`}, continuing command...\n`,
    );
    yield* call.err(`There are pending nodes to be drained:\n ${info.name}\n`);
    throw new CommandError(problems.join("\n"), { verbatim: true });
  }
  const warnings = grouped(verdicts, "warning");
  if (warnings.length > 0) yield* call.err(`Warning: ${warnings.join("; ")}\n`);
  const chosen = verdicts.filter((verdict) => verdict.remove).map((verdict) => verdict.pod);
  const deadline = call.ctx.now() + call.flags.duration("timeout");
  for (const pod of chosen) {
    const shown = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const verb = call.flags.bool("disable-eviction") ? "deleting" : "evicting";
    if (call.dryRun !== "none") {
      yield* call.out(`${verb} pod ${shown} (${call.dryRun === "server" ? "server " : ""}dry run)\n`);
      continue;
    }
    yield* call.out(`${verb} pod ${shown}\n`);
    yield* evict(call, pod, deadline);
  }
  if (call.dryRun === "none") {
    for (const pod of chosen) {
      const timeoutMs = call.flags.duration("timeout") > 0 ? Math.max(1, deadline - call.ctx.now()) : 0;
      const target: Info = { resource: PODS, namespace: String(pod.metadata.namespace), name: pod.metadata.name };
      yield* waitUntilGone(call, target, { uid: String(pod.metadata.uid), timeoutMs });
      yield* call.out(`pod/${pod.metadata.name} ${call.flags.bool("disable-eviction") ? "deleted" : "evicted"}\n`);
    }
  }
  const dryRun = { none: "", client: " (dry run)", server: " (server dry run)" }[call.dryRun];
  yield* call.out(`node/${info.name} drained${dryRun}\n`);
}

function* evict(call: Invocation, pod: Pod, deadline: number): Call<void> {
  const grace = call.flags.int("grace-period");
  const deleteOptions = grace >= 0 ? { gracePeriodSeconds: grace } : {};
  const at = { namespace: String(pod.metadata.namespace), name: pod.metadata.name };
  for (;;) {
    try {
      if (call.flags.bool("disable-eviction")) {
        yield* call.rest.json({
          method: "DELETE",
          path: resourcePath(PODS, at),
          body: { kind: "DeleteOptions", apiVersion: "v1", ...deleteOptions },
        });
      } else {
        yield* call.rest.json({
          method: "POST",
          path: resourcePath(PODS, { ...at, subresource: "eviction" }),
          body: { apiVersion: "policy/v1", kind: "Eviction", metadata: at, deleteOptions },
        });
      }
      return;
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      if (!hasReason(error, "TooManyRequests")) throw error;
      yield* call.err(
        `error when evicting pods/${JSON.stringify(at.name)} -n ${JSON.stringify(at.namespace)} (will retry after 5s): ${error.message}\n`,
      );
      yield* sleep(EVICTION_RETRY_MS);
      if (call.flags.duration("timeout") > 0 && call.ctx.now() >= deadline) {
        throw new CommandError(
          `error when evicting pods/${JSON.stringify(at.name)} -n ${JSON.stringify(at.namespace)}: global timeout reached: ${call.flags.string("timeout")}`,
        );
      }
    }
  }
}
