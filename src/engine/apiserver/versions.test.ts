import { describe, expect, it } from "vitest";
import type { ConfigMap } from "../api/generated/types.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { defineResource, specChanged } from "../api/meta/resource.ts";
import { invalidValue, required } from "../api/meta/field-error.ts";
import { resources } from "../api/registry.ts";
import { TestServer } from "./testing/test-server.ts";

const paints = {
  group: "example.dev",
  kind: "Paint",
  plural: "paints",
  structure: "ConfigMap",
  scope: "Namespaced",
  example: {},
} as const;

/** Stored; says `color`. */
const paintsV2 = defineResource<ConfigMap>({
  ...paints,
  version: "v2",
  bumpsGeneration: (object, old) => specChanged({ spec: object.data }, { spec: old.data }),
  validate: ({ data }) => (data?.["color"] === "" ? [required("data.color")] : []),
  columns: [{ name: "Color", type: "string", cell: ({ data }) => data?.["color"] ?? "" }],
  selectableFields: { "data.color": ({ data }) => data?.["color"] ?? "" },
});

function renamed(object: ConfigMap, from: string, to: string): ConfigMap {
  const { [from]: value, ...data } = object.data ?? {};
  return { ...object, data: value === undefined ? data : { ...data, [to]: value } };
}

/** Served; says `colour`, defaults to grey and knows no pink. */
const paintsV1 = defineResource<ConfigMap>({
  ...paints,
  version: "v1",
  storedAs: {
    resource: paintsV2,
    toStorage: (object) => ({ ...renamed(object, "colour", "color"), apiVersion: "example.dev/v2" }),
    fromStorage: (stored) => ({ ...renamed(stored as ConfigMap, "color", "colour"), apiVersion: "example.dev/v1" }),
  },
  defaults: (object) =>
    object.data?.["colour"] === undefined ? { ...object, data: { ...object.data, colour: "grey" } } : object,
  validate: ({ data }) => (data?.["colour"] === "pink" ? [invalidValue("data.colour", "pink", "no such paint")] : []),
  selectableFields: { "data.colour": ({ data }) => data?.["colour"] ?? "" },
});

function start(): TestServer {
  return new TestServer(1, [...resources, paintsV2, paintsV1]);
}

const V1 = "/apis/example.dev/v1/namespaces/default/paints";
const V2 = "/apis/example.dev/v2/namespaces/default/paints";
const patchType = (type: string) => ({ headers: { "Content-Type": `application/${type}-patch+json` } });

function paint(name: string, data: object): object {
  return { metadata: { name }, data };
}

describe("versions of one resource", () => {
  it("API50 share each object: uid, resourceVersion and generation are one, each version shows its own form", () => {
    const test = start();
    const created = test.http("POST", V1, { body: paint("wall", { colour: "red" }) }).json;
    expect(created).toMatchObject({ apiVersion: "example.dev/v1", kind: "Paint", data: { colour: "red" } });
    const { metadata } = created;
    expect(test.http("GET", `${V2}/wall`).json).toEqual({
      ...created,
      apiVersion: "example.dev/v2",
      data: { color: "red" },
      metadata,
    });
    expect(test.http("POST", V2, { body: paint("wall", {}) }).status).toBe(409);

    const before = test.server.hash();
    expect(test.http("PUT", `${V1}/wall`, { body: created }).json).toEqual(created);
    expect(test.server.hash()).toBe(before);
    const updated = test.http("PUT", `${V2}/wall`, { body: paint("wall", { color: "blue" }) }).json;
    expect(test.http("GET", `${V1}/wall`).json).toEqual({
      ...created,
      data: { colour: "blue" },
      metadata: { ...updated.metadata, generation: 2, uid: metadata.uid },
    });
    expect(updated.metadata.resourceVersion).not.toBe(metadata.resourceVersion);
    expect(test.http("PUT", `${V1}/wall`, { body: created }).status).toBe(409);

    const list = test.http("GET", V1).json;
    expect(list).toMatchObject({ apiVersion: "example.dev/v1", kind: "PaintList" });
    const { kind: _, apiVersion: __, ...untyped } = test.http("GET", `${V1}/wall`).json;
    expect(list.items).toEqual([untyped]);
    expect(test.http("DELETE", `${V1}/wall`).json.status).toBe("Success");
    expect(test.http("GET", `${V2}/wall`).status).toBe(404);
  });

  it("API50 share their watches and columns", () => {
    const test = start();
    const watch = test.watch(paintsV1 as never);
    test.create(paintsV2, paint("door", { color: "green" }));
    test.create(paintsV1, paint("wall", { colour: "red" }));
    test.delete(paintsV2 as never, "wall");
    test.settle();
    expect(watch.events.map(({ type, object }) => [type, object.apiVersion, (object as ConfigMap).data])).toEqual([
      ["ADDED", "example.dev/v1", { colour: "green" }],
      ["ADDED", "example.dev/v1", { colour: "red" }],
      ["DELETED", "example.dev/v1", { colour: "red" }],
    ]);
    const table = test.http("GET", V1, { headers: { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }).json;
    expect(table.rows.map(({ cells }: { cells: unknown }) => cells)).toEqual([["green"]]);
  });

  it("API51 keep their own defaults, validation, patches and field labels", () => {
    const test = start();
    test.http("POST", V1, { body: paint("wall", {}) });
    expect(test.http("GET", `${V2}/wall`).json.data).toEqual({ color: "grey" });
    test.http("POST", V2, { body: paint("door", {}) });
    expect(test.http("GET", `${V2}/door`).json.data).toBeUndefined();

    expect(test.http("POST", V1, { body: paint("no", { colour: "pink" }) }).json.message).toBe(
      'Paint.example.dev "no" is invalid: data.colour: Invalid value: "pink": no such paint',
    );
    expect(test.http("POST", V2, { body: paint("yes", { color: "pink" }) }).status).toBe(201);
    expect(test.http("PUT", `${V2}/yes`, { body: paint("yes", { color: "" }) }).status).toBe(422);

    const patch = { body: { data: { colour: "blue" } }, ...patchType("merge") };
    expect(test.http("PATCH", `${V1}/wall`, patch).json.data).toEqual({ colour: "blue" });
    const test6902 = [{ op: "test", path: "/data/colour", value: "blue" }];
    expect(test.http("PATCH", `${V1}/wall`, { body: test6902, ...patchType("json") }).status).toBe(200);
    expect(test.http("PATCH", `${V2}/wall`, { body: test6902, ...patchType("json") }).status).not.toBe(200);
    expect(test.http("PATCH", `${V1}/wall`, { ...patch, body: { data: { colour: "pink" } } }).status).toBe(422);

    const named = (resource: typeof paintsV1, fieldSelector: string): string[] =>
      test.names(resource as never, { fieldSelector });
    expect(named(paintsV1, "data.colour=blue")).toEqual(["wall"]);
    expect(named(paintsV2, "data.color=blue")).toEqual(["wall"]);
    expect(test.http("GET", `${V2}?fieldSelector=data.colour%3Dblue`).json.message).toBe(
      "field label not supported: data.colour",
    );
    const watch = test.watch(paintsV1 as never, {
      fieldSelector: "data.colour=red",
      resourceVersion: String(test.store.revision),
    });
    test.create(paintsV2, paint("roof", { color: "red" }));
    test.create(paintsV2, paint("floor", { color: "brown" }));
    test.settle();
    expect(watch.seen.map((line) => line.split("@")[0])).toEqual(["ADDED roof"]);
  });

  it("API52 are preferred in the registry's order", () => {
    const test = start();
    const { versions, preferredVersion } = test.http("GET", "/apis/example.dev").json;
    expect(versions.map(({ version }: { version: string }) => version)).toEqual(["v2", "v1"]);
    expect(preferredVersion).toEqual({ groupVersion: "example.dev/v2", version: "v2" });
  });

  it("API50 name the owners of fields as the version that was written does", () => {
    const test = start();
    test.http("POST", `${V1}?fieldManager=one`, { body: paint("wall", { colour: "red" }) });
    const patch = { body: { data: { gloss: "high" } }, ...patchType("merge") };
    test.http("PATCH", `${V2}/wall?fieldManager=two`, patch);
    const owners = (path: string) =>
      test
        .http("GET", `${path}/wall`)
        .json.metadata.managedFields.map(({ manager, apiVersion, fieldsV1 }: Record<string, unknown>) => ({
          manager,
          apiVersion,
          fieldsV1,
        }));
    expect(owners(V1)).toEqual([
      { manager: "one", apiVersion: "example.dev/v1", fieldsV1: { "f:data": { ".": {}, "f:colour": {} } } },
      { manager: "two", apiVersion: "example.dev/v2", fieldsV1: { "f:data": { "f:gloss": {} } } },
    ]);
    expect(owners(V2)).toEqual(owners(V1));
  });

  it("API50 convert a stored object once, for all who read it", () => {
    const test = start();
    test.create(paintsV2, paint("wall", { color: "red" }));
    const read = (): KubeObject => test.get(paintsV1, "wall");
    expect(read()).toBe(read());
    expect(test.update(paintsV1, read() as ConfigMap)).toBe(read());
  });
});
