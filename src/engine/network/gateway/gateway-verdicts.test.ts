import { describe, expect, it } from "vitest";
import type { Secret, Service } from "../../api/generated/types.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { fakeCertificate } from "../ingress/fake-certificate.ts";
import { certificateOf, conflictOf, judge, kindsOf } from "./attachment.ts";
import type { GatewayFacts, Verdict } from "./attachment.ts";
import { gatewayVerdicts, isSound, listenerVerdicts } from "./gateway-verdicts.ts";
import { asHttpRoute } from "./grpc-route.ts";
import type { Gateway, GrpcRoute, HttpRoute, Listener, ReferenceGrant } from "./kinds.ts";
import { GatewayServer } from "./gateway-server.ts";
import { takeRoute } from "./route-match.ts";
import type { AttachedRoute } from "./route-match.ts";

const short = (verdicts: readonly Verdict[]): string[] =>
  verdicts.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

function gateway(listeners: Listener[], more: Partial<Gateway["spec"]> = {}): Gateway {
  const object: unknown = {
    metadata: { name: "web", namespace: "default" },
    spec: { gatewayClassName: "drydock", listeners, ...more },
  };
  return object as Gateway;
}

function facts(more: Partial<GatewayFacts> = {}): GatewayFacts {
  const none = (): undefined => undefined;
  return { routes: [], grants: [], namespace: none, service: none, secret: none, ...more };
}

const http: Listener = { name: "http", port: 80, protocol: "HTTP" };

describe("listeners", () => {
  it("of one port share protocol, and differ in host", () => {
    const listeners: Listener[] = [
      http,
      { ...http, name: "again" },
      { ...http, name: "host", hostname: "a.example" },
      { ...http, name: "tls", protocol: "HTTPS", hostname: "b.example" },
      { ...http, name: "other", port: 81 },
    ];
    const own = gateway(listeners);
    expect(listeners.map((listener) => conflictOf(own, listener))).toEqual([
      undefined,
      "HostnameConflict",
      undefined,
      "ProtocolConflict",
      undefined,
    ]);
    expect(short(listenerVerdicts(http, { trouble: undefined, conflict: "HostnameConflict" }))).toEqual([
      "Accepted=True Accepted",
      "Programmed=False Invalid",
      "ResolvedRefs=True ResolvedRefs",
      "Conflicted=True HostnameConflict",
    ]);
  });

  it("speak HTTP and HTTPS, and take kinds of routes that there are", () => {
    const tcp = { ...http, protocol: "TCP" };
    const none = { trouble: undefined, conflict: undefined };
    expect(kindsOf(tcp).kinds).toEqual([]);
    expect(short(listenerVerdicts(tcp, none))[0]).toBe("Accepted=False UnsupportedProtocol");
    const kinds = { ...http, allowedRoutes: { kinds: [{ kind: "TCPRoute" }, { kind: "GRPCRoute" }] } };
    expect(kindsOf(kinds)).toEqual({ kinds: ["GRPCRoute"], wrong: "TCPRoute" });
    expect(short(listenerVerdicts(kinds, none))[2]).toBe("ResolvedRefs=False InvalidRouteKinds");
    expect(isSound(listenerVerdicts(http, none))).toBe(true);
  });

  it("take certificates of their own namespace, and others' with a grant", () => {
    const listener = { ...http, protocol: "HTTPS", tls: { certificateRefs: [{ name: "cert", namespace: "shop" }] } };
    const pem = encodeBase64(fakeCertificate());
    const object: unknown = { data: { "tls.crt": pem } };
    const broken: unknown = { data: { "tls.crt": encodeBase64("no certificate") } };
    const secret = (key: string): Secret | undefined => (key === "shop/cert" ? (object as Secret) : undefined);
    expect(certificateOf(gateway([listener]), listener, facts({ secret })).trouble?.reason).toBe("RefNotPermitted");
    const grant: unknown = {
      metadata: { name: "g", namespace: "shop" },
      spec: {
        from: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default" }],
        to: [{ group: "", kind: "Secret" }],
      },
    };
    expect(certificateOf(gateway([listener]), listener, facts({ secret, grants: [grant as ReferenceGrant] }))).toEqual({
      pem,
    });
    const own = { ...listener, tls: { certificateRefs: [{ name: "cert" }] } };
    expect(certificateOf(gateway([own]), own, facts({ secret })).trouble).toEqual({
      reason: "InvalidCertificateRef",
      message: "secret default/cert not found",
    });
    expect(certificateOf(gateway([own]), own, facts({ secret: () => broken as Secret })).trouble).toEqual({
      reason: "InvalidCertificateRef",
      message: "secret default/cert holds no certificate in PEM",
    });
    const map = { ...own, tls: { certificateRefs: [{ kind: "ConfigMap", name: "cert" }] } };
    expect(certificateOf(gateway([map]), map, facts({ secret: () => object as Secret })).trouble).toEqual({
      reason: "InvalidCertificateRef",
      message: "certificates of kind ConfigMap are not supported",
    });
  });
});

describe("a Gateway", () => {
  it("is accepted with the listeners that are valid, and can't have the addresses that it asks for", () => {
    const two = [http, { ...http, name: "again" }];
    expect(short(gatewayVerdicts(gateway(two), { sound: 2, addressed: true }))).toEqual([
      "Accepted=True Accepted",
      "Programmed=True Programmed",
    ]);
    expect(gatewayVerdicts(gateway(two), { sound: 2, addressed: false })[1]).toEqual({
      type: "Programmed",
      status: "False",
      reason: "AddressNotAssigned",
      message: "No addresses have been assigned to the Gateway",
    });
    expect(short(gatewayVerdicts(gateway(two), { sound: 1, addressed: true }))).toEqual([
      "Accepted=True ListenersNotValid",
      "Programmed=True Programmed",
    ]);
    expect(short(gatewayVerdicts(gateway(two), { sound: 0, addressed: true }))).toEqual([
      "Accepted=False ListenersNotValid",
      "Programmed=False Invalid",
    ]);
    expect(
      short(gatewayVerdicts(gateway(two, { infrastructure: { labels: { a: "b" } } }), { sound: 2, addressed: true })),
    ).toEqual(["Accepted=False InvalidParameters", "Programmed=False Invalid"]);
    expect(
      short(gatewayVerdicts(gateway(two, { addresses: [{ value: "10.0.0.1" }] }), { sound: 2, addressed: true })),
    ).toEqual(["Accepted=False UnsupportedAddress", "Programmed=False AddressNotUsable"]);
  });

  it("takes no route with a filter that nobody here has, and none of a kind that its listener excludes", () => {
    const route = (rule: object): HttpRoute => {
      const object: unknown = {
        metadata: { name: "r", namespace: "default" },
        spec: { parentRefs: [{ name: "web" }], rules: [rule] },
      };
      return object as HttpRoute;
    };
    const accepted = (own: Gateway, each: HttpRoute): string | undefined =>
      short(judge(own, each, facts())[0]?.conditions ?? [])[0];
    expect(accepted(gateway([http]), route({ filters: [{ type: "ExtensionRef" }] }))).toBe(
      "Accepted=False UnsupportedValue",
    );
    const calls = { ...http, allowedRoutes: { kinds: [{ kind: "GRPCRoute" }] } };
    expect(accepted(gateway([calls]), route({}))).toBe("Accepted=False NotAllowedByListeners");
    expect(accepted(gateway([http]), route({}))).toBe("Accepted=True Accepted");
  });
});

describe("a port of several listeners", () => {
  const answering = (name: string, hostnames: string[], path = "/"): AttachedRoute => {
    const rule = { matches: [{ path: { value: path } }], backendRefs: [{ name, port: 80 }] };
    const object: unknown = { metadata: { name, namespace: "default" }, spec: { rules: [rule] } };
    return { route: object as HttpRoute, hostnames };
  };
  const listener = (hostname: string, routes: AttachedRoute[]) => ({ hostname, certificate: `of ${hostname}`, routes });
  const kept = { "default/any": [], "default/wild": [], "default/exact": [] };
  const server = new GatewayServer({
    station: "pod/gateway",
    objects: {
      service: (key) =>
        key in kept ? ({ metadata: {}, spec: { ports: [{ port: 80 }] } } as unknown as Service) : undefined,
      slices: () => [],
      secret: () => undefined,
      configMap: () => undefined,
    },
    random: () => 0,
    exchange: () => ({ ok: false, errno: "ECONNREFUSED", latencyMs: 0, hops: [] }),
    permits: () => true,
  });
  const ask = (host: string, path: string, listeners: ReturnType<typeof listener>[]) => {
    const request = {
      method: "GET",
      path,
      query: "",
      headers: { host },
      body: "",
      remoteAddress: "10.0.0.9",
      port: 443,
    };
    const { status, certificate, onward } = server.answer(request, { port: 443, secure: true, listeners });
    return [status, certificate, /leads to (\w+)/.exec(onward?.()[0]?.reason ?? "")?.[1]];
  };

  it("serves a host by the one that names it most closely, with its certificate, and by no other", () => {
    const all = [
      listener("", [answering("any", [""])]),
      listener("*.shop.example", [answering("wild", ["*.shop.example"])]),
      listener("a.shop.example", [answering("exact", ["a.shop.example"], "/only")]),
    ];
    expect(ask("a.shop.example", "/only", all)).toEqual([503, "of a.shop.example", "exact"]);
    expect(ask("a.shop.example", "/", all)).toEqual([404, "of a.shop.example", undefined]);
    expect(ask("b.shop.example", "/", all)).toEqual([503, "of *.shop.example", "wild"]);
    expect(ask("other.example", "/", all)).toEqual([503, "of ", "any"]);
    expect(ask("other.example", "/", all.slice(1))).toEqual([404, "of *.shop.example", undefined]);
  });

  it("answers 500 for a backend of a kind that nobody serves, even where a Service has its name", () => {
    const odd = answering("any", [""]);
    const [rule] = odd.route.spec.rules ?? [];
    const spec = {
      rules: [{ ...rule, backendRefs: [{ kind: "Other", group: "example.com", name: "any", port: 80 }] }],
    };
    expect(ask("x", "/", [listener("", [{ ...odd, route: { ...odd.route, spec } }])])[0]).toBe(500);
  });
});

it("references of mirrors are looked at as those of backends", () => {
  const filters = [{ type: "RequestMirror", requestMirror: { backendRef: { name: "gone", port: 80 } } }];
  const object: unknown = {
    metadata: { name: "r", namespace: "default" },
    spec: { parentRefs: [{ name: "web" }], rules: [{ filters }] },
  };
  expect(judge(gateway([http]), object as HttpRoute, facts())[0]?.conditions[1]).toEqual({
    type: "ResolvedRefs",
    status: "False",
    reason: "BackendNotFound",
    message: "Service default/gone not found",
  });
});

it("GRPCRoutes match by service, method and headers", () => {
  const match = (method: object, headers?: object): object => ({ method, ...(headers !== undefined && { headers }) });
  const matches = [
    match({ service: "shop.Cart", method: "Add" }),
    match({ service: "shop.Cart" }, [{ name: "beta", value: "1" }]),
    match({ service: "shop.Cart" }),
    match({ method: "Check" }),
    match({ type: "RegularExpression", service: "bank[.].*" }),
  ];
  const object: unknown = {
    metadata: { name: "r", namespace: "default" },
    spec: { rules: matches.map((each, index) => ({ name: String(index), matches: [each] })) },
  };
  const route = asHttpRoute(object as GrpcRoute);
  const rule = (call: string, headers: Record<string, string> = {}): number => {
    const request = { method: "POST", path: `/${call}`, query: "", headers, body: "", remoteAddress: "", port: 80 };
    const taken = takeRoute([{ route, hostnames: [""] }], request, "grpc.example");
    return taken === undefined ? -1 : (route.spec.rules ?? []).indexOf(taken.rule);
  };
  expect(
    ["shop.Cart/Add", "shop.Cart/Get", "grpc.health.v1.Health/Check", "bank.Money/Send", "shop.Ship/Go"].map((call) =>
      rule(call),
    ),
  ).toEqual([0, 2, 3, 4, -1]);
  expect(rule("shop.Cart/Get", { beta: "1" })).toBe(1);
});

it("HTTPRoutes match nothing by a pattern that can't be read, and take any query", () => {
  const matches = [
    { path: { type: "RegularExpression", value: "/(" } },
    { path: { value: "/" }, queryParams: [{ name: "a", value: "%zz" }] },
  ];
  const object: unknown = { metadata: { name: "r", namespace: "default" }, spec: { rules: [{ matches }] } };
  const route = object as HttpRoute;
  const request = { method: "GET", path: "/x", query: "a=%zz", headers: {}, body: "", remoteAddress: "", port: 80 };
  const take = (query: string): string | undefined =>
    takeRoute([{ route, hostnames: [""] }], { ...request, query }, "web.example")?.prefix;
  expect([take("a=%zz"), take("a=1")]).toEqual(["/", undefined]);
});
