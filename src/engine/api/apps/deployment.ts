import type { Deployment, DeploymentSpec, DeploymentStrategy } from "../generated/types.ts";
import { defaultPodTemplate } from "../core/pod/defaults.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";

const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };

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
    const { spec, status } = deployment;
    const filled = spec === undefined ? spec : defaultSpec(spec);
    return filled === spec && status !== undefined ? deployment : { ...deployment, spec: filled, status: status ?? {} };
  },
  prepareForCreate: (deployment) => ({ ...deployment, status: {} }),
});

/** Upstream: pkg/apis/apps/v1/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: DeploymentSpec): DeploymentSpec => {
  const filled = fill(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: "RollingUpdate" },
  });
  return mapField(mapField(filled, "strategy", defaultStrategy), "template", defaultPodTemplate);
});

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  const typed = fill(strategy, { type: "RollingUpdate" });
  if (typed.type !== "RollingUpdate") return typed;
  const rollingUpdate = fill(typed.rollingUpdate ?? {}, { maxUnavailable: "25%", maxSurge: "25%" });
  return rollingUpdate === typed.rollingUpdate ? typed : { ...typed, rollingUpdate };
}
