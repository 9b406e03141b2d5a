import { expect, it } from "vitest";
import type { ValidatingWebhook } from "../../../api/generated/types.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import {
  configMaps,
  mutatingWebhookConfigurations,
  namespaces,
  services,
  validatingWebhookConfigurations,
} from "../../../api/registry.ts";
import { TestServer } from "../../testing/test-server.ts";

function hook(rest: Partial<ValidatingWebhook> = {}): ValidatingWebhook {
  return {
    name: "check.tools.example.com",
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "DELETE"], resources: ["configmaps"] }],
    clientConfig: { service: { name: "hook", namespace: "default", path: "/check" } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    ...rest,
  };
}

function world(...webhooks: ValidatingWebhook[]): TestServer {
  const test = new TestServer();
  test.create(validatingWebhookConfigurations, { metadata: { name: "checks" }, webhooks });
  return test;
}

function create(test: TestServer, labels: Record<string, string> = {}): StatusError | undefined {
  try {
    test.create(configMaps, { metadata: { name: "a", labels } });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

const FAILED = 'failed calling webhook "check.tools.example.com": failed to call webhook: ';

it("API118 a webhook that nobody answers fails the requests that it is about", () => {
  const why = `${FAILED}Post "https://hook.default.svc:443/check?timeout=10s": service "hook" not found`;
  expect(create(world(hook()))?.toStatus()).toMatchObject({
    code: 500,
    reason: "InternalError",
    message: `Internal error occurred: ${why}`,
    details: { causes: [{ message: why }] },
  });
});

it.each<[string, Partial<ValidatingWebhook>]>([
  [
    'Post "https://hook.default.svc:8443/?timeout=5s": service "hook" not found',
    { timeoutSeconds: 5, clientConfig: { service: { name: "hook", namespace: "default", port: 8443 } } },
  ],
  [
    'Post "https://example.com/check?timeout=10s": dial tcp: lookup example.com: no such host',
    { clientConfig: { url: "https://example.com/check" } },
  ],
  [
    'Post "https://10.0.0.9:8443?timeout=10s": dial tcp 10.0.0.9:8443: connect: connection refused',
    { clientConfig: { url: "https://10.0.0.9:8443" } },
  ],
])("API118 says where it looked: %s", (why, rest) => {
  expect(create(world(hook(rest)))?.message).toBe(`Internal error occurred: ${FAILED}${why}`);
});

it("API118 a service that is there refuses the connection", () => {
  const test = world(hook());
  test.create(services, { metadata: { name: "hook" }, spec: { clusterIP: "10.96.0.77", ports: [{ port: 443 }] } });
  expect(create(test)?.message).toContain("dial tcp 10.96.0.77:443: connect: connection refused");
});

it("API118 ignored failures, other rules, selectors and conditions let requests pass", () => {
  expect(create(world(hook({ failurePolicy: "Ignore" })))).toBeUndefined();
  expect(create(world(hook({ objectSelector: { matchLabels: { a: "b" } } })))).toBeUndefined();
  expect(create(world(hook({ objectSelector: { matchLabels: { a: "b" } } })), { a: "b" })?.code).toBe(500);
  expect(create(world(hook({ namespaceSelector: { matchLabels: { a: "b" } } })))).toBeUndefined();
  expect(
    create(world(hook({ matchConditions: [{ name: "never", expression: "request.name == 'x'" }] }))),
  ).toBeUndefined();
  const test = world(hook());
  test.create(namespaces, { metadata: { name: "shop" } });
  test.delete(validatingWebhookConfigurations as never, "checks");
  expect(create(test)).toBeUndefined();
});

it("API118 mutating webhooks are asked first, also about deletes", () => {
  const test = new TestServer();
  test.create(configMaps, { metadata: { name: "a" } });
  const webhooks = [hook({ name: "change.tools.example.com" })];
  test.create(mutatingWebhookConfigurations, { metadata: { name: "changes" }, webhooks });
  test.create(validatingWebhookConfigurations, { metadata: { name: "checks" }, webhooks: [hook()] });
  expect(() => test.create(configMaps, { metadata: { name: "b" } })).toThrow(
    'failed calling webhook "change.tools.example.com"',
  );
  expect(() => test.delete(configMaps as never, "a")).toThrow('failed calling webhook "change.tools.example.com"');
});

it("API115 conditions of webhooks must compile", () => {
  expect(() => world(hook({ matchConditions: [{ name: "broken", expression: "nothing" }] }))).toThrow(
    "webhooks[0].matchConditions[0].expression: Invalid value: \"nothing\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nothing'",
  );
});
