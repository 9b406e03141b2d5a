/** What a job's policy says of a failed pod. Upstream: pkg/controller/job/pod_failure_policy.go. */
import type {
  ContainerStatus,
  Pod,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
} from "../../api/generated/types.ts";

export type FailureAction = "FailJob" | "FailIndex" | "Ignore" | "Count";

export interface FailureVerdict {
  /** Set iff a rule matched. */
  action?: FailureAction;
  /** Whether the failure counts towards the limits. */
  counts: boolean;
  /** Set iff the job is to fail. */
  message?: string;
}

const COUNTED: FailureVerdict = { counts: true };

/** The first rule that matches decides; a failure that none matches counts. */
export function matchPodFailurePolicy(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, { action, onExitCodes, onPodConditions }] of (policy?.rules ?? []).entries()) {
    const what = onExitCodes === undefined ? onConditions(pod, onPodConditions ?? []) : onCodes(pod, onExitCodes);
    if (what === undefined) continue;
    switch (action) {
      case "FailJob":
        return { action, counts: true, message: `${what} matching FailJob rule at index ${index}` };
      case "Ignore":
        return { action, counts: false };
      case "FailIndex":
      case "Count":
        return { action, counts: true };
    }
  }
  return COUNTED;
}

function onCodes({ metadata, status }: Pod, requirement: PodFailurePolicyOnExitCodesRequirement): string | undefined {
  const found =
    matchingContainer(status.containerStatuses, requirement) ??
    matchingContainer(status.initContainerStatuses, requirement);
  if (found === undefined) return undefined;
  const { namespace, name } = metadata;
  return `Container ${found.name} for pod ${namespace}/${name} failed with exit code ${found.state?.terminated?.exitCode}`;
}

/** A container that ended well never matches. */
function matchingContainer(
  statuses: readonly ContainerStatus[] | undefined,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): ContainerStatus | undefined {
  return statuses?.find(({ name, state }) => {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0) return false;
    if (containerName !== undefined && containerName !== name) return false;
    if (operator === "In") return values.includes(code);
    return operator === "NotIn" && !values.includes(code);
  });
}

function onConditions(
  { metadata, status }: Pod,
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
): string | undefined {
  const found = status.conditions?.find((condition) =>
    patterns.some((pattern) => pattern.type === condition.type && (pattern.status ?? "True") === condition.status),
  );
  return found && `Pod ${metadata.namespace}/${metadata.name} has condition ${found.type}`;
}
