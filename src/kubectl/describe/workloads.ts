/** `kubectl describe deployment | replicaset`. Upstream: kubectl pkg/describe/describe.go. */
import type { Deployment, ReplicaSet } from "../../engine/api/generated/types.ts";
import { controllerOf } from "../../engine/api/meta/object.ts";
import { formatLabelSelector } from "../../engine/api/meta/selectors.ts";
import { deepEqual } from "../../engine/base/json.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { replicaSetsOf, withoutHash } from "../rollout-revisions.ts";
import { describeEvents } from "./events.ts";
import { describeReasons } from "./head.ts";
import { podCounts } from "./pod-counts.ts";
import { describePodTemplate } from "./pod-template.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

export function* describeDeployment(call: Invocation, out: DescribeWriter, deployment: Deployment): Call<void> {
  const { metadata, spec, status } = deployment;
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  out.line(0, `Selector:\t${formatLabelSelector(spec?.selector)}`);
  out.line(
    0,
    `Replicas:\t${spec?.replicas ?? 1} desired | ${status?.updatedReplicas ?? 0} updated | ${status?.replicas ?? 0} total | ${status?.availableReplicas ?? 0} available | ${status?.unavailableReplicas ?? 0} unavailable`,
  );
  out.line(0, `StrategyType:\t${spec?.strategy?.type ?? ""}`);
  out.line(0, `MinReadySeconds:\t${spec?.minReadySeconds ?? 0}`);
  const rolling = spec?.strategy?.rollingUpdate;
  if (rolling != null) {
    out.line(0, `RollingUpdateStrategy:\t${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  }
  describePodTemplate(out, spec?.template);
  describeReasons(out, status?.conditions ?? []);
  const sets = yield* replicaSetsOf(call, deployment);
  const newest =
    spec === undefined
      ? undefined
      : sets.find(
          (entry) =>
            entry.spec?.template !== undefined &&
            deepEqual(withoutHash(entry.spec.template), withoutHash(spec.template)),
        );
  const old = sets.filter((entry) => entry !== newest);
  if (sets.length > 0) {
    out.line(0, `OldReplicaSets:\t${setTexts(old)}`);
    out.line(0, `NewReplicaSet:\t${setTexts(newest === undefined ? [] : [newest])}`);
  }
  yield* describeEvents(call, out, deployment);
}

function setTexts(sets: readonly ReplicaSet[]): string {
  if (sets.length === 0) return "<none>";
  return sets
    .map(
      (entry) =>
        `${entry.metadata.name} (${entry.status?.replicas ?? 0}/${entry.spec?.replicas ?? 0} replicas created)`,
    )
    .join(", ");
}

export function* describeReplicaSet(call: Invocation, out: DescribeWriter, set: ReplicaSet): Call<void> {
  const { metadata, spec, status } = set;
  const selector = formatLabelSelector(spec?.selector);
  const pods = yield* podCounts(call, set, selector);
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Selector:\t${selector}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  const controller = controllerOf(set);
  if (controller !== undefined) out.line(0, `Controlled By:\t${controller.kind}/${controller.name}`);
  out.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`);
  out.line(0, `Pods Status:\t${pods}`);
  describePodTemplate(out, spec?.template);
  describeReasons(out, status?.conditions ?? []);
  yield* describeEvents(call, out, set);
}
