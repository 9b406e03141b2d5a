/** What the Gateway API's own conformance tests ask of references and statuses. Upstream: gateway-api conformance/tests. */
import { beforeAll, describe, expect, it } from "vitest";
import { customResourceDefinitions, endpointSlices, namespaces, services } from "../../api/registry.ts";
import { explainExchange } from "../../diagnose/exchange.ts";
import { sentence } from "../../diagnose/sentences.ts";
import { clusterFacts } from "../trace-request.ts";
import {
  GATEWAY_GROUP as GROUP,
  GatewayWorld,
  HTTP_LISTENER as HTTP,
  httpsListener as https,
  to,
  under,
} from "../testing/gateway-world.ts";

let world: GatewayWorld;

const route: GatewayWorld["route"] = (...args) => world.route(...args);

function grant(name: string, from: string, to_: object): void {
  world.create(
    "referencegrants",
    name,
    { from: [{ group: GROUP, kind: from, namespace: "default" }], to: [{ group: "", ...to_ }] },
    "shop",
  );
}

beforeAll(() => {
  world = new GatewayWorld();
  world.gateway("web", HTTP);
  world.certificates("cert");
});

describe("references", () => {
  it("to backends that can't be had answer 500 for their share, and the others go on", () => {
    route("shares", {
      hostnames: ["s.example"],
      rules: [
        { backendRefs: [to("a", { weight: 1 }), to("gone", { weight: 1 })] },
        { matches: [{ path: { value: "/zero" } }], backendRefs: [to("a", { weight: 0 }), to("b", { weight: 0 })] },
        { matches: [{ path: { value: "/far" } }], backendRefs: [to("d", { namespace: "shop" })] },
        { matches: [{ path: { value: "/kind" } }], backendRefs: [to("a", { group: "x.example", kind: "Foo" })] },
      ],
    });
    const seen = Array.from({ length: 200 }, () => world.who("http://s.example/"));
    expect(Math.abs(seen.filter((each) => each === "500").length - 100)).toBeLessThan(25);
    expect(new Set(seen)).toEqual(new Set(["a", "500"]));
    expect(["zero", "far", "kind"].map((path) => world.who(`http://s.example/${path}`))).toEqual(["500", "500", "500"]);
    expect(world.parents("shares")[1]).toBe("ResolvedRefs=False BackendNotFound");
  });

  it("need a grant that names who and what, and lose what it gave with it", () => {
    route("granted", {
      hostnames: ["g.example"],
      rules: [under("/a", "a"), { ...under("/d", "d"), backendRefs: [to("d", { namespace: "shop" })] }],
    });
    const seen = (): string[] => [
      world.who("http://g.example/a"),
      world.who("http://g.example/d"),
      world.parents("granted")[1] ?? "",
    ];
    const refused = ["a", "500", "ResolvedRefs=False RefNotPermitted"];
    expect(seen()).toEqual(refused);
    for (const [name, from, to_] of [
      ["wrong-from", "GRPCRoute", { kind: "Service" }],
      ["wrong-kind", "HTTPRoute", { kind: "Secret" }],
      ["wrong-name", "HTTPRoute", { kind: "Service", name: "other" }],
    ] as const) {
      grant(name, from, to_);
      expect(seen()).toEqual(refused);
    }
    grant("right", "HTTPRoute", { kind: "Service", name: "d" });
    expect(seen()).toEqual(["a", "d", "ResolvedRefs=True ResolvedRefs"]);
    world.delete("referencegrants", "right", "shop");
    expect(seen()).toEqual(refused);
  });

  it("of a listener to a secret elsewhere need one too", () => {
    world.gateway("far-cert", https("tls", { name: "cert", namespace: "shop" }));
    route("far-cert", { parentRefs: [{ name: "far-cert" }], rules: [under("/", "a")] });
    const said = (): string[] => world.listener("far-cert", "tls").conditions;
    const refused = [
      "Accepted=True Accepted",
      "Programmed=False Invalid",
      "ResolvedRefs=False RefNotPermitted",
      "Conflicted=False NoConflicts",
    ];
    expect([said(), world.listener("far-cert", "tls").attachedRoutes]).toEqual([refused, 1]);
    expect(world.conditions("gateways", "far-cert")).toEqual([
      "Accepted=False ListenersNotValid",
      "Programmed=False Invalid",
    ]);
    grant("cert", "Gateway", { kind: "Secret", name: "cert" });
    world.test.run(2000);
    expect([said()[2], world.who("https://x.example/", { gateway: "far-cert" })]).toEqual([
      "ResolvedRefs=True ResolvedRefs",
      "a",
    ]);
    world.delete("referencegrants", "cert", "shop");
    expect(said()).toEqual(refused);
    expect(world.ask("https://x.example/", { gateway: "far-cert" }).outcome).toMatchObject({ errno: "ECONNRESET" });
  });

  it("may lead to services without an address and to endpoints that somebody has written", () => {
    const { client } = world.test;
    const port = { name: "first-port", port: 80, targetPort: 8080 };
    const service = (name: string, spec: object): void => {
      client.resource(services).create({ metadata: { name, namespace: "default" }, spec: { ports: [port], ...spec } });
    };
    service("headless", { clusterIP: "None", selector: { app: "a" } });
    service("manual", {});
    world.test.run(2000);
    const [slice] = world.test.list(endpointSlices).filter(({ metadata }) => metadata.name.startsWith("headless-"));
    client.resource(endpointSlices).create({
      metadata: { name: "manual", namespace: "default", labels: { "kubernetes.io/service-name": "manual" } },
      addressType: "IPv4",
      endpoints: slice?.endpoints ?? [],
      ports: [{ name: "first-port", port: 8080, protocol: "TCP" }],
    });
    route("types", {
      hostnames: ["types.example"],
      rules: [under("/headless", "headless"), under("/manual", "manual")],
    });
    expect(["headless", "manual"].map((path) => world.who(`http://types.example/${path}`))).toEqual(["a", "a"]);
  });
});

describe("routes of other namespaces", () => {
  it("are taken from all, from labelled ones or from the Gateway's own, and of the kinds that the listener allows", () => {
    const from = (name: string, port: number, namespaces_: object, more: object = {}): object => ({
      ...{ name, port, protocol: "HTTP" },
      allowedRoutes: { namespaces: namespaces_, ...more },
    });
    world.gateway(
      "open",
      from("all", 80, { from: "All" }),
      from("same", 81, { from: "Same" }),
      from("some", 82, { from: "Selector", selector: { matchLabels: { team: "blue" } } }),
      from("calls", 83, { from: "All" }, { kinds: [{ kind: "GRPCRoute" }] }),
    );
    const parent = (sectionName: string): object => ({ name: "open", namespace: "default", sectionName });
    for (const name of ["all", "same", "some", "calls"])
      route(name, { parentRefs: [parent(name)], rules: [under("/", "d")] }, "shop");
    const said = (): (string | undefined)[] =>
      ["all", "same", "some", "calls"].map((name) => world.parents(name, "httproutes", "shop")[0]);
    const no = "Accepted=False NotAllowedByListeners";
    expect(said()).toEqual(["Accepted=True Accepted", no, no, no]);
    const label = (team: string | null): void => {
      world.test.client.resource(namespaces).patch("", "shop", { metadata: { labels: { team } } });
      world.test.run(1500);
    };
    label("blue");
    expect([said()[2], world.listener("open", "some").attachedRoutes]).toEqual(["Accepted=True Accepted", 1]);
    label(null);
    expect([said()[2], world.listener("open", "some").attachedRoutes]).toEqual([no, 0]);
    expect(world.listener("open", "calls").kinds).toEqual(["GRPCRoute"]);
  });

  it("name a section or a port of the Gateway that is there", () => {
    const accepted = (name: string, parent: object): string | undefined => {
      route(name, { parentRefs: [{ name: "open", ...parent }], rules: [under("/", "a")] });
      return world.parents(name)[0];
    };
    expect([accepted("port-81", { port: 81 }), accepted("port-99", { port: 99 })]).toEqual([
      "Accepted=True Accepted",
      "Accepted=False NoMatchingParent",
    ]);
    expect(accepted("both", { port: 81, sectionName: "all" })).toBe("Accepted=False NoMatchingParent");
    const twice = (...refs: object[]): (() => void) => {
      return () =>
        route("twice", { parentRefs: refs.map((ref) => ({ name: "open", ...ref })), rules: [under("/", "a")] });
    };
    const words = "when parentRefs includes 2 or more references to the same parent";
    expect(twice({}, {})).toThrow(`sectionName must be unique ${words}`);
    expect(twice({}, { sectionName: "all" })).toThrow(`sectionName must be specified ${words}`);
  });
});

describe("why", () => {
  const why = (url: string, gateway: string): string[] => {
    const { outcome, request } = world.ask(url, { gateway });
    const found = explainExchange(outcome, clusterFacts(world.test.cluster), { ...request, from: "node/worker-1" });
    if (found === undefined) return [];
    const { command } = found.mend ?? {};
    return [sentence(found.cause), sentence(found.change), ...(command === undefined ? [] : [command])];
  };

  it("tells a listener that isn't served, and what lets it be", () => {
    const far = https("tls", { name: "cert", namespace: "shop" });
    const gone = https("gone", { name: "gone" }, { port: 8443 });
    world.gateway("unserved", far, gone, HTTP, { ...gone, name: "clash", port: 80 });
    world.test.run(2000);
    expect(why("https://x.example/", "unserved")).toEqual([
      "listener tls of Gateway default/unserved is not served: No ReferenceGrant allows secret shop/cert",
      "let namespace shop grant it: a ReferenceGrant",
      `echo '{"apiVersion":"${GROUP}/v1beta1","kind":"ReferenceGrant","metadata":{"name":"from-default","namespace":"shop"},"spec":{"from":[{"group":"${GROUP}","kind":"Gateway","namespace":"default"}],"to":[{"group":"","kind":"Secret","name":"cert"}]}}' | kubectl apply -f -`,
    ]);
    expect(why("https://x.example:8443/", "unserved")).toEqual([
      "listener gone of Gateway default/unserved is not served: secret default/gone not found",
      "let it name a secret of type kubernetes.io/tls that is there",
    ]);
    expect(why("http://x.example/", "unserved")).toEqual([
      "listener http of Gateway default/unserved is not served: ProtocolConflict on port 80 with clash",
      "give listeners of different protocols, or of the same host, ports of their own",
    ]);
  });

  it("tells what a Gateway has against a route, and the smallest change that lets it in", () => {
    const allowed = (name: string, hostname: string, namespaces_: object, more: object = {}): object => ({
      ...{ ...HTTP, name, hostname },
      allowedRoutes: { namespaces: namespaces_, ...more },
    });
    world.gateway(
      "strict",
      allowed("same", "same.example", { from: "Same" }),
      allowed("some", "some.example", { from: "Selector", selector: { matchLabels: { team: "blue" } } }),
      allowed("calls", "calls.example", { from: "All" }, { kinds: [{ kind: "GRPCRoute" }] }),
    );
    const at = (name: string, sectionName: string, host: string): void =>
      route(
        name,
        {
          parentRefs: [{ name: "strict", namespace: "default", sectionName }],
          hostnames: [host],
          rules: [under("/", "d")],
        },
        "shop",
      );
    at("w-same", "same", "same.example");
    at("w-some", "some", "some.example");
    at("w-calls", "calls", "calls.example");
    at("w-typo", "som", "typo.example");
    at("w-host", "same", "host.example");
    world.test.run(2000);
    const against = (name: string, words: string): string =>
      `Gateway default/strict does not take route shop/${name}: ${words}`;
    const closed = "No listener allows routes of this kind and namespace (NotAllowedByListeners)";
    const patch = (kind: string, name: string, change: string): string =>
      `kubectl patch ${kind} ${name} --type=json -p '[${change}]'`;
    expect(["same", "some", "calls", "typo"].map((host) => why(`http://${host}.example/`, "strict"))).toEqual([
      [
        against("w-same", closed),
        "let listener same allow routes of namespace shop",
        patch(
          "gateway",
          "strict",
          '{"op":"replace","path":"/spec/listeners/0/allowedRoutes/namespaces","value":{"from":"All"}}',
        ),
      ],
      [
        against("w-some", closed),
        "label namespace shop as listener some wants it: team=blue",
        "kubectl label namespace shop team=blue",
      ],
      [against("w-calls", closed), "let listener calls allow routes of kind HTTPRoute"],
      [
        against("w-typo", "No listener of the Gateway fits the parent reference (NoMatchingParent)"),
        "let it name some",
        patch("httproute", "w-typo -n shop", '{"op":"replace","path":"/spec/parentRefs/0/sectionName","value":"some"}'),
      ],
    ]);
    world.patch("gateways", "strict", {
      spec: { listeners: [allowed("same", "same.example", { from: "All" })] },
    });
    expect(why("http://host.example/", "strict")).toEqual([
      against("w-host", "No listener has a host name in common with the route (NoMatchingListenerHostname)"),
      "let the route have a host name that a listener serves: same.example",
    ]);
  });
});

describe("a Gateway's status", () => {
  const generations = (plural: string, name: string): number[] => {
    type Conditions = { observedGeneration?: number }[];
    const status = world.status<{
      conditions?: Conditions;
      listeners?: { conditions: Conditions }[];
      parents?: { conditions: Conditions }[];
    }>(plural, name);
    const all = [
      ...(status.conditions ?? []),
      ...(status.listeners ?? status.parents ?? []).flatMap((each) => each.conditions),
    ];
    return [...new Set(all.map(({ observedGeneration = 0 }) => observedGeneration))];
  };

  it("and those of its class and its routes are of their newest generation", () => {
    world.gateway("bump", HTTP);
    route("bump", { parentRefs: [{ name: "bump" }], rules: [under("/", "a")] });
    const seen = (): number[][] => [
      generations("gatewayclasses", "drydock"),
      generations("gateways", "bump"),
      generations("httproutes", "bump"),
    ];
    expect(seen()).toEqual([[1], [1], [1]]);
    world.patch("gatewayclasses", "drydock", { spec: { description: "new" } });
    world.patch("gateways", "bump", { spec: { listeners: [HTTP, { ...HTTP, name: "alt", port: 8080 }] } });
    world.patch("httproutes", "bump", { spec: { rules: [under("/new", "b")] } });
    expect(seen()).toEqual([[2], [2], [2]]);
    world.test.run(2000);
    expect([8080, 80].map((port) => world.who(`http://x.example:${port}/new`, { gateway: "bump" }))).toEqual([
      "b",
      "b",
    ]);
    world.patch("gateways", "bump", { spec: { listeners: [{ ...HTTP, name: "alt", port: 8080 }] } });
    expect(() => world.listener("bump", "http")).toThrow("no listener http");
    world.test.run(2000);
    expect(world.ask("http://x.example/new", { gateway: "bump" }).outcome).toMatchObject({ errno: "ETIMEDOUT" });
  });

  it("keeps the conditions of others, on it and on its listeners", () => {
    world.gateway("shared", HTTP);
    const foreign = {
      ...{ type: "example.com/Audited", status: "True", reason: "Seen", message: "" },
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const resource = world.test.client.resource(world.kind("gateways"));
    const object = resource.get("default", "shared") as { status?: object };
    const { conditions = [], listeners = [] } = world.status<{
      conditions?: object[];
      listeners?: { conditions: object[] }[];
    }>("gateways", "shared");
    resource.updateStatus({
      ...object,
      status: {
        conditions: [...conditions, foreign],
        listeners: listeners.map((each) => ({ ...each, conditions: [...each.conditions, foreign] })),
      },
    } as never);
    world.patch("gateways", "shared", { spec: { listeners: [{ ...HTTP, hostname: "second.example.com" }] } });
    expect(world.conditions("gateways", "shared").at(-1)).toBe("example.com/Audited=True Seen");
    expect(world.listener("shared", "http").conditions.at(-1)).toBe("example.com/Audited=True Seen");
  });

  it("takes none of the listeners that are in each other's way", () => {
    const free = { ...HTTP, name: "free", port: 82 };
    const listeners = [HTTP, { ...https("tls", { name: "cert" }), port: 80, hostname: "b.example" }, free];
    world.gateway("conflict", ...listeners);
    route("conflict", { parentRefs: [{ name: "conflict" }], rules: [under("/", "a")] });
    world.test.run(2000);
    expect(["http", "tls", "free"].map((name) => world.listener("conflict", name).conditions)).toEqual([
      ...["http", "tls"].map(() => [
        "Accepted=False Invalid",
        "Programmed=False Invalid",
        "ResolvedRefs=True ResolvedRefs",
        "Conflicted=True ProtocolConflict",
      ]),
      [
        "Accepted=True Accepted",
        "Programmed=True Programmed",
        "ResolvedRefs=True ResolvedRefs",
        "Conflicted=False NoConflicts",
      ],
    ]);
    expect(world.conditions("gateways", "conflict")[0]).toBe("Accepted=True ListenersNotValid");
    expect(world.who("http://x.example:82/", { gateway: "conflict" })).toBe("a");
    expect(world.ask("http://x.example/", { gateway: "conflict" }).outcome).toMatchObject({ errno: "ECONNREFUSED" });
  });

  it("counts the routes that a listener lets in, also those that are refused for another reason", () => {
    world.gateway("counts", HTTP);
    const at = { parentRefs: [{ name: "counts" }] };
    const extensionRef = { group: "x.example", kind: "Filter", name: "odd" };
    route("fine", { ...at, rules: [under("/", "a")] });
    route("unresolved", { ...at, rules: [under("/gone", "gone")] });
    route("odd", { ...at, rules: [under("/odd", "a", { filters: [{ type: "ExtensionRef", extensionRef }] })] });
    expect(world.listener("counts", "http").attachedRoutes).toBe(3);
    expect(world.parents("odd")[0]).toBe("Accepted=False UnsupportedValue");
    expect(world.who("http://x.example/odd", { gateway: "counts" })).toBe("a");
  });

  it("is told whatever the Gateway's name is", () => {
    const name = "a".repeat(253);
    for (const each of [name, "my.gateway"]) {
      world.gateway(each, HTTP);
      expect(world.listener(each, "http").conditions[1]).toBe("Programmed=True Programmed");
    }
    route("dotted", { parentRefs: [{ name: "my.gateway" }], rules: [under("/", "b")] });
    world.test.run(2000);
    expect(world.who("http://x.example/", { gateway: "my.gateway" })).toBe("b");
  });

  it("of the class tells whether the installed definitions are of a release that the controller knows", () => {
    const release = (version: string | null): string | undefined => {
      const annotations = { "gateway.networking.k8s.io/bundle-version": version };
      world.test.client
        .resource(customResourceDefinitions)
        .patch("", `gatewayclasses.${GROUP}`, { metadata: { annotations } });
      world.test.run(1500);
      return world.conditions("gatewayclasses", "drydock")[1];
    };
    const unsupported = "SupportedVersion=False UnsupportedVersion";
    expect([release(null), release("v0.0.0"), release("v1.5.1")]).toEqual([
      unsupported,
      unsupported,
      "SupportedVersion=True SupportedVersion",
    ]);
    const { supportedFeatures = [] } = world.status<{ supportedFeatures?: { name: string }[] }>(
      "gatewayclasses",
      "drydock",
    );
    const names = supportedFeatures.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toContain("HTTPRouteRequestPercentageMirror");
  });
});
