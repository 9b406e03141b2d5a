/** What a namespace says about its own deletion. Upstream: pkg/controller/namespace/deletion/status_condition_utils.go. */
import type { NamespaceCondition } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";

/** What is left after a pass, by resource (`pods.`, `deployments.apps`) and by finalizer. */
export interface Remaining {
  resources: ReadonlyMap<string, number>;
  finalizers: ReadonlyMap<string, number>;
  failure: string | undefined;
  /** Versions of groups (`metrics.k8s.io/v1beta1`) whose server doesn't answer. */
  undiscovered: readonly string[];
}

export function deletionConditions(
  present: readonly NamespaceCondition[],
  { resources, finalizers, failure, undiscovered }: Remaining,
  now: number,
): NamespaceCondition[] {
  const contents = [...resources].sort(byKey).map(([name, count]) => `${name} has ${count} resource instances`);
  const holds = [...finalizers].sort(byKey).map(([name, count]) => `${name} in ${count} resource instances`);
  const wanted: NamespaceCondition[] = [
    undiscovered.length === 0
      ? {
          type: "NamespaceDeletionDiscoveryFailure",
          status: "False",
          reason: "ResourcesDiscovered",
          message: "All resources successfully discovered",
        }
      : {
          type: "NamespaceDeletionDiscoveryFailure",
          status: "True",
          reason: "DiscoveryFailed",
          message: `Discovery failed for some groups, ${undiscovered.length} failing: ${discoveryFailure(undiscovered)}`,
        },
    {
      type: "NamespaceDeletionGroupVersionParsingFailure",
      status: "False",
      reason: "ParsedGroupVersions",
      message: "All legacy kube types successfully parsed",
    },
    failure === undefined
      ? {
          type: "NamespaceDeletionContentFailure",
          status: "False",
          reason: "ContentDeleted",
          message: "All content successfully deleted, may be waiting on finalization",
        }
      : {
          type: "NamespaceDeletionContentFailure",
          status: "True",
          reason: "ContentDeletionFailed",
          message: `Failed to delete all resource types, 1 remaining: ${failure}`,
        },
    contents.length === 0
      ? {
          type: "NamespaceContentRemaining",
          status: "False",
          reason: "ContentRemoved",
          message: "All content successfully removed",
        }
      : {
          type: "NamespaceContentRemaining",
          status: "True",
          reason: "SomeResourcesRemain",
          message: `Some resources are remaining: ${contents.join(", ")}`,
        },
    holds.length === 0
      ? {
          type: "NamespaceFinalizersRemaining",
          status: "False",
          reason: "ContentHasNoFinalizers",
          message: "All content-preserving finalizers finished",
        }
      : {
          type: "NamespaceFinalizersRemaining",
          status: "True",
          reason: "SomeFinalizersRemain",
          message: `Some content in the namespace has finalizers remaining: ${holds.join(", ")}`,
        },
  ];
  return wanted.map((condition) => {
    const old = present.find(({ type }) => type === condition.type);
    if (old?.status === condition.status && old.reason === condition.reason && old.message === condition.message)
      return old;
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : formatTime(now);
    return { ...condition, lastTransitionTime };
  });
}

/** Upstream: ErrGroupDiscoveryFailed of client-go. */
export function discoveryFailure(versions: readonly string[]): string {
  const each = versions.map((version) => `${version}: stale GroupVersion discovery: ${version}`);
  return `unable to retrieve the complete list of server APIs: ${each.join(", ")}`;
}

function byKey([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1;
}
