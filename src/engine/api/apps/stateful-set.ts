/** StatefulSet. Upstream: pkg/apis/apps, pkg/registry/apps/statefulset/strategy.go. */
import { workloadWarnings } from "../core/pod/warnings.ts";
import type {
  PersistentVolumeClaim,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
  StatefulSetUpdateStrategy,
} from "../generated/types.ts";
import { defaultClaimSpec } from "../core/persistent-volume-claim/default-spec.ts";
import { defaultPodTemplate } from "../core/pod/defaults.ts";
import { ageColumn, nameColumn, templateColumns } from "../meta/columns.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, mapField, mapShared, memoizeIdempotent } from "../meta/share.ts";
import {
  validateStatefulSet,
  validateStatefulSetStatus,
  validateStatefulSetUpdate,
} from "./stateful-set-validation.ts";

const TEMPLATE = { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "db", image: "redis" }] } };
const NEW_STATUS: StatefulSetStatus = Object.freeze({ availableReplicas: 0, replicas: 0 });

const KEEPS_ALL =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as StatefulSetSpec;

export const statefulSets = defineResource<StatefulSet>({
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  shortNames: ["sts"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status", "scale"],
  nameRule: "label",
  example: {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      serviceName: "db",
      replicas: 3,
      selector: { matchLabels: { app: "db" } },
      template: TEMPLATE,
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  },
  bumpsGeneration: specChanged,
  defaults(statefulSet) {
    const { spec = NO_SPEC, status } = statefulSet;
    const filled = defaultSpec(spec);
    if (filled === spec && status !== undefined) return statefulSet;
    return { ...statefulSet, spec: filled, status: status ?? NEW_STATUS };
  },
  prepareForCreate: (statefulSet) => ({ ...statefulSet, status: NEW_STATUS }),
  warnings: (statefulSet, old) => [
    ...workloadWarnings(statefulSet, old),
    ...((statefulSet.spec.revisionHistoryLimit ?? 0) < 0 ? [KEEPS_ALL] : []),
  ],
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: ({ status }, old) => validateStatefulSetStatus(status, old.status),
  columns: [
    nameColumn,
    { name: "Ready", type: "string", cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
    ageColumn,
    ...templateColumns<StatefulSet>(({ spec }) => spec.template),
  ],
});

/** Upstream: pkg/apis/apps/v1/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: StatefulSetSpec): StatefulSetSpec => {
  let result = fill(spec, {
    podManagementPolicy: "OrderedReady",
    updateStrategy: { type: "RollingUpdate" },
    persistentVolumeClaimRetentionPolicy: {},
    replicas: 1,
    revisionHistoryLimit: 10,
    template: {},
  });
  result = mapField(result, "updateStrategy", defaultStrategy);
  result = mapField(result, "persistentVolumeClaimRetentionPolicy", (policy) =>
    fill(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
  );
  result = mapField(result, "volumeClaimTemplates", (claims) => mapShared(claims, defaultClaim));
  return mapField(result, "template", defaultPodTemplate);
});

function defaultStrategy(strategy: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy {
  const typed = fill(strategy, { type: "RollingUpdate" });
  if (typed.type !== "RollingUpdate") return typed;
  const rollingUpdate = fill(typed.rollingUpdate ?? {}, { partition: 0 });
  return rollingUpdate === typed.rollingUpdate ? typed : { ...typed, rollingUpdate };
}

/** The claim's own defaults; its kind is told although it is known (upstream: pkg/apis/apps/v1/conversion.go). */
function defaultClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const named = fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim", spec: {}, status: {} });
  const specified = mapField(named, "spec", defaultClaimSpec);
  return mapField(specified, "status", (status) => fill(status, { phase: "Pending" }));
}
