/** What a Corefile may say beyond Kubernetes' own: imports, formats of the log, rewriting of answers, zones of files, search paths. */
import { describe, expect, it } from "vitest";
import type { DnsQuestion, DnsReply } from "../../../base/dns.ts";
import { dnsMessage } from "../../../base/dns.ts";
import { testDns } from "../testing/test-dns.ts";

const meta = (name: string, namespace = "default", labels = {}) => ({ metadata: { name, namespace, labels } });
const OBJECTS = {
  services: [
    { ...meta("web"), spec: { clusterIP: "10.96.1.1", clusterIPs: ["10.96.1.1"], ports: [{ port: 80 }] } },
    { ...meta("many"), spec: { clusterIP: "None", ports: [{ port: 80 }] } },
  ],
  slices: [
    {
      ...meta("many-1", "default", { "kubernetes.io/service-name": "many" }),
      endpoints: Array.from({ length: 80 }, (_, at) => ({ addresses: [`10.244.2.${at + 1}`] })),
      ports: [{ port: 80, protocol: "TCP" }],
    },
  ],
  pods: [{ ...meta("client", "shop"), status: { podIP: "10.244.1.9" } }],
};
const KUBERNETES = "kubernetes cluster.local in-addr.arpa {\n pods verified\n ttl 30\n fallthrough in-addr.arpa\n }";
const block = (...lines: string[]): string => `.:53 {\n ${[KUBERNETES, ...lines].join("\n ")}\n}\n`;
const answers = (records: object[] = []): DnsReply => ({
  message: dnsMessage({ recursion: true, answer: records as never }),
  latencyMs: 5,
});

describe("import", () => {
  const custom = {
    "/etc/coredns/custom/log.override": "log\n",
    "/etc/coredns/custom/stub.server": "stub.example:53 {\n hosts {\n 10.9.9.9 a.stub.example\n }\n}\n",
  };

  it("puts the files of a pattern, and snippets, in its place", () => {
    const corefile = `(tell) {\n errors\n log . {\n class denial\n }\n}\n${block("import custom/*.override", "import none/*.override")}import custom/*.server\nother.example {\n import tell\n hosts {\n 10.8.8.8 b.other.example\n }\n}\n`;
    const dns = testDns(corefile, { ...OBJECTS, files: custom });
    expect(dns.server.titles).toEqual([".:53", "stub.example.:53", "other.example.:53"]);
    expect(dns.server.warnings).toEqual(["[WARNING] No files matching import glob pattern: none/*.override"]);
    expect(dns.ask("a.stub.example").answer).toEqual(["a.stub.example. 3600 A 10.9.9.9"]);
    expect(dns.ask("b.other.example").answer).toEqual(["b.other.example. 3600 A 10.8.8.8"]);
    expect(dns.log).toEqual([]);
    dns.ask("web.default.svc.cluster.local");
    expect(dns.log).toHaveLength(1);
  });

  it("refuses what isn't there, or is wrong there", () => {
    const where = "/etc/coredns/Corefile:7 - Error during parsing: ";
    expect(() => testDns(block("import custom/log"))).toThrow(`${where}File to import not found: custom/log`);
    expect(() => testDns(block("import"))).toThrow(
      `${where}Wrong argument count or unexpected line ending after 'import'`,
    );
    const files = { "/etc/coredns/custom/log.override": "errors\nlogg\n" };
    expect(() => testDns(block("import custom/*.override"), { files })).toThrow(
      "/etc/coredns/custom/log.override:2 - Error during parsing: Unknown directive 'logg'",
    );
  });
});

describe("log", () => {
  it("has formats of one's own, for zones and classes", () => {
    const line = (directive: string, name = "web.default.svc.cluster.local"): string[] => {
      const dns = testDns(block(directive), OBJECTS);
      dns.ask(name);
      return dns.log;
    };
    expect(line(`log . "{remote} asked {type} {name} by {proto}: {rcode} {nonsense}"`)).toEqual([
      "[INFO] 10.244.1.9 asked A web.default.svc.cluster.local. by udp: NOERROR {nonsense}",
    ]);
    expect(line('log example.org cluster.local "{name} {local} {/kubernetes/pod}"')).toEqual([
      "[INFO] web.default.svc.cluster.local. 10.244.0.2 -",
    ]);
    expect(line(`log . {combined}`)[0]).toMatch(/ NOERROR qr,aa,rd \d+ 0\.\d+s "0"$/);
    expect(line("log example.org")).toEqual([]);
    expect(line("log . {\n class error\n }")).toEqual([]);
    expect(line("log . {\n class denial\n }", "nope.default.svc.cluster.local")).toHaveLength(1);
    expect(() => testDns(block("log . {\n class bad\n }"))).toThrow("plugin/log: invalid Class: bad");
  });
});

describe("rewrite", () => {
  const upstream = (_: string, { name, type }: DnsQuestion): DnsReply | undefined => {
    if (name === "cdn.example") return answers([{ name, type: "A", ttl: 60, data: "203.0.113.1" }]);
    if (name === "www.example")
      return answers([
        { name, type: "CNAME", ttl: 60, data: "old.example." },
        { name: "old.example", type: "A", ttl: 60, data: "203.0.113.9" },
      ]);
    if (name === "mail.example" && type === "MX") return answers([{ name, type, ttl: 60, data: "10 mx.internal." }]);
    return { message: dnsMessage({ rcode: "NXDOMAIN" }), latencyMs: 5 };
  };
  const ask = (rule: string, ...question: [name: string, type?: DnsQuestion["type"]]) =>
    testDns(block(`rewrite ${rule}`, "forward . 192.168.49.1"), { ...OBJECTS, upstream }).ask(...question);

  it("changes how long answers live", () => {
    const ttl = (rule: string): string => ask(`ttl ${rule}`, "web.default.svc.cluster.local").answer[0] ?? "";
    expect(
      ["suffix .cluster.local 15", "regex .* 60-300", "web.default.svc.cluster.local -20", "other.example 5"].map(ttl),
    ).toEqual([15, 60, 20, 30].map((seconds) => `web.default.svc.cluster.local. ${seconds} A 10.96.1.1`));
    expect(() => ask("ttl .* soon", "a")).toThrow("plugin/rewrite: invalid TTL 'soon' for ttl rule");
  });

  it("leads an alias elsewhere, and the names in answers", () => {
    expect(ask("cname exact old.example cdn.example", "www.example").answer).toEqual([
      "www.example. 60 CNAME cdn.example.",
      "cdn.example. 60 A 203.0.113.1",
    ]);
    const rule =
      "stop {\n name suffix .public .example\n answer auto\n answer value (.*)\\.internal\\.$ {1}.public\n }";
    expect(ask(rule, "mail.public", "MX").answer).toEqual(["mail.public. 60 MX 10 mx.public."]);
  });

  it("says another code, and refuses what it doesn't know", () => {
    expect(ask("rcode regex .* NXDOMAIN NOERROR", "nope.example").rcode).toBe("NOERROR");
    expect(ask("rcode exact other.example NXDOMAIN NOERROR", "nope.example").rcode).toBe("NXDOMAIN");
    expect(() => ask("rcode .* NXDOMAIN NONE", "a")).toThrow("plugin/rewrite: invalid rcode 'NONE'");
    expect(ask("class CH IN", "cdn.example").rcode).toBe("NOERROR");
    expect(() => ask("class IN CH", "a")).toThrow("Corefile:7 - Error during parsing: questions of class CH are not");
  });
});

describe("names that rewrite asks for instead", () => {
  const ask = (rules: readonly string[], name: string) =>
    testDns(block(...rules.map((rule) => `rewrite ${rule}`)), OBJECTS).ask(name);
  const answered = (rule: string, name = "web.shop.example"): string | undefined =>
    ask([rule], name).answer[0]?.replace(/\. 30 A 10\.96\.1\.1$/, "");
  const DEFAULT = "default.svc.cluster.local";

  it("come back in the answer for exact names, and for others where the rule says so", () => {
    expect(answered(`name web.shop.example web.${DEFAULT}`)).toBe("web.shop.example");
    for (const how of [`suffix .shop.example .${DEFAULT}`, `substring shop.example ${DEFAULT}`])
      expect([answered(`name ${how}`), answered(`name ${how} answer auto`)]).toEqual([
        `web.${DEFAULT}`,
        "web.shop.example",
      ]);
    const pattern = `name regex (.*)\\.shop\\.example {1}.${DEFAULT}`;
    expect([answered(pattern), answered(`${pattern} answer auto`)]).toEqual([`web.${DEFAULT}`, "web.shop.example"]);
    expect(answered(`stop {\n ${pattern}\n answer name (.*)\\.default\\.svc\\.cluster\\.local {1}.other\n }`)).toBe(
      "web.other",
    );
  });

  it("options of a query are checked, and end the rules as those that fit do", () => {
    const name = `name web.shop.example web.${DEFAULT}`;
    const codes = (...rules: string[]): string => ask(rules, "web.shop.example").rcode;
    expect(codes("edns0 local set 0xffee hello", name)).toBe("SERVFAIL");
    expect(codes("continue edns0 local set 0xffee {qname}", name)).toBe("NOERROR");
    expect(codes("edns0 nsid replace", name)).toBe("NOERROR");
    expect(codes("continue edns0 subnet set 24 56", name)).toBe("NOERROR");
  });

  it.each([
    ["", "no rule type specified for rewrite"],
    ["nmae a b", 'invalid rule type "nmae"'],
    ["name a", "too few arguments for a name rule"],
    [
      "name glob a b",
      "name rule supports only exact, prefix, suffix, substring, and regex name matching, received: glob",
    ],
    ["name regex (a b", "invalid regex matching pattern: (a"],
    [
      "name regex a {1}.b",
      "the rewrite regex pattern ({1}.b) uses more subexpressions than its corresponding matching regex pattern (a)",
    ],
    ["name suffix a b answers auto", "exceeded the number of arguments for a non-answer rule argument for suffix rule"],
    ["name suffix a b answer name x", "name answer rule for suffix rule: 2 arguments required"],
    ["answer auto", "response rewrites must begin with a name rule"],
    ["class IN", "class rules must have exactly two arguments"],
    ["class IN XX", 'invalid class "XX"'],
    ["type ANY HINF", 'invalid type "HINF"'],
    ["ttl exact a 5 6", "too many (4) arguments for a ttl rule"],
    ["edns0 local", "too few arguments for an EDNS0 rule"],
    ["edns0 local put 1 a", 'invalid action: "put"'],
    ["edns0 local set 70000 a", 'strconv.ParseUint: parsing "70000": value out of range'],
    ["edns0 local set 1 {client}", 'unsupported variable name "{client}"'],
    ["edns0 subnet set 33 56", "invalid IPv4 bit mask length 33"],
    ["edns0 nsid set 1", "EDNS0 NSID rules do not accept args"],
  ])("%s is refused in CoreDNS' words", (rule, message) => {
    expect(() => ask([rule], "a")).toThrow(`plugin/rewrite: ${message}`);
  });
});

describe("file", () => {
  const zone = (serial = 1, host = "10.1.1.1"): string => `$TTL 300
$ORIGIN example.org.
@  IN SOA ns hostmaster (
     ${serial} ; serial
     2h 30m 1w 60 )
   IN NS  ns
ns IN A   10.0.0.53
www 60 IN A ${host}
   IN AAAA fd00::1
shop CNAME www
far  CNAME api.example.com.
@  MX 10 mail
mail A 10.1.1.2
_http._tcp SRV 0 5 80 www
note TXT "two words" ; and a comment
*.wild A 10.1.1.3
a.b A 10.1.1.4
sub NS ns.sub
ns.sub A 10.1.1.5
`;
  const serve = (text = zone(), more = "") =>
    testDns(`example.org {\n file db.example.org ${more}\n}\n`, { files: { "/etc/coredns/db.example.org": text } });
  const SOA = "example.org. 300 SOA ns.example.org. hostmaster.example.org. 1 7200 1800 604800 60";

  it("answers with a zone's records, aliases, wildcards and what is delegated", () => {
    const dns = serve();
    const answer = (name: string, type?: DnsQuestion["type"]): string[] => dns.ask(name, type).answer;
    expect(dns.ask("www.example.org")).toMatchObject({
      answer: ["www.example.org. 60 A 10.1.1.1"],
      authority: ["example.org. 300 NS ns.example.org."],
    });
    expect(answer("www.example.org", "AAAA")).toEqual(["www.example.org. 300 AAAA fd00::1"]);
    expect(answer("shop.example.org")).toEqual([
      "shop.example.org. 300 CNAME www.example.org.",
      "www.example.org. 60 A 10.1.1.1",
    ]);
    expect(answer("far.example.org")).toEqual(["far.example.org. 300 CNAME api.example.com."]);
    expect(dns.ask("example.org", "MX")).toMatchObject({
      answer: ["example.org. 300 MX 10 mail.example.org."],
      additional: ["mail.example.org. 300 A 10.1.1.2"],
    });
    expect(answer("_http._tcp.example.org", "SRV")).toEqual([
      "_http._tcp.example.org. 300 SRV 0 5 80 www.example.org.",
    ]);
    expect(answer("note.example.org", "TXT")).toEqual(['note.example.org. 300 TXT "two words"']);
    expect(answer("x.wild.example.org")).toEqual(["x.wild.example.org. 300 A 10.1.1.3"]);
    expect(dns.ask("b.example.org")).toMatchObject({ rcode: "NOERROR", answer: [], authority: [SOA] });
    expect(dns.ask("nope.example.org")).toMatchObject({ rcode: "NXDOMAIN", authority: [SOA] });
    expect(dns.ask("host.sub.example.org")).toMatchObject({
      answer: [],
      authority: ["sub.example.org. 300 NS ns.sub.example.org."],
      additional: ["ns.sub.example.org. 300 A 10.1.1.5"],
    });
  });

  it("reads the file again when its serial has changed", () => {
    const dns = serve();
    dns.files.writeFile("/etc/coredns/db.example.org", zone(1, "10.2.2.2"));
    dns.clock.now += 60_000;
    expect(dns.ask("www.example.org").answer).toEqual(["www.example.org. 60 A 10.1.1.1"]);
    dns.files.writeFile("/etc/coredns/db.example.org", zone(2, "10.2.2.2"));
    dns.clock.now += 60_000;
    expect(dns.ask("www.example.org").answer).toEqual(["www.example.org. 60 A 10.2.2.2"]);
    expect(dns.log).toEqual([
      '[INFO] plugin/file: Successfully reloaded zone "example.org." in "/etc/coredns/db.example.org" with 2 SOA serial',
    ]);
  });

  it("does not start with a file that isn't there, or is no zone", () => {
    expect(() => testDns("example.org {\n file none\n}\n")).toThrow(
      "plugin/file: open /etc/coredns/none: no such file or directory",
    );
    expect(() => serve("www A 10.0.0.1\n")).toThrow(
      'plugin/file: file "/etc/coredns/db.example.org" has no SOA record for origin example.org.',
    );
    expect(() => serve("www AA 10.0.0.1\n")).toThrow(`unknown RR type: "AA" at line: 1:1`);
    expect(() => serve(zone(), "{\n reloaded\n }")).toThrow("unknown property 'reloaded'");
  });
});

describe("autopath", () => {
  it("walks the search list of the pod that asks, and answers at its first name", () => {
    const dns = testDns(block("autopath @kubernetes"), OBJECTS);
    expect(dns.ask("web.default.shop.svc.cluster.local")).toMatchObject({
      rcode: "NOERROR",
      answer: [
        "web.default.shop.svc.cluster.local. 30 CNAME web.default.svc.cluster.local.",
        "web.default.svc.cluster.local. 30 A 10.96.1.1",
      ],
    });
    expect(dns.ask("nope.shop.svc.cluster.local").rcode).toBe("NXDOMAIN");
    expect(dns.ask("web.default.svc.cluster.local").answer).toHaveLength(1);
    expect(() => testDns(".:53 {\n autopath @kubernetes\n}")).toThrow(
      "plugin/autopath: failed to find plugin kubernetes",
    );
  });
});

describe("an answer that is too large for a datagram", () => {
  it("is cut off where the client's room ends, and whole over a connection", () => {
    const dns = testDns(block(), OBJECTS);
    const ask = (how: object): unknown[] => {
      const { answer, truncated } = dns.ask("many.default.svc.cluster.local", "A", how);
      return [answer.length, truncated];
    };
    expect([ask({}), ask({ bufferSize: 1232 }), ask({ bufferSize: 4096 }), ask({ tcp: true })]).toEqual([
      [29, true],
      [73, true],
      [80, undefined],
      [80, undefined],
    ]);
    const small = testDns(block("bufsize 600"), OBJECTS);
    expect(small.ask("many.default.svc.cluster.local", "A", { bufferSize: 1232 }).answer).toHaveLength(33);
    expect(() => testDns(block("bufsize 100"))).toThrow("plugin/bufsize: bufsize must be within 512 - 4096");
  });
});
