/** What the Gateway API's own conformance tests ask of what a controller serves. Upstream: gateway-api conformance/tests. */
import { beforeAll, describe, expect, it } from "vitest";
import { GatewayWorld, HTTP_LISTENER as HTTP, httpsListener as https, to, under } from "../testing/gateway-world.ts";

let world: GatewayWorld;

const route: GatewayWorld["route"] = (...args) => world.route(...args);

beforeAll(() => {
  world = new GatewayWorld();
  world.gateway("web", HTTP);
  world.certificates("cert");
});

describe("host names", () => {
  it("of a route and a listener meet by exact names and wildcards of either, and no others are served", () => {
    const of = (name: string, hostname: string): object => ({ ...HTTP, name, hostname });
    world.gateway(
      "meet",
      of("one", "very.specific.com"),
      of("two", "*.wildcard.io"),
      of("three", "*.anotherwildcard.io"),
    );
    const at = (name: string, hostnames: string[], rule: object): void =>
      route(name, { parentRefs: [{ name: "meet" }], hostnames, rules: [rule] });
    at("s1", ["non.matching.com", "*.nonmatchingwildcard.io", "very.specific.com"], under("/s1", "a"));
    at("s2", ["non.matching.com", "wildcard.io", "foo.wildcard.io", "foo.bar.wildcard.io"], under("/s2", "b"));
    at("s3", ["non.matching.com", "*.specific.com"], under("/s3", "c"));
    at("s4", ["*.anotherwildcard.io"], under("/s4", "a"));
    at("s5", ["specific.but.wrong.com", "wildcard.io"], under("/s5", "b"));
    const who = (url: string): string => world.who(`http://${url}`, { gateway: "meet" });
    expect(
      [
        "very.specific.com/s1",
        "non.matching.com/s1",
        "foo.nonmatchingwildcard.io/s1",
        "very.specific.com/nope",
        "foo.wildcard.io/s2",
        "foo.bar.wildcard.io/s2",
        "wildcard.io/s2",
        "non.matching.com/s2",
        "very.specific.com/s3",
        "foo.specific.com/s3",
        "one.anotherwildcard.io/s4",
        "one.two.three.anotherwildcard.io/s4",
        "anotherwildcard.io/s4",
        "specific.but.wrong.com/s5",
      ].map(who),
    ).toEqual(["a", "404", "404", "404", "b", "b", "404", "404", "c", "404", "a", "a", "404", "404"]);
    expect(["one", "two", "three"].map((name) => world.listener("meet", name).attachedRoutes)).toEqual([2, 1, 1]);
    expect(world.parents("s5")).toEqual([
      "Accepted=False NoMatchingListenerHostname",
      "ResolvedRefs=True ResolvedRefs",
    ]);
  });

  it("are served by the listener that names them most closely and by no other one of its port", () => {
    const names = { empty: "", wild: "*.example.com", deep: "*.foo.example.com", exact: "abc.foo.example.com" };
    world.gateway(
      "apart",
      ...Object.entries(names).map(([name, hostname]) => ({ ...HTTP, name, ...(hostname !== "" && { hostname }) })),
    );
    for (const name of Object.keys(names))
      route(`apart-${name}`, { parentRefs: [{ name: "apart", sectionName: name }], rules: [under(`/${name}`, "a")] });
    const hosts = ["bar.com", "bar.example.com", "bar.foo.example.com", "abc.foo.example.com"];
    const table = hosts.map((host) =>
      Object.keys(names).map((name) => world.who(`http://${host}/${name}`, { gateway: "apart" })),
    );
    expect(table).toEqual([
      ["a", "404", "404", "404"],
      ["404", "a", "404", "404"],
      ["404", "404", "a", "404"],
      ["404", "404", "404", "a"],
    ]);
  });

  it("that a route says more closely go before an older route's wildcard, also where the listener names one host", () => {
    world.gateway("close", { ...HTTP, hostname: "abc.example.com" });
    const at = (name: string, host: string, app: string): void =>
      route(name, { parentRefs: [{ name: "close" }], hostnames: [host], rules: [{ backendRefs: [to(app)] }] });
    at("older", "*.com", "a");
    expect(world.who("http://abc.example.com/", { gateway: "close" })).toBe("a");
    at("newer", "*.example.com", "b");
    expect(world.who("http://abc.example.com/", { gateway: "close" })).toBe("b");
    at("newest", "abc.example.com", "c");
    expect(world.who("http://abc.example.com/", { gateway: "close" })).toBe("c");
  });
});

describe("matches", () => {
  it("of headers, methods and queries are all needed of one match, any of several, and rank by what the API says", () => {
    const header = (...pairs: [string, string][]): object => ({
      headers: pairs.map(([name, value]) => ({ name, value })),
    });
    const query = (...pairs: [string, string][]): object => ({
      queryParams: pairs.map(([name, value]) => ({ name, value })),
    });
    const rule = (name: string, ...matches: object[]): object => ({ matches, backendRefs: [to(name)] });
    route("all", {
      hostnames: ["m.example"],
      rules: [
        rule("a", header(["version", "one"])),
        rule("b", header(["Version", "two"])),
        rule("a", header(["version", "two"], ["color", "orange"])),
        rule("a", header(["color", "blue"]), header(["color", "green"])),
        rule("b", query(["animal", "dolphin"])),
        rule("c", query(["animal", "dolphin"], ["color", "blue"])),
        rule("c", query(["ANIMAL", "Whale"])),
        rule("a", { method: "POST" }),
        rule("b", { method: "PATCH", path: { value: "/patch" } }),
        rule("c", { path: { value: "/path5" } }),
        rule("b", { method: "DELETE", ...query(["animal", "dolphin"]) }),
      ],
    });
    const who = (path: string, headers: Record<string, string> = {}, method = "GET"): string =>
      world.who(`http://m.example${path}`, { headers, method });
    expect([
      who("/", { VERSION: "one" }),
      who("/", { version: "two" }),
      who("/", { version: "two", color: "orange" }),
      who("/", { version: "two", color: "purple" }),
      who("/", { color: "green" }),
      who("/", { color: "Green" }),
      who("/"),
    ]).toEqual(["a", "b", "a", "b", "a", "404", "404"]);
    expect(
      ["dolphin", "dolphin&color=blue", "dolphin&color=red", "dolphins", "x&animal=dolphin", "dolphin&animal=x"].map(
        (animal) => who(`/?animal=${animal}`),
      ),
    ).toEqual(["b", "c", "b", "404", "404", "b"]);
    expect([who("/?ANIMAL=Whale"), who("/?animal=Whale")]).toEqual(["c", "404"]);
    expect([
      who("/", {}, "POST"),
      who("/patch", {}, "PATCH"),
      who("/", {}, "PATCH"),
      who("/path5", {}, "POST"),
      who("/?animal=dolphin", {}, "DELETE"),
      who("/", { version: "two" }, "POST"),
    ]).toEqual(["a", "b", "404", "c", "b", "a"]);
  });

  it("of patterns say the whole value, and a value may hold an equals sign", () => {
    const by = (kind: "headers" | "queryParams", type: string, value: string): object => ({
      [kind]: [{ type, name: "v", value }],
    });
    route("patterns", {
      hostnames: ["p.example"],
      rules: [
        { matches: [by("headers", "RegularExpression", "v[0-9]")], backendRefs: [to("a")] },
        { matches: [by("queryParams", "RegularExpression", "[a-z]+")], backendRefs: [to("b")] },
        { matches: [by("queryParams", "Exact", "1=2")], backendRefs: [to("c")] },
      ],
    });
    const who = (path: string, v = ""): string => world.who(`http://p.example${path}`, { headers: { v } });
    expect([who("/", "v1"), who("/", "v12"), who("/?v=ab"), who("/?v=a1"), who("/?v=1=2")]).toEqual([
      ...["a", "404", "b", "404", "c"],
    ]);
  });

  it("that are equal in two routes go to the older one, and of the same age to the first by name", () => {
    const rules = (name: string): object => ({ hostnames: ["t.example"], rules: [under("/tie", name)] });
    world.test.client.resource(world.kind("httproutes")).create({
      metadata: { name: "z-tie", namespace: "default" },
      spec: { parentRefs: [{ name: "web" }], ...rules("a") },
    } as never);
    route("a-tie", rules("b"));
    expect(world.who("http://t.example/tie")).toBe("b");
    world.delete("httproutes", "a-tie");
    route("a-tie", rules("c"));
    expect(world.who("http://t.example/tie")).toBe("a");
  });
});

describe("filters", () => {
  it("redirect with the scheme and port of the filter, of the scheme, or of the listener", () => {
    world.gateway("ports", HTTP, { ...HTTP, name: "alt", port: 8080 }, https("tls", { name: "cert" }));
    const to_ = (scheme: string, port: string): object => ({
      matches: [{ path: { value: `/${scheme}-${port}` } }],
      filters: [
        {
          type: "RequestRedirect",
          requestRedirect: {
            hostname: "example.org",
            ...(scheme !== "nil" && { scheme }),
            ...(port !== "nil" && { port: Number(port) }),
          },
        },
      ],
    });
    const cases: [string, string][] = [
      ["nil", "nil"],
      ["nil", "80"],
      ["nil", "8080"],
      ["https", "nil"],
      ["https", "443"],
      ["https", "8443"],
      ["http", "nil"],
      ["http", "8080"],
    ];
    route("ports", { parentRefs: [{ name: "ports" }], rules: cases.map(([scheme, port]) => to_(scheme, port)) });
    world.test.run(3000);
    const location = (base: string) =>
      cases.map(([scheme, port]) => {
        const { headers = {} } = world.get(`${base}/${scheme}-${port}`, { gateway: "ports" });
        return (headers["location"] ?? "").replace("example.org", "").replace(/\/(nil|https?)-\w+$/, "");
      });
    const fixed = ["https://", "https://", "https://:8443", "http://", "http://:8080"];
    expect(location("http://x.example")).toEqual(["http://", "http://", "http://:8080", ...fixed]);
    expect(location("http://x.example:8080")).toEqual(["http://:8080", "http://", "http://:8080", ...fixed]);
    expect(location("https://x.example")).toEqual(["https://", "https://:80", "https://:8080", ...fixed]);
  });

  it("redirect to another path with each of the five codes, and keep the query", () => {
    const away = (path: string, requestRedirect: object): object => ({
      matches: [{ path: { value: path } }],
      filters: [{ type: "RequestRedirect", requestRedirect }],
    });
    const prefix = (replacePrefixMatch: string): object => ({
      path: { type: "ReplacePrefixMatch", replacePrefixMatch },
    });
    route("away", {
      hostnames: ["away.example"],
      rules: [
        away("/original", prefix("/replaced")),
        away("/root", prefix("/")),
        away("/full", { path: { type: "ReplaceFullPath", replaceFullPath: "/there" }, hostname: "example.org" }),
        ...[301, 302, 303, 307, 308].map((statusCode) => away(`/code${statusCode}`, { statusCode })),
      ],
    });
    const seen = (path: string): string => {
      const { status, headers = {} } = world.get(`http://away.example${path}`);
      return `${status} ${headers["location"]}`;
    };
    expect(["/original/lemon?a=1", "/root/x", "/root", "/full/x"].map(seen)).toEqual([
      "302 http://away.example/replaced/lemon?a=1",
      "302 http://away.example/x",
      "302 http://away.example/",
      "302 http://example.org/there",
    ]);
    expect([301, 302, 303, 307, 308].map((code) => seen(`/code${code}`).slice(0, 3))).toEqual([
      "301",
      "302",
      "303",
      "307",
      "308",
    ]);
  });

  it("rewrite paths and hosts", () => {
    const rewrite = (path: string, urlRewrite: object): object =>
      under(path, "a", { filters: [{ type: "URLRewrite", urlRewrite }] });
    const prefix = (replacePrefixMatch: string): object => ({
      path: { type: "ReplacePrefixMatch", replacePrefixMatch },
    });
    route("rewrite", {
      hostnames: ["rw.example"],
      rules: [
        rewrite("/prefix/one", prefix("/one")),
        rewrite("/strip", prefix("/")),
        rewrite("/slash/", prefix("/new/")),
        rewrite("/full", { path: { type: "ReplaceFullPath", replaceFullPath: "/one" } }),
        rewrite("/host", { hostname: "one.example.org" }),
      ],
    });
    expect(
      ["/prefix/one/two", "/prefix/one", "/strip/three", "/strip", "/slash/x", "/slash", "/full/a/b", "/host/x"].map(
        (path) => world.get(`http://rw.example${path}`).body.split(" ").slice(1, 3).join(" "),
      ),
    ).toEqual([
      "/one/two rw.example",
      "/one rw.example",
      "/three rw.example",
      "/ rw.example",
      "/new/x rw.example",
      "/new rw.example",
      "/one rw.example",
      "/host/x one.example.org",
    ]);
  });

  it("of a backend count for the requests that go to it alone", () => {
    const added = (value: string): object => ({
      type: "RequestHeaderModifier",
      requestHeaderModifier: { set: [{ name: "X-Added", value }] },
    });
    const mirror = { type: "RequestMirror", requestMirror: { backendRef: to("c") } };
    const away = { type: "RequestRedirect", requestRedirect: { hostname: "away.example.org" } };
    const one = (path: string, ref: object): object => ({
      matches: [{ path: { value: path } }],
      backendRefs: [ref],
    });
    route("backends", {
      hostnames: ["b.example"],
      rules: [
        one("/added", to("a", { filters: [added("of-a")] })),
        one("/mirror", to("a", { filters: [mirror] })),
        one("/away", to("a", { filters: [away] })),
      ],
    });
    world.mirrored.length = 0;
    expect(world.get("http://b.example/added").body).toBe("a /added b.example of-a");
    expect([world.who("http://b.example/mirror"), world.mirrored]).toEqual(["a", ["/mirror"]]);
    expect(world.get("http://b.example/away").headers?.["location"]).toBe("http://away.example.org/away");
  });

  it("mirror to several, and a part of the requests where they say which", () => {
    const mirrored = (part: object): object => ({
      type: "RequestMirror",
      requestMirror: { backendRef: to("c"), ...part },
    });
    const times = (path: string): number => {
      world.mirrored.length = 0;
      for (let at = 0; at < 200; at++) world.get(`http://mp.example${path}`);
      return world.mirrored.length / 200;
    };
    route("parts", {
      hostnames: ["mp.example"],
      rules: [
        under("/all", "a", { filters: [mirrored({}), mirrored({})] }),
        under("/fifth", "a", { filters: [mirrored({ percent: 20 })] }),
        under("/half", "a", { filters: [mirrored({ fraction: { numerator: 1, denominator: 2 } })] }),
        under("/none", "a", { filters: [mirrored({ percent: 0 })] }),
      ],
    });
    expect([times("/all"), times("/none")]).toEqual([2, 0]);
    expect(Math.abs(times("/fifth") - 0.2)).toBeLessThan(0.08);
    expect(Math.abs(times("/half") - 0.5)).toBeLessThan(0.1);
    expect(() =>
      route("bad", { rules: [under("/", "a", { filters: [mirrored({ percent: 1, fraction: { numerator: 1 } })] })] }),
    ).toThrow("Only one of percent or fraction may be specified in HTTPRequestMirrorFilter");
  });

  it("give up in time, and never where the rule says 0s", () => {
    const rule = (path: string, timeouts: object): object => ({
      matches: [{ path: { value: path } }],
      filters: [{ type: "URLRewrite", urlRewrite: { path: { type: "ReplaceFullPath", replaceFullPath: "/slow" } } }],
      backendRefs: [to("a")],
      timeouts,
    });
    route("timed", {
      hostnames: ["timed.example"],
      rules: [
        rule("/request", { request: "500ms" }),
        rule("/backend", { backendRequest: "500ms" }),
        rule("/longer", { request: "1m30s" }),
        rule("/never", { request: "0s" }),
      ],
    });
    expect(["request", "backend", "longer", "never"].map((path) => world.who(`http://timed.example/${path}`))).toEqual([
      "504",
      "504",
      "a",
      "a",
    ]);
  });
});
