/** Deployment. Upstream: pkg/apis/apps, pkg/registry/apps/deployment/strategy.go. */
import type { Deployment, DeploymentSpec, DeploymentStrategy } from "../generated/types.ts";
import { defaultPodTemplate } from "../core/pod/defaults.ts";
import { workloadWarnings } from "../core/pod/warnings.ts";
import { ageColumn, nameColumn, templateColumns } from "../meta/columns.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { formatLabelSelector } from "../meta/selectors.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";

import { validateDeployment, validateDeploymentStatus } from "./deployment-validation.ts";
import { validateImmutable } from "../meta/validate-meta.ts";

const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as DeploymentSpec;

export const deployments = defineResource<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status", "scale"],
  example: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: TEMPLATE },
  },
  bumpsGeneration: specChanged,
  defaults(deployment) {
    const { spec = NO_SPEC, status } = deployment;
    const filled = defaultSpec(spec);
    return filled === spec && status !== undefined ? deployment : { ...deployment, spec: filled, status: status ?? {} };
  },
  prepareForCreate: (deployment) => ({ ...deployment, status: {} }),
  warnings: workloadWarnings,
  validate: validateDeployment,
  validateUpdate(deployment, old) {
    const errors = [...validateDeployment(deployment)];
    validateImmutable(deployment.spec.selector, old.spec.selector, "spec.selector", errors);
    return errors;
  },
  validateStatusUpdate: ({ status }, old) => validateDeploymentStatus(status, old.status),
  columns: [
    nameColumn,
    { name: "Ready", type: "string", cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
    { name: "Up-to-date", type: "integer", cell: ({ status }) => status.updatedReplicas ?? 0 },
    { name: "Available", type: "integer", cell: ({ status }) => status.availableReplicas ?? 0 },
    ageColumn,
    ...templateColumns<Deployment>(({ spec }) => spec.template),
    { name: "Selector", type: "string", priority: 1, cell: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
});

/** Upstream: pkg/apis/apps/v1/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: DeploymentSpec): DeploymentSpec => {
  const filled = fill(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: "RollingUpdate" },
    template: {},
  });
  return mapField(mapField(filled, "strategy", defaultStrategy), "template", defaultPodTemplate);
});

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  const typed = fill(strategy, { type: "RollingUpdate" });
  if (typed.type !== "RollingUpdate") return typed;
  const rollingUpdate = fill(typed.rollingUpdate ?? {}, { maxUnavailable: "25%", maxSurge: "25%" });
  return rollingUpdate === typed.rollingUpdate ? typed : { ...typed, rollingUpdate };
}
