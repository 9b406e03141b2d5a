/** Names in a whole cluster: CoreDNS' pods answer them over the network, the tools show them in their own words. */
import { beforeAll, describe, expect, it } from "vitest";
import type { ConfigMap, Deployment, Pod } from "../../api/generated/types.ts";
import { configMaps, deployments, endpointSlices, events, pods, services } from "../../api/registry.ts";
import type { TestCluster } from "../testing/test-cluster.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

let test: TestCluster;
const ready = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
const corednsPods = (): Pod[] =>
  test.list(pods, "kube-system").filter(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-dns");

function scale(replicas: number): void {
  const deployment: Deployment = test.get(deployments, "coredns", "kube-system");
  test.client.resource(deployments).update({ ...deployment, spec: { ...deployment.spec, replicas } });
  const done = (): boolean => corednsPods().length === replicas && corednsPods().every(ready);
  if (!test.runUntil(done, 120_000)) throw new Error("CoreDNS was not scaled");
  // Rules may be a second behind.
  test.run(1500);
}

function setCorefile(change: (text: string) => string): void {
  const map: ConfigMap = test.get(configMaps, "coredns", "kube-system");
  const data = { Corefile: change(map.data?.["Corefile"] ?? "") };
  test.client.resource(configMaps).update({ ...map, data });
}

const logs = (): string =>
  corednsPods()
    .map(({ metadata }) => test.cluster.podLog("kube-system", metadata.name))
    .join("");

beforeAll(() => {
  test = createTestCluster({ seed: 1 });
  const create = (name: string, image: string, spec: object = {}): void => {
    const containers = [{ name: "main", image, command: ["sleep", "infinity"] }];
    test.client
      .resource(pods)
      .create({ metadata: { name, namespace: "default", labels: { app: name } }, spec: { containers, ...spec } });
  };
  create("bb", "busybox:1.36");
  create("old", "busybox:1.28");
  create("deb", "debian", { hostname: "deb-0", subdomain: "db" });
  create("utils", "registry.k8s.io/e2e-test-images/jessie-dnsutils:1.3");
  const service = (name: string, spec: object): void =>
    void test.client
      .resource(services)
      .create({ metadata: { name, namespace: "default" }, spec: { ports: [{ name: "http", port: 80 }], ...spec } });
  service("web", { clusterIP: "10.96.1.1", selector: { app: "deb" } });
  service("db", { clusterIP: "None", selector: { app: "deb" } });
  service("alias", { type: "ExternalName", externalName: "web.default.svc.cluster.local", ports: undefined });
  test.cluster.network.connectUpstream((name, type) =>
    name === "api.example.com" ? (type === "A" ? [{ name, type, ttl: 300, data: "203.0.113.7" }] : []) : undefined,
  );
  if (!test.runUntil(() => test.list(pods).length === 4 && test.list(pods).every(ready))) throw new Error("no pods");
  test.run(1000);
});

const podIP = (name: string): string => test.get(pods, name).status.podIP ?? "";

describe("tools", () => {
  it("nslookup as busybox has it", () => {
    const server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
    expect(test.exec("bb", "nslookup web.default.svc.cluster.local")).toBe(
      `${server}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.1.1\n\n\n`,
    );
    const missing = (name: string): string => `** server can't find ${name}: NXDOMAIN\n\n`;
    expect(test.exec("bb", "nslookup web")).toBe(
      `${server}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.1.1\n\n${missing("web.svc.cluster.local")}${missing("web.cluster.local")}\n${missing("web.svc.cluster.local")}${missing("web.cluster.local")}[1]`,
    );
    expect(test.exec("bb", "nslookup -type=srv _http._tcp.web.default.svc.cluster.local")).toBe(
      `${server}_http._tcp.web.default.svc.cluster.local\tservice = 0 100 80 web.default.svc.cluster.local\n\n`,
    );
    expect(test.exec("bb", "nslookup 10.96.1.1")).toBe(
      `${server}1.1.96.10.in-addr.arpa\tname = web.default.svc.cluster.local\n\n`,
    );
    expect(test.exec("bb", "nslookup api.example.com")).toBe(
      `${server}Non-authoritative answer:\nName:\tapi.example.com\nAddress: 203.0.113.7\n\nNon-authoritative answer:\n\n`,
    );
  });

  it("nslookup as busybox 1.28 had it", () => {
    const server = "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\n";
    expect(test.exec("old", "nslookup web")).toBe(
      `${server}Name:      web\nAddress 1: 10.96.1.1 web.default.svc.cluster.local\n`,
    );
    expect(test.exec("old", "nslookup nope")).toBe(`${server}nslookup: can't resolve 'nope'\n[1]`);
  });

  it("nslookup as BIND has it", () => {
    const server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n";
    expect(test.exec("deb", "nslookup web")).toBe(
      `${server}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.1.1\n\n`,
    );
    expect(test.exec("deb", "nslookup alias")).toBe(
      `${server}alias.default.svc.cluster.local\tcanonical name = web.default.svc.cluster.local.\nName:\tweb.default.svc.cluster.local\nAddress: 10.96.1.1\n\n`,
    );
    expect(test.exec("deb", "nslookup nope")).toBe(`${server}** server can't find nope: NXDOMAIN\n\n[1]`);
  });

  it("dig", () => {
    const text = test.exec("deb", "dig web.default.svc.cluster.local");
    expect(
      text
        .replace(/id: \d+/, "id: 1")
        .replace(/COOKIE: \w+/, "COOKIE: x")
        .replace(/WHEN: .*/, "WHEN: x"),
    ).toBe(
      [
        "",
        "; <<>> DiG 9.20.15-1~deb13u1-Debian <<>> web.default.svc.cluster.local",
        ";; global options: +cmd",
        ";; Got answer:",
        ";; WARNING: .local is reserved for Multicast DNS",
        ";; You are currently testing what happens when an mDNS query is leaked to DNS",
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1",
        ";; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1",
        ";; WARNING: recursion requested but not available",
        "",
        ";; OPT PSEUDOSECTION:",
        "; EDNS: version: 0, flags:; udp: 1232",
        "; COOKIE: x (echoed)",
        ";; QUESTION SECTION:",
        ";web.default.svc.cluster.local.\tIN\tA",
        "",
        ";; ANSWER SECTION:",
        "web.default.svc.cluster.local. 30 IN\tA\t10.96.1.1",
        "",
        ";; Query time: 1 msec",
        ";; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)",
        ";; WHEN: x",
        ";; MSG SIZE  rcvd: 115",
        "",
        "",
      ].join("\n"),
    );
    expect(
      test.exec(
        "deb",
        "dig +short +search db; dig +short -x 10.96.1.1; dig @10.96.0.10 -t srv +short web.default.svc.cluster.local",
      ),
    ).toBe(`${podIP("deb")}\nweb.default.svc.cluster.local.\n0 100 80 web.default.svc.cluster.local.\n`);
    expect(test.exec("deb", "dig +short +search web db -x 10.96.1.1; dig +search web db A | grep -c DiG")).toBe(
      `10.96.1.1\n${podIP("deb")}\nweb.default.svc.cluster.local.\n1\n`,
    );
    expect(test.exec("deb", "dig +noall +answer api.example.com")).toBe("api.example.com.\t30\tIN\tA\t203.0.113.7\n");
    expect(test.exec("deb", "dig +short web")).toBe("");
    expect(test.exec("deb", "dig +nonsense web 2>&1 | head -1")).toBe("Invalid option: +nonsense\n");
    expect(test.exec("deb", "dig +tcp +search web | grep SERVER; dig +vc +short +search web")).toBe(
      ";; SERVER: 10.96.0.10#53(10.96.0.10) (TCP)\n10.96.1.1\n",
    );
    expect(test.exec("deb", "host -t SRV _http._tcp.web.default.svc.cluster.local")).toBe(
      "_http._tcp.web.default.svc.cluster.local has SRV record 0 100 80 web.default.svc.cluster.local.\n",
    );
  });

  it("of a pod that asks for more servers than a resolver takes, an event tells", () => {
    const dnsConfig = { nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3"] };
    const containers = [{ name: "main", image: "busybox", command: ["sleep", "60"] }];
    test.client
      .resource(pods)
      .create({ metadata: { name: "many", namespace: "default" }, spec: { containers, dnsConfig } });
    test.run(10_000);
    const told = test.list(events).filter(({ reason }) => reason === "DNSConfigForming");
    expect(told.map(({ type, involvedObject, message }) => [type, involvedObject.name, message])).toEqual([
      [
        "Warning",
        "many",
        "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 1.1.1.1 2.2.2.2",
      ],
    ]);
  });

  it("ask whom a pod's dnsPolicy names: the node's servers by Default, its own by None", () => {
    const create = (name: string, spec: object): void => {
      const containers = [{ name: "main", image: "busybox:1.36", command: ["sleep", "infinity"] }];
      test.client.resource(pods).create({ metadata: { name, namespace: "default" }, spec: { containers, ...spec } });
    };
    create("outer", { dnsPolicy: "Default" });
    const own = {
      nameservers: ["10.96.0.10"],
      searches: ["default.svc.cluster.local"],
      options: [{ name: "ndots", value: "2" }],
    };
    create("own", { dnsPolicy: "None", dnsConfig: own });
    expect(test.runUntil(() => ["outer", "own"].every((name) => ready(test.get(pods, name))), 60_000)).toBe(true);
    const look = (pod: string): string =>
      test.exec(pod, "cat /etc/resolv.conf; ping -c 1 web | head -n 1; ping -c 1 api.example.com | head -n 1");
    expect(look("outer")).toBe(
      "nameserver 172.18.0.1\noptions ndots:0\nping: bad address 'web'\nPING api.example.com (203.0.113.7): 56 data bytes\n",
    );
    expect(look("own")).toBe(
      "search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:2\nPING web (10.96.1.1): 56 data bytes\nPING api.example.com (203.0.113.7): 56 data bytes\n",
    );
  });

  it("host and getent", () => {
    expect(test.exec("deb", "host web; host 10.96.1.1; host -t mx web; host nope")).toBe(
      [
        "web.default.svc.cluster.local has address 10.96.1.1",
        "1.1.96.10.in-addr.arpa domain name pointer web.default.svc.cluster.local.",
        "web.default.svc.cluster.local has no MX record",
        "Host nope not found: 3(NXDOMAIN)",
        "[1]",
      ].join("\n"),
    );
    expect(test.exec("deb", "getent hosts alias; getent ahosts web; getent hosts nope")).toBe(
      [
        "10.96.1.1       web.default.svc.cluster.local alias.default.svc.cluster.local",
        "10.96.1.1       STREAM web.default.svc.cluster.local",
        "10.96.1.1       DGRAM  ",
        "10.96.1.1       RAW    ",
        "[2]",
      ].join("\n"),
    );
    expect(test.exec("deb", "getent hosts $(hostname)")).toBe(
      `${podIP("deb").padEnd(15)} deb-0.db.default.svc.cluster.local deb-0\n`,
    );
  });

  it("ask by a connection for what doesn't fit into a datagram", () => {
    const metadata = { name: "many", namespace: "default" };
    test.client.resource(services).create({ metadata, spec: { clusterIP: "None", ports: [{ port: 80 }] } });
    test.client.resource(endpointSlices).create({
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": "many" } },
      addressType: "IPv4",
      endpoints: Array.from({ length: 90 }, (_, at) => ({ addresses: [`10.9.0.${at + 1}`] })),
      ports: [{ port: 80, protocol: "TCP" }],
    });
    test.run(1000);
    const dig = "dig many.default.svc.cluster.local";
    expect(test.exec("deb", `${dig} | grep -E 'Truncated|flags: qr|SERVER'`).replaceAll(/ADDITIONAL.*/g, "")).toBe(
      ";; Truncated, retrying in TCP mode.\n;; flags: qr aa rd; QUERY: 1, ANSWER: 90, AUTHORITY: 0, \n;; SERVER: 10.96.0.10#53(10.96.0.10) (TCP)\n",
    );
    expect(test.exec("deb", `${dig} +ignore | grep -E 'flags: qr|SERVER'`).replaceAll(/ADDITIONAL.*/g, "")).toBe(
      ";; flags: qr aa tc rd; QUERY: 1, ANSWER: 73, AUTHORITY: 0, \n;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)\n",
    );
    expect(test.exec("deb", "getent ahostsv4 many | cut -d' ' -f1 | sort -u | wc -l")).toBe("90\n");
    expect(test.exec("bb", "nslookup many.default.svc.cluster.local | grep -c 10.9.0")).toBe("29\n");
  });
});

describe("CoreDNS", () => {
  it("tells how it started", () => {
    const [pod] = corednsPods();
    expect(
      test.cluster
        .podLog("kube-system", pod?.metadata.name ?? "")
        .split("\n")
        .slice(0, 4),
    ).toEqual([
      ".:53",
      expect.stringMatching(/^\[INFO\] plugin\/reload: Running configuration SHA512 = [0-9a-f]{128}$/),
      "CoreDNS-1.14.2",
      "linux/amd64, go1.25.3, 1c2f0f2",
    ]);
    expect(corednsPods()).toHaveLength(2);
  });

  it("reads a changed Corefile when kubelet has brought it and its own look comes round", () => {
    setCorefile((text) =>
      text.replace(
        "    ready\n",
        "    ready\n    log\n    hosts {\n      10.9.9.9 gw.corp\n      fallthrough\n    }\n",
      ),
    );
    const ask = (): string => test.exec("deb", "dig +short gw.corp");
    expect(ask()).toBe("");
    expect(test.runUntil(() => logs().split("Reloading complete").length === 3, 180_000)).toBe(true);
    expect(ask()).toBe("10.9.9.9\n");
    expect(logs()).toMatch(
      /\[INFO\] 10\.244\.\d+\.\d+:\d+ - \d+ "A IN gw\.corp\. udp 36 false 1232" NOERROR qr,aa,rd 48 0\.\d{9}s/,
    );
  });

  it("keeps the old one when the new one is broken, and does not start with it", () => {
    setCorefile((text) => text.replace("    log\n", "    logg\n"));
    expect(test.runUntil(() => logs().split("Restart failed").length === 3, 180_000)).toBe(true);
    const error = "/etc/coredns/Corefile:7 - Error during parsing: Unknown directive 'logg'";
    expect(logs()).toContain(
      `[ERROR] Restart failed: ${error}[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: ${error}`.replace(
        "[ERROR] plugin",
        "\n[ERROR] plugin",
      ),
    );
    expect(test.exec("deb", "dig +short gw.corp")).toBe("10.9.9.9\n");
    const [gone] = corednsPods();
    test.client.resource(pods).delete("kube-system", gone?.metadata.name ?? "");
    const crashed = (): Pod | undefined =>
      corednsPods().find(({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff");
    expect(test.runUntil(() => crashed() !== undefined, 120_000)).toBe(true);
    expect(test.cluster.podLog("kube-system", crashed()?.metadata.name ?? "")).toMatch(
      new RegExp(`^(${error.replaceAll(/[.:-]/g, "\\$&")}\n)+$`),
    );
    setCorefile((text) => text.replace("    logg\n", ""));
    expect(test.runUntil(() => corednsPods().length === 2 && corednsPods().every(ready), 400_000)).toBe(true);
  });

  it("answers at its ports for health, readiness and metrics, and ends when its queries come back to it", () => {
    const port = test.cluster.network.node("worker-1")?.port();
    const get = (path: string): string => {
      const url = `http://${corednsPods()[0]?.status.podIP}:${path}`;
      if (port === undefined) throw new Error("no node");
      const outcome = test.cluster.network.exchange(port, { method: "GET", url, headers: {}, body: "" });
      return outcome.ok ? `${outcome.response.status} ${outcome.response.body}` : outcome.errno;
    };
    expect([get("8080/health"), get("8181/ready"), get("8080/"), get("8181/else").slice(0, 3)]).toEqual([
      "200 OK",
      "200 OK",
      "404 404 page not found\n",
      "404",
    ]);
    expect(get("9153/metrics")).toContain("coredns_dns_requests_total");
    setCorefile((text) => text.replace("forward . /etc/resolv.conf", "forward . 127.0.0.1"));
    const looping = (): Pod | undefined =>
      corednsPods().find(({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff");
    expect(test.runUntil(() => looping() !== undefined, 300_000)).toBe(true);
    expect(test.cluster.podLog("kube-system", looping()?.metadata.name ?? "")).toMatch(
      /\n\[FATAL\] plugin\/loop: Loop \(127\.0\.0\.1:\d+ -> :53\) detected for zone "\.", see https:\/\/coredns\.io\/plugins\/loop#troubleshooting\. Query: "HINFO \d+\.\d+\."\n/,
    );
    setCorefile((text) => text.replace("forward . 127.0.0.1", "forward . /etc/resolv.conf"));
    expect(test.runUntil(() => corednsPods().length === 2 && corednsPods().every(ready), 400_000)).toBe(true);
  });

  it("is missed when it is gone, in every tool's own words", () => {
    scale(0);
    expect(test.exec("bb", "nslookup web.default")).toBe(
      "nslookup: write to '10.96.0.10': Connection refused\n;; connection timed out; no servers could be reached\n\n[1]",
    );
    expect(test.exec("utils", "nslookup web")).toBe(";; connection timed out; no servers could be reached\n\n[1]");
    const refused = ";; communications error to 10.96.0.10#53: connection refused\n";
    expect(test.exec("deb", "nslookup web")).toBe(`${refused.repeat(3)};; no servers could be reached\n\n[1]`);
    expect(test.exec("deb", "dig +nocmd web")).toBe(`${refused.repeat(3)};; no servers could be reached\n[9]`);
    expect(test.exec("bb", "wget -qO- http://web")).toBe("wget: bad address 'web'\n[1]");
    expect(test.exec("deb", "curl -s -S http://web")).toBe("curl: (6) Could not resolve host: web\n[6]");
    scale(1);
    expect(test.exec("deb", "dig +short +search web")).toBe("10.96.1.1\n");
  });
});
