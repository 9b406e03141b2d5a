/** The registrations of what the server serves itself. Upstream: pkg/controlplane/apiserver/aggregator.go. */
import { priorityOf } from "../../api/meta/group-priorities.ts";
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";

/** Label of what the server registers itself. */
export const MANAGED = "kube-aggregator.kubernetes.io/automanaged";

/** One for each group's version; the aggregator doesn't register itself. */
export function localApiServices(resources: readonly Resource[]): Draft<KubeObject>[] {
  const versions = new Map(resources.map(({ group, version }) => [`${version}.${group}`, { group, version }]));
  return [...versions.entries()].flatMap(([name, { group, version }]) => {
    const priority = priorityOf(group, version);
    if (priority === undefined) return [];
    const spec = {
      ...(group !== "" && { group }),
      version,
      groupPriorityMinimum: priority.group,
      versionPriority: priority.version,
    };
    return [{ metadata: { name, labels: { [MANAGED]: "onstart" } }, spec } as Draft<KubeObject>];
  });
}
