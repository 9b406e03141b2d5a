import { expect, it } from "vitest";
import type { MutatingAdmissionPolicySpec as Spec } from "../../../api/generated/types.ts";
import { configMaps, mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings, pods } from "../../../api/registry.ts";
import { podDraft, TestServer } from "../../testing/test-server.ts";
import { withPlainObjects } from "./object-literals.ts";

const ANYTHING = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods", "configmaps"] };

function world(spec: Partial<Spec>): TestServer {
  const test = new TestServer();
  const full = { reinvocationPolicy: "Never", matchConstraints: { resourceRules: [ANYTHING] }, ...spec };
  test.create(mutatingAdmissionPolicies, { metadata: { name: "p" }, spec: full });
  test.create(mutatingAdmissionPolicyBindings, { metadata: { name: "b" }, spec: { policyName: "p" } });
  return test;
}

function jsonPatch(expression: string): Spec["mutations"] {
  return [{ patchType: "JSONPatch", jsonPatch: { expression } }];
}

it.each([
  ["Object{spec: Object.spec{replicas: 3}}", '{"spec": {"replicas": 3}}'],
  ['[JSONPatch{op: "add", path: "/a", value: {"b": 1}}]', '[{"op": "add", "path": "/a", "value": {"b": 1}}]'],
  [
    "has(object.spec) ? Object{} : Object{metadata: Object.metadata{name: object.a[b] + 'x{y: '}}",
    'has(object.spec) ? {} : {"metadata": {"name": object.a[b] + \'x{y: \'}}',
  ],
  ['"/a/" + jsonpatch.escapeKey(object.k + "(")', '"/a/" + (object.k + "(").replace("~", "~0").replace("/", "~1")'],
  ["{a: b} // Object{c: d}", "{a: b} // Object{c: d}"],
])("objects become maps: %s", (expression, plain) => {
  expect(withPlainObjects(expression)).toBe(plain);
});

it("API117 a JSON patch changes what is made", () => {
  const path = '"/metadata/labels/" + jsonpatch.escapeKey("example.com/team")';
  const labels = 'has(object.metadata.labels) ? [] : [JSONPatch{op: "add", path: "/metadata/labels", value: {}}]';
  const test = world({
    matchConditions: [{ name: "asked", expression: "object.metadata.name != 'plain'" }],
    variables: [{ name: "team", expression: "request.userInfo.username" }],
    mutations: [...jsonPatch(labels)!, ...jsonPatch(`[JSONPatch{op: "add", path: ${path}, value: variables.team}]`)!],
  });
  expect(test.create(configMaps, { metadata: { name: "a" } }).metadata.labels).toEqual({
    "example.com/team": "tester",
  });
  expect(test.create(configMaps, { metadata: { name: "plain" } }).metadata.labels).toBeUndefined();
});

it("API117 an apply configuration is merged, lists by their keys", () => {
  const expression =
    'Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: "mesh", image: "proxy", restartPolicy: "Always"}]}}';
  const test = world({ mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }] });
  const own = { name: "setup", image: "busybox" };
  const { spec } = test.create(pods, podDraft("a", { spec: { initContainers: [own] } }));
  expect(spec.initContainers?.map(({ name }) => name).toSorted()).toEqual(["mesh", "setup"]);
  expect(spec.initContainers?.find(({ name }) => name === "mesh")).toMatchObject({
    imagePullPolicy: "Always",
    restartPolicy: "Always",
  });
});

it("API117 a mutation that fails refuses, unless failures are ignored", () => {
  const spec = { mutations: jsonPatch('[JSONPatch{op: "test", path: "/data/a", value: "b"}]') };
  expect(() => world(spec).create(configMaps, { metadata: { name: "a" } })).toThrow(
    "configmaps \"a\" is forbidden: policy 'p' with binding 'b' denied request: ",
  );
  expect(
    world({ ...spec, failurePolicy: "Ignore" }).create(configMaps, { metadata: { name: "a" } }).metadata.name,
  ).toBe("a");
  const broken = { mutations: jsonPatch("[object.data.nothing]") };
  expect(() => world(broken).create(configMaps, { metadata: { name: "a" }, data: {} })).toThrow("no such key: nothing");
});

it("API115 expressions of mutations must compile", () => {
  expect(() => world({ mutations: jsonPatch("[JSONPatch{op: x}]") })).toThrow(
    "spec.mutations[0].jsonPatch.expression: Invalid value: ",
  );
});
