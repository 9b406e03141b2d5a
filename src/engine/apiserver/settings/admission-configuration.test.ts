import { expect, it } from "vitest";
import { namespaces, pods, serviceAccounts } from "../../api/registry.ts";
import { userInfo } from "../../api/meta/user-info.ts";
import type { WebhookCall, WebhookCaller } from "../server-context.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";
import { readPluginSettings } from "./admission-configuration.ts";
import type { PluginSettings } from "./admission-configuration.ts";
import { DEFAULT_SERVER_SETTINGS } from "./server-settings.ts";

const ENABLED: ReadonlySet<string> = new Set([
  ...DEFAULT_SERVER_SETTINGS.admissionPlugins,
  "ImagePolicyWebhook",
  "PodNodeSelector",
]);
const KUBECONFIG = `
clusters: [{name: x, cluster: {server: "https://images.example.com/check"}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
current-context: x
`;
const HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n";
const IMAGES = `${HEAD}plugins:
- name: ImagePolicyWebhook
  configuration: {imagePolicy: {kubeConfigFile: /k.conf, allowTTL: 50, denyTTL: 50, defaultAllow: false}}
`;

function read(
  files: Record<string, string>,
  enabled = ENABLED,
  warnings: string[] = [],
): ReturnType<typeof readPluginSettings> {
  return readPluginSettings("/etc/a.yaml", { enabled, read: (path) => files[path], warnings });
}

function serverWith(settings: PluginSettings | { problem: string }): TestServer {
  if ("problem" in settings) throw new Error(settings.problem);
  const test = new TestServer();
  test.create(serviceAccounts, { metadata: { name: "default" } });
  const change = { authorizationModes: ["AlwaysAllow"] as const, admissionPlugins: ENABLED, ...settings };
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, ...change });
  return test;
}

it("API521 The cluster's defaults hold where labels say nothing, but not for those who are exempt", () => {
  const enabled = DEFAULT_SERVER_SETTINGS.admissionPlugins;
  const security = `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline, enforce-version: latest, warn: restricted}
exemptions: {namespaces: [free], usernames: [root]}
`;
  const files = {
    "/etc/a.yaml": `${HEAD}plugins: [{name: PodSecurity, path: security.yaml}]`,
    "/etc/security.yaml": security,
  };
  const test = serverWith(read(files, enabled));
  for (const [name, labels] of [
    ["free", {}],
    ["open", { "pod-security.kubernetes.io/enforce": "privileged" }],
  ] as const)
    test.create(namespaces, { metadata: { name, labels } });
  const create = (name: string, namespace: string, user = userInfo("ann")) => {
    const body = podDraft(name, { spec: { hostNetwork: true } });
    return test.send(pods as never, { verb: "create", namespace, body, user }).warnings;
  };
  expect(() => create("a", "default")).toThrow(
    'pods "a" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  );
  expect([create("a", "free"), create("a", "default", userInfo("root"))]).toEqual([[], []]);
  expect(create("a", "open")).toEqual([]);
  const [warning] = test.send(pods as never, { verb: "create", body: podDraft("b") }).warnings;
  expect(warning).toMatch(/^would violate PodSecurity "restricted:latest"/);
  expect(read({ ...files, "/etc/security.yaml": security.replace("baseline", "strict") }, enabled)).toEqual({
    problem:
      'failed to initialize admission: couldn\'t init admission plugin "PodSecurity": defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted',
  });
});

it("API522 A pod's images are asked about, answers are remembered, and defaultAllow decides when nobody answers", () => {
  const test = serverWith(read({ "/etc/a.yaml": IMAGES, "/k.conf": KUBECONFIG }));
  const calls: WebhookCall[] = [];
  let answer: ReturnType<WebhookCaller> = { failure: "dial tcp: lookup images.example.com: no such host" };
  test.server.connectWebhooks((call) => {
    calls.push(call);
    return answer;
  });
  const create = (name: string) => test.create(pods, podDraft(name));
  expect(() => create("a")).toThrow(
    'pods "a" is forbidden: Post "https://images.example.com/check?timeout=30s": dial tcp: lookup images.example.com: no such host',
  );
  answer = { answer: { status: { allowed: false, reason: "no latest" } } };
  expect(() => create("a")).toThrow("image policy webhook backend denied one or more images: no latest");
  answer = { answer: { status: { allowed: true } } };
  expect(() => create("a")).toThrow("no latest");
  test.settle(51_000);
  expect(create("a").metadata.name).toBe("a");
  expect(calls).toHaveLength(3);
  expect(calls[2]?.body).toEqual({
    ...{ kind: "ImageReview", apiVersion: "imagepolicy.k8s.io/v1alpha1", metadata: {} },
    spec: { containers: [{ image: "nginx" }], namespace: "default" },
  });
  const open = serverWith(
    read({ "/etc/a.yaml": IMAGES.replace("defaultAllow: false", "defaultAllow: true"), "/k.conf": KUBECONFIG }),
  );
  open.server.connectWebhooks(() => ({ failure: "nobody" }));
  expect(open.create(pods, podDraft("a")).metadata.name).toBe("a");
});

it("API516 A configuration that isn't there, or isn't one, ends the server; of plugins that aren't read its log tells", () => {
  const problem = (files: Record<string, string>): unknown => read(files);
  expect(problem({})).toEqual({
    problem:
      'failed to initialize admission: failed to read plugin config: unable to read admission control configuration from "/etc/a.yaml" [open /etc/a.yaml: no such file or directory]',
  });
  expect(problem({ "/etc/a.yaml": IMAGES })).toEqual({
    problem:
      'failed to initialize admission: couldn\'t init admission plugin "ImagePolicyWebhook": open /k.conf: no such file or directory',
  });
  expect(problem({ "/etc/a.yaml": HEAD })).toEqual({
    problem:
      'failed to initialize admission: couldn\'t init admission plugin "ImagePolicyWebhook": no config specified',
  });
  const warnings: string[] = [];
  const limited = {
    "/etc/a.yaml": `${IMAGES}- {name: PodNodeSelector, path: e.yaml}\n`,
    "/etc/e.yaml": "",
    "/k.conf": KUBECONFIG,
  };
  read(limited, ENABLED, warnings);
  expect(warnings).toEqual([
    "Drydock reads the configuration of the admission plugin PodNodeSelector and does nothing about it",
  ]);
  const limits = (text: string): unknown =>
    read(
      { "/etc/a.yaml": `${HEAD}plugins: [{name: EventRateLimit, configuration: ${text}}]` },
      new Set(["EventRateLimit"]),
    );
  const refused = (why: string): object => ({
    problem: `failed to initialize admission: couldn't init admission plugin "EventRateLimit": ${why}`,
  });
  expect(limits("{}")).toEqual(refused("limits: Invalid value: null: must not be empty"));
  expect(limits("{limits: [{type: Pod, qps: 5, burst: 0}]}")).toEqual(
    refused(
      '[limits[0].type: Unsupported value: "Pod": supported values: "Namespace", "Server", "SourceAndObject", "User", limits[0].burst: Invalid value: 0: must be positive]',
    ),
  );
  expect(read({ "/etc/a.yaml": HEAD }, new Set(["EventRateLimit"]))).toEqual(
    refused("limits: Invalid value: null: must not be empty"),
  );
});
