import { describe, expect, it } from "vitest";
import { configMaps, deployments, pods, priorityClasses, services } from "../api/registry.ts";
import type { PatchType, RequestOptions } from "../api/meta/request.ts";
import { bind, boundPod, podDraft, TestServer } from "./testing/test-server.ts";

const DEPLOYMENT = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1" }] } },
  },
};

function patch(
  test: TestServer,
  body: unknown,
  how: { type: PatchType; subresource?: string; options?: RequestOptions },
) {
  const { type, subresource = "", options = {} } = how;
  return test.send(deployments as never, { verb: "patch", name: "web", body, patchType: type, subresource, options });
}

describe("patch", () => {
  it("API24 applies every kind of patch", () => {
    const test = new TestServer();
    test.create(deployments, DEPLOYMENT);
    patch(test, [{ op: "replace", path: "/spec/replicas", value: 3 }], { type: "json" });
    patch(test, { metadata: { labels: { a: "b" } } }, { type: "merge" });
    const containers = [{ name: "web", image: "nginx:2" }];
    patch(test, { spec: { template: { spec: { containers } } } }, { type: "strategic" });
    patch(test, { status: { replicas: 3 }, spec: { replicas: 9 } }, { type: "merge", subresource: "status" });
    const now = test.get(deployments, "web");
    expect([now.spec.replicas, now.metadata.labels, now.status?.replicas]).toEqual([3, { a: "b" }, 3]);
    expect(now.spec.template.spec?.containers[0]).toMatchObject({ image: "nginx:2", imagePullPolicy: "IfNotPresent" });
    expect(now.metadata.generation).toBe(3);
    patch(test, { spec: { replicas: 7 } }, { type: "merge", subresource: "scale" });
    expect(test.get(deployments, "web").spec.replicas).toBe(7);
    const stale = { metadata: { resourceVersion: "1" }, spec: { replicas: 1 } };
    expect(() => patch(test, stale, { type: "merge" })).toThrow("the object has been modified");
    const applied = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: { applied: "yes" } },
    };
    patch(test, applied, { type: "apply" });
    expect(test.get(deployments, "web").metadata.labels).toMatchObject({ a: "b", applied: "yes" });
  });

  it("API25 refuses, tells of or drops unknown fields", () => {
    const test = new TestServer();
    test.create(deployments, DEPLOYMENT);
    const wrong = { spec: { replica: 3 } };
    expect(() => patch(test, wrong, { type: "merge", options: { fieldValidation: "Strict" } })).toThrow(
      /^ "" is invalid: patch: Invalid value: ".*": strict decoding error: unknown field "spec.replica"$/,
    );
    expect(patch(test, wrong, { type: "merge" }).warnings).toEqual(['unknown field "spec.replica"']);
    expect(patch(test, wrong, { type: "merge", options: { fieldValidation: "Ignore" } }).warnings).toEqual([]);
    expect(test.get(deployments, "web").spec).not.toHaveProperty("replica");
  });
});

describe("subresources", () => {
  it("API26 bind a pod once", () => {
    const test = new TestServer();
    const pod = boundPod(test, "web");
    expect(pod.spec.nodeName).toBe("worker-1");
    expect(pod.status?.conditions).toEqual([
      expect.objectContaining({ type: "PodScheduled", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }),
    ]);
    expect(() => bind(test, "web", "worker-2")).toThrow(
      'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "worker-1"',
    );
    expect(() => bind(test, "nobody", "worker-2")).toThrow('pods "nobody" not found');
    test.create(pods, { ...podDraft("going"), metadata: { name: "going", finalizers: ["example.com/hold"] } });
    test.delete(pods as never, "going");
    expect(() => bind(test, "going", "worker-1")).toThrow("pod going is being deleted, cannot be assigned to a host");
  });

  it("API27 scale", () => {
    const test = new TestServer();
    const made = test.create(deployments, DEPLOYMENT);
    const target = { name: "web", subresource: "scale" } as const;
    const scale = test.send<object>(deployments as never, { ...target, verb: "get" }).object;
    const { uid, resourceVersion, creationTimestamp } = made.metadata;
    expect(scale).toEqual({
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "web", namespace: "default", uid, resourceVersion, creationTimestamp },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: "app=web" },
    });
    test.send(deployments as never, { ...target, verb: "update", body: { ...scale, spec: { replicas: 4 } } });
    expect(test.get(deployments, "web")).toMatchObject({ spec: { replicas: 4 }, metadata: { generation: 2 } });
    const negative = { spec: { replicas: -1 } };
    expect(() => test.send(deployments as never, { ...target, verb: "update", body: negative })).toThrow(
      'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(() => test.send(configMaps as never, { ...target, verb: "get" })).toThrow(
      "the server could not find the requested resource",
    );
  });

  it("API191 a bound pod is nominated for no node", () => {
    const test = new TestServer();
    const pod = test.create(pods, podDraft("web"));
    const status = { ...pod.status, nominatedNodeName: "worker-2" };
    expect(test.update(pods, { ...pod, status }, "status").status.nominatedNodeName).toBe("worker-2");
    bind(test, "web", "worker-1");
    const bound = test.get(pods, "web");
    expect([bound.spec.nodeName, "nominatedNodeName" in bound.status]).toEqual(["worker-1", false]);
  });

  it("API28 evict", () => {
    const test = new TestServer();
    boundPod(test, "web");
    const body = { metadata: { name: "web" }, deleteOptions: { gracePeriodSeconds: 5 } };
    const answer = test.send<object>(pods as never, { verb: "create", name: "web", subresource: "eviction", body });
    expect([answer.code, answer.object]).toEqual([201, expect.objectContaining({ status: "Success" })]);
    expect(test.get(pods, "web").metadata.deletionGracePeriodSeconds).toBe(5);
  });
});

describe("admission", () => {
  it("API29 completes pods, one spec for all of a template", () => {
    const test = new TestServer();
    const { spec } = podDraft("x");
    const [a, b] = ["a", "b"].map((name) => test.create(pods, { metadata: { name }, spec }));
    expect(a?.spec).toMatchObject({
      serviceAccountName: "default",
      serviceAccount: "default",
      priority: 0,
      preemptionPolicy: "PreemptLowerPriority",
      tolerations: ["not-ready", "unreachable"].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
    });
    expect(a?.spec).toBe(b?.spec);
    const own = [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }];
    const tolerant = test.create(pods, podDraft("c", { spec: { tolerations: own } }));
    expect(tolerant.spec.tolerations?.map(({ tolerationSeconds }) => tolerationSeconds)).toEqual([undefined, 300]);
    test.create(priorityClasses, { metadata: { name: "silver" }, value: 7, preemptionPolicy: "Never" });
    const critical = test.create(pods, podDraft("d", { spec: { priorityClassName: "silver" } }));
    expect([critical.spec.priority, critical.spec.preemptionPolicy]).toEqual([7, "Never"]);
    expect(() => test.create(pods, podDraft("e", { spec: { priorityClassName: "gold" } }))).toThrow(
      'pods "e" is forbidden: no PriorityClass with name gold was found',
    );
    expect(() => test.create(pods, podDraft("e", { spec: { serviceAccountName: "bob" } }))).toThrow(
      'pods "e" is forbidden: error looking up service account default/bob: serviceaccount "bob" not found',
    );
  });

  const service = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });

  it("API30 gives services addresses", () => {
    const test = new TestServer();
    const a = test.create(services, service("a"));
    expect(a.spec.clusterIP).toMatch(/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/);
    expect(a.spec).toMatchObject({
      clusterIPs: [a.spec.clusterIP],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    });
    expect(test.create(services, service("headless", { clusterIP: "None" })).spec.clusterIPs).toEqual(["None"]);
    const external = test.create(services, {
      metadata: { name: "ext" },
      spec: { type: "ExternalName", externalName: "a.b" },
    });
    expect(external.spec.clusterIP).toBeUndefined();
    expect(test.create(services, service("dns", { clusterIP: "10.96.0.10" })).spec.clusterIP).toBe("10.96.0.10");
    expect(() => test.create(services, service("b", { clusterIP: "10.96.0.10" }))).toThrow(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    );
    expect(() => test.create(services, service("b", { clusterIP: "10.0.0.1" }))).toThrow(
      "failed to allocate IP 10.0.0.1: the provided network does not match the current range",
    );
    expect(() => test.create(services, service("b", { clusterIP: "10.96.0.0" }))).toThrow(
      "the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/12",
    );
    // As upstream a dry run doesn't look for free ones.
    const dry = test.create(services, service("dry", { type: "NodePort" }), { dryRun: true });
    expect([dry.spec.clusterIP, dry.spec.ports?.[0]?.nodePort]).toEqual(["10.96.0.0", 32769]);
    const ports = [
      { name: "http", port: 80 },
      { name: "https", port: 443 },
    ];
    const two = test.create(services, service("two", { type: "NodePort", ports }), { dryRun: true });
    expect(two.spec.ports?.map(({ nodePort }) => nodePort)).toEqual([32769, 32770]);
    const without = { ...a, spec: { ...a.spec, clusterIP: undefined, clusterIPs: undefined } };
    expect(test.update(services, without).spec.clusterIP).toBe(a.spec.clusterIP);
    test.delete(services as never, "dns");
    expect(test.create(services, service("dns2", { clusterIP: "10.96.0.10" })).spec.clusterIP).toBe("10.96.0.10");
  });

  it("API31 gives services node ports and takes them back", () => {
    const test = new TestServer();
    const a = test.create(services, service("a", { type: "NodePort" }));
    const port = a.spec.ports?.[0]?.nodePort as number;
    expect(port >= 30000 && port <= 32767).toBe(true);
    const asking = (nodePort: number) => ({ type: "NodePort", ports: [{ port: 80, nodePort }] });
    expect(test.create(services, service("b", asking(30080))).spec.ports?.[0]?.nodePort).toBe(30080);
    expect(() => test.create(services, service("c", asking(30080)))).toThrow(
      'Service "c" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
    expect(() => test.create(services, service("c", asking(80)))).toThrow(
      "provided port is not in the valid range. The range of valid ports is 30000-32767",
    );
    const b = test.get(services, "b");
    const closed = test.update(services, { ...b, spec: { ...b.spec, type: "ClusterIP" } });
    expect(closed.spec.ports?.[0]?.nodePort).toBeUndefined();
    expect(test.create(services, service("d", asking(30080))).spec.ports?.[0]?.nodePort).toBe(30080);
  });

  it("API30 gives back what a failed or restarted write holds", () => {
    const test = new TestServer();
    expect(() => test.create(services, service("Bad_Name", { clusterIP: "10.96.0.20" }))).toThrow("is invalid");
    test.create(services, service("good", { clusterIP: "10.96.0.20" }));
    test.server.stop();
    test.server.start();
    expect(() => test.create(services, service("other", { clusterIP: "10.96.0.20" }))).toThrow("already allocated");
  });
});
