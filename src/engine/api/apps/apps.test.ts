import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import type { Deployment, DeploymentSpec, ReplicaSet } from "../generated/types.ts";
import { fieldErrorText, invalid } from "../meta/field-error.ts";
import { deployments, replicaSets } from "../registry.ts";

const META = { name: "web", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };

function deployment(spec: Partial<DeploymentSpec>): Deployment {
  const object = { ...(deployments.example as Deployment), metadata: META };
  const filled = deployments.defaults?.({ ...object, spec: { ...object.spec, ...spec } });
  return freeze(filled as Deployment);
}

function texts(object: Deployment): string[] {
  return (deployments.validate?.(object) ?? []).map(fieldErrorText);
}

describe("deployments that are refused", () => {
  it("have a selector that doesn't match their pods", () => {
    const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "a", image: "b" }] } };
    const object = deployment({ template: template as never });
    expect(texts(object)).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ]);
    expect(invalid(deployments, "web", deployments.validate?.(object) ?? []).message).toBe(
      'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    );
  });

  it.each<[string, Partial<DeploymentSpec>]>([
    ["spec.selector: Required value", { selector: undefined as never }],
    ["spec.selector: Invalid value: {}: empty selector is invalid for deployment", { selector: {} }],
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0", { replicas: -1 }],
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } },
    ],
    [
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
      { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
    ],
    [
      "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
      { progressDeadlineSeconds: 5, minReadySeconds: 10 },
    ],
  ])("%s", (text, spec) => {
    expect(texts(deployment(spec))).toContain(text);
  });

  it("have no selector, which matches no template", () => {
    expect(texts(deployment({ selector: undefined as never }))).toEqual([
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });

  it("have no spec at all", () => {
    const bare = { apiVersion: "apps/v1", kind: "Deployment", metadata: META } as unknown as Deployment;
    expect(texts(deployments.defaults?.(bare) as Deployment)).toEqual([
      "spec.selector: Required value",
      "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
      "spec.template.spec.containers: Required value",
    ]);
  });

  it("restart their pods never", () => {
    const object = deployment({});
    const template = { ...object.spec.template, spec: { ...object.spec.template.spec, restartPolicy: "Never" } };
    expect(texts({ ...object, spec: { ...object.spec, template: template as never } })).toContain(
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    );
  });

  it("change their selector", () => {
    const old = deployment({});
    const labels = { app: "api" };
    const template = { ...old.spec.template, metadata: { labels } };
    const next = { ...old, spec: { ...old.spec, selector: { matchLabels: labels }, template: template as never } };
    expect(deployments.validateUpdate?.(next, old).map(fieldErrorText)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable',
    ]);
  });
});

describe("replica sets", () => {
  it("start without a single replica, whatever the client says of status", () => {
    const object = { ...(replicaSets.example as ReplicaSet), metadata: META, status: { replicas: 5 } };
    expect(replicaSets.prepareForCreate?.(object, { now: 0 }).status).toEqual({ replicas: 0 });
  });

  it("need counts that make sense", () => {
    const object = {
      ...(replicaSets.example as ReplicaSet),
      metadata: META,
      status: { replicas: 1, readyReplicas: 2 },
    };
    expect(replicaSets.validateStatusUpdate?.(object, object).map(fieldErrorText)).toEqual([
      "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
    ]);
  });

  it("count a generation for the spec alone", () => {
    const object = { ...(replicaSets.example as ReplicaSet), metadata: META, status: { replicas: 0 } };
    expect(replicaSets.bumpsGeneration?.({ ...object, status: { replicas: 1 } }, object)).toBe(false);
    expect(replicaSets.bumpsGeneration?.({ ...object, spec: { ...object.spec, replicas: 9 } }, object)).toBe(true);
  });
});
