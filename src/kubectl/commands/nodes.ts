/** `kubectl cordon | uncordon | drain`. Upstream: kubectl pkg/cmd/drain, pkg/drain. */
import type { Pod } from "../../engine/api/generated/types.ts";
import { MIRROR } from "../../engine/api/core/pod/validate-annotations.ts";
import { controllerOf } from "../../engine/api/meta/object.ts";
import { parseLabelSelector, SelectorError } from "../../engine/api/meta/selectors.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { type Command, defineCommand, DRY_RUN_FLAG, SELECTOR_FLAG } from "../command.ts";
import { removePods } from "../drain-pods.ts";
import { CommandError, ErrorList, throwGathered, usageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { listPods } from "../pick-pod.ts";
import { fetchAll, type Info } from "../resource-builder.ts";

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
    const failed: (readonly Error[])[] = [];
    let pending = infos;
    for (const info of infos) {
      const errors = yield* drainNode(call, info);
      if (errors.length === 0) {
        pending = pending.filter((other) => other !== info);
        continue;
      }
      failed.push(errors);
      yield* call.err(
        `error: unable to drain node ${JSON.stringify(info.name)} due to error: ${allOf(errors)}, continuing command...\n`,
      );
      yield* call.err(`There are pending nodes to be drained:\n${pending.map(({ name }) => ` ${name}\n`).join("")}`);
    }
    // Of one node each failure has a line, of several each node.
    const [first = []] = failed;
    if (failed.length === 1) throw new ErrorList(first);
    throwGathered(failed.map((errors) => new CommandError(allOf(errors), { verbatim: true })));
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

/** What is to go and what stands in the way, as things are now. */
function* podsToGo(call: Invocation, info: Info): Call<{ chosen: Pod[]; problems: string[]; warnings: string[] }> {
  const pods = yield* listPods(call, {
    namespace: "",
    fieldSelector: `spec.nodeName=${info.name}`,
    labelSelector: call.flags.string("pod-selector"),
  });
  const verdicts = pods.map((pod) => judge(call, { ...pod, apiVersion: "v1", kind: "Pod" }));
  return {
    chosen: verdicts.filter((verdict) => verdict.remove).map((verdict) => verdict.pod),
    problems: grouped(verdicts, "problem"),
    warnings: grouped(verdicts, "warning"),
  };
}

/** Returns what keeps the node from being empty. */
function* drainNode(call: Invocation, info: Info): Call<readonly Error[]> {
  const { chosen, problems, warnings } = yield* podsToGo(call, info);
  if (problems.length > 0) return problems.map((problem) => new CommandError(problem, { verbatim: true }));
  if (warnings.length > 0) yield* call.err(`Warning: ${warnings.join("; ")}\n`);
  if (call.dryRun === "client") {
    for (const { metadata } of chosen) {
      yield* call.out(`evicting pod ${metadata.namespace}/${metadata.name} (dry run)\n`);
    }
  } else {
    const errors = yield* removePods(call, chosen);
    if (errors.length > 0) {
      const { chosen: pending } = yield* podsToGo(call, info);
      if (pending.length > 0) {
        yield* call.err(
          `There are pending pods in node ${JSON.stringify(info.name)} when an error occurred: ${allOf(errors)}\n`,
        );
        for (const { metadata } of pending) yield* call.err(`pod/${metadata.name}\n`);
      }
      return errors;
    }
  }
  const dryRun = { none: "", client: " (dry run)", server: " (server dry run)" }[call.dryRun];
  yield* call.out(`node/${info.name} drained${dryRun}\n`);
  return [];
}

/** As Go's aggregates say it. */
function allOf(errors: readonly Error[]): string {
  const texts = [...new Set(errors.map(({ message }) => message))];
  return texts.length === 1 ? String(texts[0]) : `[${texts.join(", ")}]`;
}
