import { describe, expect, it } from "vitest";
import { freeze } from "../base/freeze.ts";
import type { KubeObject } from "./meta/object.ts";
import { decode } from "./meta/decode.ts";
import { fieldsOf } from "./meta/structure-type.ts";
import { bodyKind, bodyKinds, byKind, deployments, resources } from "./registry.ts";

const NOW = Date.UTC(2026, 0, 1);

describe.each(resources.map((resource) => [resource.id, resource] as const))("%s", (_, resource) => {
  const example = freeze({
    ...(resource.example as KubeObject),
    metadata: {
      ...(resource.example as KubeObject).metadata,
      ...(resource.namespaced && { namespace: "default" }),
      creationTimestamp: "2025-12-31T23:58:00Z",
    },
  });
  const create = (): KubeObject => {
    const defaulted = resource.defaults?.(example) ?? example;
    return freeze(resource.prepareForCreate?.(defaulted, { now: NOW }) ?? defaulted);
  };

  it("decodes its example as it is", () => {
    const { object, unknownFields } = decode(resource, example);
    expect(unknownFields).toEqual([]);
    expect(object).toBe(example);
  });

  it("defaults once: the second time changes nothing", () => {
    const once = freeze(resource.defaults?.(example) ?? example);
    expect(resource.defaults?.(once) ?? once).toBe(once);
  });

  it("has a valid example, also as an update of itself", () => {
    const object = create();
    expect(resource.validate?.(object) ?? []).toEqual([]);
    expect(resource.validateUpdate?.(object, object) ?? []).toEqual([]);
    expect(resource.validateStatusUpdate?.(object, object) ?? []).toEqual([]);
  });

  it("has no generation to bump when nothing changed", () => {
    const object = create();
    expect(resource.bumpsGeneration?.(object, object) ?? false).toBe(false);
  });

  it("renders its columns", () => {
    const object = create();
    for (const { name, cell } of resource.columns ?? []) {
      const shown = cell(object, { now: NOW });
      expect([name, typeof shown]).not.toEqual([name, "undefined"]);
      expect(String(shown)).not.toContain("undefined");
    }
    const ages = (resource.columns ?? [])
      .filter(({ name }) => name === "Age")
      .map(({ cell }) => cell(object, { now: NOW }));
    expect(ages.filter((age) => age !== "2m")).toEqual([]);
  });

  it("reads its selectable fields as text", () => {
    const object = create();
    for (const read of Object.values(resource.selectableFields ?? {})) expect(read(object)).toBeTypeOf("string");
  });
});

describe("looking up", () => {
  it("finds a kind by version and kind", () => {
    expect(byKind("apps/v1", "Deployment")).toBe(deployments);
    expect(byKind("v1", "Deployment")).toBeUndefined();
  });

  it("knows the kinds that are only sent", () => {
    for (const { structure } of bodyKinds) expect(fieldsOf(structure)).toBeDefined();
    expect(bodyKind("autoscaling/v1", "Scale")?.structure).toBe("Scale");
    expect(bodyKind("v1", "Status")?.kind).toBe("Status");
  });
});
