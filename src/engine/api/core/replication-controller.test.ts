import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import type { PodTemplate, ReplicationController, ReplicationControllerSpec } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { podTemplates, replicationControllers } from "../registry.ts";

const META = { name: "web", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };

function controller(spec: Partial<ReplicationControllerSpec> = {}): ReplicationController {
  const example = replicationControllers.example as ReplicationController;
  const object = { ...example, metadata: META, spec: { ...example.spec, ...spec } };
  return freeze(replicationControllers.defaults?.(object) as ReplicationController);
}

const texts = (object: ReplicationController): string[] =>
  (replicationControllers.validate?.(object) ?? []).map(fieldErrorText);

describe("replication controllers", () => {
  it("take selector and labels from their pods", () => {
    const { metadata, spec, status } = controller({ selector: undefined, replicas: undefined });
    expect({ labels: metadata.labels, selector: spec.selector, replicas: spec.replicas, status }).toEqual({
      labels: { app: "web" },
      selector: { app: "web" },
      replicas: 1,
      status: { replicas: 0 },
    });
  });

  it.each<[string, Partial<ReplicationControllerSpec>]>([
    ["spec.template: Required value", { template: undefined }],
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0", { replicas: -1 }],
    [
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      { selector: { app: "x" } },
    ],
  ])("are refused: %s", (text, spec) => {
    expect(texts(controller(spec))).toEqual([text]);
  });

  it("need a selector when their pods have no labels", () => {
    const template = { spec: { containers: [{ name: "web", image: "nginx" }] } } as never;
    expect(texts(controller({ selector: undefined, template }))).toEqual(["spec.selector: Required value"]);
  });
});

describe("pod templates", () => {
  const template = podTemplates.defaults?.({ ...(podTemplates.example as PodTemplate), metadata: META }) as PodTemplate;

  it("are defaulted and shown", () => {
    expect(template.template?.spec?.restartPolicy).toBe("Always");
    expect(podTemplates.columns?.map(({ cell }) => cell(template, { now: 0 }))).toEqual([
      "web",
      "web",
      "nginx",
      "app=web",
    ]);
  });

  it("are checked as pods are", () => {
    const bare = podTemplates.defaults?.({ ...template, template: undefined }) as PodTemplate;
    expect((podTemplates.validate?.(bare) ?? []).map(fieldErrorText)).toEqual([
      "template.spec.containers: Required value",
    ]);
    expect(podTemplates.bumpsGeneration?.(bare, template)).toBe(true);
  });
});
