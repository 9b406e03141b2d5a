/**
 * What a daemon pod has besides its template: tolerations of all that ails a node, labels, and the one node that it is for.
 * Upstream: pkg/controller/daemon/util/daemonset_util.go.
 */
import type { Affinity, DaemonSet, Pod, PodSpec, PodTemplateSpec, Toleration } from "../../api/generated/types.ts";
import { memoize } from "../../api/meta/share.ts";
import { deepEqual } from "../../base/json.ts";
import { REVISION_LABEL } from "../history/revisions.ts";

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
const GENERATION_LABEL = "pod-template-generation";
const NAME_FIELD = "metadata.name";

function bears(condition: string, effect: string): Toleration {
  return { key: `node.kubernetes.io/${condition}`, operator: "Exists", effect };
}

const DAEMON_TOLERATIONS: readonly Toleration[] = [
  bears("not-ready", "NoExecute"),
  bears("unreachable", "NoExecute"),
  bears("disk-pressure", "NoSchedule"),
  bears("memory-pressure", "NoSchedule"),
  bears("pid-pressure", "NoSchedule"),
  bears("unschedulable", "NoSchedule"),
];
/** Of pods that need no network of their own. */
const HOST_NETWORK_TOLERATION = bears("network-unavailable", "NoSchedule");

/** The template's own tolerations and those of every daemon pod; one of the same key, effect and value is replaced. */
export const daemonTolerations = memoize((spec: PodSpec): readonly Toleration[] => {
  const added = spec.hostNetwork === true ? [...DAEMON_TOLERATIONS, HOST_NETWORK_TOLERATION] : DAEMON_TOLERATIONS;
  const result = [...(spec.tolerations ?? [])];
  for (const toleration of added) {
    const index = result.findIndex((own) => isSameKind(own, toleration));
    if (index === -1) result.push(toleration);
    else if (!deepEqual(result[index], toleration)) result[index] = toleration;
  }
  return result;
});

/** They differ in their seconds at most. */
function isSameKind(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? "") === (b.value ?? "");
}

/** How often the template changed, as older clients know it; undefined: nobody says. */
export function templateGeneration({ metadata }: DaemonSet): string | undefined {
  return metadata.annotations?.[TEMPLATE_GENERATION];
}

/** The template of a pod for one node. `hash` names the revision. */
export function templateForNode(daemonSet: DaemonSet, hash: string, node: string): PodTemplateSpec {
  const { template } = daemonSet.spec;
  const generation = templateGeneration(daemonSet);
  const spec = template.spec as PodSpec;
  const labels = {
    ...template.metadata?.labels,
    ...(generation !== undefined && { [GENERATION_LABEL]: generation }),
    [REVISION_LABEL]: hash,
  };
  return {
    ...template,
    metadata: { ...template.metadata, labels },
    spec: { ...spec, tolerations: [...daemonTolerations(spec)], affinity: affinityToNode(spec.affinity, node) },
  } as PodTemplateSpec;
}

/** What was required of nodes is settled by naming one; what is preferred stays. */
function affinityToNode(affinity: Affinity | undefined, node: string): Affinity {
  const nodeSelectorTerms = [{ matchFields: [{ key: NAME_FIELD, operator: "In", values: [node] }] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  };
}

/** The node that a pod is on or is for; undefined: a pod that no daemon set made. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined && spec.nodeName !== "") return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values = [] } of matchFields) {
      if (key === NAME_FIELD && operator === "In" && values.length === 1) return values[0];
    }
  }
  return undefined;
}

/** Whether a pod is of the newest template. */
export function isUpdated(pod: Pod, daemonSet: DaemonSet, hash: string): boolean {
  const { labels = {} } = pod.metadata;
  const generation = templateGeneration(daemonSet);
  return labels[REVISION_LABEL] === hash || (generation !== undefined && labels[GENERATION_LABEL] === generation);
}
