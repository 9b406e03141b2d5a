import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import type { JsonObject } from "../../base/json.ts";
import { patchTypeOf } from "./patch-schema.ts";
import { applyStrategicPatch } from "./strategic-apply.ts";
import { createThreeWayPatch, createTwoWayPatch } from "./strategic-create.ts";

const deployment = patchTypeOf("Deployment");
const podSpec = patchTypeOf("PodSpec");

function containers(...list: JsonObject[]): JsonObject {
  return freeze({ containers: list });
}

describe("applying", () => {
  it("merges lists by key and shares what it leaves alone", () => {
    const sidecar = { name: "sidecar", image: "envoy:1" };
    const original = containers({ name: "web", image: "nginx:1.26" }, sidecar);
    const patched = applyStrategicPatch(original, { containers: [{ name: "web", image: "nginx:1.27" }] }, podSpec);
    expect(patched).toEqual({ containers: [{ name: "web", image: "nginx:1.27" }, sidecar] });
    expect((patched.containers as JsonObject[])[1]).toBe(sidecar);
  });

  it("gives the same object when nothing changes", () => {
    const original = containers({ name: "web", image: "nginx:1.27" });
    expect(applyStrategicPatch(original, { containers: [{ name: "web", image: "nginx:1.27" }] }, podSpec)).toBe(
      original,
    );
  });

  it("obeys delete, replace and null", () => {
    const original = containers({ name: "a", env: [{ name: "X", value: "1" }] }, { name: "b" });
    const remove = { containers: [{ name: "b", $patch: "delete" }] };
    expect(applyStrategicPatch(original, remove, podSpec)).toEqual(
      containers({ name: "a", env: [{ name: "X", value: "1" }] }),
    );
    const replace = { containers: [{ $patch: "replace" }, { name: "c" }] };
    expect(applyStrategicPatch(original, replace, podSpec)).toEqual(containers({ name: "c" }));
    const clear = { containers: [{ name: "a", env: null }] };
    expect(applyStrategicPatch(original, clear, podSpec)).toEqual(containers({ name: "a" }, { name: "b" }));
  });

  it("retains only the keys of a strategy that are named", () => {
    const original = freeze({ spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } });
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    expect(applyStrategicPatch(original, patch, deployment)).toEqual({ spec: { strategy: { type: "Recreate" } } });
  });

  it("deletes from lists of scalars, and puts what is new first", () => {
    const meta = patchTypeOf("ObjectMeta");
    const original = freeze({ finalizers: ["a", "b", "c"] });
    const patch = { "$deleteFromPrimitiveList/finalizers": ["b"], finalizers: ["d"] };
    expect(applyStrategicPatch(original, patch, meta)).toEqual({ finalizers: ["d", "a", "c"] });
  });

  it("puts elements in the order asked for, others where they were", () => {
    const original = containers({ name: "a" }, { name: "b" }, { name: "live" });
    const patch = { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] };
    const names = (applyStrategicPatch(original, patch, podSpec).containers as JsonObject[]).map(({ name }) => name);
    expect(names).toEqual(["b", "a", "live"]);
  });

  it("leaves directives out of what is new", () => {
    const patch = { containers: [{ name: "a", env: [{ name: "X", $patch: "delete" }], $retainKeys: ["name"] }] };
    expect(applyStrategicPatch({}, patch, podSpec)).toEqual({ containers: [{ name: "a", env: [] }] });
  });

  it.each([
    [{ containers: [{ image: "x" }] }, "map: map[image:x] does not contain declared merge key: name"],
    [{ $patch: "melt" }, "unknown patch type: melt in map: map[$patch:melt]"],
    [{ "$setElementOrder/containers": [{ name: "b" }], containers: [{ name: "a" }] }, "doesn't match $setElementOrder"],
    [{ nothing: { a: 1 } }, 'unable to find api field in struct PodSpec for the json field "nothing"'],
  ])("refuses %j", (patch, message) => {
    const original = freeze({ containers: [{ name: "a" }], nothing: { a: 0 } });
    expect(() => applyStrategicPatch(original, patch as JsonObject, podSpec)).toThrow(message);
  });
});

describe("creating", () => {
  it("makes the smallest patch between two versions, which leads from one to the other", () => {
    const original = containers({ name: "a", image: "x:1" }, { name: "b", image: "y:1" });
    const modified = containers({ name: "a", image: "x:2" }, { name: "c", image: "z:1" });
    const patch = createTwoWayPatch(original, modified, podSpec);
    expect(patch).toEqual({
      "$setElementOrder/containers": [{ name: "a" }, { name: "c" }],
      containers: [
        { name: "a", image: "x:2" },
        { name: "c", image: "z:1" },
        { name: "b", $patch: "delete" },
      ],
    });
    expect(applyStrategicPatch(original, patch, podSpec)).toEqual(modified);
    expect(createTwoWayPatch(original, original, podSpec)).toEqual({});
  });

  it("keeps in three ways what others added and drops what was applied before", () => {
    const versions = {
      original: containers({ name: "web", image: "nginx:1", env: [{ name: "A", value: "1" }] }),
      modified: containers({ name: "web", image: "nginx:2" }),
      current: containers({ name: "web", image: "nginx:1", env: [{ name: "A", value: "1" }] }, { name: "injected" }),
    };
    const patch = createThreeWayPatch(versions, podSpec);
    expect(applyStrategicPatch(versions.current, patch, podSpec)).toEqual(
      containers({ name: "web", image: "nginx:2" }, { name: "injected" }),
    );
  });

  it("sees a conflict when it must not overwrite", () => {
    const versions = {
      original: freeze({ spec: { replicas: 1 } }),
      modified: freeze({ spec: { replicas: 2 } }),
      current: freeze({ spec: { replicas: 3 } }),
    };
    expect(() => createThreeWayPatch(versions, deployment, { overwrite: false })).toThrow("conflicts with changes");
    expect(createThreeWayPatch(versions, deployment)).toEqual({ spec: { replicas: 2 } });
  });

  it("says which keys of a strategy stay", () => {
    const original = freeze({ spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } });
    const modified = freeze({ spec: { strategy: { type: "Recreate" } } });
    expect(createTwoWayPatch(original, modified, deployment)).toEqual({
      spec: { strategy: { $retainKeys: ["type"], type: "Recreate", rollingUpdate: null } },
    });
  });
});
