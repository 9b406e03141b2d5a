import { describe, expect, it } from "vitest";
import type { KubeObject } from "../api/meta/object.ts";
import { configMaps } from "../api/registry.ts";
import { boundPod, TestServer } from "./testing/test-server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const lines = (text: string) =>
  text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

function withMaps(...names: string[]): TestServer {
  const test = new TestServer();
  for (const name of names) test.create(configMaps, { metadata: { name } });
  return test;
}

const namesOf = (answer: { json: { items: { metadata: { name: string } }[] } }) =>
  answer.json.items.map(({ metadata }) => metadata.name);
const said = (test: TestServer, query: string) => {
  const { status, json } = test.http("GET", `${MAPS}?${query}`);
  return [status, json.message];
};
const invalid = (problem: string) => [422, `ListOptions.meta.k8s.io "" is invalid: ${problem}`];

describe("list", () => {
  it("API181 a limit with a version means exactly this version, a version alone one that is not older", () => {
    const test = withMaps("a", "b");
    const version = test.store.revision;
    test.create(configMaps, { metadata: { name: "c" } });
    expect(namesOf(test.http("GET", `${MAPS}?resourceVersion=${version}`))).toEqual(["a", "b", "c"]);
    expect(namesOf(test.http("GET", `${MAPS}?resourceVersion=${version}&limit=5`))).toEqual(["a", "b"]);
    expect(namesOf(test.http("GET", `${MAPS}?resourceVersion=${version}&resourceVersionMatch=Exact`))).toEqual([
      "a",
      "b",
    ]);
    const current = test.store.revision;
    expect(said(test, "resourceVersion=999")).toEqual([
      504,
      `Timeout: Too large resource version: 999, current: ${current}`,
    ]);
    expect(said(test, "resourceVersion=x")).toEqual([
      400,
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ]);
  });

  it("API181 pages count what remains, and go on inconsistently when their state is gone and the client wants to", () => {
    const test = withMaps("a", "b", "c");
    const first = test.http("GET", `${MAPS}?limit=1`).json;
    expect([first.metadata.remainingItemCount, first.items.length]).toEqual([2, 1]);
    test.create(configMaps, { metadata: { name: "bb" } });
    const next = encodeURIComponent(first.metadata.continue);
    expect(namesOf(test.http("GET", `${MAPS}?continue=${next}`))).toEqual(["b", "c"]);
    expect(said(test, `continue=${next}&resourceVersion=3`)).toEqual([
      400,
      "specifying resource version is not allowed when using continue",
    ]);
    test.store.compact(test.store.revision);
    const expired = test.http("GET", `${MAPS}?continue=${next}`).json;
    expect([expired.code, expired.reason, expired.message]).toEqual([
      410,
      "Expired",
      expect.stringMatching(/^The provided continue parameter is too old .* may show up in the list\.$/),
    ]);
    const anyway = encodeURIComponent(expired.metadata.continue);
    expect(namesOf(test.http("GET", `${MAPS}?continue=${anyway}`))).toEqual(["b", "bb", "c"]);
    expect(said(test, "continue=x")[1]).toMatch(/^invalid continue token: continue key is not valid: /);
    expect(test.http("GET", `${MAPS}?limit=1&labelSelector=%21x`).json.metadata.remainingItemCount).toBeUndefined();
  });

  it("API182 refuses options that don't go together", () => {
    const test = withMaps();
    const match = "resourceVersionMatch";
    expect(said(test, `${match}=Exact`)).toEqual(
      invalid(`${match}: Forbidden: ${match} is forbidden unless resourceVersion is provided`),
    );
    expect(said(test, `${match}=Exact&resourceVersion=0`)).toEqual(
      invalid(`${match}: Forbidden: ${match} "exact" is forbidden for resourceVersion "0"`),
    );
    expect(said(test, `${match}=Never&resourceVersion=1`)).toEqual(
      invalid(`${match}: Unsupported value: "Never": supported values: "", "Exact", "NotOlderThan"`),
    );
    expect(said(test, "sendInitialEvents=true")).toEqual(
      invalid("sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
    );
    expect(said(test, "watch=1&sendInitialEvents=true")).toEqual(
      invalid(`${match}: Forbidden: sendInitialEvents requires setting ${match} to NotOlderThan`),
    );
    expect(said(test, `watch=1&resourceVersion=1&${match}=NotOlderThan`)).toEqual(
      invalid(`${match}: Forbidden: ${match} is forbidden for watch unless sendInitialEvents is provided`),
    );
    expect(said(test, "limit=x")).toEqual([400, 'strconv.ParseInt: parsing "x": invalid syntax']);
    expect(said(test, "fieldSelector=spec.x%3D1")).toEqual([
      400,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ]);
    expect(said(test, "fieldSelector=nonsense")).toEqual([
      400,
      "invalid selector: 'nonsense'; can't understand 'nonsense'",
    ]);
    expect(said(test, "labelSelector=a%20in")).toEqual([400, expect.stringMatching(/^unable to parse requirement: /)]);
  });
});

describe("field selectors", () => {
  it("API401 name what a kind doesn't offer in the kind's own words", () => {
    const test = new TestServer();
    const refusal = (path: string, field: string): string =>
      test.http("GET", `${path}?fieldSelector=${field}%3Dx`).json.message;
    expect(refusal("/api/v1/pods", "spec.image")).toBe("field label not supported: spec.image");
    expect(refusal("/apis/batch/v1/jobs", "spec.image")).toBe('field label "spec.image" not supported for batchv1.Job');
    expect(refusal("/apis/resource.k8s.io/v1/resourceslices", "spec.image")).toBe(
      "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.image",
    );
    expect(refusal("/api/v1/nodes", "metadata.namespace")).toBe("field label not supported: metadata.namespace");
    expect(test.http("GET", "/api/v1/persistentvolumes?fieldSelector=metadata.namespace%3Dx").json.items).toEqual([]);
    expect(refusal("/apis/apps/v1/deployments", "spec.image")).toBe(
      '"spec.image" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
    boundPod(test, "web", "worker-1");
    const names = (selector: string) =>
      test
        .http("GET", `/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`)
        .json.items.map(({ metadata }: KubeObject) => metadata.name);
    expect([names("spec.host=worker-1"), names("status.podIPs=10.0.0.1")]).toEqual([["web"], []]);
  });
});

describe("watch", () => {
  it("API183 follows one object by its name, by a selector and by the old path; a named GET is no watch", () => {
    const test = withMaps("a", "b");
    const paths = [`${MAPS}?watch=1&fieldSelector=metadata.name%3Da`, MAPS.replace("/v1/", "/v1/watch/") + "/a"];
    const watches = paths.map((path) => test.http("GET", path));
    test.http("DELETE", `${MAPS}/a`);
    test.http("DELETE", `${MAPS}/b`);
    test.settle();
    for (const { text } of watches) {
      expect(lines(text).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
        "ADDED a",
        "DELETED a",
      ]);
    }
    expect(test.http("GET", "/api/v1/watch/configmaps").status).toBe(200);
    expect(test.http("POST", MAPS.replace("/v1/", "/v1/watch/"), { body: {} }).status).toBe(405);
    test.create(configMaps, { metadata: { name: "c" } });
    const named = test.http("GET", `${MAPS}/c?watch=true`);
    expect([named.json.kind, named.ended]).toEqual(["ConfigMap", true]);
  });

  it("API183 begins now when no initial events are wanted, and waits for a version that is still to come", () => {
    const test = withMaps("a");
    const query = "watch=1&resourceVersionMatch=NotOlderThan&sendInitialEvents=false";
    const now = test.http("GET", `${MAPS}?${query}`);
    const future = test.http("GET", `${MAPS}?watch=1&resourceVersion=999`);
    test.create(configMaps, { metadata: { name: "b" } });
    test.settle();
    expect(lines(now.text).map(({ object }) => object.metadata.name)).toEqual(["b"]);
    expect([future.status, future.ended]).toEqual([200, false]);
  });
});

describe("delete", () => {
  it("API184 takes its options from the body or else from the query, and refuses what may not be", () => {
    const test = withMaps("a", "b", "c");
    const orphan = test.http("DELETE", `${MAPS}/a?orphanDependents=true`);
    expect(orphan.json.metadata.finalizers).toEqual(["orphan"]);
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Foreground" };
    const foreground = test.http("DELETE", `${MAPS}/b?propagationPolicy=Orphan`, { body });
    expect(foreground.json.metadata.finalizers).toEqual(["foregroundDeletion"]);
    const refused = (query: string, rest: object | undefined = undefined) =>
      test.http("DELETE", `${MAPS}/c?${query}`, rest && { body: rest }).json.message;
    const bad = 'DeleteOptions.meta.k8s.io "" is invalid: ';
    expect(refused("propagationPolicy=Never")).toBe(
      `${bad}propagationPolicy: Unsupported value: "Never": supported values: "Foreground", "Background", "Orphan", "nil"`,
    );
    expect(refused("orphanDependents=true&propagationPolicy=Orphan")).toBe(
      `${bad}propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set`,
    );
    expect(refused("", { dryRun: ["None"] })).toBe(
      `${bad}dryRun: Unsupported value: ["None"]: supported values: "All"`,
    );
    expect(refused("", { preconditions: { uid: "other" } })).toMatch(/Precondition failed: UID in precondition: other/);
    expect(test.http("DELETE", `${MAPS}?labelSelector=none`).json.items).toEqual([]);
    expect(test.http("DELETE", `${MAPS}/c`).json.status).toBe("Success");
  });
});
