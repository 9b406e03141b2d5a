import { describe, expect, it } from "vitest";
import type { PodSpec } from "../../../api/generated/types.ts";
import { deployments, namespaces, pods } from "../../../api/registry.ts";
import { podDraft, request, TestServer } from "../../testing/test-server.ts";
import { detailOf, violations } from "./evaluate.ts";
import { NO_POLICY, policyOf, type Level } from "./policy.ts";

const LABEL = "pod-security.kubernetes.io/";

function found(
  spec: Partial<PodSpec>,
  level: Level,
  version = "latest",
  annotations: Record<string, string> = {},
): string {
  const labels = { [`${LABEL}enforce`]: level, [`${LABEL}enforce-version`]: version };
  const pod = { containers: [{ name: "a", image: "nginx" }], ...spec };
  return detailOf(violations(annotations, pod, policyOf(labels, NO_POLICY).enforce));
}

/** One container with this security context. */
function secured(securityContext: object, rest: Partial<PodSpec> = {}): Partial<PodSpec> {
  return { containers: [{ name: "a", image: "nginx", securityContext }], ...rest };
}

const TIGHT = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

describe("baseline", () => {
  it.each<[string, Partial<PodSpec>]>([
    ["", {}],
    ["host namespaces (hostNetwork=true, hostIPC=true)", { hostNetwork: true, hostIPC: true }],
    ['hostPath volumes (volumes "x", "y")', { volumes: ["x", "y"].map((name) => ({ name, hostPath: { path: "/" } })) }],
    [
      'hostPort (container "a" uses hostPorts 80, 81)',
      {
        containers: [
          {
            name: "a",
            ports: [
              { containerPort: 1, hostPort: 81 },
              { containerPort: 2, hostPort: 80 },
            ],
          },
        ],
      },
    ],
    ['privileged (container "a" must not set securityContext.privileged=true)', secured({ privileged: true })],
    [
      'non-default capabilities (container "a" must not include "NET_ADMIN", "SYS_ADMIN" in securityContext.capabilities.add)',
      secured({ capabilities: { add: ["SYS_ADMIN", "CHOWN", "NET_ADMIN"] } }),
    ],
    [
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
      secured({ procMount: "Unmasked" }),
    ],
    ["", secured({ procMount: "Unmasked" }, { hostUsers: false })],
    [
      'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
      secured({ seLinuxOptions: { type: "spc_t" } }, { securityContext: { seLinuxOptions: { user: "me" } } }),
    ],
    [
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
      { securityContext: { seccompProfile: { type: "Unconfined" } } },
    ],
    [
      'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
      secured({ appArmorProfile: { type: "Unconfined" } }),
    ],
    [
      "forbidden sysctls (kernel.msgmax)",
      {
        securityContext: {
          sysctls: [
            { name: "kernel.msgmax", value: "1" },
            { name: "net.ipv4.tcp_rmem", value: "1" },
          ],
        },
      },
    ],
    [
      'hostProcess (container "a" must not set securityContext.windowsOptions.hostProcess=true)',
      secured({ windowsOptions: { hostProcess: true } }),
    ],
    [
      'probe or lifecycle host (container "a" uses probe or lifecycle host "example.com")',
      { containers: [{ name: "a", livenessProbe: { httpGet: { port: 80, host: "example.com" } } }] },
    ],
  ])("%s", (expected, spec) => {
    expect(found(spec, "baseline")).toBe(expected);
  });

  it("has the rules of its version", () => {
    const sysctls = [{ name: "net.ipv4.tcp_rmem", value: "1" }];
    expect(found({ securityContext: { sysctls } }, "baseline", "v1.31")).toBe("forbidden sysctls (net.ipv4.tcp_rmem)");
    const noted = { "container.apparmor.security.beta.kubernetes.io/a": "unconfined" };
    expect(found({}, "baseline", "latest", noted)).toBe(
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a=\\"unconfined\\"")',
    );
    const old = { "seccomp.security.alpha.kubernetes.io/pod": "unconfined" };
    expect(found({}, "baseline", "v1.18", old)).toBe(
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    );
  });
});

describe("restricted", () => {
  it.each<[string, Partial<PodSpec>]>([
    ["", secured(TIGHT)],
    [
      'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      {},
    ],
    [
      'host namespaces (hostPID=true), restricted volume types (volume "v" uses restricted volume type "hostPath")',
      secured(TIGHT, { hostPID: true, volumes: [{ name: "v", hostPath: { path: "/" } }] }),
    ],
    [
      'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
      secured({ ...TIGHT, capabilities: { drop: ["ALL"], add: ["CHOWN", "NET_BIND_SERVICE"] } }),
    ],
    ["runAsUser=0 (pod must not set runAsUser=0)", secured(TIGHT, { securityContext: { runAsUser: 0 } })],
    [
      "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
      secured(TIGHT, { securityContext: { runAsNonRoot: false } }),
    ],
  ])("%s", (expected, spec) => {
    expect(found(spec, "restricted")).toBe(expected);
  });
});

function world(labels: Record<string, string>): TestServer {
  const test = new TestServer();
  const own = Object.fromEntries(Object.entries(labels).map(([name, value]) => [`${LABEL}${name}`, value]));
  test.create(namespaces, { metadata: { name: "shop", labels: own } });
  return test;
}

const HOST = { hostNetwork: true };

it("API106 refuses pods that the enforced level doesn't allow", () => {
  const test = world({ enforce: "baseline", "enforce-version": "v1.30" });
  expect(() => test.create(pods, podDraft("a", { spec: HOST }), {}, "shop")).toThrow(
    'pods "a" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)',
  );
  expect(test.create(pods, podDraft("a"), {}, "shop").metadata.name).toBe("a");
  expect(test.create(pods, podDraft("a", { spec: HOST })).metadata.name).toBe("a");
});

it("API106 warns of pods and of templates; what is audited becomes a line of the journal", () => {
  const test = world({ warn: "baseline", audit: "baseline" });
  const warnings = (resource: never, body: object) =>
    test.server.request(request(resource, { verb: "create", namespace: "shop", body })).warnings;
  const text = 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)';
  expect(warnings(pods as never, podDraft("a", { spec: HOST }))).toEqual([text]);
  const template = { metadata: { labels: { app: "a" } }, spec: podDraft("a", { spec: HOST }).spec };
  const spec = { selector: { matchLabels: { app: "a" } }, template };
  expect(warnings(deployments as never, { metadata: { name: "a" }, spec })).toEqual([text]);
  const audited = test.sim.journal.since(0).filter(({ kind }) => kind === "audit");
  expect(audited.map(({ subject, detail }) => [subject, detail])).toEqual([
    ["pods/shop/a", `pod-security.kubernetes.io/audit-violations: ${text}`],
    ["deployments.apps/shop/a", `pod-security.kubernetes.io/audit-violations: ${text}`],
  ]);
});

it("API106 a template that would be refused later is warned of, not refused", () => {
  const test = world({ enforce: "baseline" });
  const template = { metadata: { labels: { app: "a" } }, spec: podDraft("a", { spec: HOST }).spec };
  const body = { metadata: { name: "a" }, spec: { selector: { matchLabels: { app: "a" } }, template } };
  const answer = test.send(deployments as never, { verb: "create", namespace: "shop", body });
  expect(answer.warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)']);
});

it("API107 a namespace that becomes stricter tells which of its pods would not be allowed", () => {
  const test = world({});
  for (const name of ["b", "a", "c"]) test.create(pods, podDraft(name, { spec: HOST }), {}, "shop");
  test.create(
    pods,
    podDraft("d", { spec: { containers: [{ name: "x", image: "i", securityContext: { privileged: true } }] } }),
    {},
    "shop",
  );
  const label = (enforce: string) => {
    const namespace = test.get(namespaces, "shop");
    const labels = { ...namespace.metadata.labels, [`${LABEL}enforce`]: enforce };
    const body = { ...namespace, metadata: { ...namespace.metadata, labels } };
    return test.send(namespaces as never, { verb: "update", name: "shop", body, options: { dryRun: true } }).warnings;
  };
  expect(label("baseline")).toEqual([
    'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
    "a (and 2 other pods): host namespaces",
    "d: privileged",
  ]);
  expect(label("privileged")).toEqual([]);
  expect(() => label("strict")).toThrow(
    'Namespace "shop" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
  );
});

it("API107 a version must be readable", () => {
  expect(() => world({ enforce: "baseline", "enforce-version": "1.30" })).toThrow(
    'metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "1.30": must be "latest" or "v1.x"',
  );
});
