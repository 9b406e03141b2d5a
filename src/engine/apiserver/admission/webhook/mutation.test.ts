import { expect, it } from "vitest";
import type { ConfigMap, MutatingWebhook } from "../../../api/generated/types.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { configMaps, mutatingWebhookConfigurations, services } from "../../../api/registry.ts";
import { encodeBase64 } from "../../../base/base64.ts";
import type { WebhookCall } from "../../server-context.ts";
import { TestServer } from "../../testing/test-server.ts";

type Answer = { allowed?: boolean; patch?: object[]; [field: string]: unknown };

function hook(path: string, rest: Partial<MutatingWebhook> = {}): MutatingWebhook {
  return {
    name: `${path}.example.com`,
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "DELETE"], resources: ["configmaps"] }],
    clientConfig: { service: { name: "hook", namespace: "default", path: `/${path}` } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    ...rest,
  };
}

/** A server whose webhooks are answered by the path; `asked` lists the paths as they were called. */
function world(answers: Record<string, (object: ConfigMap | null) => Answer>) {
  const test = new TestServer();
  const asked: string[] = [];
  const calls: WebhookCall[] = [];
  test.server.connectWebhooks((call) => {
    const path = /\/(\w+)\?/.exec(call.url)?.[1] ?? "";
    asked.push(path);
    calls.push(call);
    const { request } = call.body as { request: { uid: string; object: ConfigMap | null } };
    const { patch, ...rest } = answers[path]?.(request.object) ?? {};
    const change = patch && { patch: encodeBase64(JSON.stringify(patch)), patchType: "JSONPatch" };
    const response = { uid: request.uid, allowed: true, ...change, ...rest };
    return { answer: { kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response } };
  });
  test.create(services, { metadata: { name: "hook" }, spec: { clusterIP: "10.96.0.77", ports: [{ port: 443 }] } });
  const configure = (name: string, ...webhooks: MutatingWebhook[]): void =>
    void test.create(mutatingWebhookConfigurations, { metadata: { name }, webhooks });
  const create = (data: Record<string, string> = { a: "1" }, options = {}): ConfigMap =>
    test.create(configMaps, { metadata: { name: "a" }, data }, options);
  return { test, asked, calls, configure, create };
}

const add = (key: string) => () => ({ patch: [{ op: "add", path: `/data/${key}`, value: "yes" }] });

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
}

it("API470 mutating webhooks change an object one after the other, by their configurations' names", () => {
  const seen: unknown[] = [];
  const { configure, create, calls, asked } = world({
    first: add("first"),
    second: (object) => {
      seen.push(object?.data);
      return { ...add("second")(), warnings: ["mind the gap"], auditAnnotations: { key: "value" } };
    },
  });
  configure("b", hook("second"));
  configure("a", hook("first"));
  expect(create().data).toEqual({ a: "1", first: "yes", second: "yes" });
  expect([asked, seen]).toEqual([["first", "second"], [{ a: "1", first: "yes" }]]);
  expect(calls[0]).toMatchObject({
    url: "https://10.96.0.77:443/first?timeout=10s",
    host: "hook.default.svc",
    timeoutMs: 10_000,
    body: {
      apiVersion: "admission.k8s.io/v1",
      request: {
        kind: { group: "", version: "v1", kind: "ConfigMap" },
        requestResource: { group: "", version: "v1", resource: "configmaps" },
        name: "a",
        namespace: "default",
        operation: "CREATE",
        userInfo: { username: "tester" },
        dryRun: false,
        oldObject: null,
        options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
      },
    },
  });
});

it("API471 with IfNeeded a webhook is asked once more when others have changed the object after it", () => {
  const again = world({ label: () => ({}), data: add("data") });
  again.configure("a", hook("label", { reinvocationPolicy: "IfNeeded" }), hook("data"));
  again.create();
  expect(again.asked).toEqual(["label", "data", "label"]);
  const once = world({ label: () => ({}), data: add("data") });
  once.configure("a", hook("label"), hook("data", { reinvocationPolicy: "IfNeeded" }));
  once.create();
  expect(once.asked).toEqual(["label", "data"]);
  // Two that change each other's work are not asked for ever.
  const count = (key: string) => (object: ConfigMap | null) => ({
    patch: [{ op: "add", path: `/data/${key}`, value: String(Number(object?.data?.[key] ?? 0) + 1) }],
  });
  const rivals = world({ one: count("one"), two: count("two") });
  const needed = { reinvocationPolicy: "IfNeeded" as const };
  rivals.configure("a", hook("one", needed), hook("two", needed));
  expect(rivals.create().data).toEqual({ a: "1", one: "2", two: "2" });
  expect(rivals.asked).toEqual(["one", "two", "one", "two"]);
});

it.each<[string, Answer, string]>([
  [
    "a refusal",
    { allowed: false, status: { message: "not today", code: 403 } },
    '403 admission webhook "x.example.com" denied the request: not today',
  ],
  [
    "a refusal with a code of success",
    { allowed: false, status: { code: 200 } },
    '400 admission webhook "x.example.com" denied the request without explanation',
  ],
  [
    "another request's answer",
    { uid: "other" },
    '500 Internal error occurred: failed calling webhook "x.example.com": received invalid webhook response: expected response.uid="',
  ],
  [
    "a patch without its type",
    { patch: [], patchType: undefined },
    '500 Internal error occurred: failed calling webhook "x.example.com": received invalid webhook response: webhook returned response.patch but not response.patchType',
  ],
  [
    "a patch of another type",
    { patch: [{ op: "remove", path: "/data" }], patchType: "MergePatch" },
    '500 Internal error occurred: failed calling webhook "x.example.com": unsupported patch type "MergePatch"',
  ],
  [
    "no patch at all",
    { patchType: "JSONPatch" },
    '500 Internal error occurred: failed calling webhook "x.example.com": received invalid webhook response: webhook returned response.patchType but not response.patch',
  ],
])("API472 %s fails the request", (_what, answer, message) => {
  const { configure, create } = world({ x: () => answer });
  configure("a", hook("x"));
  expect(messageOf(() => create())).toContain(message);
});

it("API472 a patch that can't be applied fails it, one of a delete too, and failures may be ignored", () => {
  const broken = world({ x: () => ({ patch: [{ op: "remove", path: "/spec" }] }) });
  broken.configure("a", hook("x", { failurePolicy: "Ignore" }));
  expect(messageOf(() => broken.create())).toMatch(/^500 Internal error occurred: /);
  const ended = world({ x: (object) => (object === null ? { patch: [{ op: "remove", path: "/data" }] } : {}) });
  ended.configure("a", hook("x"));
  ended.create();
  expect(messageOf(() => ended.test.delete(configMaps as never, "a"))).toBe(
    '500 Internal error occurred: admission webhook "x.example.com" attempted to modify the object, which is not supported for this operation',
  );
  const ignored = world({ x: () => ({ uid: "other" }) });
  ignored.configure("a", hook("x", { failurePolicy: "Ignore" }));
  expect(ignored.create().data).toEqual({ a: "1" });
});

it("API473 a dry run is one to webhooks too", () => {
  const { configure, create, calls } = world({ x: add("x") });
  configure("a", hook("x", { sideEffects: "NoneOnDryRun" }));
  expect(create({ a: "1" }, { dryRun: true }).data).toEqual({ a: "1", x: "yes" });
  expect((calls[0]?.body as { request: object } | undefined)?.request).toMatchObject({
    dryRun: true,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"] },
  });
});
