import { describe, expect, it } from "vitest";
import { createTestNetwork, pod as attach, says } from "../network/testing/test-network.ts";
import { createTestScheduler } from "../scheduler/testing/test-scheduler.ts";
import { explainExchange } from "./exchange.ts";
import { explainPending } from "./pending.ts";
import { sentence } from "./sentences.ts";
import { explainPlacement } from "./placement.ts";

describe("explainPlacement", () => {
  it("tells every node's scores by plugin, and who ruled the others out", () => {
    const test = createTestScheduler();
    test.node("big", { cpu: "8" });
    test.node("small", { cpu: "2" });
    test.node("kept", { taints: [{ key: "team", value: "a", effect: "NoSchedule" }] });
    test.settle();
    test.pod("web", { cpu: "1" });
    test.settle(100);
    const placement = explainPlacement(test.scheduler.decisions.get("default/web"));
    expect(placement).toMatchObject({ node: "big", fitting: 2, total: 3 });
    const [first, second, third] = placement?.nodes ?? [];
    expect([first?.node, second?.node, third?.node]).toEqual(["big", "small", "kept"]);
    expect(first?.total).toBe(first?.plugins.reduce((sum, { weighted }) => sum + weighted, 0));
    // 1 of 8 CPUs and none of the memory is taken; NodeResourcesFit weighs 1, TaintToleration counts the wrong way and 3.
    const of = (name: string) => first?.plugins.find((each) => each.name === name);
    expect(of("NodeResourcesFit")).toEqual({ name: "NodeResourcesFit", raw: 91, weighted: 91 });
    expect(of("TaintToleration")).toEqual({ name: "TaintToleration", raw: 0, weighted: 300 });
    expect(third?.rejected).toEqual({
      plugin: "TaintToleration",
      reasons: ["node(s) had untolerated taint(s) {team: a}"],
    });
  });

  it("knows nothing of pods that were never decided on", () => {
    expect(explainPlacement(createTestScheduler().scheduler.decisions.get("default/none"))).toBeUndefined();
  });
});

describe("explainPending", () => {
  it("groups the nodes by who ruled them out, most first", () => {
    const test = createTestScheduler();
    test.node("a");
    test.node("b");
    test.node("c", { unschedulable: true });
    test.settle();
    const pod = test.pod("web", { cpu: "64" });
    test.settle(100);
    expect(explainPending(pod, test.scheduler.decisions.get("default/web"))).toEqual([
      { key: "pending.resources", values: { nodes: 2, reason: "Insufficient cpu" } },
      { key: "pending.cordoned", values: { nodes: 1, reason: "node(s) were unschedulable" } },
    ]);
  });

  it("tells of gates, of a scheduler that never looked, and nothing of a pod that has its node", () => {
    const test = createTestScheduler();
    const gated = test.pod("gated", { schedulingGates: [{ name: "example.com/wait" }] });
    expect(explainPending(gated, undefined)).toEqual([{ key: "pending.gated", values: { gates: "example.com/wait" } }]);
    const other = test.pod("other", { schedulerName: "mine" });
    expect(explainPending(other, undefined)).toEqual([{ key: "pending.not-looked-at", values: { scheduler: "mine" } }]);
    expect(explainPending(test.pod("bound", { nodeName: "a" }), undefined)).toEqual([]);
  });
});

describe("explainExchange", () => {
  const ask = (net: ReturnType<typeof createTestNetwork>, from: ReturnType<typeof attach>, url: string) => {
    const exchange = net.get(from.port(), url);
    return { exchange, finding: explainExchange(exchange) };
  };

  it("has nothing to say when an answer came", () => {
    const net = createTestNetwork();
    const web = attach(net.worker1, "web");
    web.namespace.bindHttp(80, says("hello"));
    expect(ask(net, attach(net.worker2, "client"), `http://${web.ip}/`).finding).toBeUndefined();
  });

  it("nothing listens: which ports do", () => {
    const net = createTestNetwork();
    const web = attach(net.worker1, "web");
    web.namespace.bindHttp(8080, says("hello"));
    const { exchange, finding } = ask(net, attach(net.worker2, "client"), `http://${web.ip}/`);
    expect(finding).toMatchObject({
      at: exchange.hops.at(-1)?.at,
      hop: exchange.hops.length - 1,
      cause: { key: "exchange.nothing-listens", values: { port: 80 } },
      change: { key: "change.use-port", values: { listening: "8080" } },
    });
  });

  it("a service: without ready endpoints, or with a wrong target port", () => {
    const net = createTestNetwork();
    const web = attach(net.worker1, "web");
    web.namespace.bindHttp(9090, says("hello"));
    const client = attach(net.worker2, "client");
    const url = `http://${net.service("web", { selector: { app: "web" } }).spec.clusterIP}/`;
    net.settle();
    expect(ask(net, client, url).finding).toMatchObject({
      at: "service/default/web",
      cause: { key: "exchange.no-ready-endpoints", values: { service: "default/web" } },
      change: { key: "change.ready-pods-or-selector" },
    });
    net.slice("web", [{ addresses: [web.ip], conditions: { ready: true } }]);
    net.settle();
    expect(ask(net, client, url).finding).toMatchObject({
      cause: { key: "exchange.nothing-listens", values: { port: 8080 } },
      change: { key: "change.target-port", values: { service: "default/web", listening: "9090" } },
    });
  });

  it("addresses that nobody has, and machines without power", () => {
    const net = createTestNetwork();
    const client = attach(net.worker1, "client");
    const web = attach(net.worker2, "web");
    const keys = (url: string) => {
      const { finding } = ask(net, client, url);
      return [finding?.cause.key, finding?.change.key];
    };
    expect(keys("http://10.244.2.9/")).toEqual(["exchange.no-pod-there", "change.use-service"]);
    expect(keys("http://10.96.200.200/")).toEqual(["exchange.no-service-there", "change.service-port"]);
    expect(keys("http://203.0.113.1/")).toEqual(["exchange.nobody-there", "change.check-address"]);
    net.worker2.power(false);
    expect(keys(`http://${web.ip}/`)).toEqual(["exchange.no-power", "change.power-on"]);
  });

  it("links between nodes that are cut", () => {
    const net = createTestNetwork();
    const web = attach(net.worker2, "web");
    web.namespace.bindHttp(80, says("hello"));
    net.network.setLink("worker-1", "worker-2", { cut: true });
    const { finding } = ask(net, attach(net.worker1, "client"), `http://${web.ip}/`);
    expect(finding?.cause).toMatchObject({ key: "exchange.link-fault" });
    expect(sentence(finding?.cause ?? { key: "", values: {} })).toBe("the link between worker-1 and worker-2 is cut");
  });

  it("names: unknown ones, and nobody to ask", () => {
    const net = createTestNetwork();
    const client = attach(net.worker1, "client");
    expect(ask(net, client, "http://nowhere/").finding).toMatchObject({
      cause: { key: "exchange.no-name-server", values: { host: "nowhere" } },
      change: { key: "change.start-name-server" },
    });
  });
});
