import { expect, it } from "vitest";
import { configMaps, pods } from "../../api/registry.ts";
import { userInfo } from "../../api/meta/user-info.ts";
import { DEFAULT_SERVER_SETTINGS } from "../settings/server-settings.ts";
import { TestServer } from "../testing/test-server.ts";
import { parseAuditPolicy } from "./policy.ts";
import type { AuditPolicy } from "./policy.ts";
import { ruleFor } from "./rule-match.ts";

function policy(rules: string, rest = ""): AuditPolicy {
  const parsed = parseAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${rest}rules:\n${rules}`);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

function problem(text: string): string | undefined {
  const parsed = parseAuditPolicy(text);
  return "problem" in parsed ? parsed.problem : undefined;
}

function audited(rules: string, rest = ""): { test: TestServer; lines: Record<string, unknown>[] } {
  const test = new TestServer();
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const audit = { policy: policy(rules, rest), write, address: "10.0.0.1" };
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"], audit });
  return { test, lines };
}

it("API518 A rule fits by user, group, verb, namespace, resource and path", () => {
  const read = policy(
    [
      "- {level: None, users: [ann]}",
      "- {level: Metadata, userGroups: [dev], verbs: [delete]}",
      '- {level: Request, resources: [{group: "", resources: [pods/log, "services/*", "*/scale"]}]}',
      '- {level: Request, resources: [{group: "", resources: [configmaps], resourceNames: [a]}]}',
      '- {level: RequestResponse, namespaces: [""], resources: [{group: apps}]}',
      '- {level: Metadata, nonResourceURLs: ["/api*", /version]}',
    ].join("\n"),
  );
  const asked = { verb: "get", group: "", resource: "pods", subresource: "", namespace: "x", name: "" };
  const rule = (change: object, user = userInfo("bob", "dev")): number => {
    const found = ruleFor(read, user, { ...asked, ...change });
    return found === undefined ? -1 : read.rules.indexOf(found);
  };
  const path = (path: string): number => {
    const found = ruleFor(read, userInfo("bob"), { verb: "get", path });
    return found === undefined ? -1 : read.rules.indexOf(found);
  };
  expect(rule({}, userInfo("ann"))).toBe(0);
  expect([rule({ verb: "delete" }), rule({ verb: "delete" }, userInfo("eve"))]).toEqual([1, -1]);
  expect(["log", "exec", "scale", ""].map((subresource) => rule({ subresource }))).toEqual([2, -1, 2, -1]);
  expect([rule({ resource: "services", subresource: "proxy" }), rule({ resource: "services" })]).toEqual([2, 2]);
  expect(["a", "b"].map((name) => rule({ resource: "configmaps", name }))).toEqual([3, -1]);
  expect(["", "x"].map((namespace) => rule({ group: "apps", namespace }))).toEqual([4, -1]);
  expect(["/apis/apps", "/version", "/metrics"].map(path)).toEqual([5, 5, -1]);
});

it("API518 What is no policy is refused in upstream's words", () => {
  expect(problem("rules: []")).toMatch(/^failed decoding: Object 'Kind' is missing in/);
  expect(problem("apiVersion: audit.k8s.io/v1beta1\nkind: Policy")).toBe(
    'failed decoding: no kind "Policy" is registered for version "audit.k8s.io/v1beta1" in scheme "pkg/audit/scheme.go:30"',
  );
  const whole = (rules: string): string => `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`;
  expect(problem(whole("rules: []"))).toBe("loaded illegal policy with 0 rules");
  expect(problem(whole("rules: [{verbs: [get]}, {level: None, omitStages: [Now], nonResourceURLs: [x]}]"))).toBe(
    `[rules[0].level: Required value, rules[1].nonResourceURLs[0]: Invalid value: "x": non-resource URL rules must begin with a '/' character, rules[1].omitStages[0]: Invalid value: "Now": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic]`,
  );
});

it("API519 Stages and levels say how much is told, of watches, failures and strangers too", () => {
  const { test, lines } = audited(
    '- {level: Request, resources: [{group: "", resources: [configmaps]}]}\n- {level: Metadata, omitStages: [RequestReceived]}',
  );
  const told = (...names: string[]): unknown[] => lines.splice(0).map((line) => names.map((name) => line[name]));
  test.http("POST", "/api/v1/namespaces/default/configmaps", { body: { metadata: { name: "a" }, data: { k: "v" } } });
  expect(told("stage", "objectRef", "requestObject", "responseObject")).toEqual([
    ["RequestReceived", { resource: "configmaps", namespace: "default", apiVersion: "v1" }, undefined, undefined],
    [
      "ResponseComplete",
      { resource: "configmaps", namespace: "default", name: "a", apiVersion: "v1" },
      expect.objectContaining({ data: { k: "v" } }),
      undefined,
    ],
  ]);
  const watch = test.http("GET", "/api/v1/namespaces/default/pods?watch=true");
  watch.abort();
  test.http("GET", "/api/v1/namespaces/default/pods/none");
  test.http("GET", "/version", { headers: { Authorization: "Bearer nonsense" } });
  expect(told("stage", "verb", "objectRef", "user", "responseStatus")).toMatchObject([
    ["ResponseStarted", "watch", { resource: "pods" }, { username: "kubernetes-admin" }, { metadata: {}, code: 200 }],
    ["ResponseComplete", "watch", { resource: "pods" }, { username: "kubernetes-admin" }, { metadata: {}, code: 200 }],
    ["ResponseComplete", "get", { name: "none" }, {}, { status: "Failure", reason: "NotFound", code: 404 }],
    ["ResponseComplete", "get", undefined, {}, { message: "Authentication failed, attempted: bearer", code: 401 }],
  ]);
  // In-process: the path is the one that the component would ask over HTTP.
  test.send(pods as never, { verb: "list", options: { limit: 5 }, user: userInfo("system:kube-scheduler") });
  expect(told("requestURI", "sourceIPs", "userAgent")).toEqual([
    [
      "/api/v1/namespaces/default/pods?limit=5",
      ["10.0.0.1"],
      expect.stringMatching(/^kube-scheduler\/v1\.36\.\d+ \(linux\/amd64\)/),
    ],
  ]);
});

it("API519 Managed fields are left out where the policy says so", () => {
  const managed = (rest: string): unknown[] => {
    const { test, lines } = audited("- {level: RequestResponse}", `omitStages: [RequestReceived]\n${rest}`);
    test.create(configMaps, { metadata: { name: "a" }, data: { k: "v" } });
    return lines.map(({ responseObject }) => (responseObject as { metadata: object }).metadata);
  };
  const [[whole], [short]] = [managed(""), managed("omitManagedFields: true\n")];
  expect(whole).toHaveProperty("managedFields");
  expect(short).not.toHaveProperty("managedFields");
});
