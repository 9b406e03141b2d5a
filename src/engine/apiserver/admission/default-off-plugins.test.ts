import { expect, it } from "vitest";
import { configMaps, namespaces, pods, services } from "../../api/registry.ts";
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
