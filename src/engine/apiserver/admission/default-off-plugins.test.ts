import { expect, it } from "vitest";
import { configMaps, events, namespaces, pods, services } from "../../api/registry.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { enabledPlugins } from "../settings/admission-plugins.ts";
import { DEFAULT_SERVER_SETTINGS } from "../settings/server-settings.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";

function serverWith(...plugins: string[]): TestServer {
  const test = new TestServer();
  const admissionPlugins = enabledPlugins(plugins, []);
  test.server.configure({ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"], admissionPlugins });
  return test;
}

it("API517 AlwaysPullImages: images are pulled at each start, those of new images of an update too", () => {
  const test = serverWith("AlwaysPullImages");
  const policies = (name: string): unknown[] => {
    const { containers, initContainers = [] } = test.get(pods, name).spec;
    return [...initContainers, ...containers].map(({ imagePullPolicy }) => imagePullPolicy);
  };
  const containers = [{ name: "app", image: "nginx:1.27", imagePullPolicy: "IfNotPresent" }];
  const initContainers = [{ name: "first", image: "busybox:1", imagePullPolicy: "Never" }];
  test.create(pods, podDraft("a", { spec: { containers, initContainers } }));
  expect(policies("a")).toEqual(["Always", "Always"]);
});

it("API517 NamespaceAutoProvision makes the namespace that is missing, but for a dry run; NamespaceExists asks for it", () => {
  const test = serverWith("NamespaceAutoProvision");
  const create = (test: TestServer, namespace: string, dryRun = false) =>
    test.create(configMaps, { metadata: { name: "a", namespace } }, { dryRun });
  expect(() => create(test, "dry", true)).toThrow('namespaces "dry" not found');
  expect(create(test, "new").metadata.namespace).toBe("new");
  expect(test.get(namespaces, "new").status?.phase).toBe("Active");
  expect(() => create(serverWith("NamespaceExists"), "none")).toThrow('namespaces "none" not found');
});

it("API517 PodNodeSelector: pods run where their namespace's annotation says, and say nothing else", () => {
  const test = serverWith("PodNodeSelector");
  const annotations = { "scheduler.alpha.kubernetes.io/node-selector": "env=prod, disk=ssd" };
  test.create(namespaces, { metadata: { name: "prod", annotations } });
  const selector = (name: string, nodeSelector: object) =>
    test.create(pods, podDraft(name, { spec: { nodeSelector } }), {}, "prod").spec.nodeSelector;
  expect(selector("a", { tier: "db" })).toEqual({ env: "prod", disk: "ssd", tier: "db" });
  expect(() => selector("b", { env: "test" })).toThrow(
    'pods "b" is forbidden: pod node label selector conflicts with its namespace node label selector',
  );
});

const DEFAULT_TOLERATIONS = "scheduler.alpha.kubernetes.io/defaultTolerations";
const ALLOWED_TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";

it("API517 PodTolerationRestriction: pods tolerate what their namespace's annotations say, and no more than they may", () => {
  const test = serverWith("PodTolerationRestriction");
  const gpu = { key: "gpu", operator: "Exists", effect: "NoSchedule" };
  const any = [
    { key: "gpu", operator: "Exists" },
    { operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  ];
  const annotations = { [DEFAULT_TOLERATIONS]: JSON.stringify([gpu]), [ALLOWED_TOLERATIONS]: JSON.stringify(any) };
  test.create(namespaces, { metadata: { name: "ml", annotations } });
  const keys = (name: string, spec: object, namespace = "ml"): unknown =>
    test.create(pods, podDraft(name, { spec }), {}, namespace).spec.tolerations?.map(({ key }) => key);
  expect(keys("a", {})).toEqual(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "gpu"]);
  expect(() => keys("b", { tolerations: [{ key: "infra", operator: "Exists" }] })).toThrow(
    "pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist",
  );
  const containers = [{ name: "app", image: "nginx", resources: { requests: { cpu: "1" } } }];
  expect(() => keys("c", { containers })).toThrow("conflict with its namespace whitelist");
  expect(keys("d", { containers }, "default")).toContain("node.kubernetes.io/memory-pressure");
  const told = (text: string): (() => unknown) => {
    const name = `told-${text.length}`;
    test.create(namespaces, { metadata: { name, annotations: { [ALLOWED_TOLERATIONS]: text } } });
    return () => keys("e", {}, name);
  };
  expect(told("")()).toEqual(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]);
  expect(told("[oops")).toThrow("invalid character 'o' looking for beginning of value");
  expect(told("{}")).toThrow("json: cannot unmarshal object into Go value of type []v1.Toleration");
});

it("API517 EventRateLimit lets in so many events at once, and others as time goes by", () => {
  const eventLimits = [
    { type: "Namespace", qps: 1, burst: 2, cacheSize: 10 },
    { type: "Server", qps: 100, burst: 4, cacheSize: 10 },
  ] as const;
  const test = serverWith("EventRateLimit");
  const admissionPlugins = enabledPlugins(["EventRateLimit"], []);
  test.server.configure({
    ...{ ...DEFAULT_SERVER_SETTINGS, authorizationModes: ["AlwaysAllow"] as const },
    ...{ admissionPlugins, eventLimits },
  });
  for (const name of ["a", "b"]) test.create(namespaces, { metadata: { name } });
  let count = 0;
  const happens = (namespace: string): string => {
    const name = `e${count++}`;
    const involvedObject = { kind: "Pod", namespace, name: "web" };
    const body = { metadata: { name, namespace }, involvedObject, reason: "Testing" };
    try {
      return test.create(events, body as never, {}, namespace).metadata.name === name ? "in" : "";
    } catch (error) {
      return error instanceof StatusError ? `${error.code} ${error.message}` : String(error);
    }
  };
  const full = "429 limit reached on type Namespace for key a";
  expect(["a", "a", "a"].map(happens)).toEqual(["in", "in", full]);
  expect(["b", "b"].map(happens)).toEqual(["in", "429 limit reached on type Server for key <nil>"]);
  test.settle(1000);
  expect(["a", "a"].map(happens)).toEqual(["in", full]);
});

it("API517 ExtendedResourceToleration: pods tolerate the taint of the device that they ask for", () => {
  const test = serverWith("ExtendedResourceToleration");
  const limits = { "example.com/gpu": "1", cpu: "1" };
  const containers = [{ name: "app", image: "nginx", resources: { limits } }];
  const { spec } = test.create(pods, podDraft("a", { spec: { containers } }));
  expect(spec.tolerations?.at(-1)).toEqual({ key: "example.com/gpu", operator: "Exists", effect: "NoSchedule" });
  expect(spec.tolerations).toHaveLength(3);
});

it("API517 LimitPodHardAntiAffinityTopology, DenyServiceExternalIPs and AlwaysDeny refuse in upstream's words", () => {
  const test = serverWith("LimitPodHardAntiAffinityTopology", "DenyServiceExternalIPs");
  const keepsOff = (topologyKey: string): object => ({
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: {} }] },
    },
  });
  test.create(pods, podDraft("a", { spec: keepsOff("kubernetes.io/hostname") }));
  expect(() => test.create(pods, podDraft("b", { spec: keepsOff("zone") }))).toThrow(
    'pods "b" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
  );
  const service = (name: string, spec: object) =>
    test.create(services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
  service("a", {});
  expect(() => service("b", { externalIPs: ["1.2.3.4"] })).toThrow(
    'services "b" is forbidden: Use of external IPs is denied by admission control',
  );
  expect(() => serverWith("AlwaysDeny").create(pods, podDraft("a"))).toThrow(
    'pods "a" is forbidden: admission control is denying all modifications',
  );
});
