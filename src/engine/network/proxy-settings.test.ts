/** What a kube-proxy's configuration changes for traffic: who is hidden, where node ports answer, who is chosen. */
import { describe, expect, it } from "vitest";
import { services } from "../api/registry.ts";
import type { ProxySettings, ProxyTraffic } from "./proxy-settings.ts";
import { createTestNetwork, pod } from "./testing/test-network.ts";

const SETTINGS: ProxySettings = { mode: "iptables", minSyncMs: 1000, syncMs: 30_000 };

function world() {
  const net = createTestNetwork({ clusterCIDR: "10.244.0.0/16" });
  const [caller, web] = [pod(net.worker1, "caller"), pod(net.worker2, "web")];
  web.namespace.bindHttp(8080, ({ remoteAddress }) => ({ status: 200, body: remoteAddress }));
  const spec = { type: "NodePort", ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] };
  const { clusterIP = "" } = net.service("web", spec).spec;
  net.slice("web", [{ addresses: [web.ip], nodeName: "worker-2" }]);
  net.settle();
  /** The client that the endpoint saw, or why nobody answered. */
  const asked = (from: "pod" | "node" | "laptop", host = clusterIP): string => {
    const port = from === "pod" ? caller.port() : from === "node" ? net.worker1.port() : net.network.laptopPort();
    const outcome = net.get(port, `http://${host}/`, { timeoutMs: 1000 });
    return outcome.ok ? outcome.response.body : outcome.errno;
  };
  const told = (traffic: ProxyTraffic, mode: ProxySettings["mode"] = "iptables"): void => {
    for (const name of ["worker-1", "worker-2"]) net.network.setProxy(name, { ...SETTINGS, mode, traffic });
  };
  const dump = (): string =>
    net.worker1.filter
      .iptables("IPv4", false)
      .flatMap(({ chains }) => chains.flatMap(({ name, rules }) => rules.map((rule) => ({ name, ...rule }))))
      .filter(({ target }) => target === "KUBE-MARK-MASQ" || target === "KUBE-NODEPORTS")
      .filter(({ name }) => /^KUBE-(SVC|SERVICES)/.test(name))
      .map(({ source = "", destination = "", inInterface = "", matches = [] }) =>
        [inInterface, source, destination, ...matches.map(({ save }) => save)]
          .filter((text) => text !== "")
          .join(" | "),
      )
      .join("\n");
  return { ...net, clusterIP, caller, web, asked, told, dump };
}

describe("who is hidden behind the node", () => {
  it("is nobody whom the proxy takes for a pod, and everybody with masqueradeAll", () => {
    const { asked, told, dump, clusterIP, caller } = world();
    expect([asked("pod"), dump().split("\n")[1]]).toEqual([
      caller.ip,
      `! 10.244.0.0/16 | ${clusterIP} | -m tcp --dport 80`,
    ]);
    for (const mode of ["iptables", "ipvs", "nftables"] as const) {
      told({ masqueradeAll: true }, mode);
      expect(asked("pod")).toBe("192.168.49.3");
    }
    told({ masqueradeAll: true });
    expect(dump().split("\n")[1]).toBe(`${clusterIP} | -m tcp --dport 80`);
    told({});
    expect(asked("pod")).toBe(caller.ip);
  });

  it("is every pod where the configuration names other ranges than theirs, and nobody where it names none", () => {
    const { asked, told, dump, clusterIP, caller, worker1 } = world();
    told({ local: { ranges: "10.99.0.0/16" } });
    expect([asked("pod"), dump().split("\n")[1]]).toEqual([
      "192.168.49.3",
      `! 10.99.0.0/16 | ${clusterIP} | -m tcp --dport 80`,
    ]);
    told({ local: { ranges: "" } });
    expect([asked("pod"), dump().split("\n")]).toEqual([caller.ip, ["-m addrtype --dst-type LOCAL"]]);
    told({ local: "NodeCIDR" });
    expect([asked("pod"), dump().split("\n")[1]]).toEqual([
      caller.ip,
      `! ${worker1.podCIDR} | ${clusterIP} | -m tcp --dport 80`,
    ]);
    told({ local: { interface: "cni0" } });
    expect([asked("pod"), dump().split("\n")[1]]).toEqual([caller.ip, `! cni0 | ${clusterIP} | -m tcp --dport 80`]);
    told({ local: { interface: "cali+" } });
    expect(asked("pod")).toBe("192.168.49.3");
    told({ local: { interface: "cali+" } }, "nftables");
    expect(worker1.filter.nftables()).toContain('iifname != "cali*" jump mark-for-masquerade');
  });

  it("by its node's range, also where that is known only after its proxy has begun", () => {
    const { worker1, told, dump, clusterIP } = world();
    const { podCIDR } = worker1;
    worker1.forgetPodCIDRs();
    told({ local: "NodeCIDR" });
    expect(dump()).toBe("-m addrtype --dst-type LOCAL");
    worker1.setPodCIDR(podCIDR);
    expect(dump().split("\n")[1]).toBe(`! ${podCIDR} | ${clusterIP} | -m tcp --dport 80`);
  });
});

describe("where node ports answer", () => {
  it("is at all addresses, at those of the named ranges, or at the node's own", () => {
    const { asked, told, dump, worker1 } = world();
    const answers = (): boolean[] => [
      asked("laptop", "192.168.49.3:30080") === "192.168.49.3",
      asked("node", "127.0.0.1:30080") === "192.168.49.3",
    ];
    expect(answers()).toEqual([true, true]);
    told({ nodePortAddresses: ["192.168.49.0/24"] });
    expect([answers(), dump().split("\n")[0]]).toEqual([[true, false], "192.168.49.3"]);
    told({ nodePortAddresses: ["127.0.0.0/8"] });
    expect([answers(), dump().split("\n")[0]]).toEqual([[false, true], "127.0.0.1"]);
    told({ nodePortAddresses: "primary" });
    expect([answers(), dump().split("\n")[0]]).toEqual([[true, false], "192.168.49.3"]);
    told({ localhostNodePorts: false });
    expect([answers(), dump().split("\n")[0]]).toEqual([[true, false], "! 127.0.0.0/8 | -m addrtype --dst-type LOCAL"]);
    told({ nodePortAddresses: ["10.0.0.0/8"] });
    expect([answers(), asked("laptop", "192.168.49.3:30080")]).toEqual([[false, false], "ECONNREFUSED"]);
    told({ nodePortAddresses: ["10.0.0.0/8"] }, "ipvs");
    expect(worker1.filter.virtualServers().map(({ address }) => address)).not.toContain("192.168.49.3:30080");
  });
});

it("IPVS keeps a client at one endpoint with sh, and leaves virtual servers of excluded ranges to others", () => {
  const { told, worker1, worker2, caller, get, clusterIP, slice, settle, service } = world();
  const other = pod(worker2, "other");
  other.namespace.bindHttp(8080, () => ({ status: 200, body: "other" }));
  slice("web", [{ addresses: [other.ip], nodeName: "worker-2" }]);
  settle();
  const answers = (): number => {
    const seen = Array.from({ length: 6 }, () => get(caller.port(), `http://${clusterIP}/`));
    return new Set(seen.map((outcome) => (outcome.ok ? outcome.response.body : outcome.errno))).size;
  };
  told({}, "ipvs");
  expect(answers()).toBe(2);
  told({ scheduler: "sh" }, "ipvs");
  expect(answers()).toBe(1);
  const servers = (): string[] => worker1.filter.virtualServers().map(({ address }) => address);
  const add = (address: string): void =>
    void worker1.filter.editIpvs({ do: "add", protocol: "TCP", address, scheduler: "rr", persistentSeconds: 0 });
  told({ excludeCIDRs: ["10.200.0.0/16"] }, "ipvs");
  for (const address of ["10.200.0.1:80", "10.201.0.1:80"]) add(address);
  service("new", {});
  settle();
  expect(["10.200.0.1:80", "10.201.0.1:80"].map((address) => servers().includes(address))).toEqual([true, false]);
});

describe("another mode", () => {
  const written = (test: ReturnType<typeof world>): string[] => {
    const { filter } = test.worker1;
    const chains = filter.iptables("IPv4", false).flatMap((table) => table.chains.map(({ name }) => name));
    return [
      ...(filter.virtualServers().length > 0 ? ["virtual servers"] : []),
      ...(chains.some((name) => name.startsWith("KUBE-SVC")) ? ["chains"] : []),
      ...(chains.includes("KUBE-SERVICES") ? ["portals"] : []),
      ...(filter.nftables() === "" ? [] : ["table"]),
    ];
  };

  it("leaves what iptables and IPVS have written to each other, and nothing in nftables mode", () => {
    const test = world();
    test.told({});
    expect(written(test)).toEqual(["chains", "portals"]);
    test.told({}, "ipvs");
    expect(written(test)).toEqual(["virtual servers", "chains", "portals"]);
    test.told({});
    expect(written(test)).toEqual(["virtual servers", "chains", "portals"]);
    test.told({}, "nftables");
    expect(written(test)).toEqual(["table"]);
    test.told({});
    expect(written(test)).toEqual(["chains", "portals"]);
  });

  it("goes on sending to a service that is no more where its virtual server was left, until somebody cleans up", () => {
    const { told, asked, caller, client, settle, worker1 } = world();
    told({}, "ipvs");
    told({});
    client.resource(services).delete("default", "web");
    settle();
    expect(asked("pod")).toBe(caller.ip);
    worker1.cleanUp();
    expect(asked("pod")).toBe("ETIMEDOUT");
  });
});
