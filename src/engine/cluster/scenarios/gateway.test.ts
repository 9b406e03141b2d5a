/** The Gateway API with Drydock's controller: routes attach, are ranked, filtered and reported. */
import { beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/meta/object.ts";
import { secrets, services } from "../../api/registry.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { explainExchange } from "../../diagnose/exchange.ts";
import { sentence } from "../../diagnose/sentences.ts";
import { fakeCertificate } from "../../network/ingress/fake-certificate.ts";
import { clusterFacts } from "../trace-request.ts";
import { GATEWAY_GROUP as GROUP, GatewayWorld, shortConditions, to } from "../testing/gateway-world.ts";

let world: GatewayWorld;

const create: GatewayWorld["create"] = (...args) => world.create(...args);
const get = (url: string, headers: Record<string, string> = {}, method = "GET") => world.get(url, { headers, method });
const parents: GatewayWorld["parents"] = (...args) => world.parents(...args);

/** What `drydock why` says of a request. */
function why(url: string): string[] {
  const { outcome, request } = world.ask(url);
  const found = explainExchange(outcome, clusterFacts(world.test.cluster), { ...request, from: "node/worker-1" });
  if (found === undefined) return [];
  const { command } = found.mend ?? {};
  return [sentence(found.cause), sentence(found.change), ...(command === undefined ? [] : [command])];
}

beforeAll(() => {
  world = new GatewayWorld();
  world.gateway("web", { name: "http", port: 80, protocol: "HTTP" });
});

const parentRefs = [{ name: "web" }];

describe("the Gateway API", () => {
  it("accepts its class and a Gateway that has no address, and counts its routes", () => {
    expect(world.conditions("gatewayclasses", "drydock")).toEqual([
      "Accepted=True Accepted",
      "SupportedVersion=True SupportedVersion",
    ]);
    create("httproutes", "plain", { parentRefs, hostnames: ["a.example"], rules: [{ backendRefs: [to("a")] }] });
    // Nobody gives load balancers addresses here: what serves it can be reached by its Service alone.
    const found = world.status<{ addresses?: object[]; conditions?: never[] }>("gateways", "web");
    expect([found.addresses, shortConditions(found.conditions)]).toEqual([
      undefined,
      ["Accepted=True Accepted", "Programmed=False AddressNotAssigned"],
    ]);
    expect(world.listener("web", "http")).toEqual({
      attachedRoutes: 1,
      kinds: ["HTTPRoute", "GRPCRoute"],
      conditions: [
        "Accepted=True Accepted",
        "Programmed=True Programmed",
        "ResolvedRefs=True ResolvedRefs",
        "Conflicted=False NoConflicts",
      ],
    });
    expect(parents("plain")).toEqual(["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"]);
    expect(get("http://a.example/x").body).toBe("a /x a.example -");
    expect(get("http://b.example/x").status).toBe(404);
    create("gateways", "waits", { gatewayClassName: "nobody", listeners: [{ name: "a", port: 80, protocol: "HTTP" }] });
    expect(world.conditions("gateways", "waits")).toEqual(["Accepted=Unknown Pending", "Programmed=Unknown Pending"]);
    world.delete("gateways", "waits");
  });

  it("speaks TLS with its secret's certificate and takes routes of labelled namespaces", () => {
    const data = { "tls.crt": encodeBase64(fakeCertificate()), "tls.key": encodeBase64("key") };
    world.test.client
      .resource(secrets)
      .create({ metadata: { name: "edge-tls", namespace: "default" }, type: "kubernetes.io/tls", data });
    const selector = { matchLabels: { "kubernetes.io/metadata.name": "shop" } };
    create("gateways", "edge", {
      gatewayClassName: "drydock",
      listeners: [
        {
          name: "https",
          port: 443,
          protocol: "HTTPS",
          hostname: "secure.example",
          tls: { mode: "Terminate", certificateRefs: [{ name: "edge-tls" }] },
          allowedRoutes: { namespaces: { from: "Selector", selector } },
        },
      ],
    });
    const route = { parentRefs: [{ name: "edge", namespace: "default" }] };
    create("httproutes", "inside", { ...route, rules: [{ backendRefs: [to("d")] }] }, "shop");
    create("httproutes", "outside", { ...route, rules: [{ backendRefs: [to("a")] }] });
    expect(parents("outside")).toEqual(["Accepted=False NotAllowedByListeners", "ResolvedRefs=True ResolvedRefs"]);
    world.test.run(5000);
    const { body, certificate } = world.get("https://secure.example/x", { gateway: "edge" });
    expect([body, certificate]).toEqual(["d /x secure.example -", fakeCertificate()]);
  });

  it("ranks matches: exact path, longer prefix, method, headers, query", () => {
    create("httproutes", "ranked", {
      parentRefs,
      hostnames: ["r.example"],
      rules: [
        { backendRefs: [to("a")] },
        { matches: [{ path: { value: "/deep/er" } }], backendRefs: [to("b")] },
        { matches: [{ path: { type: "Exact", value: "/deep" } }], backendRefs: [to("c")] },
        { matches: [{ headers: [{ name: "X-Who", value: "b" }] }], backendRefs: [to("b")] },
        { matches: [{ queryParams: [{ name: "who", value: "c" }] }], backendRefs: [to("c")] },
      ],
    });
    const who = (path: string, headers = {}): string => get(`http://r.example${path}`, headers).body.slice(0, 1);
    expect([who("/deep"), who("/deep/er/x"), who("/deeper"), who("/")]).toEqual(["c", "b", "a", "a"]);
    expect([who("/", { "x-who": "b" }), who("/?who=c"), who("/?who=c", { "x-who": "b" })]).toEqual(["b", "c", "b"]);
  });

  it("shares by weight", () => {
    create("httproutes", "weights", {
      parentRefs,
      hostnames: ["w.example"],
      rules: [{ backendRefs: [to("a", { weight: 80 }), to("b", { weight: 20 }), to("c", { weight: 0 })] }],
    });
    const names = Array.from({ length: 500 }, () => get("http://w.example/").body.slice(0, 1));
    const share = (name: string): number => names.filter((each) => each === name).length / 500;
    expect(Math.abs(share("a") - 0.8)).toBeLessThan(0.06);
    expect(share("c")).toBe(0);
  });

  it("changes headers, paths and hosts, redirects, mirrors", () => {
    const rule = (path: string, filters: object[], more: object = {}): object => ({
      matches: [{ path: { value: path } }],
      filters,
      ...more,
    });
    const backendRefs = [to("a")];
    create("httproutes", "filters", {
      parentRefs,
      hostnames: ["f.example"],
      rules: [
        rule(
          "/add",
          [
            { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "X-Added", value: "yes" }] } },
            {
              type: "ResponseHeaderModifier",
              responseHeaderModifier: { remove: ["server"], add: [{ name: "X-Back", value: "1" }] },
            },
          ],
          { backendRefs },
        ),
        rule(
          "/old",
          [
            {
              type: "URLRewrite",
              urlRewrite: { hostname: "in.example", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } },
            },
          ],
          { backendRefs },
        ),
        rule("/away", [
          {
            type: "RequestRedirect",
            requestRedirect: {
              scheme: "https",
              statusCode: 301,
              path: { type: "ReplaceFullPath", replaceFullPath: "/there" },
            },
          },
        ]),
        rule("/mirror", [{ type: "RequestMirror", requestMirror: { backendRef: to("c") } }], { backendRefs }),
      ],
    });
    expect(get("http://f.example/add")).toMatchObject({ body: "a /add f.example yes", headers: { "x-back": "1" } });
    expect(get("http://f.example/add").headers).not.toHaveProperty("server");
    expect(get("http://f.example/old/x").body).toBe("a /new/x in.example -");
    expect(get("http://f.example/away")).toMatchObject({
      status: 301,
      headers: { location: "https://f.example/there" },
    });
    world.mirrored.length = 0;
    expect(get("http://f.example/mirror").body).toMatch(/^a/);
    expect(world.mirrored).toEqual(["/mirror"]);
  });

  it("needs a grant for a backend elsewhere, and says what is missing", () => {
    create("httproutes", "far", {
      parentRefs,
      hostnames: ["far.example"],
      rules: [{ backendRefs: [to("d", { namespace: "shop" })] }],
    });
    expect([get("http://far.example/").status, parents("far")]).toEqual([
      500,
      ["Accepted=True Accepted", "ResolvedRefs=False RefNotPermitted"],
    ]);
    create(
      "referencegrants",
      "ok",
      { from: [{ group: GROUP, kind: "HTTPRoute", namespace: "default" }], to: [{ group: "", kind: "Service" }] },
      "shop",
    );
    expect([get("http://far.example/").body.slice(0, 1), parents("far")[1]]).toEqual([
      "d",
      "ResolvedRefs=True ResolvedRefs",
    ]);
    create("httproutes", "gone", { parentRefs, rules: [{ backendRefs: [to("nope")] }] });
    expect(parents("gone")).toEqual(["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound"]);
    create("httproutes", "section", {
      parentRefs: [{ name: "web", sectionName: "tls" }],
      rules: [{ backendRefs: [to("a")] }],
    });
    expect(parents("section")[0]).toBe("Accepted=False NoMatchingParent");
  });

  it("leads calls of gRPC by service and method, and gives up in a rule's time", () => {
    const matches = [{ method: { service: "shop.Cart", method: "Add" } }];
    create("grpcroutes", "calls", {
      parentRefs,
      hostnames: ["grpc.example"],
      rules: [{ matches, backendRefs: [to("b")] }, { backendRefs: [to("a")] }],
    });
    expect(parents("calls", "grpcroutes")).toEqual(["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"]);
    const call = (name: string): string =>
      get(`http://grpc.example/${name}`, { "content-type": "application/grpc" }, "POST").body.slice(0, 1);
    expect([call("shop.Cart/Add"), call("shop.Cart/Get")]).toEqual(["b", "a"]);
    const slow = (timeouts?: object): object => ({
      parentRefs,
      hostnames: [`${timeouts === undefined ? "patient" : "hasty"}.example`],
      rules: [{ backendRefs: [to("a")], ...(timeouts !== undefined && { timeouts }) }],
    });
    create("httproutes", "patient", slow());
    create("httproutes", "hasty", slow({ request: "10s", backendRequest: "500ms" }));
    expect(get("http://patient.example/slow")).toMatchObject({ status: 200 });
    expect(get("http://hasty.example/slow")).toMatchObject({ status: 504 });
    expect(() => create("httproutes", "odd", slow({ request: "soon" }))).toThrow("should match");
  });

  it("is asked why: no route for a host, a route without its Gateway, a backend that isn't there, is empty or refuses", () => {
    for (const name of ["gone", "section"]) world.delete("httproutes", name);
    expect(why("http://a.example/x")).toEqual([]);
    expect(why("http://aa.example/x")[0]).toMatch(
      /^no route of the Gateway is for host aa\.example; there are .*a\.example/,
    );
    create("httproutes", "orphan", {
      parentRefs: [{ name: "wep" }],
      hostnames: ["orphan.example"],
      rules: [{ backendRefs: [to("a")] }],
    });
    expect(why("http://orphan.example/")).toEqual([
      "route default/orphan names the Gateway wep, and there is no such Gateway; there is web",
      "let it name web",
      `kubectl patch httproute orphan --type=json -p '[{"op":"replace","path":"/spec/parentRefs/0/name","value":"web"}]'`,
    ]);
    create("httproutes", "broken", {
      parentRefs,
      hostnames: ["broken.example"],
      rules: [
        { matches: [{ path: { value: "/far" } }], backendRefs: [to("far", { namespace: "shop" })] },
        { matches: [{ path: { value: "/x" } }], backendRefs: [to("a")] },
      ],
    });
    expect(why("http://broken.example/else")).toEqual([
      "route default/broken is for host broken.example, and no rule of it matches /else; there are /far (PathPrefix), /x (PathPrefix)",
      "ask for one of these paths, or add a match",
    ]);
    world.delete("referencegrants", "ok", "shop");
    expect(why("http://far.example/")).toEqual([
      "route default/far can't use its backend: No ReferenceGrant allows backend shop/d",
      "let namespace shop grant it: a ReferenceGrant",
      `echo '{"apiVersion":"${GROUP}/v1beta1","kind":"ReferenceGrant","metadata":{"name":"from-default","namespace":"shop"},"spec":{"from":[{"group":"${GROUP}","kind":"HTTPRoute","namespace":"default"}],"to":[{"group":"","kind":"Service","name":"d"}]}}' | kubectl apply -f -`,
    ]);
    create("httproutes", "ports", {
      parentRefs,
      hostnames: ["ports.example"],
      rules: [
        { matches: [{ path: { value: "/kind" } }], backendRefs: [to("a", { kind: "Other", group: "x.example" })] },
        { matches: [{ path: { value: "/port" } }], backendRefs: [to("a", { port: 81 })] },
        { matches: [{ path: { value: "/none" } }] },
      ],
    });
    expect(["kind", "port", "none"].map((path) => why(`http://ports.example/${path}`))).toEqual([
      [
        "route default/ports can't use its backend: Backends of kind Other are not supported",
        "let it lead to a Service",
      ],
      [
        "route default/ports leads to port 81 of service default/a, which has 80",
        "let it lead to port 80",
        `kubectl patch httproute ports --type=json -p '[{"op":"replace","path":"/spec/rules/1/backendRefs/0/port","value":80}]'`,
      ],
      ["the rule of route default/ports for /none has no backend with a weight above 0", "give it a backendRef"],
    ]);
    world.test.client.resource(services).create({
      metadata: { name: "empty", namespace: "default" },
      spec: { selector: { app: "aa" }, ports: [{ port: 80 }] },
    });
    create("httproutes", "empty", {
      parentRefs,
      hostnames: ["empty.example"],
      rules: [{ backendRefs: [to("empty")] }],
    });
    expect(why("http://empty.example/")).toEqual([
      "the selector of service default/empty (app=aa) matches no pod: no pod has app=aa",
      "let it choose app=a, as a has it",
      "kubectl set selector service/empty app=a",
    ]);
  });

  it("refuses what its schemas forbid, and fills in their defaults", () => {
    const bad = { parentRefs, rules: [{ matches: [{ path: { type: "Glob", value: "/" } }] }] };
    expect(() => create("httproutes", "bad", bad)).toThrow(
      'spec.rules[0].matches[0].path.type: Unsupported value: "Glob": supported values: "Exact", "PathPrefix", "RegularExpression"',
    );
    const refused = (rule: object): string => {
      try {
        create("httproutes", "bad", { parentRefs, rules: [rule] });
        return "created";
      } catch (error) {
        return String((error as Error).message).replace(/^.*?is invalid: /, "");
      }
    };
    const backendRefs = [to("a")];
    const toHttps = { type: "RequestRedirect", requestRedirect: { scheme: "https" } };
    const replaced = { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } };
    expect([
      refused({ backendRefs: [{ name: "a" }] }),
      refused({ backendRefs, filters: [toHttps] }),
      refused({ backendRefs, filters: [{ type: "URLRewrite" }] }),
      refused({ filters: [toHttps, toHttps] }),
      refused({ backendRefs, matches: [{ path: { value: "x" } }] }),
      refused({ backendRefs, matches: [{ path: { value: "/a//b" } }] }),
      refused({
        backendRefs,
        matches: [{ path: { type: "Exact", value: "/x" } }],
        filters: [{ type: "URLRewrite", urlRewrite: replaced }],
      }),
      refused({ backendRefs, timeouts: { request: "1s", backendRequest: "2s" } }),
    ]).toEqual([
      'spec.rules[0].backendRefs[0]: Invalid value: "object": Must have port for Service reference',
      'spec.rules[0]: Invalid value: "object": RequestRedirect filter must not be used together with backendRefs',
      'spec.rules[0].filters[0]: Invalid value: "object": filter.urlRewrite must be specified for URLRewrite filter.type',
      'spec.rules[0].filters: Invalid value: "array": RequestRedirect filter cannot be repeated',
      `spec.rules[0].matches[0].path: Invalid value: "object": value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']`,
      `spec.rules[0].matches[0].path: Invalid value: "object": must not contain '//' when type one of ['Exact', 'PathPrefix']`,
      'spec.rules[0]: Invalid value: "object": When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
      'spec.rules[0].timeouts: Invalid value: "object": backendRequest timeout cannot be longer than request timeout',
    ]);
    const listener = { name: "a", port: 80, protocol: "HTTP" };
    const gatewayOf =
      (...listeners: object[]) =>
      () =>
        create("gateways", "bad", { gatewayClassName: "drydock", listeners });
    expect(gatewayOf(listener, { ...listener, name: "b" })).toThrow(
      'spec.listeners: Invalid value: "array": Combination of port, protocol and hostname must be unique for each listener',
    );
    expect(gatewayOf({ ...listener, protocol: "HTTPS", tls: {} })).toThrow(
      "certificateRefs or options must be specified when mode is Terminate",
    );
    const call = (method: object): (() => void) => {
      return () => create("grpcroutes", "bad", { parentRefs, rules: [{ matches: [{ method }] }] });
    };
    expect(call({})).toThrow("One or both of 'service' or 'method' must be specified");
    expect(call({ service: "/shop.Cart" })).toThrow(
      "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)",
    );
    expect(call({ service: "shop.Cart", method: "Add/It" })).toThrow(
      "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)",
    );
    expect(gatewayOf({ ...listener, name: "Web" })).toThrow('spec.listeners[0].name: Invalid value: "Web": ');
    const elsewhere = { type: "RequestRedirect", requestRedirect: { hostname: "*.example" } };
    expect(refused({ filters: [elsewhere] })).toContain(
      'spec.rules[0].filters[0].requestRedirect.hostname: Invalid value: "*.example": ',
    );
    const stored = world.test.client.resource(world.kind("httproutes")).get("default", "plain") as KubeObject & {
      spec?: object;
    };
    expect(stored.spec).toEqual({
      parentRefs: [{ group: GROUP, kind: "Gateway", name: "web" }],
      hostnames: ["a.example"],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ group: "", kind: "Service", name: "a", port: 80, weight: 1 }],
        },
      ],
    });
  });
});
