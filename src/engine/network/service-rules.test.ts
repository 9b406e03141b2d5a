import { describe, expect, it } from "vitest";
import { endpointSlices, services } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { bodyOf, createTestNetwork, pod, says } from "./testing/test-network.ts";
import type { TestNetwork } from "./testing/test-network.ts";

setDeepFreeze(true);

/** `web`: one pod on each node, a client on worker-1. */
function withWeb(spec: object = {}) {
  const net: TestNetwork = createTestNetwork();
  const web1 = pod(net.worker1, "web-1");
  const web2 = pod(net.worker2, "web-2");
  web1.namespace.bindHttp(8080, says("one"));
  web2.namespace.bindHttp(8080, says("two"));
  const service = net.service("web", spec);
  const from = pod(net.worker1, "client").port();
  const url = `http://${service.spec.clusterIP}/`;
  return { ...net, web1, web2, service, from, url };
}
const at = (ip: string, nodeName: string, conditions?: object) => ({
  addresses: [ip],
  nodeName,
  ...(conditions && { conditions }),
});

describe("a ClusterIP", () => {
  it("refuses without endpoints and spreads over ready ones", () => {
    const { from, get, settle, slice, url, web1, web2 } = withWeb();
    settle();
    expect(get(from, url)).toMatchObject({ ok: false, errno: "ECONNREFUSED" });
    slice("web", [at(web1.ip, "worker-1"), at(web2.ip, "worker-2"), at("10.244.1.99", "worker-1", { ready: false })]);
    settle();
    const answers = Array.from({ length: 40 }, () => bodyOf(get(from, url)));
    expect(new Set(answers)).toEqual(new Set(["one to 10.244.1.3", "two to 10.244.1.3"]));
  });

  it("falls back to endpoints that serve while they terminate when none is ready", () => {
    const { from, get, settle, slice, url, web1, web2 } = withWeb();
    slice("web", [
      at(web1.ip, "worker-1", { ready: false, serving: true, terminating: true }),
      at(web2.ip, "worker-2", { ready: false, serving: false, terminating: true }),
    ]);
    settle();
    expect(bodyOf(get(from, url))).toContain("one");
    expect(bodyOf(get(from, url))).toContain("one");
  });

  it("tells its hops", () => {
    const { from, get, settle, slice, url, web2 } = withWeb();
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    expect(get(from, url).hops).toEqual([
      { at: "pod/default/client", decision: "send", reason: url },
      {
        at: "service/default/web",
        decision: "forward",
        reason: "the proxy of worker-1 chose 10.244.2.2:8080, one of 1 endpoints",
      },
      { at: "pod/default/web-2", decision: "answer", reason: "port 8080 answered 200" },
    ]);
  });

  it("does not answer on another port, nor does an address that no service has", () => {
    const { from, get, settle, slice, url, web2 } = withWeb();
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    expect(get(from, url.replace(/\/$/, ":81/"))).toMatchObject({ errno: "ETIMEDOUT" });
    expect(get(from, "http://10.111.1.1/")).toMatchObject({ errno: "ETIMEDOUT" });
  });

  it("keeps a client on its endpoint with ClientIP affinity, until the time is over or the endpoint gone", () => {
    const affinity = { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } };
    const { from, get, settle, slice, sim, url, web1, web2, worker1 } = withWeb(affinity);
    slice("web", [at(web1.ip, "worker-1"), at(web2.ip, "worker-2")]);
    settle();
    const ask = () => bodyOf(get(from, url));
    const first = ask();
    for (let i = 0; i < 20; i++) expect(ask()).toBe(first);
    const later = Array.from({ length: 20 }, () => {
      sim.runUntil(sim.now + 61_000);
      return ask();
    });
    expect(new Set(later).size).toBe(2);
    // A node that was without power remembers nobody.
    const anew = Array.from({ length: 20 }, () => {
      for (const on of [false, true]) worker1.power(on);
      return ask();
    });
    expect(new Set(anew).size).toBe(2);
  });

  it("stays on the client's node with internalTrafficPolicy Local, and drops when there is no endpoint", () => {
    const { from, get, settle, slice, url, web2, worker2 } = withWeb({ internalTrafficPolicy: "Local" });
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    expect(get(from, url)).toMatchObject({ errno: "ETIMEDOUT" });
    expect(bodyOf(get(pod(worker2, "other").port(), url))).toContain("two");
  });
});

describe("a NodePort", () => {
  it("answers on every node; with externalTrafficPolicy Local only where an endpoint is, which sees the client", () => {
    const ports = [{ port: 80, targetPort: 8080, nodePort: 30080 }];
    const { get, network, settle, slice, web2 } = withWeb({ type: "NodePort", externalTrafficPolicy: "Local", ports });
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    const laptop = network.laptopPort();
    expect(get(laptop, "http://192.168.49.3:30080/")).toMatchObject({ errno: "ETIMEDOUT" });
    expect(bodyOf(get(laptop, "http://192.168.49.4:30080/"))).toBe("two to 192.168.49.1");
  });
});

describe("addresses from outside", () => {
  /** A LoadBalancer with an endpoint on worker-2 and the address 203.0.113.7. */
  function balanced(spec: object = {}, ipMode = "VIP") {
    const net = withWeb({
      type: "LoadBalancer",
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
      ...spec,
    });
    const { client, slice, settle, web2, network, get } = net;
    const { service } = net;
    const loadBalancer = { ingress: [{ ip: "203.0.113.7", ipMode }] };
    const stored = client.resource(services).updateStatus({ ...service, status: { loadBalancer } });
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    const laptop = network.laptopPort();
    return { ...net, stored, laptop, ask: (port = laptop) => get(port, "http://203.0.113.7/") };
  }

  it("of a load balancer lead to a healthy node, and are short-circuited inside", () => {
    const { ask, from, laptop, worker1, worker2, get } = balanced();
    const seen = new Set(Array.from({ length: 20 }, () => bodyOf(ask())));
    expect(seen).toEqual(new Set(["two to 192.168.49.3", "two to 192.168.49.4"]));
    expect(ask().hops.map(({ decision }) => decision)).toEqual(["send", "balance", "forward", "answer"]);
    expect(bodyOf(ask(from))).toBe("two to 192.168.49.3");
    expect(get(laptop, "http://203.0.113.7:81/")).toMatchObject({ errno: "ETIMEDOUT" });
    worker1.proxyRunning = false;
    worker2.power(false);
    expect(ask()).toMatchObject({ errno: "ETIMEDOUT", why: "no node passes the load balancer's health check" });
  });

  it("show the client where traffic stays on the node, which says so at its health check", () => {
    const { ask, from, get, laptop, stored, worker1 } = balanced({ externalTrafficPolicy: "Local" });
    for (let i = 0; i < 10; i++) expect(bodyOf(ask())).toBe("two to 192.168.49.1");
    // Pods may go anywhere, as themselves.
    expect(bodyOf(ask(from))).toBe("two to 10.244.1.3");
    expect(bodyOf(get(from, "http://192.168.49.3:30080/"))).toBe("two to 10.244.1.3");
    const port = stored.spec.healthCheckNodePort as number;
    const health = (node: string) => get(laptop, `http://192.168.49.${node}:${port}/`);
    const body = JSON.stringify(
      { service: { namespace: "default", name: "web" }, localEndpoints: 1, serviceProxyHealthy: true },
      undefined,
      "\t",
    );
    expect(health("4")).toMatchObject({ response: { status: 200, body } });
    expect(health("3")).toMatchObject({ response: { status: 503 } });
    worker1.proxyRunning = false;
    expect(health("3")).toMatchObject({ errno: "ECONNREFUSED" });
  });

  it("go out to a load balancer of mode Proxy, which the backend then sees as its client", () => {
    const { ask, from, laptop } = balanced({ externalTrafficPolicy: "Local" }, "Proxy");
    expect([bodyOf(ask(laptop)), bodyOf(ask(from))]).toEqual(["two to 203.0.113.7", "two to 203.0.113.7"]);
  });

  it("are for the source ranges only, which node ports don't know", () => {
    const { ask, from, get, laptop } = balanced({ loadBalancerSourceRanges: ["10.244.1.0/24"] });
    expect(ask()).toMatchObject({ errno: "ETIMEDOUT", why: expect.stringContaining("loadBalancerSourceRanges") });
    expect(ask(from).ok).toBe(true);
    expect(get(laptop, "http://192.168.49.3:30080/").ok).toBe(true);
  });

  it("may be any that an administrator routes to a node", () => {
    const { from, get, network, settle, slice, web2 } = withWeb({ externalIPs: ["192.168.49.3", "198.51.100.1"] });
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    expect(bodyOf(get(from, "http://198.51.100.1/"))).toBe("two to 192.168.49.3");
    expect(bodyOf(get(network.laptopPort(), "http://192.168.49.3/"))).toBe("two to 192.168.49.3");
    expect(get(network.laptopPort(), "http://198.51.100.1/")).toMatchObject({ errno: "ETIMEDOUT" });
  });

  it("are the service's own through a tunnel", () => {
    const { get, network, settle, slice, url, web2 } = withWeb();
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    const laptop = network.laptopPort();
    expect(get(laptop, url)).toMatchObject({ errno: "ETIMEDOUT" });
    network.setTunnel("worker-1");
    expect(bodyOf(get(laptop, url))).toBe("two to 192.168.49.3");
    network.setTunnel(undefined);
    expect(get(laptop, url).ok).toBe(false);
  });
});

describe("SCTP", () => {
  it("is stored, leads nowhere, and that is said", () => {
    const { client, get, settle, worker1 } = createTestNetwork();
    const ports = [{ port: 80, protocol: "SCTP" }];
    expect(services.warnings?.({ spec: { ports } } as never, undefined)).toEqual([
      "spec.ports[0]: nothing here speaks SCTP: port 80 leads nowhere",
    ]);
    const { spec } = client
      .resource(services)
      .create({ metadata: { name: "sctp", namespace: "default" }, spec: { ports } });
    settle();
    expect(get(worker1.port(), `http://${spec.clusterIP}/`)).toMatchObject({ errno: "ETIMEDOUT" });
  });
});

describe("topology", () => {
  it("prefers the node, then the zone, when every ready endpoint has hints", () => {
    const { client, from, get, settle, slice, url, web1, web2, worker1, worker2 } = withWeb();
    worker1.zone = "a";
    worker2.zone = "b";
    const hint = (zone: string, node?: string) => ({
      hints: { forZones: [{ name: zone }], ...(node !== undefined && { forNodes: [{ name: node }] }) },
    });
    const seen = (): string =>
      [...new Set(Array.from({ length: 20 }, () => bodyOf(get(from, url)).slice(0, 3)))].sort().join();
    const replace = (...list: object[]): string => {
      for (const { metadata } of client.resource(endpointSlices).list("default").items)
        client.resource(endpointSlices).delete("default", metadata.name);
      slice("web", list as never);
      settle();
      return seen();
    };
    const one = at(web1.ip, "worker-1");
    const two = at(web2.ip, "worker-2");
    expect(replace({ ...one, ...hint("a") }, { ...two, ...hint("b") })).toBe("one");
    expect(replace({ ...one, ...hint("b") }, { ...two, ...hint("a") })).toBe("two");
    expect(replace({ ...one, ...hint("a") }, two)).toBe("one,two");
    expect(replace({ ...one, ...hint("b") }, { ...two, ...hint("b") })).toBe("one,two");
    expect(replace({ ...one, ...hint("b", "worker-1") }, { ...two, ...hint("a", "worker-2") })).toBe("one");
    const waiting = { ...at(web1.ip, "worker-1", { ready: false, serving: true, terminating: true }), ...hint("b") };
    expect(replace(waiting, { ...two, ...hint("a") })).toBe("two");
  });
});

describe("changes", () => {
  it("take the rules away with the service", () => {
    const { client, from, get, settle, slice, url, web2 } = withWeb();
    slice("web", [at(web2.ip, "worker-2")]);
    settle();
    expect(get(from, url).ok).toBe(true);
    client.resource(services).delete("default", "web");
    settle();
    expect(get(from, url)).toMatchObject({ errno: "ETIMEDOUT" });
  });
});

describe("a node whose proxy writes its rules", () => {
  it("does so at once, and then not before its minSyncPeriod has passed", () => {
    const net = createTestNetwork();
    const { sim, network, client } = net;
    const web = pod(net.worker2, "web");
    web.namespace.bindHttp(8080, says("web"));
    const url = `http://${net.service("web", {}).spec.clusterIP}/`;
    const ask = () => bodyOf(net.get(net.worker1.port(), url));
    const heard = 100;
    sim.runUntil(sim.now + heard);
    expect(ask()).toBe("ECONNREFUSED: default/web has no ready endpoints");
    net.slice("web", [at(web.ip, "worker-2")]);
    sim.runUntil(sim.now + 800);
    expect(ask()).toBe("ECONNREFUSED: default/web has no ready endpoints");
    sim.runUntil(sim.now + 200);
    expect(ask()).toBe("web to 192.168.49.3");

    // What is gone is still sent to for as long, if there was another change just before.
    sim.runUntil(sim.now + 5000);
    const other = net.service("other", {});
    sim.runUntil(sim.now + heard);
    client.resource(endpointSlices).delete("default", "web-1");
    sim.runUntil(sim.now + heard);
    expect([ask(), bodyOf(net.get(net.worker1.port(), `http://${other.spec.clusterIP}/`))]).toEqual([
      "web to 192.168.49.3",
      "ECONNREFUSED: default/other has no ready endpoints",
    ]);
    sim.runUntil(sim.now + 1000);
    expect(ask()).toBe("ECONNREFUSED: default/web has no ready endpoints");

    // IPVS has no such period unless it is told one.
    for (const name of ["worker-1", "worker-2"]) network.setProxy(name, { mode: "ipvs", syncMs: 30_000, minSyncMs: 0 });
    client.resource(services).delete("default", "other");
    sim.runUntil(sim.now + heard);
    net.slice("web", [at(web.ip, "worker-2")]);
    sim.runUntil(sim.now + heard);
    expect(ask()).toBe("web to 192.168.49.3");
  });
});

describe("a node whose proxy stands still", () => {
  it("keeps its old rules until the proxy runs again", () => {
    const net = createTestNetwork();
    const web1 = pod(net.worker1, "web-1");
    const web2 = pod(net.worker2, "web-2");
    web1.namespace.bindHttp(8080, says("one"));
    web2.namespace.bindHttp(8080, says("two"));
    const url = `http://${net.service("web", {}).spec.clusterIP}/`;
    net.slice("web", [at(web1.ip, "worker-1")]);
    net.settle();
    net.worker1.proxyRunning = false;
    net.client.resource(endpointSlices).delete("default", "web-1");
    net.slice("web", [at(web2.ip, "worker-2")]);
    net.settle();
    expect(bodyOf(net.get(net.worker1.port(), url))).toContain("one");
    expect(bodyOf(net.get(net.worker2.port(), url))).toContain("two");
    net.worker1.proxyRunning = true;
    expect(bodyOf(net.get(net.worker1.port(), url))).toContain("two");
  });
});
