/**
 * How long pods have when their node goes down, as a KubeletConfiguration says it.
 * Upstream: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (migrateConfig), apis/config/validation.
 */
import { isObject } from "../../base/json.ts";
import type { ShutdownGroup } from "../../kubelet/node-shutdown.ts";
import { isEnabled } from "../feature-gates/feature-gates.ts";
import type { FeatureGates } from "../feature-gates/feature-gates.ts";
import { duration, integer, invalid } from "./field-values.ts";

/** scheduling.SystemCriticalPriority */
const CRITICAL_PRIORITY = 2_000_000_000;

const GATE = "GracefulNodeShutdown";
const BY_PRIORITY = "GracefulNodeShutdownBasedOnPodPriority";

/** The lowest priority first. Throws a FieldProblem or a DecodeProblem. */
export function shutdownGroups(fields: Readonly<Record<string, unknown>>, gates: FeatureGates): ShutdownGroup[] {
  const total = period(fields, "shutdownGracePeriod");
  const critical = period(fields, "shutdownGracePeriodCriticalPods");
  if (total + critical > 0 && !isEnabled(gates, GATE)) {
    throw invalid(`specifying shutdownGracePeriod or shutdownGracePeriodCriticalPods requires feature gate ${GATE}`);
  }
  if (critical > total) {
    throw invalid(`shutdownGracePeriodCriticalPods {${critical}s} must be <= shutdownGracePeriod {${total}s}`);
  }
  const listed = fields["shutdownGracePeriodByPodPriority"];
  const byPriority = Array.isArray(listed) ? listed.filter(isObject) : [];
  if (byPriority.length > 0 && total + critical > 0) {
    throw invalid("Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time");
  }
  if (byPriority.length > 0 && !isEnabled(gates, BY_PRIORITY)) {
    throw invalid(`Specifying shutdownGracePeriodByPodPriority requires feature gate ${BY_PRIORITY}`);
  }
  if (byPriority.length > 0) {
    return byPriority
      .map((group) => ({
        priority: integer(group, "priority") ?? 0,
        seconds: integer(group, "shutdownGracePeriodSeconds", "int64") ?? 0,
      }))
      .sort((a, b) => a.priority - b.priority);
  }
  return [
    { priority: 0, seconds: total - critical },
    { priority: CRITICAL_PRIORITY, seconds: critical },
  ];
}

function period(fields: Readonly<Record<string, unknown>>, name: string): number {
  const seconds = duration(fields[name]) / 1000;
  if (seconds === 0 || seconds >= 1) return seconds;
  throw invalid(`${name} {${String(fields[name])}} must be either zero or otherwise >= 1 sec`);
}
