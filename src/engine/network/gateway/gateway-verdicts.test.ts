import { describe, expect, it } from "vitest";
import type { Secret, Service } from "../../api/generated/types.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { fakeCertificate } from "../ingress/fake-certificate.ts";
import { judge } from "./attachment.ts";
import type { GatewayFacts, Verdict } from "./attachment.ts";
import { gatewayVerdicts, isSound, listenerVerdicts } from "./gateway-verdicts.ts";
import { asHttpRoute } from "./grpc-route.ts";
import type { Gateway, GrpcRoute, HttpRoute, Listener, ReferenceGrant } from "./kinds.ts";
import { certificatesOf, conflictOf, kindsOf, overlaps } from "./listeners.ts";
import { GatewayServer } from "./gateway-server.ts";
import { serviceNameOf } from "./gateway-services.ts";
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
  it("of one port share protocol, and differ in host; of those that are in each other's way none is had", () => {
    const conflicts = (...listeners: Listener[]): (string | undefined)[] =>
      listeners.map((listener) => conflictOf(gateway(listeners), listener));
    const other = { ...http, name: "other", port: 81 };
    expect(
      conflicts(http, { ...http, name: "again" }, { ...http, name: "host", hostname: "a.example" }, other),
    ).toEqual(["HostnameConflict", "HostnameConflict", undefined, undefined]);
    const tls = { ...http, name: "tls", protocol: "HTTPS", hostname: "b.example" };
    expect(conflicts(http, tls, other)).toEqual(["ProtocolConflict", "ProtocolConflict", undefined]);
    expect(short(listenerVerdicts(http, { conflict: "HostnameConflict" }))).toEqual([
      "Accepted=False Invalid",
      "Programmed=False Invalid",
      "ResolvedRefs=True ResolvedRefs",
      "Conflicted=True HostnameConflict",
    ]);
  });

  it("of TLS whose names overlap on a port say so, and are sound all the same", () => {
    const at = (hostname: string, port = 443, protocol = "HTTPS"): Listener => ({
      name: `${hostname}:${port}`,
      port,
      protocol,
      hostname,
    });
    const listeners = [
      at("foo.example.com"),
      at("bar.bar.example.com"),
      at("*.example.com"),
      at("example.com"),
      at("foo.example.com", 9443),
      at("foo.example.com", 80, "HTTP"),
    ];
    const own = gateway(listeners);
    expect(listeners.map((listener) => overlaps(own, listener))).toEqual([true, true, true, false, false, false]);
    const verdicts = listenerVerdicts(at("foo.example.com"), { overlapping: true });
    expect([short(verdicts).at(-1), isSound(verdicts)]).toEqual([
      "OverlappingTLSConfig=True OverlappingHostnames",
      true,
    ]);
  });

  it("speak HTTP and HTTPS, and take kinds of routes that there are", () => {
    const tcp = { ...http, protocol: "TCP" };
    expect(kindsOf(tcp).kinds).toEqual([]);
    expect(short(listenerVerdicts(tcp, {}))[0]).toBe("Accepted=False UnsupportedProtocol");
    const kinds = { ...http, allowedRoutes: { kinds: [{ kind: "TCPRoute" }, { kind: "GRPCRoute" }] } };
    expect(kindsOf(kinds)).toEqual({ kinds: ["GRPCRoute"], wrong: "TCPRoute" });
    expect(short(listenerVerdicts(kinds, {}))[2]).toBe("ResolvedRefs=False InvalidRouteKinds");
    expect(isSound(listenerVerdicts(http, {}))).toBe(true);
  });

  it("take certificates of their own namespace, and others' with a grant", () => {
    const listener = { ...http, protocol: "HTTPS", tls: { certificateRefs: [{ name: "cert", namespace: "shop" }] } };
    const pem = fakeCertificate();
    const object: unknown = { data: { "tls.crt": encodeBase64(pem) } };
    const broken: unknown = { data: { "tls.crt": encodeBase64("no certificate") } };
    const secret = (key: string): Secret | undefined => (key === "shop/cert" ? (object as Secret) : undefined);
    const found = (of: Listener, more: Partial<GatewayFacts>) => certificatesOf(gateway([of]), of, facts(more));
    const grant = (to: object): ReferenceGrant => {
      const granted: unknown = {
        metadata: { name: "g", namespace: "shop" },
        spec: { from: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default" }], to: [to] },
      };
      return granted as ReferenceGrant;
    };
    const grants = [grant({ group: "", kind: "Secret" })];
    expect(found(listener, { secret }).trouble?.reason).toBe("RefNotPermitted");
    expect(found(listener, { secret, grants })).toEqual({ pems: [pem] });
    const named = (name: string) => found(listener, { secret, grants: [grant({ group: "", kind: "Secret", name })] });
    expect([named("cert").pems, named("other").trouble?.reason]).toEqual([[pem], "RefNotPermitted"]);
    const trouble = (ref: object, of: Partial<GatewayFacts>) => {
      const each = { ...listener, tls: { certificateRefs: [{ name: "cert", ...ref }] } };
      return found(each, of).trouble;
    };
    const invalid = (message: string) => ({ reason: "InvalidCertificateRef", message });
    expect(trouble({}, { secret })).toEqual(invalid("secret default/cert not found"));
    expect(trouble({}, { secret: () => broken as Secret })).toEqual(
      invalid("secret default/cert holds no certificate in PEM"),
    );
    const there = { secret: () => object as Secret };
    expect(trouble({ kind: "ConfigMap" }, there)).toEqual(invalid("certificates of kind ConfigMap are not supported"));
    expect(trouble({ group: "x.example", kind: "Secret" }, there)).toEqual(
      invalid("certificates of kind Secret.x.example are not supported"),
    );
    const both = { ...listener, tls: { certificateRefs: [{ name: "gone" }, { name: "cert", namespace: "shop" }] } };
    expect(found(both, { secret, grants })).toEqual({ pems: [pem], trouble: invalid("secret default/gone not found") });
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
  const listener = (hostname: string, routes: AttachedRoute[]) => ({
    hostname,
    certificates: [`of ${hostname}`],
    routes,
  });
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

it("a Gateway's Service has a name that no other Gateway's has, whatever the Gateway is called", () => {
  const name = (namespace: string, of: string): string => serviceNameOf({ namespace, name: of });
  expect(name("default", "web")).toBe("default-web");
  expect(name("a", "b-c")).toBe("a-b-c");
  expect(name("a-b", "c")).toMatch(/^a-b-c-[0-9a-f]{8}$/);
  expect(name("1st", "my.gateway")).toMatch(/^gateway-1st-my-gateway-[0-9a-f]{8}$/);
  const long = ["x", "y"].map((end) => name("default", `${"a".repeat(252)}${end}`));
  expect([new Set(long).size, Math.max(...long.map(({ length }) => length)) <= 63]).toEqual([2, true]);
});
