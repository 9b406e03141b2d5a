import { describe, expect, it } from "vitest";
import { services } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { DnsRecords } from "./dns/dns-records.ts";
import { DnsServer } from "./dns/dns-server.ts";
import { resolvConf, resolverConfig } from "./resolver-config.ts";
import { createTestNetwork, pod } from "./testing/test-network.ts";

setDeepFreeze(true);

const COREFILE = ".:53 {\n kubernetes cluster.local {\n pods insecure\n ttl 30\n }\n forward . /etc/resolv.conf\n}\n";

/** kube-dns with one server on worker-2, and a client in namespace shop on worker-1. */
function withNames() {
  const net = createTestNetwork();
  const dns = pod(net.worker2, "coredns");
  const make = (namespace: string, name: string, spec: object): void => {
    net.client.resource(services).create({ metadata: { name, namespace }, spec: { ports: [{ port: 80 }], ...spec } });
  };
  const ports = [{ name: "dns", port: 53, protocol: "UDP" }];
  make("kube-system", "kube-dns", { clusterIP: "10.96.0.10", ports });
  const records = new DnsRecords(net.sim, net.client);
  records.use();
  net.settle();
  const files = new MemoryFileSystem();
  files.mkdir("/etc");
  files.writeFile("/etc/resolv.conf", "nameserver 192.168.49.1\n");
  const port = dns.port({ dnsPolicy: "Default" });
  const server = new DnsServer(COREFILE, "Corefile", {
    source: records,
    fs: files,
    podIP: dns.ip,
    now: () => net.sim.now,
    random: () => 0,
    log: () => {},
    after: () => {},
    ask: (to, question) => {
      const { message, latencyMs } = port.query?.(question, { server: to, timeoutMs: 2000 }) ?? { latencyMs: 0 };
      return message === undefined ? undefined : { message, latencyMs };
    },
  });
  const serveNames = (): void => {
    dns.namespace.bindNames(53, (question, client) => server.answer(question, client));
    net.slice("kube-system/kube-dns", [{ addresses: [dns.ip], nodeName: "worker-2" }], ports);
    net.settle();
  };
  const shop = net.worker1.attachPod({ namespace: "shop", name: "client", uid: "c", hostNetwork: false });
  return { ...net, dns, make, serveNames, shop, port: shop.port() };
}

describe("the cluster's name server", () => {
  it("is needed for every name that the hosts file doesn't have", () => {
    const { dns, get, port, serveNames, worker2 } = withNames();
    const ask = () => get(port, "http://web/");
    expect(ask()).toMatchObject({
      errno: "EAI_AGAIN",
      latencyMs: 0,
      why: "name server 10.96.0.10: kube-system/kube-dns has no ready endpoints",
    });
    serveNames();
    expect(ask()).toMatchObject({ errno: "ENOTFOUND", detail: "web" });
    expect(ask().hops).toEqual([
      { at: "pod/shop/client", decision: "send", reason: "http://web/" },
      { at: "pod/shop/client", decision: "send", reason: "udp://10.96.0.10:53" },
      {
        at: "service/kube-system/kube-dns",
        decision: "forward",
        reason: "the proxy of worker-1 chose 10.244.2.2:53, one of 1 endpoints",
      },
      { at: "pod/default/coredns", decision: "answer", reason: "web.shop.svc.cluster.local: NXDOMAIN" },
      { at: "pod/default/coredns", decision: "answer", reason: "web.svc.cluster.local: NXDOMAIN" },
      { at: "pod/default/coredns", decision: "answer", reason: "web.cluster.local: NXDOMAIN" },
      { at: "pod/default/coredns", decision: "answer", reason: "web: NXDOMAIN" },
      { at: "pod/shop/client", decision: "no such name", reason: "NXDOMAIN: no name web in the cluster" },
    ]);
    worker2.power(false);
    expect(ask()).toMatchObject({ errno: "EAI_AGAIN", latencyMs: 10_000 });
    expect(get(port, "http://web/", { timeoutMs: 300 })).toMatchObject({ errno: "ETIMEDOUT", latencyMs: 300 });
    worker2.power(true);
    dns.namespace.tearDown();
    expect(ask()).toMatchObject({
      errno: "EAI_AGAIN",
      latencyMs: 2,
      why: "name server 10.96.0.10: nothing listens on UDP port 53",
    });
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
    expect(port.resolve("world")).toEqual(["93.184.215.14"]);
    expect(port.resolve("10-244-1-5.default.pod.cluster.local")).toEqual(["10.244.1.5"]);
  });

  it("is not asked by a pod of policy Default, nor by the node", () => {
    const { make, network, serveNames, settle, shop, worker1 } = withNames();
    serveNames();
    make("shop", "web", { clusterIP: "10.96.1.1" });
    settle();
    expect(() => shop.port({ dnsPolicy: "Default" }).resolve("web")).toThrow("ENOTFOUND");
    expect(() => worker1.port().resolve("web.shop.svc.cluster.local")).toThrow("ENOTFOUND");
    expect(worker1.port({ dnsPolicy: "ClusterFirstWithHostNet" }).resolve("web.shop")).toEqual(["10.96.1.1"]);
    expect(worker1.port().resolve("worker-2")).toEqual(["192.168.49.4"]);
    const outside = network.laptopPort();
    expect(outside.resolve("worker-2")).toEqual(["192.168.49.4"]);
    expect(() => outside.resolve("web.shop.svc.cluster.local")).toThrow("ENOTFOUND");
    expect(() => shop.port({ dnsPolicy: "None" }).resolve("worker-2")).toThrow("ENOTFOUND");
  });

  it("asks the world outside for what is not the cluster's, in the order of search list and dots", () => {
    const { network, port, serveNames, shop } = withNames();
    serveNames();
    const asked: string[] = [];
    network.connectUpstream((name, type) => {
      asked.push(name);
      if (name !== "api.example.com") return undefined;
      return type === "A" ? [{ name, type, ttl: 60, data: "203.0.113.7" }] : [];
    });
    expect(port.resolve("api.example.com")).toEqual(["203.0.113.7"]);
    expect(asked).toEqual(["api.example.com"]);
    const few = shop.port({ dnsConfig: { options: [{ name: "ndots", value: "1" }], searches: ["example.com"] } });
    expect(few.resolve("api")).toEqual(["203.0.113.7"]);
    expect(port.lookup?.("no.example.com")).toMatchObject({ errno: "ENOTFOUND", latencyMs: 17 });
  });

  it("comes after the hosts file", () => {
    const { serveNames, shop } = withNames();
    serveNames();
    expect(shop.port({ hosts: "10.244.9.9\tshop-client\n" }).resolve("shop-client")).toEqual(["10.244.9.9"]);
  });
});

describe("resolv.conf", () => {
  const cluster = { dnsIP: "10.96.0.10", clusterDomain: "cluster.local", nodeNameserver: "192.168.49.1" };
  const conf = (pod: { dnsPolicy: string; hostNetwork?: boolean; dnsConfig?: object }): string =>
    resolvConf(resolverConfig({ namespace: "shop", hostNetwork: false, dnsConfig: undefined, ...pod }, cluster));
  const first =
    "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";

  const node = "nameserver 192.168.49.1\noptions ndots:0\n";

  it("follows the pod's DNS policy", () => {
    expect(conf({ dnsPolicy: "ClusterFirst" })).toBe(first);
    expect(conf({ dnsPolicy: "ClusterFirst", hostNetwork: true })).toBe(node);
    expect(conf({ dnsPolicy: "ClusterFirstWithHostNet", hostNetwork: true })).toBe(first);
    expect(conf({ dnsPolicy: "Default" })).toBe(node);
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

  it("cuts what a resolver doesn't take, and says so", () => {
    const dnsConfig = {
      nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3"],
      searches: [
        ...Array.from({ length: 10 }, (_, i) => `${i}.${"x".repeat(60)}.${"y".repeat(60)}.${"z".repeat(60)}`),
        "b",
      ],
    };
    const pod = { namespace: "shop", dnsPolicy: "ClusterFirst", hostNetwork: false, dnsConfig };
    const { nameservers, searches, exceeded } = resolverConfig(pod, cluster);
    expect([nameservers, searches.length]).toEqual([["10.96.0.10", "1.1.1.1", "2.2.2.2"], 14]);
    expect(exceeded).toEqual([
      "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 1.1.1.1 2.2.2.2",
    ]);
    const more = {
      ...pod,
      dnsConfig: { searches: [...dnsConfig.searches, ...dnsConfig.searches.map((name) => `a${name}`)] },
    };
    const cut = resolverConfig(more, cluster);
    expect(cut.searches.join(" ").length).toBeLessThanOrEqual(2048);
    expect(cut.exceeded).toEqual([
      `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${cut.searches.join(" ")}`,
    ]);
  });
});
