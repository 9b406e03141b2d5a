import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Service, ServiceCIDR, ServiceSpec } from "../../api/generated/types.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { ipAddresses, namespaces, serviceCIDRs, services } from "../../api/registry.ts";
import { Store } from "../../etcd/store.ts";
import { Simulation } from "../../sim/simulation.ts";
import { ApiServer } from "../server.ts";
import { request } from "../testing/test-server.ts";
import { AddressRange } from "./address-range.ts";

const V4 = "10.96.0.0/12";
const V6 = "fd00:10:96::/112";

class Cluster {
  private readonly server: ApiServer;

  constructor(...serviceRanges: string[]) {
    const sim = new Simulation({ seed: 1 });
    this.server = new ApiServer({
      sim,
      store: new Store<KubeObject>(sim),
      authorizationMode: "Node,RBAC",
      serviceRanges,
    });
    this.send(namespaces as never, { verb: "create", body: { metadata: { name: "default" } } });
  }

  send<T = KubeObject>(resource: Resource<never>, rest: Partial<ApiRequest>): T {
    return this.server.request<T>(request(resource, rest)).object;
  }

  make(name: string, spec: Partial<ServiceSpec> = {}): Service {
    const body = { metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec } };
    return this.send<Service>(services as never, { verb: "create", body });
  }

  change(name: string, spec: Partial<ServiceSpec>): Service {
    const old = this.send<Service>(services as never, { verb: "get", name });
    return this.send(services as never, { verb: "update", name, body: { ...old, spec: { ...old.spec, ...spec } } });
  }

  names(resource: Resource<never>): string[] {
    return this.send<{ items: KubeObject[] }>(resource, { verb: "list" }).items.map(({ metadata }) => metadata.name);
  }
}

/** Families, and whether each address is of its own. */
function stack({ spec }: Service): string {
  const { ipFamilyPolicy, ipFamilies = [], clusterIPs = [] } = spec;
  const kinds = clusterIPs.map((address) => (address.includes(":") ? "6" : address === "None" ? "-" : "4"));
  return `${ipFamilyPolicy} ${ipFamilies.join(",")} ${kinds.join("")}`;
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("services of two families", () => {
  it("API404 get what their policy says, and the cluster's default without one", () => {
    const cluster = new Cluster(V4, V6);
    expect(stack(cluster.make("plain"))).toBe("SingleStack IPv4 4");
    const prefer = cluster.make("prefer", { ipFamilyPolicy: "PreferDualStack" });
    expect(stack(prefer)).toBe("PreferDualStack IPv4,IPv6 46");
    expect(prefer.spec.clusterIPs?.[1]).toMatch(/^fd00:10:96::[0-9a-f]{1,4}$/);
    expect(prefer.spec.clusterIP).toBe(prefer.spec.clusterIPs?.[0]);
    const six = cluster.make("six", { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] });
    expect(stack(six)).toBe("RequireDualStack IPv6,IPv4 64");
    expect(stack(cluster.make("only", { ipFamilies: ["IPv6"] }))).toBe("SingleStack IPv6 6");
    const asked = cluster.make("asked", { clusterIP: "fd00:10:96::77", clusterIPs: ["fd00:10:96::77"] });
    expect([stack(asked), asked.spec.clusterIP]).toEqual(["SingleStack IPv6 6", "fd00:10:96::77"]);
    expect(stack(cluster.make("free", { clusterIP: "None", selector: {} }))).toBe("RequireDualStack IPv4,IPv6 -");
    expect(stack(cluster.make("headless", { clusterIP: "None" }))).toBe("SingleStack IPv4 -");
    const records = cluster.names(ipAddresses as never);
    expect(records).toEqual(expect.arrayContaining(prefer.spec.clusterIPs ?? ["?"]));
    const record = cluster.send<KubeObject>(ipAddresses as never, { verb: "get", name: "fd00:10:96::77" });
    expect(record.metadata.labels?.["ipaddress.kubernetes.io/ip-family"]).toBe("IPv6");
    expect(stack(new Cluster(V6, V4).make("plain"))).toBe("SingleStack IPv6 6");
  });

  it("API404 are refused what the cluster has not", () => {
    const cluster = new Cluster(V4);
    const said = (spec: Partial<ServiceSpec>): string => refusal(() => cluster.make("web", spec));
    expect(said({ ipFamilyPolicy: "RequireDualStack" })).toBe(
      'Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
    expect(said({ ipFamilies: ["IPv6"] })).toBe(
      'Service "web" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    );
    expect(said({ clusterIP: "fd00:10:96::5" })).toBe(
      'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["fd00:10:96::5"]: IPv6 is not configured on this cluster',
    );
    expect(said({ ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] })).toBe(
      "Service \"web\" is invalid: spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    );
    expect(stack(cluster.make("web", { ipFamilyPolicy: "PreferDualStack" }))).toBe("PreferDualStack IPv4 4");
    expect(stack(cluster.make("free", { clusterIP: "None", selector: {} }))).toBe("RequireDualStack IPv4,IPv6 -");
  });

  it("API404 get and give up the second one by their policy, and keep the first", () => {
    const cluster = new Cluster(V4, V6);
    const [first] = cluster.make("web").spec.clusterIPs ?? [];
    const both = cluster.change("web", { ipFamilyPolicy: "RequireDualStack" });
    expect([stack(both), both.spec.clusterIP]).toEqual(["RequireDualStack IPv4,IPv6 46", first]);
    const second = both.spec.clusterIPs?.[1] ?? "";
    expect(refusal(() => cluster.change("web", { ipFamilies: ["IPv4"] }))).toBe(
      'Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary IP family',
    );
    expect(refusal(() => cluster.change("web", { ipFamilies: ["IPv6", "IPv4"] }))).toContain("Invalid value");
    expect(stack(cluster.change("web", { ipFamilyPolicy: "SingleStack" }))).toBe("SingleStack IPv4 4");
    expect(cluster.names(ipAddresses as never)).toEqual([first]);
    expect(cluster.make("other", { clusterIPs: [second], clusterIP: second }).spec.clusterIP).toBe(second);
    const external = { type: "ExternalName", externalName: "example.com", ports: undefined } as const;
    const gone = { clusterIP: undefined, clusterIPs: undefined, ipFamilies: undefined, ipFamilyPolicy: undefined };
    cluster.change("web", { ...external, ...gone });
    expect(cluster.names(ipAddresses as never)).toEqual([second]);
  });
});

it("API525 what depends on a service's type goes with it where an update only repeats it", () => {
  const cluster = new Cluster(V4);
  const local = cluster.make("lb", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
  expect(local.spec.healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
  const open = cluster.change("lb", { externalTrafficPolicy: "Cluster" });
  expect(open.spec.healthCheckNodePort).toBeUndefined();
  const again = cluster.change("lb", { externalTrafficPolicy: "Local" });
  const inside = cluster.change("lb", { type: "ClusterIP" });
  expect(inside.spec).toEqual({
    ...{ type: "ClusterIP", selector: { app: "lb" }, sessionAffinity: "None", internalTrafficPolicy: "Cluster" },
    ...{ clusterIP: local.spec.clusterIP, clusterIPs: local.spec.clusterIPs },
    ...{ ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" },
    ports: [{ port: 80, targetPort: 80, protocol: "TCP" }],
  });
  // The ports are free for others.
  const port = again.spec.healthCheckNodePort as number;
  expect(
    cluster.make("np", { type: "NodePort", ports: [{ port: 80, nodePort: port }] }).spec.ports?.[0]?.nodePort,
  ).toBe(port);
  cluster.change("lb", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
  expect(refusal(() => cluster.change("lb", { type: "ClusterIP", healthCheckNodePort: 31_999 }))).toContain(
    "spec.healthCheckNodePort: Invalid value: 31999: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
  );
});

describe("ranges of services", () => {
  const more = (cluster: Cluster, name: string, ...cidrs: string[]) =>
    cluster.send<ServiceCIDR>(serviceCIDRs as never, { verb: "create", body: { metadata: { name }, spec: { cidrs } } });

  it("API405 are used when the first is full, protected while in use, and gone when they are free", () => {
    const cluster = new Cluster("10.0.0.0/29");
    for (const name of ["a", "b", "c", "d", "e", "f"]) cluster.make(name);
    expect(refusal(() => cluster.make("g"))).toBe(
      "Internal error occurred: failed to allocate a serviceIP: range is full",
    );
    const range = more(cluster, "more", "10.1.0.0/28");
    expect(range.status?.conditions).toMatchObject([
      { type: "Ready", status: "True", message: "Kubernetes Service CIDR is ready" },
    ]);
    expect(cluster.make("g").spec.clusterIP).toMatch(/^10\.1\.0\.\d+$/);
    const going = cluster.send<ServiceCIDR>(serviceCIDRs as never, { verb: "delete", name: "more" });
    expect(going.status?.conditions).toMatchObject([{ status: "False", reason: "Terminating" }]);
    expect(refusal(() => cluster.make("h"))).toContain("range is full");
    expect(cluster.names(serviceCIDRs as never)).toEqual(["kubernetes", "more"]);
    cluster.send(services as never, { verb: "delete", name: "g" });
    expect(cluster.names(serviceCIDRs as never)).toEqual(["kubernetes"]);
    more(cluster, "again", "10.0.0.0/24");
    expect(cluster.make("i").spec.clusterIP).toMatch(/^10\.0\.0\.\d+$/);
    cluster.send(serviceCIDRs as never, { verb: "delete", name: "kubernetes" });
    expect(cluster.names(serviceCIDRs as never)).toEqual(["again"]);
  });

  it("API405 count their addresses as upstream does", () => {
    const facts = (cidr: string) => {
      const { size, dynamic, family } = new AddressRange(cidr);
      return [family, size, dynamic];
    };
    expect(facts(V4)).toEqual(["IPv4", 2 ** 20 - 2, 256]);
    expect(facts("10.0.0.0/29")).toEqual(["IPv4", 6, 0]);
    expect(facts("10.0.0.0/26")).toEqual(["IPv4", 62, 16]);
    expect(facts(V6)).toEqual(["IPv6", 65535, 256]);
    expect(facts("fd00::/64")).toEqual(["IPv6", 2 ** 48 - 1, 256]);
    const range = new AddressRange(V6);
    expect([
      range.addressAt(0),
      range.holds("fd00:10:96:0::5"),
      range.holds("fd00:10:96::"),
      range.holds("fd00::"),
    ]).toEqual(["fd00:10:96::1", "yes", "outside", "no"]);
  });
});

describe("a service's node ports", () => {
  const ports = ({ spec }: Service): string =>
    (spec.ports ?? []).map((each) => `${each.port}:${each.nodePort ?? 0}`).join();

  it("API540 stay with the names of its ports, whatever else of them changes", () => {
    const cluster = new Cluster(V4);
    const first = cluster.make("web", { type: "NodePort" }).spec.ports?.[0]?.nodePort ?? 0;
    expect(ports(cluster.change("web", { ports: [{ port: 81, protocol: "UDP" }] }))).toBe(`81:${first}`);
    const named = cluster.change("web", {
      ports: [
        { name: "a", port: 81, nodePort: first },
        { name: "b", port: 82 },
      ],
    });
    const second = named.spec.ports?.[1]?.nodePort ?? 0;
    expect(
      ports(
        cluster.change("web", {
          ports: [
            { name: "b", port: 9 },
            { name: "a", port: 8 },
          ],
        }),
      ),
    ).toBe(`9:${second},8:${first}`);
  });

  it("API540 stay when it is told to get none by itself any more, and can be asked for then", () => {
    const cluster = new Cluster(V4);
    const had = ports(cluster.make("had", { type: "LoadBalancer" }));
    expect(had).toMatch(/^80:3\d{4}$/);
    expect(ports(cluster.change("had", { allocateLoadBalancerNodePorts: false }))).toBe(had);
    const none = { type: "LoadBalancer", allocateLoadBalancerNodePorts: false } as const;
    expect(ports(cluster.make("none", none))).toBe("80:0");
    expect(ports(cluster.make("asks", { ...none, ports: [{ port: 80, nodePort: 30_123 }] }))).toBe("80:30123");
    const taken = (): unknown => cluster.make("too", { type: "NodePort", ports: [{ port: 80, nodePort: 30_123 }] });
    expect(refusal(taken)).toContain("provided port is already allocated");
    expect(ports(cluster.change("asks", { type: "ClusterIP" }))).toBe("80:0");
    expect(refusal(taken)).toBe("");
  });
});
