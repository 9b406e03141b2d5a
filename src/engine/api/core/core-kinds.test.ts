import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import type { ConfigMap, Event, Namespace, Node, Secret, Service, ServiceSpec } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import type { KubeObject } from "../meta/object.ts";
import type { Resource } from "../meta/resource.ts";
import { configMaps, endpoints, endpointSlices, events, namespaces, nodes, secrets, services } from "../registry.ts";

const META = { name: "web", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };

function row<T extends KubeObject>(resource: Resource<T>, object: T): unknown[] {
  return (resource.columns ?? []).map(({ cell }) => cell(object, { now: Date.UTC(2026, 0, 1) }));
}

function service(spec: ServiceSpec): Service {
  const filled = services.defaults?.({ apiVersion: "v1", kind: "Service", metadata: META, spec, status: {} });
  return freeze(filled as Service);
}

function serviceTexts(spec: ServiceSpec): string[] {
  return (services.validate?.(service(spec)) ?? []).map(fieldErrorText);
}

describe("services", () => {
  it("get a type, affinity, policies and target ports", () => {
    expect(service({ ports: [{ port: 80 }] }).spec).toEqual({
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      sessionAffinity: "None",
      type: "ClusterIP",
      internalTrafficPolicy: "Cluster",
    });
    expect(service({ type: "LoadBalancer", ports: [{ port: 80 }] }).spec).toMatchObject({
      externalTrafficPolicy: "Cluster",
      allocateLoadBalancerNodePorts: true,
    });
    expect(service({ sessionAffinity: "ClientIP" }).spec.sessionAffinityConfig?.clientIP?.timeoutSeconds).toBe(10800);
  });

  it.each<[string, ServiceSpec]>([
    ["spec.ports: Required value", {}],
    ["spec.ports[0].name: Required value", { ports: [{ port: 80 }, { name: "b", port: 81 }] }],
    [
      "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
      { ports: [{ port: 0, targetPort: 80 }] },
    ],
    [
      "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
      {
        type: "NodePort",
        clusterIP: "None",
        clusterIPs: ["None"],
        ports: [{ port: 80 }],
      },
    ],
    ["spec.externalName: Required value", { type: "ExternalName" }],
    [
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      { type: "Magic", ports: [{ port: 80 }] },
    ],
    [
      'spec.externalIPs[0]: Invalid value: "203.0.113.07": must not have leading 0s',
      { ports: [{ port: 80 }], externalIPs: ["203.0.113.07"] },
    ],
    [
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "203.0.113.7/24": must not have bits set beyond the prefix length',
      { type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerSourceRanges: ["203.0.113.7/24"] },
    ],
  ])("%s", (text, spec) => {
    expect(serviceTexts(spec)).toContain(text);
  });

  it("keep their address", () => {
    const old = service({ clusterIP: "10.96.0.10", clusterIPs: ["10.96.0.10"], ports: [{ port: 80 }] });
    const next = service({ clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11"], ports: [{ port: 80 }] });
    expect(services.validateUpdate?.(next, old).map(fieldErrorText)).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set',
    ]);
  });

  it("show their addresses and ports", () => {
    const object = service({ type: "NodePort", clusterIPs: ["10.96.0.10"], ports: [{ port: 80, nodePort: 30080 }] });
    expect(row(services, object).slice(1, 5)).toEqual(["NodePort", "10.96.0.10", "<none>", "80:30080/TCP"]);
    const pending = service({ type: "LoadBalancer", clusterIPs: ["10.96.0.11"], ports: [{ port: 80 }] });
    expect(row(services, pending)[3]).toBe("<pending>");
  });
});

describe("namespaces", () => {
  it("carry their name as a label and the finalizer of the server", () => {
    const draft = { apiVersion: "v1", kind: "Namespace", metadata: { ...META, name: "shop" } } as unknown as Namespace;
    const created = namespaces.prepareForCreate?.(namespaces.defaults?.(draft) as Namespace, { now: 0 });
    expect(created?.metadata.labels).toEqual({ "kubernetes.io/metadata.name": "shop" });
    expect(created?.spec).toEqual({ finalizers: ["kubernetes"] });
    expect(created?.status).toEqual({ phase: "Active" });
    expect(
      namespaces.prepareForUpdate?.({ ...(created as Namespace), spec: {} }, created as Namespace, { now: 0 }),
    ).toEqual(created);
  });
});

describe("nodes", () => {
  it("are never told where their kubelet's configuration is", () => {
    const asked = { metadata: { name: "n" }, spec: { configSource: {}, providerID: "a" }, status: {} } as Node;
    const context = { now: 0 };
    expect(nodes.prepareForCreate?.(asked, context as never).spec).toEqual({ providerID: "a" });
    expect(nodes.prepareForUpdate?.(asked, { ...asked, spec: {} }, context).spec).toEqual({ providerID: "a" });
  });

  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { ...META, labels: { "node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "extra" } },
    spec: { unschedulable: true },
    status: { conditions: [{ type: "Ready", status: "Unknown" }], capacity: { cpu: "4" } },
  };

  it("show readiness, cordons and roles", () => {
    expect(row(nodes, node).slice(1, 3)).toEqual(["NotReady,SchedulingDisabled", "control-plane,extra"]);
  });

  it("offer all they have when nothing else is said", () => {
    expect(nodes.defaults?.(node).status.allocatable).toEqual({ cpu: "4" });
  });

  it("refuse two taints of one key and effect", () => {
    const taints = [
      { key: "a", effect: "NoSchedule" },
      { key: "a", effect: "NoSchedule" },
    ];
    expect(nodes.validate?.({ ...node, spec: { taints } }).map(fieldErrorText)).toEqual([
      'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
    ]);
  });
});

describe("config maps and secrets", () => {
  it("turn plain text into data", () => {
    const draft: Secret = { apiVersion: "v1", kind: "Secret", metadata: META, stringData: { a: "swordfish" } };
    expect(secrets.defaults?.(draft)).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: META,
      type: "Opaque",
      data: { a: "c3dvcmRmaXNo" },
    });
  });

  it("need what their type needs", () => {
    const tls: Secret = { apiVersion: "v1", kind: "Secret", metadata: META, type: "kubernetes.io/tls" };
    expect(secrets.validate?.(tls).map(fieldErrorText)).toEqual([
      "data[tls.crt]: Required value",
      "data[tls.key]: Required value",
    ]);
    const opaque = { ...tls, type: "Opaque" };
    expect(secrets.validateUpdate?.(opaque, tls).map(fieldErrorText)).toContain(
      'type: Invalid value: "Opaque": field is immutable',
    );
  });

  it("stay as they are once immutable", () => {
    const old: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata: META, data: { a: "1" }, immutable: true };
    expect(configMaps.validateUpdate?.({ ...old, data: { a: "2" } }, old).map(fieldErrorText)).toEqual([
      "data: Forbidden: field is immutable when `immutable` is set",
    ]);
  });
});

describe("events", () => {
  const event: Event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: META,
    involvedObject: { kind: "Pod", namespace: "default", name: "web", fieldPath: "spec.containers{web}" },
    reason: "BackOff",
    message: " restarting \n",
    source: { component: "kubelet", host: "worker-1" },
    firstTimestamp: "2025-12-31T23:50:00Z",
    lastTimestamp: "2025-12-31T23:59:00Z",
    count: 4,
    type: "Warning",
  };

  it("show what happened to whom", () => {
    const source = "kubelet, worker-1";
    expect(row(events, event)).toEqual([
      "60s",
      "Warning",
      "BackOff",
      "pod/web",
      "spec.containers{web}",
      source,
      "restarting",
      "10m",
      4,
      "web",
    ]);
  });

  it("live in the namespace of what they are about", () => {
    const elsewhere = { ...event, involvedObject: { ...event.involvedObject, namespace: "other" } };
    expect(events.validate?.(elsewhere).map(fieldErrorText)).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });
});

describe("endpoints and slices", () => {
  it("show three and count the rest", () => {
    const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((ip) => ({ ip }));
    const object = {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: META,
      subsets: [{ addresses, ports: [{ port: 80 }] }],
    };
    expect(row(endpoints, object)[1]).toBe("10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...");
  });

  it("hold addresses of their family", () => {
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: META,
      addressType: "IPv4",
      endpoints: [{ addresses: ["::1"] }],
    };
    expect(endpointSlices.validate?.(slice).map(fieldErrorText)).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
      'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ]);
    expect(row(endpointSlices, slice).slice(1, 4)).toEqual(["IPv4", "<unset>", "::1"]);
  });
});
