import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import { StatusError } from "../meta/status-error.ts";
import { applyPatch } from "./apply-patch.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from "./merge-patch.ts";

describe("JSON patch", () => {
  const document = freeze({ spec: { replicas: 1, list: ["a", "b"] }, other: { kept: true } });

  it("adds, replaces, removes, moves, copies and tests", () => {
    const result = applyJsonPatch(document, [
      { op: "test", path: "/spec/replicas", value: 1 },
      { op: "replace", path: "/spec/replicas", value: 2 },
      { op: "add", path: "/spec/list/1", value: "x" },
      { op: "add", path: "/spec/list/-", value: "z" },
      { op: "remove", path: "/spec/list/0" },
      { op: "copy", from: "/spec/replicas", path: "/copied" },
      { op: "move", from: "/copied", path: "/a~1b" },
    ]);
    expect(result).toEqual({ spec: { replicas: 2, list: ["x", "b", "z"] }, other: { kept: true }, "a/b": 2 });
    expect((result as typeof document).other).toBe(document.other);
  });

  it("replaces a key that isn't there, copies nothing as null, and counts negative places from the end", () => {
    const result = applyJsonPatch(document, [
      { op: "replace", path: "/spec/new", value: 1 },
      { op: "copy", from: "/spec/nope", path: "/spec/copied" },
      { op: "add", path: "/spec/list/-1", value: "end" },
      { op: "replace", path: "/spec/list/-3", value: "first" },
      { op: "remove", path: "/spec/list/-2" },
    ]);
    expect(result).toEqual({
      spec: { replicas: 1, list: ["first", "end"], new: 1, copied: null },
      other: { kept: true },
    });
  });

  it.each([
    [
      { op: "replace", path: "/spec/list/5", value: 1 },
      "replace operation does not apply: doc is missing key: /spec/list/5: missing value",
    ],
    [
      { op: "add", path: "/spec/list/x", value: 1 },
      "error in add for path: '/spec/list/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
    ],
    [
      { op: "remove", path: "/spec/list/-" },
      "error in remove for path: '/spec/list/-': strconv.Atoi: parsing \"-\": invalid syntax",
    ],
    [
      { op: "move", from: "/spec/nope", path: "/spec/x" },
      "error in move for path: 'nope': Unable to remove nonexistent key: nope: missing value",
    ],
    [
      { op: "move", from: "/spec", path: "/spec/x" },
      "move operation does not apply: doc is missing destination path: /spec/x: missing value",
    ],
    [
      { op: "test", path: "/no/where", value: 1 },
      "test operation does not apply: is missing path: /no/where: missing value",
    ],
    [{ op: "move", path: "/x" }, "move operation failed to decode from: operation, missing from field: missing value"],
    [
      { op: "replace", value: 1 },
      "replace operation failed to decode path: operation missing path field: missing value",
    ],
    [{ op: "add", path: 1 }, "add operation failed to decode path: missing value"],
    [{ path: "/x" }, "Unexpected kind: unknown"],
    [
      { op: "add", path: "/no/where", value: 1 },
      'add operation does not apply: doc is missing path: "/no/where": missing value',
    ],
    [
      { op: "remove", path: "/nope" },
      "error in remove for path: '/nope': Unable to remove nonexistent key: nope: missing value",
    ],
    [{ op: "test", path: "/spec/replicas", value: 5 }, "testing value /spec/replicas failed: test failed"],
    [{ op: "remove", path: "/spec/list/7" }, "Unable to access invalid index: 7: invalid index referenced"],
    [{ op: "melt", path: "/x" }, "Unexpected kind: melt"],
  ])("refuses %j", (operation, message) => {
    expect(() => applyJsonPatch(document, [operation])).toThrow(message);
  });
});

describe("merge patch", () => {
  it("merges objects, deletes with null, replaces everything else", () => {
    const original = freeze({ a: { b: 1, c: 2 }, list: [1, 2], same: { x: 1 } });
    const result = applyMergePatch(original, { a: { b: null, d: 3 }, list: [3], gone: null });
    expect(result).toEqual({ a: { c: 2, d: 3 }, list: [3], same: { x: 1 } });
    expect((result as typeof original).same).toBe(original.same);
    expect(applyMergePatch(original, { a: { b: 1 } })).toBe(original);
  });

  it("takes lists as they are, without what is null in their objects", () => {
    expect(applyMergePatch({ list: [1] }, { list: [1, null, { a: null, b: [{ c: null }] }] })).toEqual({
      list: [1, null, { b: [{}] }],
    });
  });

  it("is created from two or three versions", () => {
    expect(createMergePatch({ a: 1, b: { c: 1 } }, { b: { c: 2 } })).toEqual({ a: null, b: { c: 2 } });
    const versions = { original: { a: 1, b: 1 }, modified: { b: 2 }, current: { a: 1, b: 1, live: true } };
    expect(createThreeWayMergePatch(versions)).toEqual({ a: null, b: 2 });
  });
});

describe("a patch as the server takes it", () => {
  const original = freeze({ spec: { replicas: 1 } });
  const failure = (run: () => unknown): [number, string] => {
    try {
      run();
    } catch (error) {
      if (error instanceof StatusError) return [error.code, error.message];
    }
    throw new Error("no status");
  };

  it("applies any kind", () => {
    const wanted = { spec: { replicas: 3 } };
    expect(applyPatch("merge", "Deployment", { original, patch: wanted })).toEqual(wanted);
    expect(applyPatch("strategic", "Deployment", { original, patch: wanted })).toEqual(wanted);
    const operations = [{ op: "replace", path: "/spec/replicas", value: 3 }];
    expect(applyPatch("json", "Deployment", { original, patch: operations })).toEqual(wanted);
  });

  it("answers 400 to what is no patch and 422 to one that doesn't apply", () => {
    expect(failure(() => applyPatch("json", "Deployment", { original, patch: {} }))).toEqual([
      400,
      "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    ]);
    const patch = [{ op: "test", path: "/spec/replicas", value: 9 }];
    expect(failure(() => applyPatch("json", "Deployment", { original, patch }))).toEqual([
      422,
      "the server rejected our request due to an error in our request",
    ]);
    expect(failure(() => applyPatch("merge", "Deployment", { original, patch: [] }))[0]).toBe(400);
  });
});
