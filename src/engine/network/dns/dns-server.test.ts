import { describe, expect, it } from "vitest";
import type { DnsReply } from "../../base/dns.ts";
import { dnsMessage, reversedAddress, reverseName } from "../../base/dns.ts";
import { sha512 } from "../../base/sha512.ts";
import { testDns } from "./testing/test-dns.ts";

const meta = (name: string, namespace = "default", labels = {}) => ({ metadata: { name, namespace, labels } });
const service = (name: string, spec: object) => ({ ...meta(name), spec });
const OBJECTS = {
  services: [
    service("web", {
      clusterIP: "10.96.1.1",
      clusterIPs: ["10.96.1.1", "fd00::11"],
      ports: [
        { name: "http", port: 80, protocol: "TCP" },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    }),
    service("db", { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] }),
    service("alias", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }),
    service("world", { type: "ExternalName", externalName: "api.example.com" }),
  ],
  slices: [
    {
      ...meta("db-1", "default", { "kubernetes.io/service-name": "db" }),
      endpoints: [
        { addresses: ["10.244.1.7"], hostname: "db-0" },
        { addresses: ["10.244.1.8"], targetRef: { name: "db-x" } },
        { addresses: ["10.244.1.9"], hostname: "db-2", conditions: { ready: false } },
      ],
      ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
    },
  ],
  pods: [{ ...meta("p"), status: { podIP: "10.244.1.7" } }],
};
const cluster = (options = "pods insecure\n ttl 30", rest = ""): string =>
  `.:53 {\n errors\n kubernetes cluster.local in-addr.arpa ip6.arpa {\n ${options}\n fallthrough in-addr.arpa ip6.arpa\n }\n ${rest}\n}\n`;
const example = (): DnsReply => ({
  message: dnsMessage({
    recursion: true,
    answer: [{ name: "api.example.com", type: "A", ttl: 300, data: "203.0.113.10" }],
  }),
  latencyMs: 12,
});
const SOA = "cluster.local. 30 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30";

describe("the kubernetes plugin", () => {
  const dns = testDns(cluster(), OBJECTS);

  it("has the addresses of services in both families, and no more than that for a name in between", () => {
    expect(dns.ask("WEB.default.svc.cluster.local.")).toEqual({
      rcode: "NOERROR",
      answer: ["web.default.svc.cluster.local. 30 A 10.96.1.1"],
      authority: [],
      additional: [],
      ms: 0,
    });
    expect(dns.ask("web.default.svc.cluster.local", "AAAA").answer).toEqual([
      "web.default.svc.cluster.local. 30 AAAA fd00::11",
    ]);
    const nothing = { answer: [], authority: [SOA], additional: [], ms: 0 };
    for (const name of ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"])
      expect(dns.ask(name)).toEqual({ rcode: "NOERROR", ...nothing });
    expect(dns.ask("db.default.svc.cluster.local", "AAAA")).toEqual({ rcode: "NOERROR", ...nothing });
    for (const name of [
      "web.shop.svc.cluster.local",
      "shop.svc.cluster.local",
      "a.b.c.web.default.svc.cluster.local",
      "web.cluster.local",
    ])
      expect(dns.ask(name)).toEqual({ rcode: "NXDOMAIN", ...nothing });
  });

  it("has each ready endpoint of a headless service, by host name or dashed address", () => {
    expect(dns.ask("db.default.svc.cluster.local").answer).toEqual([
      "db.default.svc.cluster.local. 30 A 10.244.1.7",
      "db.default.svc.cluster.local. 30 A 10.244.1.8",
    ]);
    expect(dns.ask("db-0.db.default.svc.cluster.local").answer).toHaveLength(1);
    expect(dns.ask("10-244-1-8.db.default.svc.cluster.local").answer).toHaveLength(1);
    expect(dns.ask("db-2.db.default.svc.cluster.local").rcode).toBe("NXDOMAIN");
    const byPod = testDns(cluster("endpoint_pod_names"), OBJECTS);
    expect(byPod.ask("db-x.db.default.svc.cluster.local").answer).toEqual([
      "db-x.db.default.svc.cluster.local. 5 A 10.244.1.8",
    ]);
  });

  it("has a service record for each named port", () => {
    expect(dns.ask("_http._tcp.web.default.svc.cluster.local", "SRV")).toEqual({
      rcode: "NOERROR",
      answer: ["_http._tcp.web.default.svc.cluster.local. 30 SRV 0 50 80 web.default.svc.cluster.local."],
      authority: [],
      additional: ["web.default.svc.cluster.local. 30 A 10.96.1.1", "web.default.svc.cluster.local. 30 AAAA fd00::11"],
      ms: 0,
    });
    expect(dns.ask("_sql._tcp.db.default.svc.cluster.local", "SRV").answer).toEqual([
      "_sql._tcp.db.default.svc.cluster.local. 30 SRV 0 50 5432 db-0.db.default.svc.cluster.local.",
      "_sql._tcp.db.default.svc.cluster.local. 30 SRV 0 50 5432 10-244-1-8.db.default.svc.cluster.local.",
    ]);
    expect(dns.ask("_http._udp.web.default.svc.cluster.local", "SRV").rcode).toBe("NXDOMAIN");
  });

  it("knows whose address it is", () => {
    expect(dns.ask("1.1.96.10.in-addr.arpa", "PTR").answer).toEqual([
      "1.1.96.10.in-addr.arpa. 30 PTR web.default.svc.cluster.local.",
    ]);
    expect(dns.ask("7.1.244.10.in-addr.arpa", "PTR").answer).toEqual([
      "7.1.244.10.in-addr.arpa. 30 PTR db-0.db.default.svc.cluster.local.",
    ]);
    expect(dns.ask(reverseName("fd00::11") as string, "PTR").answer).toHaveLength(1);
    // Falls through, and nobody is behind.
    expect(dns.ask("9.9.9.9.in-addr.arpa", "PTR").rcode).toBe("SERVFAIL");
  });

  it("follows an ExternalName here and elsewhere", () => {
    expect(dns.ask("alias.default.svc.cluster.local").answer).toEqual([
      "alias.default.svc.cluster.local. 30 CNAME web.default.svc.cluster.local.",
      "web.default.svc.cluster.local. 30 A 10.96.1.1",
    ]);
    const open = testDns(cluster(undefined, "forward . /etc/resolv.conf"), { ...OBJECTS, upstream: example });
    expect(open.ask("world.default.svc.cluster.local")).toMatchObject({
      answer: ["world.default.svc.cluster.local. 30 CNAME api.example.com.", "api.example.com. 300 A 203.0.113.10"],
      ms: 12,
    });
    expect(open.ask("world.default.svc.cluster.local", "CNAME").answer).toEqual([
      "world.default.svc.cluster.local. 30 CNAME api.example.com.",
    ]);
  });

  it("answers for pods as it is told to", () => {
    const ask = (mode: string, label: string) =>
      testDns(cluster(`pods ${mode}`), OBJECTS).ask(`${label}.default.pod.cluster.local`).answer.length;
    expect([ask("insecure", "10-9-9-9"), ask("insecure", "nonsense")]).toEqual([1, 0]);
    expect([ask("verified", "10-9-9-9"), ask("verified", "10-244-1-7")]).toEqual([0, 1]);
    expect(ask("disabled", "10-244-1-7")).toBe(0);
  });

  it("keeps to the namespaces that it is given", () => {
    const few = testDns(cluster("namespaces shop"), OBJECTS);
    expect(few.ask("web.default.svc.cluster.local").rcode).toBe("NXDOMAIN");
    expect(few.ask("1.1.96.10.in-addr.arpa", "PTR").answer).toEqual([]);
  });
});

describe("other plugins", () => {
  it("forward goes on to the node's servers, and gives up after five seconds", () => {
    const asked: string[] = [];
    const dns = testDns(
      ".:53 {\n errors\n forward . /etc/resolv.conf 8.8.8.8:5353 {\n policy sequential\n except corp\n }\n}",
      {
        upstream: (server, { name }) => {
          asked.push(`${server} ${name}`);
          return name === "dead.example" ? undefined : example();
        },
      },
    );
    expect(dns.ask("api.example.com").answer).toEqual(["api.example.com. 300 A 203.0.113.10"]);
    expect(dns.ask("dead.example")).toMatchObject({ rcode: "SERVFAIL", ms: 6000 });
    expect(dns.ask("a.corp").rcode).toBe("SERVFAIL");
    expect(asked).toEqual([
      "192.168.49.1 api.example.com",
      "192.168.49.1 dead.example",
      "8.8.8.8:5353 dead.example",
      "192.168.49.1 dead.example",
    ]);
    expect(dns.log).toEqual([
      "[ERROR] plugin/errors: 2 dead.example. A: read udp 10.244.0.2:59999->192.168.49.1:53: i/o timeout",
      "[ERROR] plugin/errors: 2 a.corp. A: plugin/forward: no next plugin found",
    ]);
  });

  it("errors tells what plugins failed at, many of a kind together, and without it nobody does", () => {
    const serve = (...lines: string[]) =>
      testDns(`.:53 {\n ${[...lines, "forward . 192.168.49.1 {\n except corp\n }"].join("\n ")}\n}`, {
        upstream: () => "refused",
      });
    const refused = "read udp 10.244.0.2:59999->192.168.49.1:53: read: connection refused";
    const told = serve("errors");
    expect(told.ask("api.example.com")).toMatchObject({ rcode: "SERVFAIL", answer: [] });
    told.ask("a.corp", "AAAA");
    expect(told.log).toEqual([
      `[ERROR] plugin/errors: 2 api.example.com. A: ${refused}`,
      "[ERROR] plugin/errors: 2 a.corp. AAAA: plugin/forward: no next plugin found",
    ]);
    const silent = serve();
    expect(silent.ask("api.example.com").rcode).toBe("SERVFAIL");
    expect(silent.log).toEqual([]);
    const counted = serve('errors {\n consolidate 90s "refused$" warning\n }');
    for (const name of ["a.example", "b.example", "c.corp"]) counted.ask(name);
    expect(counted.log).toEqual(["[ERROR] plugin/errors: 2 c.corp. A: plugin/forward: no next plugin found"]);
    expect(counted.timers.map(({ delayMs }) => delayMs)).toEqual([90_000]);
    counted.timers[0]?.run();
    expect(counted.log[1]).toBe("[WARNING] plugin/errors: 2 errors like 'refused$' occurred in last 1m30s");
    expect(() => serve("errors stderr")).toThrow("Corefile:2 - Error during parsing: invalid log file: stderr");
    expect(() => serve("errors {\n every\n }")).toThrow(
      "plugin/errors: /etc/coredns/Corefile:3 - Syntax error: Unexpected token 'every', expecting 'Unknown field every'",
    );
    expect(() => serve('errors {\n consolidate soon ".*"\n }')).toThrow('time: invalid duration "soon"');
  });

  it("forward speaks to servers over TLS, by connections, on a port of their own", () => {
    const asked: unknown[] = [];
    const tls = "forward . tls://9.9.9.9 tls://1.1.1.1:8853 {\n tls_servername dns.quad9.net\n policy sequential\n }";
    const dns = testDns(`.:53 {\n errors\n ${tls}\n}`, {
      upstream: (server, _, tcp) => void asked.push([server, tcp]),
    });
    expect(dns.ask("api.example.com")).toMatchObject({ rcode: "SERVFAIL" });
    expect(asked.slice(0, 2)).toEqual([
      ["9.9.9.9:853", true],
      ["1.1.1.1:8853", true],
    ]);
    expect(dns.log).toEqual([expect.stringMatching(/A: read tcp 10\.244\.0\.2:59999->9\.9\.9\.9:853: i\/o timeout$/)]);
  });

  it("k8s_external has the addresses that services have outside", () => {
    const outside = (name: string, spec: object, ingress: object[] = []): object => ({
      ...service(name, { ports: [{ name: "http", port: 80 }], ...spec }),
      status: { loadBalancer: { ingress } },
    });
    const services = [
      ...OBJECTS.services,
      outside("shop", { externalIPs: ["198.51.100.9"] }, [{ ip: "203.0.113.7" }, { ip: "2001:db8::7" }]),
    ];
    const dns = testDns(cluster(undefined, "k8s_external example.org {\n ttl 60\n headless\n }"), {
      ...OBJECTS,
      services,
    });
    expect(dns.ask("shop.default.example.org").answer).toEqual([
      "shop.default.example.org. 60 A 198.51.100.9",
      "shop.default.example.org. 60 A 203.0.113.7",
    ]);
    expect(dns.ask("shop.default.example.org", "AAAA").answer).toEqual([
      "shop.default.example.org. 60 AAAA 2001:db8::7",
    ]);
    expect(dns.ask("db.default.example.org").answer).toHaveLength(2);
    expect(dns.ask("_http._tcp.shop.default.example.org", "SRV")).toMatchObject({
      answer: ["_http._tcp.shop.default.example.org. 60 SRV 0 33 80 shop.default.example.org."],
      additional: [
        "shop.default.example.org. 60 A 198.51.100.9",
        "shop.default.example.org. 60 A 203.0.113.7",
        "shop.default.example.org. 60 AAAA 2001:db8::7",
      ],
    });
    expect(dns.ask("_dns._udp.shop.default.example.org", "SRV").rcode).toBe("NXDOMAIN");
    expect(["web.default", "nope.default"].map((name) => dns.ask(`${name}.example.org`).rcode)).toEqual([
      "NXDOMAIN",
      "NXDOMAIN",
    ]);
    expect(dns.ask("example.org", "NS").answer).toEqual(["example.org. 60 NS ns1.dns.example.org."]);
    expect(dns.ask("web.default.svc.cluster.local").answer).toHaveLength(1);
  });

  it("cache keeps what it may for as long as it may", () => {
    let asked = 0;
    const dns = testDns(".:53 {\n cache 30 {\n disable denial example.org\n }\n forward . 9.9.9.9\n}", {
      upstream: (_, { name }) => {
        asked++;
        return name === "api.example.com" ? example() : { message: dnsMessage({ rcode: "NXDOMAIN" }), latencyMs: 1 };
      },
    });
    const ask = (name: string, at: number) => {
      dns.clock.now = at * 1000;
      return { ...dns.ask(name), asked };
    };
    expect(ask("api.example.com", 0)).toMatchObject({
      answer: ["api.example.com. 30 A 203.0.113.10"],
      asked: 1,
      ms: 12,
    });
    expect(ask("api.example.com", 10)).toMatchObject({
      answer: ["api.example.com. 20 A 203.0.113.10"],
      asked: 1,
      ms: 0,
    });
    expect(ask("api.example.com", 30)).toMatchObject({ asked: 2 });
    expect([ask("no.example.com", 31).asked, ask("no.example.com", 33).asked]).toEqual([3, 3]);
    expect([ask("no.example.org", 34).asked, ask("no.example.org", 34).asked]).toEqual([4, 5]);
  });

  it("hosts answers from its lines or its file, and falls through", () => {
    const dns = testDns(
      ".:53 {\n hosts {\n 10.0.0.1 gw gw.lan\n fd00::1 gw\n ttl 60\n fallthrough\n }\n forward . 9.9.9.9\n}",
      {
        upstream: example,
      },
    );
    expect(dns.ask("gw").answer).toEqual(["gw. 60 A 10.0.0.1"]);
    expect(dns.ask("gw", "AAAA").answer).toEqual(["gw. 60 AAAA fd00::1"]);
    expect(dns.ask("1.0.0.10.in-addr.arpa", "PTR").answer).toEqual([
      "1.0.0.10.in-addr.arpa. 60 PTR gw.",
      "1.0.0.10.in-addr.arpa. 60 PTR gw.lan.",
    ]);
    expect(dns.ask("api.example.com").answer).toHaveLength(1);
    const file = testDns(".:53 {\n hosts /etc/custom\n}");
    expect(file.ask("a.lan").rcode).toBe("SERVFAIL");
    file.files.writeFile("/etc/custom", "10.0.0.9 a.lan # mine\n");
    expect(file.ask("a.lan").answer).toEqual(["a.lan. 3600 A 10.0.0.9"]);
    const read = testDns("lan {\n hosts /etc/hosts lan\n}");
    read.files.writeFile("/etc/hosts", "10.0.0.9 a.lan # mine\n");
    expect(read.ask("a.lan").answer).toEqual(["a.lan. 3600 A 10.0.0.9"]);
    expect(read.ask("b.lan").rcode).toBe("SERVFAIL");
    expect(read.ask("elsewhere").rcode).toBe("REFUSED");
  });

  it("rewrite asks for another name and answers for the first", () => {
    const rules = [
      "rewrite name exact old.example web.default.svc.cluster.local",
      "rewrite name suffix .prod .default.svc.cluster.local answer auto",
      "rewrite name prefix my- web",
      "rewrite {\n name regex (.*)\\.short\\.$ {1}.default.svc.cluster.local\n answer name (.*)\\.default\\.svc\\.cluster\\.local\\.$ {1}.short\n }",
    ].map((rule) => ` ${rule}\n`);
    const dns = testDns(cluster(undefined, rules.join("")), OBJECTS);
    expect(dns.ask("old.example").answer).toEqual(["old.example. 30 A 10.96.1.1"]);
    expect(dns.ask("web.prod").answer).toEqual(["web.prod. 30 A 10.96.1.1"]);
    expect(dns.ask("my-.default.svc.cluster.local").answer).toHaveLength(1);
    expect(dns.ask("db.short").answer).toEqual(["db.short. 30 A 10.244.1.7", "db.short. 30 A 10.244.1.8"]);
    expect(dns.ask("web.default.svc.cluster.local").answer).toHaveLength(1);
  });

  it("template makes answers of a pattern", () => {
    const dns = testDns(
      '.:53 {\n template IN A ip.example {\n match "^ip-(?P<a>\\d+)-(\\d+)\\.ip\\.example\\.$"\n answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ .Match.2 }}"\n }\n}',
    );
    expect(dns.ask("ip-3-4.ip.example").answer).toEqual(["ip-3-4.ip.example. 60 A 10.0.3.4"]);
    expect(dns.ask("ip-3.ip.example").rcode).toBe("SERVFAIL");
  });

  it("log tells of each query, loadbalance shuffles addresses", () => {
    const dns = testDns(cluster(undefined, "log\n loadbalance"), OBJECTS);
    expect(dns.ask("db.default.svc.cluster.local").answer).toEqual([
      "db.default.svc.cluster.local. 30 A 10.244.1.7",
      "db.default.svc.cluster.local. 30 A 10.244.1.8",
    ]);
    expect(dns.log).toEqual([
      '[INFO] 10.244.1.9:60767 - 65535 "A IN db.default.svc.cluster.local. udp 57 false 1232" NOERROR qr,aa,rd 134 0.000199999s',
    ]);
  });

  it("the most specific server block answers", () => {
    const dns = testDns(`${cluster()}\nstub.local:53 {\n hosts {\n 10.9.9.9 a.stub.local\n }\n}\n`, OBJECTS);
    expect(dns.server.titles).toEqual([".:53", "stub.local.:53"]);
    expect(dns.ask("a.stub.local").answer).toEqual(["a.stub.local. 3600 A 10.9.9.9"]);
    expect(dns.ask("b.stub.local").rcode).toBe("SERVFAIL");
  });
});

describe("a Corefile that CoreDNS refuses", () => {
  const refused: [corefile: string, line: string][] = [
    [".:53 {\n errors\n foo\n}", "/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'foo'"],
    [".:53 {\n errors\n", "/etc/coredns/Corefile:2 - Syntax error: Unexpected token 'errors', expecting '}'"],
    [
      ".:53 {\n kubernetes cluster.local {\n ttl 30\n",
      "/etc/coredns/Corefile:3 - Error during parsing: Unexpected EOF",
    ],
    [
      ".:53 {\n kubernetes cluster.local {\n pods maybe\n }\n}",
      "plugin/kubernetes: wrong value for pods: maybe,  must be one of: disabled, verified, insecure",
    ],
    [
      ".:53 {\n kubernetes cluster.local {\n tttl 5\n }\n}",
      "plugin/kubernetes: /etc/coredns/Corefile:3 - Error during parsing: unknown property 'tttl'",
    ],
    [".:53 {\n forward . nowhere\n}", `plugin/forward: not an IP address or file: "nowhere"`],
    [
      ".:53 {\n forward .\n}",
      "plugin/forward: /etc/coredns/Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '.'",
    ],
    [".:53 {\n cache\n cache\n}", "plugin/cache: this plugin can only be used once per Server Block"],
    [".:53 {\n dns64\n}", "plugin/dns64: /etc/coredns/Corefile:2 - Error during parsing: dns64 is not simulated"],
    [".:53 {\n errors\n}\n.:53 {\n errors\n}", "cannot serve dns://.:53 - it is already defined"],
  ];
  it.each(refused)("%j", (corefile, line) => {
    expect(() => testDns(corefile)).toThrow(line);
  });
});

it("reverse names go there and back", () => {
  for (const address of ["10.96.0.1", "fd00::11", "::1", "2001:db8:0:1:1:1:1:1"])
    expect(reversedAddress(reverseName(address) as string)).toBe(address);
  expect([reverseName("web"), reverseName("1::2::3"), reversedAddress("web.local")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("SHA-512 of the standard's example", () => {
  expect(sha512([..."abc"].map((letter) => letter.charCodeAt(0)))).toBe(
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  );
});
