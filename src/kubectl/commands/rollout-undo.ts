/** `kubectl rollout undo`. Upstream: kubectl pkg/cmd/rollout/rollout_undo.go, polymorphichelpers/rollback.go. */
import type { Deployment } from "../../engine/api/generated/types.ts";
import { deepEqual } from "../../engine/base/json.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand, DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { LAST_APPLIED } from "../create-object.ts";
import { describePodTemplate } from "../describe/pod-template.ts";
import { DescribeWriter } from "../describe/writer.ts";
import { ApiError, CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { sendPatch } from "../patch-live.ts";
import { printerFor } from "../printers/object-printer.ts";
import type { Info } from "../resource-builder.ts";
import {
  REVISION,
  revisionsOf,
  rolloutTargets,
  type Revision,
  type Workload,
  withoutHash,
} from "../rollout-revisions.ts";

/** Annotations that stay as the deployment has them. */
const KEPT = [
  LAST_APPLIED,
  REVISION,
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
];

export const rolloutUndo = defineCommand({
  name: "undo",
  short: "Undo a previous rollout",
  usage: "(TYPE NAME | TYPE/NAME) [flags]",
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    SELECTOR_FLAG,
    { name: "to-revision", type: "int", default: 0, usage: "The revision to go back to; 0 is the one before this." },
  ],
  completes: "resources",
  *run(call) {
    const infos = yield* rolloutTargets(
      call,
      (info) => `no rollbacker has been implemented for "${info.resource.kind}"`,
    );
    for (const info of infos) {
      const isDeployment = info.resource.kind === "Deployment";
      const result = yield* isDeployment ? rollBack(call, info) : restoreRevision(call, info);
      yield* call.out(printerFor(call, { operation: result })(info.object as Workload));
    }
  },
});

function* rollBack(call: Invocation, info: Info): Call<string> {
  const deployment = info.object as Deployment;
  const wanted = call.flags.int("to-revision");
  if (wanted < 0) throw new CommandError(`unable to find specified revision ${wanted} in history`);
  const target = targetRevision(deployment, yield* revisionsOf(call, deployment), wanted);
  const template = withoutHash(target.template);
  if (call.dryRun === "client") {
    const writer = new DescribeWriter({ align: false });
    describePodTemplate(writer, template);
    return writer.text().trimEnd();
  }
  if (deployment.spec?.paused === true) {
    throw new CommandError(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  }
  if (deployment.spec !== undefined && deepEqual(template, withoutHash(deployment.spec.template))) {
    return `skipped rollback (current template already matches revision ${target.revision})`;
  }
  const annotations: Record<string, string> = {};
  for (const key of KEPT) {
    const value = deployment.metadata.annotations?.[key];
    if (value !== undefined) annotations[key] = value;
  }
  for (const [key, value] of Object.entries(target.annotations)) {
    if (!KEPT.includes(key)) annotations[key] = value;
  }
  yield* sendPatch(call, info, {
    patch: [
      { op: "replace", path: "/spec/template", value: template },
      { op: "replace", path: "/metadata/annotations", value: annotations },
    ],
    contentType: "application/json-patch+json",
  });
  return "rolled back";
}

/** Stateful and daemon sets: the revision's patch puts its template back. */
function* restoreRevision(call: Invocation, info: Info): Call<string> {
  const workload = info.object as Workload;
  const wanted = call.flags.int("to-revision");
  const revisions = yield* revisionsOf(call, workload);
  if (wanted === 0 && revisions.length <= 1) throw new CommandError("no last revision to roll back to");
  const target = wanted === 0 ? revisions.at(-2) : revisions.find(({ revision }) => revision === wanted);
  if (target === undefined) throw new CommandError(`unable to find specified revision ${wanted} in history`);
  const { template } = target;
  if (call.dryRun === "client") {
    const writer = new DescribeWriter({ align: false });
    describePodTemplate(writer, template);
    return `will roll back to ${writer.text()}`;
  }
  if (deepEqual(template, workload.spec?.template)) {
    return `skipped rollback (current template already matches revision ${wanted})`;
  }
  try {
    yield* sendPatch(call, info, {
      patch: { spec: { template: { ...template, $patch: "replace" } } },
      contentType: "application/strategic-merge-patch+json",
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new CommandError(`failed restoring revision ${wanted}: ${error.message}`);
  }
  return "rolled back";
}

function targetRevision(deployment: Deployment, revisions: readonly Revision[], wanted: number): Revision {
  if (wanted > 0) {
    const found = revisions.find((entry) => entry.revision === wanted);
    if (found === undefined) throw new CommandError(`unable to find specified revision ${wanted} in history`);
    return found;
  }
  const previous = revisions.at(-2);
  if (previous === undefined) {
    throw new CommandError(`no rollout history found for deployment ${JSON.stringify(deployment.metadata.name)}`);
  }
  return previous;
}
