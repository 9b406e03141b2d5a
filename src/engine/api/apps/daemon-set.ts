/**
 * DaemonSet. Upstream: pkg/apis/apps, pkg/registry/apps/daemonset/strategy.go.
 * The template's generation, which older clients know as a field, lives in an annotation (pkg/apis/apps/v1/conversion.go).
 */
import { workloadWarnings } from "../core/pod/warnings.ts";
import { deepEqual } from "../../base/json.ts";
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy } from "../generated/types.ts";
import { defaultPodTemplate } from "../core/pod/defaults.ts";
import { ageColumn, formatLabels, nameColumn, templateColumns } from "../meta/columns.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { formatLabelSelector } from "../meta/selectors.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";
import { validateDaemonSet, validateDaemonSetStatus } from "./daemon-set-validation.ts";

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
const TEMPLATE = {
  metadata: { labels: { app: "agent" } },
  spec: { containers: [{ name: "agent", image: "busybox" }] },
};
const NEW_STATUS: DaemonSetStatus = Object.freeze({
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
});

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as DaemonSetSpec;

export const daemonSets = defineResource<DaemonSet>({
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  shortNames: ["ds"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent" },
    spec: { selector: { matchLabels: { app: "agent" } }, template: TEMPLATE },
  },
  bumpsGeneration: specChanged,
  defaults(daemonSet) {
    const { spec = NO_SPEC, status } = daemonSet;
    const filled = defaultSpec(spec);
    if (filled === spec && status !== undefined) return daemonSet;
    return { ...daemonSet, spec: filled, status: status ?? NEW_STATUS };
  },
  prepareForCreate: (daemonSet) =>
    withTemplateGeneration({ ...daemonSet, status: NEW_STATUS }, Math.max(1, templateGeneration(daemonSet))),
  prepareForUpdate(daemonSet, old) {
    const changed = !deepEqual(daemonSet.spec.template, old.spec.template);
    return withTemplateGeneration(daemonSet, templateGeneration(old) + (changed ? 1 : 0));
  },
  warnings: workloadWarnings,
  validate: validateDaemonSet,
  validateStatusUpdate: ({ status }, old) => validateDaemonSetStatus(status, old.status),
  columns: [
    nameColumn,
    { name: "Desired", type: "integer", cell: ({ status }) => status.desiredNumberScheduled ?? 0 },
    { name: "Current", type: "integer", cell: ({ status }) => status.currentNumberScheduled ?? 0 },
    { name: "Ready", type: "integer", cell: ({ status }) => status.numberReady ?? 0 },
    { name: "Up-to-date", type: "integer", cell: ({ status }) => status.updatedNumberScheduled ?? 0 },
    { name: "Available", type: "integer", cell: ({ status }) => status.numberAvailable ?? 0 },
    { name: "Node Selector", type: "string", cell: ({ spec }) => formatLabels(spec.template?.spec?.nodeSelector) },
    ageColumn,
    ...templateColumns<DaemonSet>(({ spec }) => spec.template),
    { name: "Selector", type: "string", priority: 1, cell: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
});

/** Upstream: pkg/apis/apps/v1/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: DaemonSetSpec): DaemonSetSpec => {
  const filled = fill(spec, { updateStrategy: { type: "RollingUpdate" }, revisionHistoryLimit: 10, template: {} });
  return mapField(mapField(filled, "updateStrategy", defaultStrategy), "template", defaultPodTemplate);
});

function defaultStrategy(strategy: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  const typed = fill(strategy, { type: "RollingUpdate" });
  if (typed.type !== "RollingUpdate") return typed;
  const rollingUpdate = fill(typed.rollingUpdate ?? {}, { maxUnavailable: 1, maxSurge: 0 });
  return rollingUpdate === typed.rollingUpdate ? typed : { ...typed, rollingUpdate };
}

/** 0 when there is none. */
function templateGeneration({ metadata }: DaemonSet): number {
  const text = metadata?.annotations?.[TEMPLATE_GENERATION] ?? "";
  return /^\d+$/.test(text) ? Number(text) : 0;
}

function withTemplateGeneration(daemonSet: DaemonSet, generation: number): DaemonSet {
  const { metadata } = daemonSet;
  const annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
  if (deepEqual(annotations, metadata.annotations)) return daemonSet;
  return { ...daemonSet, metadata: { ...metadata, annotations } };
}
