/**
 * Names, ordinals and what a stateful set's pod must have. Upstream: pkg/controller/statefulset/stateful_set_utils.go.
 *
 * Of a set `db` with ordinals from 1, the first pod is `db-1`, its claim of the template `data` is `data-db-1`, its host
 * name `db-1`.
 */
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet, Volume } from "../../api/generated/types.ts";
import type { Draft } from "../../api/meta/object.ts";
import { REVISION_LABEL } from "../history/revisions.ts";
import { controllerReference } from "../pod-control.ts";

const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";
const NAME = /^(.*)-(\d+)$/;

/** -1 when the name is none that a set gives. */
export function ordinalOf(pod: Pod): number {
  const found = NAME.exec(pod.metadata.name);
  return found === null ? -1 : Number(found[2]);
}

/** Whether the pod's name is one that this set gives. */
export function isMember(set: StatefulSet, pod: Pod): boolean {
  return NAME.exec(pod.metadata.name)?.[1] === set.metadata.name;
}

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

export function startOrdinal(set: StatefulSet): number {
  return set.spec.ordinals?.start ?? 0;
}

export function isInRange(set: StatefulSet, ordinal: number): boolean {
  const start = startOrdinal(set);
  return ordinal >= start && ordinal < start + (set.spec.replicas ?? 1);
}

export function claimName(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The claims that a pod needs, in the order of the templates. */
export function claimDrafts(set: StatefulSet, ordinal: number): readonly Draft<PersistentVolumeClaim>[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { labels, annotations } = template.metadata;
    return {
      metadata: {
        name: claimName(set, template, ordinal),
        namespace: set.metadata.namespace,
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations && { annotations }),
      },
      spec: template.spec,
    };
  });
}

/** The pod of an ordinal, made from a revision's template. */
export function newPod(
  set: StatefulSet,
  ordinal: number,
  { template, revision }: { template: PodTemplateSpec; revision: string },
): Draft<Pod> {
  const name = podName(set, ordinal);
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const { serviceName } = set.spec;
  const volumes = podVolumes(set, ordinal, template.spec?.volumes ?? []);
  return {
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: { ...labels, [POD_NAME]: name, [POD_INDEX]: `${ordinal}`, [REVISION_LABEL]: revision },
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...(template.spec as Pod["spec"]),
      hostname: name,
      ...(serviceName !== undefined && serviceName !== "" && { subdomain: serviceName }),
      ...(volumes.length > 0 && { volumes: [...volumes] }),
    },
  };
}

/** The claims' volumes, which take the place of the template's of the same name, and the rest of the template's. */
function podVolumes(set: StatefulSet, ordinal: number, others: readonly Volume[]): readonly Volume[] {
  const claims = set.spec.volumeClaimTemplates ?? [];
  const names = new Set(claims.map(({ metadata }) => metadata.name));
  return [
    ...claims.map((template) => ({
      name: template.metadata.name,
      persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
    })),
    ...others.filter(({ name }) => !names.has(name)),
  ];
}

export function identityMatches(set: StatefulSet, pod: Pod): boolean {
  return isMember(set, pod) && pod.metadata.labels?.[POD_NAME] === pod.metadata.name;
}

/** Whether the pod has a volume for each claim template. */
export function storageMatches(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod);
  return (set.spec.volumeClaimTemplates ?? []).every((template) =>
    (pod.spec.volumes ?? []).some(
      ({ name, persistentVolumeClaim }) =>
        name === template.metadata.name && persistentVolumeClaim?.claimName === claimName(set, template, ordinal),
    ),
  );
}

/** The pod with the labels and volumes that it should have. */
export function withIdentity(set: StatefulSet, pod: Pod): Pod {
  const labels = { ...pod.metadata.labels, [POD_NAME]: pod.metadata.name, [POD_INDEX]: `${ordinalOf(pod)}` };
  const volumes = podVolumes(set, ordinalOf(pod), pod.spec.volumes ?? []);
  const spec = storageMatches(set, pod) ? pod.spec : { ...pod.spec, volumes: [...volumes] };
  return { ...pod, metadata: { ...pod.metadata, labels }, spec };
}
