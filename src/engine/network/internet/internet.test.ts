import { describe, expect, it } from "vitest";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { networkPolicies } from "../../api/registry.ts";
import type { NetworkPort } from "../../runtime/network-port.ts";
import { createTestNetwork, pod } from "../testing/test-network.ts";
import { publicHosts, publicResolvers } from "./public-hosts.ts";

function setUp(options: Parameters<typeof createTestNetwork>[0] = {}) {
  const net = createTestNetwork(options);
  // A host that asks a public resolver by itself.
  const web = pod(net.worker1, "web").port({ dnsPolicy: "None", dnsConfig: { nameservers: ["8.8.8.8"] } });
  const ask = (from: NetworkPort, url: string, more: object = {}) =>
    net.network.exchange(from, { method: "GET", url, headers: {}, body: "", ...more });
  return { net, web, ask };
}

describe("the world outside", () => {
  it("answers pods by name, which it sees as the router's address, and the laptop", () => {
    const { net, web, ask } = setUp();
    for (const from of [web, net.network.laptopPort(), net.worker1.port()]) {
      const exchange = ask(from, "https://httpbin.org/ip");
      expect(exchange.ok && JSON.parse(exchange.response.body)).toEqual({ origin: "203.0.113.24" });
    }
    expect(ask(web, "http://example.com/").hops.slice(-2)).toEqual([
      {
        at: "node/worker-1",
        decision: "masquerade",
        reason: "leaves the cluster as 192.168.49.3, the node's address",
      },
      { at: "internet/example.com", decision: "answer", reason: "port 80 answered 200" },
    ]);
    expect(ask(web, "http://example.com:8080/")).toMatchObject({ errno: "ECONNREFUSED" });
  });

  it("has what it is told that projects publish on github.com, over HTTPS, and no other files", () => {
    const releases = "https://github.com/some/one/releases";
    const { web, ask } = setUp({
      published: (url) =>
        url === `${releases}/latest/download/x.yaml`
          ? { location: `${releases}/download/v1/x.yaml` }
          : url === `${releases}/download/v1/x.yaml`
            ? { text: "kind: X\n" }
            : undefined,
    });
    const get = (url: string): [status: number, type: string, text: string] => {
      const exchange = ask(web, url);
      if (!exchange.ok) throw new Error(exchange.errno);
      const { status, headers, body } = exchange.response;
      return [status, headers?.["content-type"] ?? headers?.["location"] ?? "", body];
    };
    expect(get(`${releases}/latest/download/x.yaml`)).toEqual([302, `${releases}/download/v1/x.yaml`, ""]);
    expect(get(`${releases}/download/v1/x.yaml`)).toEqual([200, "application/octet-stream", "kind: X\n"]);
    expect(get(`${releases}/download/v2/x.yaml`)).toEqual([404, "text/plain", "Not Found"]);
    expect(get("https://raw.githubusercontent.com/some/one/main/x.yaml")).toEqual([
      ...[404, "text/plain; charset=utf-8", "404: Not Found"],
    ]);
  });

  it("knows no other names, and pointers of its resolvers alone", () => {
    const { net, web, ask } = setUp();
    expect(ask(web, "http://nowhere.example/")).toMatchObject({ errno: "ENOTFOUND" });
    expect(web.resolve("dns.google")).toEqual(["8.8.8.8", "8.8.4.4"]);
    expect(net.network.laptopPort().resolve("www.kubernetes.io")).toEqual(["147.75.40.148"]);
    const all = [
      ...publicHosts.map(({ address }) => address),
      ...publicResolvers.flatMap(({ addresses }) => addresses),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("is beyond a policy that keeps egress to the cluster's addresses", () => {
    const { net, web, ask } = setUp();
    net.client.resource(networkPolicies).create({
      metadata: { name: "inside", namespace: "default" },
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["93.184.215.0/24"] } }] }],
      },
    });
    net.settle();
    expect(ask(web, "http://httpbin.org/ip").ok).toBe(true);
    expect(ask(web, "http://example.com/")).toMatchObject({ ok: false, errno: "ETIMEDOUT" });
  });

  it("shows certificates of its own authority to who speaks TLS", () => {
    const { web, ask } = setUp();
    const shown = (url: string): unknown => {
      const exchange = ask(web, url);
      return exchange.ok && parseCertificate(exchange.response.certificate ?? "")?.alternativeNames;
    };
    expect(shown("https://www.example.com/")).toEqual(["DNS:example.com", "DNS:www.example.com"]);
    expect(shown("http://www.example.com/")).toBe(undefined);
  });

  it("has the part of httpbin that examples use", () => {
    const { web, ask } = setUp();
    const status = (url: string, more: object = {}): unknown => {
      const exchange = ask(web, `http://httpbin.org${url}`, more);
      return exchange.ok ? exchange.response.status : exchange.errno;
    };
    expect(["/get", "/status/503", "/redirect/2", "/post", "/nothing"].map((path) => status(path))).toEqual([
      200, 503, 302, 405, 404,
    ]);
    expect([status("/delay/3", { timeoutMs: 2000 }), status("/delay/1", { timeoutMs: 2000 })]).toEqual([
      "ETIMEDOUT",
      200,
    ]);
    const authorization = `Basic ${btoa("jane:secret")}`;
    expect([
      status("/basic-auth/jane/secret"),
      status("/basic-auth/jane/secret", { headers: { authorization } }),
      status("/basic-auth/jane/other", { headers: { authorization } }),
    ]).toEqual([401, 200, 401]);
    const posted = ask(web, "http://httpbin.org/post?a=1&b=x%20y", { method: "POST", body: "k=v" });
    expect(posted.ok && JSON.parse(posted.response.body)).toMatchObject({
      args: { a: "1", b: "x y" },
      data: "k=v",
      headers: { Host: "httpbin.org" },
    });
    const form = ask(web, "http://httpbin.org/post", {
      method: "POST",
      headers: { "Content-Type": "multipart/form-data; boundary=B" },
      body: '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\none\r\n--B--\r\n',
    });
    expect(form.ok && JSON.parse(form.response.body)).toMatchObject({
      form: { a: "1" },
      files: { f: "one" },
      data: "",
    });
    const registry = ask(web, "https://registry-1.docker.io/v2/");
    expect(registry.ok && registry.response.headers?.["docker-distribution-api-version"]).toBe("registry/2.0");
  });
});
