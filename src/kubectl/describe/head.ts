/** The lines that descriptions of many kinds begin with, and tables that they share. */
import type { ObjectMeta } from "../../engine/api/generated/types.ts";
import { humanDuration } from "../../engine/api/meta/duration.ts";
import { parseTime } from "../../engine/base/time.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

export function describeHead(out: DescribeWriter, metadata: ObjectMeta): void {
  out.line(0, `Name:\t${metadata.name}`);
  if (metadata.namespace !== undefined) out.line(0, `Namespace:\t${metadata.namespace}`);
  describeLabels(out, metadata);
}

export function describeLabels(out: DescribeWriter, metadata: ObjectMeta): void {
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
}

interface Condition {
  type: string;
  status: string;
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: string | undefined;
}

/** Type, status and reason, as workloads have them. */
export function describeReasons(out: DescribeWriter, conditions: readonly Condition[]): void {
  if (conditions.length === 0) return;
  out.line(0, "Conditions:\n  Type\tStatus\tReason");
  out.line(1, "----\t------\t------");
  for (const { type, status, reason } of conditions) out.line(1, `${type} \t${status}\t${reason ?? ""}`);
}

/** With times and messages. */
export function describeTransitions(out: DescribeWriter, conditions: readonly Condition[]): void {
  if (conditions.length === 0) return;
  out.line(0, "Conditions:");
  out.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
  out.line(1, "----\t------\t------------------\t------\t-------");
  for (const { type, status, reason, message, lastTransitionTime } of conditions) {
    out.line(1, `${type}\t${status}\t${longTime(lastTransitionTime)}\t${reason ?? ""}\t${message ?? ""}`);
  }
}

/** `Terminating (lasts 5s)` while the object goes, else `phase`. */
export function lifeText(metadata: ObjectMeta, phase: string, now: number): string {
  return metadata.deletionTimestamp === undefined
    ? phase
    : `Terminating (lasts ${humanDuration(now - parseTime(metadata.deletionTimestamp))})`;
}

/** A list as Go prints it. */
export function goList(items: readonly string[] | undefined): string {
  return `[${(items ?? []).join(" ")}]`;
}
