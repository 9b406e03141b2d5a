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
  web1.namespace.listeners.set(8080, says("one"));
  web2.namespace.listeners.set(8080, says("two"));
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
    const { from, get, settle, slice, sim, url, web1, web2 } = withWeb(affinity);
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

describe("a node whose proxy stands still", () => {
  it("keeps its old rules until the proxy runs again", () => {
    const net = createTestNetwork();
    const web1 = pod(net.worker1, "web-1");
    const web2 = pod(net.worker2, "web-2");
    web1.namespace.listeners.set(8080, says("one"));
    web2.namespace.listeners.set(8080, says("two"));
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
