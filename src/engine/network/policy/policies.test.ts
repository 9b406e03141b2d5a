import { describe, expect, it } from "vitest";
import type { NetworkPolicy } from "../../api/generated/types.ts";
import { namespaces, networkPolicies, pods, serviceAccounts } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { bodyOf, createTestNetwork, says } from "../testing/test-network.ts";
import type { PodNetwork } from "../node-network.ts";

setDeepFreeze(true);

type Policy = Partial<NetworkPolicy["spec"]>;

/** Two namespaces of pods that all listen on 8080 (named http) and 9090, and a laptop before them. */
function town() {
  const net = createTestNetwork();
  const { client, worker1, worker2, settle, network } = net;
  const places = new Map<string, PodNetwork>();
  for (const namespace of ["default", "shop"]) {
    client.resource(serviceAccounts).create({ metadata: { name: "default", namespace } });
  }
  const label = (namespace: string, labels: Record<string, string>): void => {
    client.resource(namespaces).patch("", namespace, { metadata: { labels } });
    settle();
  };
  label("shop", { team: "shop" });
  for (const [namespace, name, app, node] of [
    ["default", "web", "web", worker1],
    ["default", "db", "db", worker2],
    ["shop", "cart", "web", worker2],
    ["shop", "pay", "pay", worker1],
  ] as const) {
    const ports = [{ name: "http", containerPort: 8080 }];
    client.resource(pods).create({
      metadata: { name, namespace, labels: { app } },
      spec: { nodeName: node.name, containers: [{ name: "c", image: "nginx", ports }] },
    });
    const place = node.attachPod({ namespace, name, uid: name });
    for (const port of [8080, 9090]) place.namespace.bindHttp(port, says(name));
    place.namespace.bindUdp(8080, () => "pong");
    places.set(name, place);
  }
  settle();
  const place = (name: string): PodNetwork => places.get(name) as PodNetwork;
  /** Who of all reaches `name`, in alphabetical order. */
  const reaches = (name: string, port = 8080): string =>
    [...places.keys()]
      .filter((other) => other !== name)
      .filter((other) => net.get(place(other).port(), `http://${place(name).ip}:${port}/`).ok)
      .sort()
      .join(" ");
  const policy = (name: string, spec: Policy, namespace = "default"): void => {
    client.resource(networkPolicies).create({ metadata: { name, namespace }, spec: { podSelector: {}, ...spec } });
    settle();
  };
  return { ...net, place, reaches, policy, label, laptop: network.laptopPort() };
}

describe("network policies", () => {
  it("let everything pass where none selects a pod, and add up where several do", () => {
    const { policy, reaches } = town();
    expect(reaches("db")).toBe("cart pay web");
    policy("deny", { podSelector: { matchLabels: { app: "db" } } });
    expect([reaches("db"), reaches("web")]).toEqual(["", "cart db pay"]);
    policy("from-web", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] });
    expect(reaches("db")).toBe("web");
    policy("from-shop", { ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "shop" } } }] }] });
    expect(reaches("db")).toBe("cart pay web");
  });

  it("read selectors of one peer together, of two peers apart", () => {
    const { policy, reaches, client, settle, label } = town();
    const namespaceSelector = { matchLabels: { team: "shop" } };
    const podSelector = { matchLabels: { app: "web" } };
    policy("both", { ingress: [{ from: [{ namespaceSelector, podSelector }] }] });
    expect(reaches("db")).toBe("cart");
    client.resource(networkPolicies).delete("default", "both");
    policy("either", { ingress: [{ from: [{ namespaceSelector }, { podSelector }] }] });
    expect(reaches("db")).toBe("cart pay web");
    label("shop", { team: "none" });
    expect(reaches("db")).toBe("web");
    client.resource(pods).patch("default", "web", { metadata: { labels: { app: "other" } } });
    settle();
    expect(reaches("db")).toBe("");
  });

  it("know ports by number, range, name and protocol", () => {
    const { policy, reaches, client, place, sim } = town();
    const only = (ports: NonNullable<NonNullable<Policy["ingress"]>[number]["ports"]>): string[] => {
      policy("ports", { ingress: [{ ports }] });
      const result = [reaches("db"), reaches("db", 9090)];
      client.resource(networkPolicies).delete("default", "ports");
      return result;
    };
    expect(only([{ port: 8080 }])).toEqual(["cart pay web", ""]);
    expect(only([{ port: "http" }])).toEqual(["cart pay web", ""]);
    expect(only([{ port: 9000, endPort: 9090 }])).toEqual(["", "cart pay web"]);
    expect(only([{ protocol: "UDP" }])).toEqual(["", ""]);
    expect(only([{ protocol: "TCP" }])).toEqual(["cart pay web", "cart pay web"]);
    policy("udp", { ingress: [{ ports: [{ port: 8080, protocol: "UDP" }] }] });
    const heard: unknown[] = [];
    place("web")
      .port()
      .connect(
        { host: place("db").ip, port: 8080, protocol: "UDP" },
        {
          opened(socket) {
            socket.write("ping");
            return { data: (text) => void heard.push(text) };
          },
          fail: (errno) => void heard.push(errno),
        },
      );
    sim.runUntilIdle(1000);
    expect(heard).toEqual(["pong"]);
  });

  it("cut blocks of addresses with holes, for pods, nodes and the world", () => {
    const { policy, reaches, get, laptop, service, slice, settle, place, worker1, worker2 } = town();
    service("db", { type: "NodePort", ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
    slice("db", [{ addresses: [place("db").ip], nodeName: "worker-2" }]);
    settle();
    policy("blocks", { ingress: [{ from: [{ ipBlock: { cidr: "10.244.1.0/24", except: ["10.244.1.3/32"] } }] }] });
    expect(reaches("db")).toBe("web");
    expect(get(laptop, "http://192.168.49.4:30080/")).toMatchObject({ ok: false, errno: "ETIMEDOUT" });
    expect(get(worker1.port(), `http://${place("db").ip}:8080/`).ok).toBe(false);
    // Between a node and its own pods nothing stands: kubelet has to probe them.
    expect(get(worker2.port(), `http://${place("db").ip}:8080/`).ok).toBe(true);
    policy("gateway", { ingress: [{ from: [{ ipBlock: { cidr: "192.168.49.1/32" } }] }] });
    expect(get(laptop, "http://192.168.49.4:30080/").ok).toBe(true);
    // Another node's proxy shows its own address.
    expect(get(laptop, "http://192.168.49.3:30080/").ok).toBe(false);
    policy("nodes", { ingress: [{ from: [{ ipBlock: { cidr: "192.168.49.3/32" } }] }] });
    expect(get(laptop, "http://192.168.49.3:30080/").ok).toBe(true);
  });

  it("ask both ends, name the policy and the rule, and drop", () => {
    const { policy, get, place } = town();
    const ask = () => get(place("web").port(), `http://${place("db").ip}:8080/`, { timeoutMs: 3000 });
    policy("out", { policyTypes: ["Egress"], egress: [{ to: [{ podSelector: { matchLabels: { app: "db" } } }] }] });
    policy("in", { podSelector: { matchLabels: { app: "db" } } });
    const denied = ask();
    expect(denied).toMatchObject({ ok: false, errno: "ETIMEDOUT", latencyMs: 3000 });
    expect(denied.hops).toEqual([
      { at: "pod/default/web", decision: "send", reason: `http://${place("db").ip}:8080/` },
      {
        at: "pod/default/web",
        decision: "allow",
        reason: "policy default/out, egress[0], lets it to pod/default/db, port 8080 (TCP)",
      },
      {
        at: "pod/default/db",
        decision: "deny",
        reason:
          "policy default/in isolates pod/default/db for ingress, and no rule lets pod/default/web to port 8080 (TCP)",
      },
    ]);
    policy("let", { ingress: [{}, { ports: [{ port: 1 }] }], policyTypes: ["Ingress"] });
    expect(bodyOf(ask())).toBe("db to 10.244.1.2");
    expect(bodyOf(get(place("db").port(), `http://${place("db").ip}:8080/`))).toBe("db to 127.0.0.1");
  });

  it("stand before services as before pods, and before the name server when egress forgets it", () => {
    const { policy, get, place, service, slice, settle } = town();
    service("web", { clusterIP: "10.96.1.1", ports: [{ port: 80, targetPort: 8080 }] });
    slice("web", [{ addresses: [place("cart").ip], nodeName: "worker-2" }]);
    settle();
    const ask = (url: string) => get(place("web").port(), url);
    policy("out", { policyTypes: ["Egress"], egress: [{ ports: [{ port: 80 }] }] });
    expect(ask("http://10.96.1.1/")).toMatchObject({ errno: "ETIMEDOUT", why: expect.stringContaining("port 8080") });
    policy("target", { policyTypes: ["Egress"], egress: [{ ports: [{ port: 8080 }] }] });
    expect(ask("http://10.96.1.1/").ok).toBe(true);
    expect(ask("http://web/")).toMatchObject({ errno: "EAI_AGAIN", latencyMs: 10_000 });
    expect(ask("http://203.0.113.1/")).toMatchObject({ errno: "ETIMEDOUT", why: "nobody answers at this address" });
    expect(ask("http://203.0.113.1:81/").ok).toBe(false);
  });

  it("leave alone what runs on its node's network", () => {
    const { policy, worker1, get, place } = town();
    const host = worker1.attachPod({ namespace: "default", name: "host", uid: "host", hostNetwork: true });
    host.namespace.bindHttp(7000, says("host"));
    policy("deny", { policyTypes: ["Ingress", "Egress"] });
    expect(bodyOf(get(place("pay").port(), "http://192.168.49.3:7000/"))).toBe("host to 10.244.1.3");
    expect(get(place("db").port(), "http://192.168.49.3:7000/")).toMatchObject({ errno: "ETIMEDOUT" });
  });

  it("don't touch connections that are open", () => {
    const { policy, place, sim } = town();
    place("db").namespace.bindTcp(1, (connection) => ({ data: (text) => connection.write(text.toUpperCase()) }));
    const heard: string[] = [];
    let send = (_text: string): void => {};
    place("web")
      .port()
      .connect(
        { host: place("db").ip, port: 1 },
        {
          opened(connection) {
            send = (text) => connection.write(text);
            return { data: (text) => void heard.push(text) };
          },
          fail: (errno) => void heard.push(errno),
        },
      );
    sim.runUntilIdle(1000);
    policy("deny", { policyTypes: ["Ingress", "Egress"] });
    send("still there");
    sim.runUntilIdle(1000);
    expect(heard).toEqual(["STILL THERE"]);
  });
});

/** Upstream: ahmetb/kubernetes-network-policy-recipes; each does what its page says. */
describe("the well-known recipes", () => {
  const from = (...peers: NonNullable<NonNullable<Policy["ingress"]>[number]["from"]>): Policy["ingress"] => [
    { from: peers },
  ];

  it("01, 02, 02a: nobody, only some pods, and everybody again", () => {
    const { policy, reaches } = town();
    policy("web-deny-all", { podSelector: { matchLabels: { app: "web" } }, ingress: [] });
    expect([reaches("web"), reaches("db"), reaches("cart")]).toEqual(["", "cart pay web", "db pay web"]);
    policy("api-allow", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: from({ podSelector: { matchLabels: { app: "web" } } }),
    });
    expect(reaches("db")).toBe("web");
    policy("web-allow-all", { podSelector: { matchLabels: { app: "web" } }, ingress: [{}] });
    expect(reaches("web")).toBe("cart db pay");
  });

  it("03, 05, 06: nobody in the namespace, all namespaces, and one by its label", () => {
    const { policy, reaches, label } = town();
    policy("default-deny-all", { ingress: [] });
    expect([reaches("web"), reaches("db"), reaches("pay")]).toEqual(["", "", "cart db web"]);
    policy("web-allow-prod", {
      podSelector: { matchLabels: { app: "web" } },
      ingress: from({ namespaceSelector: { matchLabels: { purpose: "production" } } }),
    });
    expect(reaches("web")).toBe("");
    label("shop", { purpose: "production" });
    expect([reaches("web"), reaches("db")]).toEqual(["cart pay", ""]);
    policy("web-allow-all-namespaces", {
      podSelector: { matchLabels: { app: "web" } },
      ingress: from({ namespaceSelector: {} }),
    });
    expect(reaches("web")).toBe("cart db pay");
  });

  it("09, 12: one port for some, and nothing out of the namespace", () => {
    const { policy, reaches } = town();
    policy("api-allow-9090", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ ports: [{ port: 9090 }], from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
    });
    expect([reaches("db", 9090), reaches("db", 8080)]).toEqual(["web", ""]);
    policy("default-deny-all-egress", { policyTypes: ["Egress"], egress: [] });
    expect([reaches("db", 9090), reaches("cart"), reaches("web")]).toEqual(["", "pay", "cart pay"]);
  });

  it("04, 07: only the own namespace, and some pods of another one", () => {
    const { policy, reaches, label } = town();
    policy("deny-from-other-namespaces", { podSelector: {}, ingress: from({ podSelector: {} }) });
    expect([reaches("web"), reaches("db"), reaches("cart")]).toEqual(["db", "web", "db pay web"]);
    policy("web-allow-all-ns-monitoring", {
      podSelector: { matchLabels: { app: "web" } },
      ingress: from({
        namespaceSelector: { matchLabels: { team: "operations" } },
        podSelector: { matchLabels: { app: "pay" } },
      }),
    });
    expect(reaches("web")).toBe("db");
    label("shop", { team: "operations" });
    expect([reaches("web"), reaches("db")]).toEqual(["db pay", "web"]);
  });

  it("08, 10: clients from outside, and several selectors of which one is enough", () => {
    const { policy, reaches, get, laptop, service, slice, settle, place } = town();
    service("web", { type: "NodePort", ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
    slice("web", [{ addresses: [place("web").ip], nodeName: "worker-1" }]);
    settle();
    const outside = () => get(laptop, "http://192.168.49.3:30080/", { timeoutMs: 1000 }).ok;
    policy("web-deny-all", { podSelector: { matchLabels: { app: "web" } }, ingress: [] });
    expect(outside()).toBe(false);
    policy("web-allow-external", { podSelector: { matchLabels: { app: "web" } }, ingress: [{ from: [] }] });
    expect([outside(), reaches("web")]).toEqual([true, "cart db pay"]);
    policy("redis-allow-services", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: from(
        { podSelector: { matchLabels: { app: "web", role: "search" } } },
        { podSelector: { matchLabels: { app: "web" } }, namespaceSelector: { matchLabels: { team: "shop" } } },
      ),
    });
    expect(reaches("db")).toBe("cart");
  });

  it("11, 14: nothing out of an application, names alone, and the cluster alone", () => {
    const { policy, get, place, client } = town();
    const web = place("web").port({ dnsPolicy: "None", dnsConfig: { nameservers: ["8.8.8.8"] } });
    const asks = (...urls: string[]) =>
      urls.map((url) => {
        const exchange = get(web, url);
        return exchange.ok ? exchange.response.status : exchange.errno;
      });
    const inside = `http://${place("cart").ip}:8080/`;
    const rules = (egress: NonNullable<Policy["egress"]>): void => {
      policy("foo-deny", { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Egress"], egress });
    };
    const names = {
      ports: [
        { port: 53, protocol: "UDP" as const },
        { port: 53, protocol: "TCP" as const },
      ],
    };
    rules([]);
    // Not even a name is found.
    expect(asks("http://example.com/", inside)).toEqual(["EAI_AGAIN", "ETIMEDOUT"]);
    client.resource(networkPolicies).delete("default", "foo-deny");
    rules([names]);
    expect(asks("http://example.com/", inside)).toEqual(["ETIMEDOUT", "ETIMEDOUT"]);
    client.resource(networkPolicies).delete("default", "foo-deny");
    rules([names, { to: [{ namespaceSelector: {} }] }]);
    expect(asks("http://example.com/", inside)).toEqual(["ETIMEDOUT", 200]);
  });
});
