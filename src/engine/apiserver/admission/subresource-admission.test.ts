import { describe, expect, it } from "vitest";
import type { ValidatingAdmissionPolicySpec } from "../../api/generated/types.ts";
import {
  deployments,
  mutatingWebhookConfigurations,
  pods,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
} from "../../api/registry.ts";
import { boundPod, podDraft, TestServer } from "../testing/test-server.ts";

const PODS = "/api/v1/namespaces/default/pods";

function withPolicy(resources: string[], expression: string, rest: Partial<ValidatingAdmissionPolicySpec> = {}) {
  const test = new TestServer();
  const rule = {
    apiGroups: ["*"],
    apiVersions: ["*"],
    operations: ["CREATE", "UPDATE", "CONNECT", "DELETE"],
    resources,
  };
  const validations = [{ expression, message: "not so" }];
  const spec = { matchConstraints: { resourceRules: [rule] }, validations, ...rest };
  test.create(validatingAdmissionPolicies, { metadata: { name: "p" }, spec });
  const binding = { policyName: "p", validationActions: ["Deny"] };
  test.create(validatingAdmissionPolicyBindings, { metadata: { name: "b" }, spec: binding });
  return test;
}

const DENIED = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: not so";

/** What kubectl opens, without a kubelet behind it. */
function connect(test: TestServer, path: string): string {
  const { text } = test.http("POST", `${PODS}/${path}`, { upgrade: true });
  return text.startsWith("{") ? (JSON.parse(text) as { message: string }).message : text;
}

describe("admission of subresources", () => {
  it("API406 connections: a policy reads what the query says", () => {
    const test = withPolicy(
      ["pods/exec", "pods/portforward", "pods/proxy"],
      "request.operation == 'CONNECT' && request.kind.kind == 'PodExecOptions' && object.command[0] != 'sh'",
    );
    boundPod(test, "web");
    expect(connect(test, "web/exec?command=sh&stdin=true")).toBe(`pods "web" is forbidden: ${DENIED}`);
    expect(connect(test, "web/exec?command=ls")).not.toContain("forbidden");
    expect(connect(test, "web/attach")).not.toContain("forbidden");
    expect(connect(test, "web/portforward?ports=80")).toContain(DENIED);
    expect(connect(test, "web/proxy/")).toContain(DENIED);
    expect(test.http("GET", `${PODS}/web/log`).text).not.toContain("forbidden");
    const selected = withPolicy(["pods/exec"], "false", {
      matchConstraints: {
        objectSelector: { matchLabels: { a: "b" } },
        resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["CONNECT"], resources: ["pods/exec"] }],
      },
    });
    boundPod(selected, "web");
    expect(connect(selected, "web/exec?command=sh")).not.toContain("forbidden");
  });

  it("API406 bindings, evictions and token requests; an eviction is no delete", () => {
    const test = withPolicy(["pods/binding"], "object.target.name != 'worker-9' && request.kind.kind == 'Binding'");
    test.create(pods, podDraft("web"));
    const bind = (name: string) =>
      test.http("POST", `${PODS}/web/binding`, { body: { metadata: { name: "web" }, target: { kind: "Node", name } } });
    expect(bind("worker-9").json.message).toBe(`pods "web" is forbidden: ${DENIED}`);
    expect(bind("worker-1").status).toBe(201);
    const evict = (on: TestServer) => on.http("POST", `${PODS}/web/eviction`, { body: { metadata: { name: "web" } } });
    const guarded = withPolicy(["pods/eviction"], "request.kind.group != 'policy'");
    boundPod(guarded, "web");
    expect(evict(guarded).json.message).toContain(DENIED);
    const deletes = withPolicy(["pods"], "request.operation != 'DELETE'");
    boundPod(deletes, "web");
    expect(deletes.http("DELETE", `${PODS}/web`).json.message).toContain(DENIED);
    expect(evict(deletes).status).toBe(201);
  });

  it("API406 status and scale; webhooks of both kinds fail as their policy says", () => {
    const test = withPolicy(
      ["deployments/scale", "pods/status"],
      "request.subResource == 'scale' ? object.spec.replicas < 5 : object.status.phase != 'Failed'",
    );
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "nginx" }] } };
    test.create(deployments, { metadata: { name: "web" }, spec: { selector: { matchLabels: labels }, template } });
    const merge = { "Content-Type": "application/merge-patch+json" };
    const scale = (replicas: number) =>
      test.http("PATCH", "/apis/apps/v1/namespaces/default/deployments/web/scale", {
        headers: merge,
        body: { spec: { replicas } },
      });
    expect([scale(3).status, scale(7).json.message]).toEqual([200, `deployments.apps "web" is forbidden: ${DENIED}`]);
    test.create(pods, podDraft("web"));
    const body = { status: { phase: "Failed" } };
    expect(test.http("PATCH", `${PODS}/web/status`, { headers: merge, body }).json.message).toContain(DENIED);

    const rules = [
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["UPDATE", "CONNECT"],
        resources: ["pods/status", "pods/exec"],
      },
    ];
    for (const configurations of [mutatingWebhookConfigurations, validatingWebhookConfigurations]) {
      const hooked = new TestServer();
      boundPod(hooked, "web");
      const hook = {
        name: "hook.example.com",
        rules,
        clientConfig: { service: { name: "hook", namespace: "default" } },
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
      };
      hooked.create(configurations as never, { metadata: { name: "hooks" }, webhooks: [hook] });
      const status = () => hooked.http("PATCH", `${PODS}/web/status`, { headers: merge, body });
      expect(status().json.message).toContain('failed calling webhook "hook.example.com"');
      expect(connect(hooked, "web/exec?command=ls")).toContain("failed calling webhook");
      const lenient = { ...hook, failurePolicy: "Ignore" };
      const path = `/apis/${configurations.apiVersion}/${configurations.plural}/hooks`;
      hooked.http("PATCH", path, { headers: merge, body: { webhooks: [lenient] } });
      expect(status().status).toBe(200);
    }
  });
});
