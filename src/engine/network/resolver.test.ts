import { describe, expect, it } from "vitest";
import { services } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { resolvConf, resolverConfig } from "./resolver.ts";
import { createTestNetwork, pod } from "./testing/test-network.ts";

setDeepFreeze(true);

/** kube-dns with one server on worker-2, and a client in namespace shop on worker-1. */
function withNames() {
  const net = createTestNetwork();
  const dns = pod(net.worker2, "coredns");
  const make = (namespace: string, name: string, spec: object): void => {
    net.client.resource(services).create({ metadata: { name, namespace }, spec: { ports: [{ port: 80 }], ...spec } });
  };
  const ports = [{ name: "dns", port: 53, protocol: "UDP" }];
  make("kube-system", "kube-dns", { clusterIP: "10.96.0.10", ports });
  net.settle();
  const serveNames = (): void => {
    net.slice("kube-system/kube-dns", [{ addresses: [dns.ip], nodeName: "worker-2" }], ports);
    net.settle();
  };
  const shop = net.worker1.attachPod({ namespace: "shop", name: "client", uid: "c", hostNetwork: false });
  return { ...net, make, serveNames, shop, port: shop.port() };
}

describe("the cluster's name server", () => {
  it("is needed for every name that the hosts file doesn't have", () => {
    const { get, port, serveNames, worker2 } = withNames();
    const ask = () => get(port, "http://web/");
    expect(ask()).toMatchObject({
      errno: "EAI_AGAIN",
      latencyMs: 2,
      why: "name server 10.96.0.10: kube-system/kube-dns has no ready endpoints",
    });
    serveNames();
    expect(ask()).toMatchObject({ errno: "ENOTFOUND", detail: "web" });
    worker2.power(false);
    expect(ask()).toMatchObject({ errno: "EAI_AGAIN", latencyMs: 10_000 });
    expect(get(port, "http://web/", { timeoutMs: 300 })).toMatchObject({ errno: "ETIMEDOUT", latencyMs: 300 });
  });

  it("knows services by short and full names, in the client's namespace first", () => {
    const { make, port, serveNames, settle } = withNames();
    serveNames();
    make("shop", "web", { clusterIP: "10.96.1.1" });
    make("default", "web", { clusterIP: "10.96.1.2" });
    settle();
    expect(port.resolve("web")).toEqual(["10.96.1.1"]);
    expect(port.resolve("web.default")).toEqual(["10.96.1.2"]);
    expect(port.resolve("web.default.svc")).toEqual(["10.96.1.2"]);
    expect(port.resolve("web.default.svc.cluster.local")).toEqual(["10.96.1.2"]);
    expect(port.resolve("WEB.default.svc.cluster.local.")).toEqual(["10.96.1.2"]);
    expect(() => port.resolve("web.")).toThrow("ENOTFOUND: web.");
    expect(() => port.resolve("web.nowhere")).toThrow("ENOTFOUND");
  });

  it("answers for a headless service with its ready endpoints, and for their host names", () => {
    const { make, port, serveNames, settle, slice } = withNames();
    serveNames();
    make("default", "db", { clusterIP: "None" });
    slice("db", [
      { addresses: ["10.244.1.7"], hostname: "db-0" },
      { addresses: ["10.244.1.8"], hostname: "db-1" },
      { addresses: ["10.244.1.9"], hostname: "db-2", conditions: { ready: false } },
      { addresses: ["10.244.1.10"] },
    ]);
    settle();
    expect(port.resolve("db.default").sort()).toEqual(["10.244.1.10", "10.244.1.7", "10.244.1.8"]);
    expect(port.resolve("db-1.db.default")).toEqual(["10.244.1.8"]);
    expect(port.resolve("10-244-1-10.db.default")).toEqual(["10.244.1.10"]);
    expect(() => port.resolve("db-2.db.default")).toThrow("ENOTFOUND");
  });

  it("follows an ExternalName within the cluster, and knows pods by their dashed address", () => {
    const { make, port, serveNames, settle } = withNames();
    serveNames();
    make("default", "web", { clusterIP: "10.96.1.2" });
    make("shop", "alias", { type: "ExternalName", externalName: "web.default.svc.cluster.local", ports: undefined });
    make("shop", "world", { type: "ExternalName", externalName: "example.com", ports: undefined });
    settle();
    expect(port.resolve("alias")).toEqual(["10.96.1.2"]);
    expect(() => port.resolve("world")).toThrow("ENOTFOUND");
    expect(port.resolve("10-244-1-5.default.pod.cluster.local")).toEqual(["10.244.1.5"]);
  });

  it("is not asked by a pod of policy Default, nor by the node", () => {
    const { make, serveNames, settle, shop, worker1 } = withNames();
    serveNames();
    make("shop", "web", { clusterIP: "10.96.1.1" });
    settle();
    expect(() => shop.port({ dnsPolicy: "Default" }).resolve("web")).toThrow("ENOTFOUND");
    expect(() => worker1.port().resolve("web.shop.svc.cluster.local")).toThrow("ENOTFOUND");
    expect(worker1.port({ dnsPolicy: "ClusterFirstWithHostNet" }).resolve("web.shop")).toEqual(["10.96.1.1"]);
    expect(worker1.port().resolve("worker-2")).toEqual(["192.168.49.4"]);
  });

  it("comes after the hosts file", () => {
    const { serveNames, shop } = withNames();
    serveNames();
    expect(shop.port({ hosts: "10.244.9.9\tshop-client\n" }).resolve("shop-client")).toEqual(["10.244.9.9"]);
  });
});

describe("resolv.conf", () => {
  const cluster = { dnsIP: "10.96.0.10", clusterDomain: "cluster.local" };
  const conf = (pod: { dnsPolicy: string; hostNetwork?: boolean; dnsConfig?: object }): string =>
    resolvConf(resolverConfig({ namespace: "shop", hostNetwork: false, dnsConfig: undefined, ...pod }, cluster));
  const first =
    "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";

  it("follows the pod's DNS policy", () => {
    expect(conf({ dnsPolicy: "ClusterFirst" })).toBe(first);
    expect(conf({ dnsPolicy: "ClusterFirst", hostNetwork: true })).toBe("");
    expect(conf({ dnsPolicy: "ClusterFirstWithHostNet", hostNetwork: true })).toBe(first);
    expect(conf({ dnsPolicy: "Default" })).toBe("");
  });

  it("adds the pod's own settings", () => {
    const dnsConfig = {
      nameservers: ["1.2.3.4"],
      searches: ["my.dns"],
      options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
    };
    expect(conf({ dnsPolicy: "None", dnsConfig })).toBe("search my.dns\nnameserver 1.2.3.4\noptions ndots:2 edns0\n");
    expect(conf({ dnsPolicy: "ClusterFirst", dnsConfig })).toBe(
      "search shop.svc.cluster.local svc.cluster.local cluster.local my.dns\nnameserver 10.96.0.10\nnameserver 1.2.3.4\noptions ndots:2 edns0\n",
    );
  });
});
