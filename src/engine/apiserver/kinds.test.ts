import { describe, expect, it } from "vitest";
import type { CertificateSigningRequest, Ingress, IPAddress, PersistentVolume } from "../api/generated/types.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import {
  apiServices,
  certificateSigningRequests as csrs,
  componentStatuses,
  flowSchemas,
  ingresses,
  ipAddresses,
  namespaces,
  persistentVolumes,
  pods,
  priorityLevelConfigurations,
  serviceCIDRs,
  services,
} from "../api/registry.ts";
import { encodeBase64 } from "../base/base64.ts";
import { Store } from "../etcd/store.ts";
import { Simulation } from "../sim/simulation.ts";
import { ApiServer } from "./server.ts";
import { podDraft, request, TestServer } from "./testing/test-server.ts";

const WARNING = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";

function ingressDraft(rules: object[]) {
  return {
    metadata: { name: "web", annotations: { "kubernetes.io/ingress.class": "nginx" } },
    spec: { rules },
  };
}

describe("kinds", () => {
  it("API60 warn of what they accept, and only of that", () => {
    const test = new TestServer();
    const send = (body: object, dryRun = false) =>
      test.send<Ingress>(ingresses as never, { verb: "create", body, options: { dryRun } });
    expect(send(ingressDraft([{ host: "a.example.com" }]), true).warnings).toEqual([WARNING]);
    expect(send(ingressDraft([{ host: "a.example.com" }])).warnings).toEqual([WARNING]);
    expect(() => send(ingressDraft([]))).toThrow("already exists");
    const answer = test.http("POST", "/apis/networking.k8s.io/v1/namespaces/default/ingresses", {
      body: { ...ingressDraft([]), apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "b" } },
    });
    expect([answer.status, answer.headers["warning"]]).toEqual([422, undefined]);
  });

  it("API61 date a phase when it changes, and then only", () => {
    const test = new TestServer();
    const volume = test.create(persistentVolumes, {
      metadata: { name: "disk" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/mnt" } },
    });
    const at = (object: PersistentVolume) => [object.status.phase, object.status.lastPhaseTransitionTime];
    expect(at(volume)).toEqual(["Pending", "2026-01-01T00:00:00Z"]);
    test.settle(90_000);
    const bound = test.update(persistentVolumes, { ...volume, status: { ...volume.status, phase: "Bound" } }, "status");
    expect(at(bound)).toEqual(["Bound", "2026-01-01T00:01:30Z"]);
    test.settle(90_000);
    const again = test.update(persistentVolumes, { ...bound, status: { ...bound.status, message: "well" } }, "status");
    expect(at(again)).toEqual(["Bound", "2026-01-01T00:01:30Z"]);
  });

  it("API62 name who asks for a certificate; verdict and certificate have ways of their own", () => {
    const test = new TestServer();
    const { spec } = csrs.example as CertificateSigningRequest;
    const made = test.create(csrs, { metadata: { name: "jane" }, spec: { ...spec, username: "admin" } });
    expect([made.spec.username, made.spec.groups]).toEqual(["tester", ["system:masters", "system:authenticated"]]);
    const conditions = [{ type: "Approved", status: "True", reason: "Fine" }];
    const certificate = encodeBase64("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
    const said = { ...made, status: { conditions, certificate } };
    expect(test.update(csrs, said).status).toEqual({});
    expect(() => test.update(csrs, said, "status")).toThrow('updates may not add a condition of type "Approved"');
    const approved = test.update(csrs, said, "approval");
    const at = "2026-01-01T00:00:00Z";
    expect(approved.status).toEqual({
      conditions: [{ ...conditions[0], lastTransitionTime: at, lastUpdateTime: at }],
    });
    const issued = test.update(csrs, { ...approved, status: { ...approved.status, certificate } }, "status");
    expect(issued.status).toEqual({ ...approved.status, certificate });
  });

  it("API63 tell a component's health as it is", () => {
    const test = new TestServer();
    let healthy = true;
    test.server.connectComponents(() => [{ name: "scheduler", port: 10259, healthy }]);
    const health = () => test.get(componentStatuses, "scheduler").conditions;
    expect(health()).toEqual([{ type: "Healthy", status: "True", message: "ok" }]);
    healthy = false;
    const message = 'Get "https://127.0.0.1:10259/healthz": dial tcp 127.0.0.1:10259: connect: connection refused';
    expect(health()).toEqual([{ type: "Healthy", status: "False", message }]);
    expect(test.names(componentStatuses as never)).toEqual(["scheduler"]);
    expect(() => test.get(componentStatuses, "etcd-9")).toThrow('componentstatuses "etcd-9" not found');
    expect(() => test.delete(componentStatuses as never, "scheduler")).toThrow(
      'delete is not supported on resources of kind "componentstatuses"',
    );
  });

  it("API64 begin with what upstream's post-start hooks make", () => {
    const sim = new Simulation({ seed: 1 });
    const store = new Store<KubeObject>(sim);
    const server = new ApiServer({ sim, store, authorizationMode: "Node,RBAC" });
    const items = <T extends KubeObject>(resource: Resource<T>): T[] =>
      server.request<{ items: T[] }>(request(resource as never, { verb: "list" })).object.items;
    const local = items(apiServices);
    expect(local.find(({ metadata }) => metadata.name === "v1.apps")?.spec).toEqual({
      ...{ group: "apps", version: "v1", groupPriorityMinimum: 17_800, versionPriority: 15 },
    });
    expect(local.map(({ metadata }) => metadata.name)).toContain("v1.");
    const levels = new Set(items(priorityLevelConfigurations).map(({ metadata }) => metadata.name));
    expect(levels.size).toBe(8);
    const schemas = items(flowSchemas);
    expect(schemas).toHaveLength(13);
    expect(schemas.filter(({ spec }) => !levels.has(spec.priorityLevelConfiguration.name))).toEqual([]);
    expect(schemas.flatMap(({ status }) => status.conditions?.map((c) => `${c.type} ${c.status}`) ?? [])).toEqual(
      schemas.map(() => "Dangling False"),
    );
    expect(items(serviceCIDRs).map(({ spec, status }) => [spec.cidrs, status.conditions?.[0]?.type])).toEqual([
      [["10.96.0.0/12"], "Ready"],
    ]);
    const { revision } = store;
    server.stop();
    server.start();
    expect(store.revision).toBe(revision);
  });

  it("API65 warn of deprecated kinds; groups and rows are in their order", () => {
    const test = new TestServer();
    const endpoints = test.http("GET", "/api/v1/namespaces/default/endpoints");
    expect(endpoints.headers["Warning"]).toBe(
      '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
    );
    const groups = (test.http("GET", "/apis").json.groups as { name: string }[]).map(({ name }) => name);
    expect(groups.slice(0, 2)).toEqual(["apiregistration.k8s.io", "apps"]);
    expect(groups.indexOf("rbac.authorization.k8s.io")).toBeLessThan(groups.indexOf("storage.k8s.io"));
    for (const [name, matchingPrecedence] of [
      ["a", 9],
      ["b", 2],
    ] as const) {
      test.create(flowSchemas, {
        metadata: { name },
        spec: { priorityLevelConfiguration: { name: "nowhere" }, matchingPrecedence },
      });
    }
    const table = test.http("GET", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", {
      headers: { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
    }).json as { rows: { cells: unknown[] }[] };
    expect(table.rows.map(({ cells }) => [cells[0], cells.at(-1)])).toEqual([
      ["b", "True"],
      ["a", "True"],
    ]);
  });

  it("API66 bind a pod by a binding of its name", () => {
    const test = new TestServer();
    test.create(pods, podDraft("web"));
    const post = (name: string) =>
      test.http("POST", "/api/v1/namespaces/default/bindings", {
        body: { apiVersion: "v1", kind: "Binding", metadata: { name }, target: { kind: "Node", name: "worker-1" } },
      });
    expect(post("web").status).toBe(201);
    expect(test.get(pods, "web").spec.nodeName).toBe("worker-1");
    expect([post("web").status, post("nowhere").status]).toEqual([409, 404]);
    expect(test.http("GET", "/api/v1/namespaces/default/bindings").status).toBe(405);
  });

  it("API67 keep a record of each service's address", () => {
    const sim = new Simulation({ seed: 1 });
    const server = new ApiServer({ sim, store: new Store<KubeObject>(sim), authorizationMode: "Node,RBAC" });
    const send = (verb: "create" | "update" | "delete" | "list", resource: Resource<never>, rest = {}) =>
      server.request<KubeObject & { items: IPAddress[] }>(request(resource, { verb, ...rest })).object;
    const records = () =>
      send("list", ipAddresses as never).items.map(({ metadata, spec }) => [metadata.name, spec.parentRef]);
    send("create", namespaces as never, { body: { metadata: { name: "default" } } });
    const spec = { ports: [{ port: 80 }], clusterIP: "10.96.0.77" };
    const made = send("create", services as never, { body: { metadata: { name: "web" }, spec } });
    send("create", services as never, {
      body: { metadata: { name: "dry" }, spec: { ports: [{ port: 80 }] } },
      options: { dryRun: true },
    });
    const parentRef = { resource: "services", namespace: "default", name: "web" };
    expect(records()).toEqual([["10.96.0.77", parentRef]]);
    const external = { ...made, spec: { type: "ExternalName", externalName: "example.com" } };
    send("update", services as never, { name: "web", body: external });
    expect(records()).toEqual([]);
    send("update", services as never, { name: "web", body: { ...made, metadata: { name: "web" } } });
    expect(records()).toEqual([["10.96.0.77", parentRef]]);
    send("delete", services as never, { name: "web" });
    expect(records()).toEqual([]);
  });
});
