/** `kubectl describe statefulset | daemonset | replicationcontroller`. Upstream: kubectl pkg/describe/describe.go. */
import type {
  DaemonSet,
  PersistentVolumeClaim,
  ReplicationController,
  StatefulSet,
} from "../../engine/api/generated/types.ts";
import { formatLabels } from "../../engine/api/meta/columns.ts";
import { formatLabelSelector } from "../../engine/api/meta/selectors.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { describeLabels, describeReasons, goList } from "./head.ts";
import { podCounts } from "./pod-counts.ts";
import { describePodTemplate } from "./pod-template.ts";
import { claimClass } from "./storage-class-name.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

export function* describeStatefulSet(call: Invocation, out: DescribeWriter, set: StatefulSet): Call<void> {
  const { metadata, spec, status } = set;
  const selector = formatLabelSelector(spec.selector);
  const pods = yield* podCounts(call, set, selector);
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  out.line(0, `Selector:\t${selector}`);
  describeLabels(out, metadata);
  out.line(0, `Replicas:\t${spec.replicas ?? 0} desired | ${status?.replicas ?? 0} total`);
  out.line(0, `Update Strategy:\t${spec.updateStrategy?.type ?? ""}`);
  const { partition, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {};
  if (partition !== undefined) {
    out.line(1, `Partition:\t${partition}`);
    if (maxUnavailable !== undefined) out.line(1, `MaxUnavailable:\t${maxUnavailable}`);
  }
  out.line(0, `Pods Status:\t${pods}`);
  describePodTemplate(out, spec.template);
  describeClaimTemplates(out, spec.volumeClaimTemplates ?? []);
  yield* describeEvents(call, out, set);
}

function describeClaimTemplates(out: DescribeWriter, templates: readonly PersistentVolumeClaim[]): void {
  if (templates.length === 0) {
    out.line(0, "Volume Claims:\t<none>");
    return;
  }
  out.line(0, "Volume Claims:");
  for (const { metadata, spec } of templates) {
    out.line(1, `Name:\t${metadata.name}`);
    out.line(1, `StorageClass:\t${claimClass({ metadata, spec })}`);
    out.labels("  Labels", metadata.labels);
    out.labels("  Annotations", metadata.annotations);
    out.line(1, `Capacity:\t${spec.resources?.requests?.["storage"] ?? "<default>"}`);
    out.line(1, `Access Modes:\t${goList(spec.accessModes)}`);
  }
}

export function* describeDaemonSet(call: Invocation, out: DescribeWriter, set: DaemonSet): Call<void> {
  const { metadata, spec, status } = set;
  const selector = formatLabelSelector(spec.selector);
  const pods = yield* podCounts(call, set, selector);
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Selector:\t${selector}`);
  out.line(0, `Node-Selector:\t${formatLabels(spec.template.spec?.nodeSelector)}`);
  describeLabels(out, metadata);
  out.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`);
  out.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`);
  out.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`);
  out.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`);
  out.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`);
  out.line(0, `Pods Status:\t${pods}`);
  describePodTemplate(out, spec.template);
  yield* describeEvents(call, out, set);
}

export function* describeReplicationController(
  call: Invocation,
  out: DescribeWriter,
  controller: ReplicationController,
): Call<void> {
  const { metadata, spec, status } = controller;
  const pods = yield* podCounts(call, controller, formatLabels(spec.selector));
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Selector:\t${formatLabels(spec.selector)}`);
  describeLabels(out, metadata);
  out.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec.replicas ?? 0} desired`);
  out.line(0, `Pods Status:\t${pods}`);
  describePodTemplate(out, spec.template);
  describeReasons(out, status?.conditions ?? []);
  yield* describeEvents(call, out, controller);
}
