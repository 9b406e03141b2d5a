import { expect, it } from "vitest";
import { configMaps, deployments, pods, resourceQuotas, services } from "../../api/registry.ts";
import { podDraft, TestServer } from "../testing/test-server.ts";

/** A quota as its controller leaves it. */
function world(hard: Record<string, string>, rest: object = {}): TestServer {
  const test = new TestServer();
  const quota = test.create(resourceQuotas, { metadata: { name: "q" }, spec: { hard, ...rest } });
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, "0"]));
  test.update(resourceQuotas, { ...quota, status: { hard, used } }, "status");
  return test;
}

function used(test: TestServer): unknown {
  return test.get(resourceQuotas, "q").status.used;
}

function pod(name: string, requests?: Record<string, string>) {
  return podDraft(name, {
    spec: { containers: [{ name: "app", image: "nginx", ...(requests && { resources: { requests } }) }] },
  });
}

it("API105 what is made is charged at once, and refused beyond what is allowed", () => {
  const test = world({ pods: "2", "requests.cpu": "1" });
  test.create(pods, pod("a", { cpu: "400m" }));
  expect(used(test)).toEqual({ pods: "1", "requests.cpu": "400m" });
  expect(() => test.create(pods, pod("b", { cpu: "700m" }))).toThrow(
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=700m, used: requests.cpu=400m, limited: requests.cpu=1',
  );
  expect(used(test)).toEqual({ pods: "1", "requests.cpu": "400m" });
  test.create(pods, pod("b", { cpu: "600m" }));
  expect(() => test.create(pods, pod("c", { cpu: "1" }))).toThrow(
    "exceeded quota: q, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=1, limited: pods=2,requests.cpu=1",
  );
});

it("API105 a quota on cpu or memory wants every container to say how much", () => {
  const test = world({ "limits.cpu": "1", "requests.memory": "1Gi" });
  expect(() => test.create(pods, pod("a", { memory: "1Mi" }))).toThrow(
    'pods "a" is forbidden: failed quota: q: must specify limits.cpu for: app',
  );
});

it("API105 a dry run is measured and not charged; other namespaces and other scopes are free", () => {
  const test = world({ pods: "0" }, { scopes: ["Terminating"] });
  expect(() => test.create(pods, podDraft("a", { spec: { activeDeadlineSeconds: 5 } }), { dryRun: true })).toThrow(
    "exceeded",
  );
  test.create(pods, podDraft("a"));
  test.create(pods, podDraft("a", { spec: { activeDeadlineSeconds: 5 } }), {}, "kube-system");
  expect(used(test)).toEqual({ pods: "0" });
  const free = world({ pods: "1" });
  free.create(pods, podDraft("a"), { dryRun: true });
  expect(used(free)).toEqual({ pods: "0" });
});

it("API105 a quota that its controller has not looked at yet allows everything; one without usage nothing", () => {
  const test = new TestServer();
  const quota = test.create(resourceQuotas, { metadata: { name: "q" }, spec: { hard: { pods: "0" } } });
  test.create(pods, podDraft("a"));
  test.update(resourceQuotas, { ...quota, status: { hard: { pods: "5" } } }, "status");
  expect(() => test.create(pods, podDraft("b"))).toThrow(
    'pods "b" is forbidden: status unknown for quota: q, resources: pods',
  );
});

it("API105 any kind can be counted, and an update is charged by what it changes", () => {
  const test = world({ "count/deployments.apps": "0", configmaps: "1", "services.nodeports": "1" });
  expect(() => test.create(deployments, deployments.example)).toThrow(
    'deployments.apps "web" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
  );
  test.create(configMaps, { metadata: { name: "a" } });
  expect(() => test.create(configMaps, { metadata: { name: "b" } })).toThrow(
    "exceeded quota: q, requested: configmaps=1",
  );

  const service = test.create(services, { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } });
  const open = test.update(services, { ...service, spec: { ...service.spec, type: "NodePort" } });
  expect(used(test)).toMatchObject({ "services.nodeports": "1" });
  const two = [...(open.spec.ports ?? []).map((port) => ({ ...port, name: "a" })), { name: "b", port: 81 }];
  expect(() => test.update(services, { ...open, spec: { ...open.spec, ports: two } })).toThrow(
    "requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1",
  );
  test.update(services, { ...open, spec: { ...service.spec, type: "ClusterIP" } });
  expect(used(test)).toMatchObject({ "services.nodeports": "0" });
});
