import { expect, it } from "vitest";
import { decodeBase64 } from "../../base/base64.ts";
import { events, nodes, pods, serviceAccounts, services } from "../../api/registry.ts";
import { NODES_GROUP, userInfo } from "../../api/meta/user-info.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";
import { enabledPlugins } from "./admission-plugins.ts";
import { readServerSettings } from "./read-settings.ts";
import { DEFAULT_SERVER_SETTINGS } from "./server-settings.ts";
import type { ServerSettings } from "./server-settings.ts";

function settled(change: Partial<ServerSettings> = {}): TestServer {
  const test = new TestServer();
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"], ...change });
  return test;
}

function read(
  flags: Record<string, string>,
  files: Record<string, string> = {},
): ReturnType<typeof readServerSettings> {
  return readServerSettings(new Map(Object.entries(flags)), { read: (path) => files[path], openLog: () => () => {} });
}

it("API511 Admission plugins are on by upstream's defaults, by name, or off; what the kind's storage does is always on", () => {
  const without = (...names: string[]): TestServer => settled({ admissionPlugins: enabledPlugins([], names) });
  const tolerations = (test: TestServer) => test.create(pods, podDraft("a")).spec.tolerations?.length;
  expect([tolerations(settled()), tolerations(without("DefaultTolerationSeconds"))]).toEqual([2, undefined]);
  const test = without();
  test.create(nodes as never, { metadata: { name: "a" } });
  const other = userInfo("system:node:b", NODES_GROUP);
  const cordon = (): unknown =>
    test.send(nodes as never, {
      ...{ verb: "patch", name: "a", patchType: "merge", user: other },
      body: { metadata: { labels: { a: "b" } } },
    }).code;
  expect(cordon()).toBe(200);
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"] });
  expect(cordon).toThrow('node "b" is not allowed to modify node "a"');
});

it("API512 Node ports are of the range that the server was told, and those of services that are there stay", () => {
  const test = settled();
  const create = (name: string, nodePort?: number) =>
    test.create(services, { metadata: { name }, spec: { type: "NodePort", ports: [{ port: 80, nodePort }] } });
  create("old", 31000);
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, nodePorts: { first: 100, last: 101 } });
  const ports = ["a", "b"].map((name) => create(name).spec.ports?.[0]?.nodePort);
  expect(ports.sort()).toEqual([100, 101]);
  expect(() => create("c", 31001)).toThrow("The range of valid ports is 100-101");
  expect(test.get(services, "old").spec.ports?.[0]?.nodePort).toBe(31000);
});

it("API513 An event lives as long as the server was told when it was written", () => {
  const test = settled();
  const create = (name: string) =>
    test.create(events, { metadata: { name }, involvedObject: { namespace: "default", name: "x" } });
  create("long");
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"], eventTtl: 60_000 });
  create("short");
  const left = (): string[] => test.names(events as never);
  test.settle(61_000);
  expect(left()).toEqual(["long"]);
  test.settle(3_600_000);
  expect(left()).toEqual([]);
});

it("API514 Without anonymous requests who sends no credential gets 401, and a static token says who somebody is", () => {
  const ann = { ...userInfo("ann", "dev"), uid: "u1" };
  const test = settled({ anonymous: false, staticTokens: new Map([["t1", ann]]) });
  const status = (headers: Record<string, string> = {}): number =>
    test.http("GET", "/version", { public: true, headers }).status;
  expect([status(), status({ Authorization: "Bearer t1" }), status({ Authorization: "Bearer t2" })]).toEqual([
    401, 200, 401,
  ]);
  expect(read({ "token-auth-file": "/t" }, { "/t": 't1,ann,u1,"dev"\nt2, bob ,u2\n' })).toMatchObject({
    settings: {
      staticTokens: new Map([
        ["t1", ann],
        ["t2", { ...userInfo("bob"), uid: "u2" }],
      ]),
    },
  });
  expect(read({ "token-auth-file": "/t" }, { "/t": "t1,ann\n" })).toEqual({
    problem: "token file '/t' must have at least 3 columns (token, user name, user uid), found 2",
  });
});

it("API515 Nobody is asked but those whose mode is on; without a mode everybody may do everything, but by name", () => {
  const test = settled({ authorizationModes: ["RBAC", "AlwaysDeny"] });
  const ask = () => test.send(pods as never, { verb: "list", user: userInfo("ann") });
  expect(ask).toThrow(
    'cannot list resource "pods" in API group "" in the namespace "default": Everything is forbidden.',
  );
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["RBAC"] });
  expect(ask).toThrow(/in the namespace "default"$/);
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["RBAC", "AlwaysAllow"] });
  expect(ask().code).toBe(200);
  expect(read({})).toMatchObject({
    settings: { authorizationModes: ["AlwaysAllow"], anonymous: false },
    warnings: [expect.stringMatching(/^AnonymousAuth is not allowed/)],
  });
});

it("API514 Tokens of service accounts are those of the issuers that the server was told; the first one's are given out", () => {
  const test = settled();
  test.create(serviceAccounts, { metadata: { name: "robot" } });
  const token = (): string => {
    const path = "/api/v1/namespaces/default/serviceaccounts/robot/token";
    return test.http("POST", path, { body: { spec: { expirationSeconds: 3600 } } }).json.status.token;
  };
  const claims = (issued: string) =>
    JSON.parse(decodeBase64(issued.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? ""));
  const status = (issued: string): number =>
    test.http("GET", "/version", { public: true, headers: { Authorization: `Bearer ${issued}` } }).status;
  const [usual] = DEFAULT_SERVER_SETTINGS.issuers as [string];
  const old = token();
  const told = (...issuers: string[]): void =>
    test.server.configure({
      ...DEFAULT_SERVER_SETTINGS,
      authorizationModes: ["AlwaysAllow"],
      issuers,
      audiences: issuers,
    });
  told("https://new.example.com", usual);
  const young = token();
  expect(claims(young)).toMatchObject({ iss: "https://new.example.com", aud: ["https://new.example.com", usual] });
  expect([status(old), status(young)]).toEqual([200, 200]);
  told("https://new.example.com");
  expect([status(old), status(young)]).toEqual([401, 200]);
  expect(read({ "authorization-mode": "RBAC", "service-account-issuer": "1:a" })).toEqual({
    problem:
      'service-account-issuer "1:a" contained a \':\' but was not a valid URL: parse "1:a": first path segment in URL cannot contain colon',
  });
});

it("API516 Flags that contradict upstream's rules are told of all together", () => {
  expect(read({ "authorization-mode": "Webhook,ABAC" })).toEqual({
    problem:
      "[authorization-mode Webhook's authorization config file not passed, authorization-mode ABAC's authorization policy file not passed]",
  });
  expect(read({ "authorization-mode": "" })).toEqual({ problem: "at least one authorization-mode must be passed" });
  expect(read({ "authorization-mode": "RBAC", "disable-admission-plugins": "Nothing" })).toEqual({
    problem: 'disable-admission-plugins plugin "Nothing" is unknown',
  });
});
