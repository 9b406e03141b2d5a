/** A cluster whose pods and services have addresses of both families. */
import { describe, expect, it } from "vitest";
import type { Service } from "../../api/generated/types.ts";
import {
  configMaps,
  deployments,
  endpoints,
  endpointSlices,
  networkPolicies,
  nodes,
  pods,
  serviceCIDRs,
  services,
} from "../../api/registry.ts";
import { explainFailure } from "../../diagnose/failure.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

const test = createTestCluster({ preset: "dual-stack" });
const { client } = test;
const labels = { app: "web" };

function service(name: string, spec: Partial<Service["spec"]>): Service {
  return client.resource(services).create({
    metadata: { name, namespace: "default" },
    spec: { selector: labels, ports: [{ port: 80 }], ...spec },
  });
}

const env = ["podIP", "podIPs", "hostIP", "hostIPs"].map((name) => ({
  name,
  valueFrom: { fieldRef: { fieldPath: `status.${name}` } },
}));
client.resource(deployments).create({
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "nginx", image: "nginx:1.27", env }] } },
  },
});
for (const [name, image] of [
  ["client", "nginx:1.27"],
  ["host", "nicolaka/netshoot"],
] as const)
  client.resource(pods).create({
    metadata: { name, namespace: "default" },
    spec: {
      hostNetwork: name === "host",
      containers: [
        {
          ...{ name: "shell", image, command: ["sleep", "infinity"] },
          securityContext: { capabilities: { add: ["NET_ADMIN"] } },
        },
      ],
    },
  });
service("v4", {});
const prefers = service("both", { ipFamilyPolicy: "PreferDualStack", type: "NodePort" });
const v6 = service("v6", { ipFamilies: ["IPv6"] });
const headless = service("headless", { clusterIP: "None", ipFamilyPolicy: "RequireDualStack" });
test.runUntil(() => test.list(pods).length === 4 && test.list(pods).every(({ status }) => status.phase === "Running"));
test.run(3000);
const web = () => test.list(pods).filter(({ metadata }) => metadata.labels?.["app"] === "web");
const [first] = web();
const curl = (url: string, flags = ""): string =>
  test.exec("client", `curl -s ${flags} -o /dev/null -w '%{http_code}' '${url}'`);
const seenBy = (pod: string): string[] =>
  test.cluster
    .podLog("default", pod)
    .split("\n")
    .filter((line) => line.includes("GET"))
    .map((line) => line.split(" ")[0] ?? "");

describe("a dual-stack cluster", () => {
  it("has ranges and addresses of both families for nodes and pods", () => {
    expect(test.list(serviceCIDRs, "").map(({ spec }) => spec?.cidrs)).toEqual([["10.96.0.0/12", "fd00:10:96::/112"]]);
    expect(test.get(configMaps, "kubeadm-config", "kube-system").data?.["ClusterConfiguration"]).toContain(
      "\n  podSubnet: 10.244.0.0/16,fd00:10:244::/56\n  serviceSubnet: 10.96.0.0/12,fd00:10:96::/112\n",
    );
    const seen = test
      .list(nodes, "")
      .map(({ metadata, spec, status }) => [
        metadata.name,
        spec.podCIDR,
        spec.podCIDRs?.join(),
        status.addresses?.map(({ address }) => address).join(),
      ]);
    expect(seen.toSorted()).toEqual([
      [
        "control-plane",
        "10.244.0.0/24",
        "10.244.0.0/24,fd00:10:244::/64",
        "172.18.0.2,fc00:f853:ccd:e793::2,control-plane",
      ],
      ["worker-1", "10.244.1.0/24", "10.244.1.0/24,fd00:10:244:1::/64", "172.18.0.3,fc00:f853:ccd:e793::3,worker-1"],
      ["worker-2", "10.244.2.0/24", "10.244.2.0/24,fd00:10:244:2::/64", "172.18.0.4,fc00:f853:ccd:e793::4,worker-2"],
      ["worker-3", "10.244.3.0/24", "10.244.3.0/24,fd00:10:244:3::/64", "172.18.0.5,fc00:f853:ccd:e793::5,worker-3"],
    ]);
    const { podIP = "", podIPs = [], hostIP = "", hostIPs = [] } = first?.status ?? {};
    const number = /^10\.244\.(\d)\.(\d+)$/.exec(podIP) ?? [];
    expect(podIPs.map(({ ip }) => ip)).toEqual([podIP, `fd00:10:244:${number[1]}::${Number(number[2]).toString(16)}`]);
    expect(hostIPs.map(({ ip }) => ip)).toEqual([hostIP, `fc00:f853:ccd:e793::${hostIP.slice(-1)}`]);
    const host = test.get(pods, "host").status;
    expect(host.podIPs).toEqual(host.hostIPs);
    const name = first?.metadata.name ?? "";
    expect(test.exec(name, "echo $podIP $podIPs $hostIP $hostIPs")).toBe(
      `${podIP} ${podIPs.map(({ ip }) => ip).join(",")} ${hostIP} ${hostIPs.map(({ ip }) => ip).join(",")}\n`,
    );
    expect(test.exec(name, "tail -n 2 /etc/hosts")).toBe(podIPs.map(({ ip }) => `${ip}\t${name}\n`).join(""));
    expect(test.exec(name, "hostname -I")).toBe(`${podIPs.map(({ ip }) => ip).join(" ")} \n`);
  });

  it("keeps to them when a node's object changes", () => {
    const before = test.get(pods, "client");
    client.resource(nodes).patch("", before.spec.nodeName ?? "", { metadata: { labels: { seen: "yes" } } });
    test.run(1000);
    const { nodeName } = before.spec;
    client.resource(pods).create({
      metadata: { name: "later", namespace: "default" },
      spec: { nodeName, containers: [{ name: "pause", image: "registry.k8s.io/pause:3.10" }] },
    });
    test.runUntil(() => test.get(pods, "later").status.phase === "Running", 60_000);
    const [, second = ""] = test.get(pods, "later").status.podIPs?.map(({ ip }) => ip) ?? [];
    expect(second).toMatch(/^fd00:10:244:\d::[0-9a-f]+$/);
    const others = test.list(pods, "").filter(({ metadata }) => metadata.name !== "later");
    expect(others.flatMap(({ status }) => status.podIPs ?? []).map(({ ip }) => ip)).not.toContain(second);
    client.resource(pods).delete("default", "later");
  });

  it("gives services addresses as their policy asks", () => {
    const families = (name: string) => {
      const { ipFamilyPolicy, ipFamilies, clusterIPs } = test.get(services, name).spec;
      return [ipFamilyPolicy, ipFamilies, clusterIPs?.map((ip) => (ip === "None" ? ip : ip.slice(0, 3)))];
    };
    expect(families("v4")).toEqual(["SingleStack", ["IPv4"], ["10."]]);
    expect(families("both")).toEqual(["PreferDualStack", ["IPv4", "IPv6"], ["10.", "fd0"]]);
    expect(families("v6")).toEqual(["SingleStack", ["IPv6"], ["fd0"]]);
    expect(families("headless")).toEqual(["RequireDualStack", ["IPv4", "IPv6"], ["None"]]);
    expect(families("kubernetes")).toEqual(["SingleStack", ["IPv4"], ["10."]]);
  });

  it("has slices of each of a service's families, and Endpoints of the first", () => {
    const slices = (name: string) =>
      test
        .list(endpointSlices)
        .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name)
        .map(({ addressType, endpoints: list = [] }) => [
          addressType,
          list.flatMap(({ addresses }) => addresses).sort(),
        ]);
    const of = (at: number) =>
      web()
        .map(({ status }) => status.podIPs?.[at]?.ip)
        .sort();
    expect(slices("v4")).toEqual([["IPv4", of(0)]]);
    expect(slices("v6")).toEqual([["IPv6", of(1)]]);
    expect(slices("both").toSorted()).toEqual([
      ["IPv4", of(0)],
      ["IPv6", of(1)],
    ]);
    const legacy = (name: string) =>
      test
        .get(endpoints, name)
        .subsets?.[0]?.addresses?.map(({ ip }) => ip)
        .sort();
    expect([legacy("both"), legacy("v6")]).toEqual([of(0), of(1)]);

    // A service that gains a family gains slices, and loses them with it.
    client.resource(services).patch("default", "v4", { spec: { ipFamilyPolicy: "PreferDualStack" } });
    test.run(3000);
    expect(slices("v4").toSorted()).toEqual([
      ["IPv4", of(0)],
      ["IPv6", of(1)],
    ]);
    client.resource(services).patch("default", "v4", { spec: { ipFamilyPolicy: "SingleStack" } });
    test.run(3000);
    expect(slices("v4")).toEqual([["IPv4", of(0)]]);
  });

  it("carries both to the pods, by address and by name", () => {
    const own = test.get(pods, "client").status.podIPs?.map(({ ip }) => ip) ?? [];
    const [, second = ""] = first?.status.podIPs?.map(({ ip }) => ip) ?? [];
    expect(curl(`http://[${second}]:80/`)).toBe("200");
    // The server sees its client's address of the same family.
    expect(seenBy(first?.metadata.name ?? "")).toEqual([own[1]]);
    const [a = "", b = ""] = prefers.spec.clusterIPs ?? [];
    expect([curl(`http://${a}/`), curl(`http://[${b}]/`), curl(`http://[${v6.spec.clusterIP}]/`)]).toEqual(
      Array.from({ length: 3 }, () => "200"),
    );
    // IPv6 first, as glibc sorts; IPv4 where there is nothing else, or where it is asked for.
    const family = (url: string, flags = ""): string => {
      const before = web().map(({ metadata }) => seenBy(metadata.name).length);
      expect(curl(url, flags)).toBe("200");
      const [client = ""] = web().flatMap(({ metadata }, at) => seenBy(metadata.name).slice(before[at]));
      return client.includes(":") ? "IPv6" : "IPv4";
    };
    expect([family("http://both/"), family("http://v4/"), family("http://both/", "-4")]).toEqual([
      "IPv6",
      "IPv4",
      "IPv4",
    ]);
    expect(curl("http://v4/", "-6")).toBe("000[6]");
    expect(test.exec("client", "curl -sv http://both/ 2>&1 | grep -A 3 resolved")).toBe(
      `* Host both:80 was resolved.\n* IPv6: ${b}\n* IPv4: ${a}\n*   Trying [${b}]:80...\n`,
    );
    const nodePort = prefers.spec.ports?.[0]?.nodePort;
    for (const node of ["172.18.0.3", "[fc00:f853:ccd:e793::3]"])
      expect(curl(`http://${node}:${nodePort}/`)).toBe("200");
    expect(test.exec("client", `wget -qO- http://[${second}]/ | grep -c Welcome`)).toBe("2\n");
    expect(test.exec("client", `nc -zv ${second} 80 2>&1`)).toContain("succeeded!");
    expect(test.exec("client", `nc -zv ${second} 81 2>&1`)).toContain("Connection refused");
  });

  it("has names and reverse names of both", () => {
    const [a = "", b = ""] = prefers.spec.clusterIPs ?? [];
    const dig = (words: string) => test.exec("client", `dig +short ${words}`);
    expect(dig("both.default.svc.cluster.local AAAA")).toBe(`${b}\n`);
    expect(dig("both.default.svc.cluster.local")).toBe(`${a}\n`);
    expect(dig(`-x ${b}`)).toBe("both.default.svc.cluster.local.\n");
    const all = web()
      .map(({ status }) => status.podIPs?.[1]?.ip)
      .sort();
    expect(dig(`${headless.metadata.name}.default.svc.cluster.local AAAA`).trim().split("\n").sort()).toEqual(all);
    expect(test.exec("client", "getent ahosts both | cut -d' ' -f1 | uniq")).toBe(`${b}\n${a}\n`);
  });

  it("falls back to IPv4 where a program listens on 0.0.0.0 alone", () => {
    client.resource(pods).create({
      metadata: { name: "old", namespace: "default", labels: { app: "old" } },
      spec: {
        containers: [{ name: "echo", image: "hashicorp/http-echo:1.0", args: ["-text=hi", "-listen=0.0.0.0:80"] }],
      },
    });
    const old = service("old", { selector: { app: "old" }, ipFamilyPolicy: "PreferDualStack" });
    test.runUntil(() => test.get(pods, "old").status.phase === "Running");
    test.run(3000);
    const [, b = ""] = old.spec.clusterIPs ?? [];
    expect([curl("http://old/"), curl(`http://[${b}]/`)]).toEqual(["200", "000[7]"]);
    expect(test.exec("client", "nc -zv old 80 2>&1")).toContain("succeeded!");
  });

  it("writes the proxy's rules of both", () => {
    const node = (line: string): string => test.exec("host", line);
    const [, b = ""] = prefers.spec.clusterIPs ?? [];
    expect(node(`ip6tables-save -t nat | grep -- '-d ${b}/128' | head -n 1`)).toMatch(
      /^-A KUBE-SERVICES -d fd00:10:96::[0-9a-f]+\/128 -p tcp -m comment --comment "default\/both cluster IP" -m tcp --dport 80 -j KUBE-SVC-[A-Z2-7]{16}\n$/,
    );
    expect(node(`ip6tables-save -t nat | grep -c -- '! -s fd00:10:244::/56'`)).not.toBe("0\n");
    expect(node(`iptables-save | grep -c fd00`)).toBe("0\n[1]");
    expect(node("ip -6 addr show dev eth0 | grep inet6")).toMatch(
      /^ {4}inet6 fc00:f853:ccd:e793::\d\/64 scope global \n$/,
    );
    const place = test.cluster.network.node(test.get(pods, "host").spec.nodeName ?? "");
    for (const mode of ["ipvs", "nftables"] as const) {
      if (place !== undefined) place.proxyMode = mode;
      const text = node(mode === "ipvs" ? "ipvsadm -Ln" : "nft list table ip6 kube-proxy");
      expect(text).toContain(mode === "ipvs" ? `[${b}]:80 rr` : `${b} . tcp . 80 : goto service-`);
    }
    expect(node("nft list tables")).toBe("table ip kube-proxy\ntable ip6 kube-proxy\n");
    if (place === undefined) throw new Error("the host's node is not there");
    place.proxyMode = "iptables";
    node(`ip6tables -A OUTPUT -p tcp -j DROP`);
    const request = { method: "GET", url: `http://[${b}]/`, headers: {}, body: "", timeoutMs: 1000 };
    const dropped = place.port().exchange(request);
    const { command = "" } = (dropped.ok ? undefined : explainFailure(dropped).mend) ?? {};
    expect(command).toBe(`minikube ssh -n ${place.name} 'sudo ip6tables -D OUTPUT -p tcp -j DROP'`);
    node(/sudo (.*)'/.exec(command)?.[1] ?? "");
    expect([dropped.ok, place.port().exchange(request).ok]).toEqual([false, true]);
  });

  it("lets policies tell addresses of both apart", () => {
    const own = test.get(pods, "client").status.podIPs?.map(({ ip }) => ip) ?? [];
    client.resource(networkPolicies).create({
      metadata: { name: "six", namespace: "default" },
      spec: {
        podSelector: { matchLabels: labels },
        ingress: [{ from: [{ ipBlock: { cidr: "fd00:10:244::/56", except: [] } }] }],
        policyTypes: ["Ingress"],
      },
    });
    test.run(1000);
    const [a, b] = first?.status.podIPs?.map(({ ip }) => ip) ?? [];
    const ask = (host: string) => test.exec("client", `curl -s -m 2 -o /dev/null -w '%{http_code}' http://${host}/`);
    expect([ask(`[${b}]`), ask(a ?? "")]).toEqual(["200", "000[28]"]);
    expect(own).toHaveLength(2);
  });
});
