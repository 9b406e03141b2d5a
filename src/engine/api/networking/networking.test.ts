import { describe, expect, it } from "vitest";
import type {
  Ingress,
  IngressClass,
  IngressSpec,
  IPAddress,
  NetworkPolicy,
  NetworkPolicySpec,
  ServiceCIDR,
} from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import type { Resource } from "../meta/resource.ts";
import { ingressClasses } from "./ingress-class.ts";
import { ingresses } from "./ingress.ts";
import { ipAddresses } from "./ip-address.ts";
import { networkPolicies } from "./network-policy.ts";
import { serviceCIDRs } from "./service-cidr.ts";

const META = {
  name: "web",
  namespace: "default",
  uid: "1",
  resourceVersion: "1",
  creationTimestamp: "2025-12-31T23:58:00Z",
};
const GROUP = "networking.k8s.io/v1";

type Kinds = Ingress | IngressClass | IPAddress | NetworkPolicy | ServiceCIDR;

function cells<T extends Kinds>(resource: Resource<T>, object: T): unknown[] {
  return (resource.columns ?? []).map(({ cell }) => cell(object, { now: Date.UTC(2026, 0, 1) }));
}

describe("ingresses", () => {
  const ingress = (spec: IngressSpec, rest: Partial<Ingress> = {}): Ingress => ({
    ...{ apiVersion: GROUP, kind: "Ingress", metadata: META, status: {} },
    ...rest,
    spec,
  });
  const texts = (spec: IngressSpec) => ingresses.validate?.(ingress(spec)).map(fieldErrorText);
  const backend = { service: { name: "web", port: { number: 80 } } };
  const rule = (path: string, pathType: string) => ({ http: { paths: [{ path, pathType, backend }] } });

  it.each<[IngressSpec, string[]]>([
    [{}, ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]],
    [{ rules: [rule("/", "")] }, ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"]],
    [
      { rules: [rule("/a//b/..", "Exact"), rule("x", "ImplementationSpecific"), rule("/", "Regex")] },
      [
        "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/..\": must not contain '//'",
        "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/..\": cannot end with '/..'",
        'spec.rules[1].http.paths[0].path: Invalid value: "x": must be an absolute path',
        'spec.rules[2].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      ],
    ],
    [
      { rules: [{ host: "10.0.0.1" }, { http: { paths: [] } }] },
      [
        'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
        "spec.rules[1].http.paths: Required value",
      ],
    ],
    [
      { defaultBackend: { service: { name: "", port: { name: "http", number: 80 } } } },
      [
        "spec.defaultBackend.service.name: Required value",
        'spec.defaultBackend: Invalid value: "": cannot set both port name & port number',
      ],
    ],
    [
      { defaultBackend: { ...backend, resource: { kind: "Bucket", name: "b" } } },
      ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
    ],
    [
      { defaultBackend: { resource: { kind: "", name: "a/b" } } },
      [
        "spec.defaultBackend.resource.kind: Required value",
        "spec.defaultBackend.resource.name: Invalid value: \"a/b\": may not contain '/'",
      ],
    ],
  ])("are refused: %j", (spec, expected) => {
    expect(texts(spec)).toEqual(expected);
  });

  it("don't name two classes, and one in the annotation with a warning", () => {
    const metadata = { ...META, annotations: { "kubernetes.io/ingress.class": "traefik" } };
    const both = ingress({ defaultBackend: backend, ingressClassName: "nginx" }, { metadata });
    expect(ingresses.validate?.(both).map(fieldErrorText)).toEqual([
      'annotations.kubernetes.io/ingress.class: Invalid value: "traefik": must match `ingressClassName` when both are specified',
    ]);
    expect(ingresses.validateUpdate?.(both, both)).toEqual([]);
    expect(ingresses.warnings?.(both, undefined)).toEqual([]);
    expect(ingresses.warnings?.(ingress({ defaultBackend: backend }, { metadata }), undefined)).toEqual([
      "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead",
    ]);
  });

  it("get addresses in the one form that they have", () => {
    const status = { loadBalancer: { ingress: [{ ip: "010.0.0.1" }, { hostname: "10.0.0.1" }] } };
    const next = ingress({ defaultBackend: backend }, { status });
    expect(ingresses.validateStatusUpdate?.(next, ingress({})).map(fieldErrorText)).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "010.0.0.1": must not have leading 0s',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
    expect(ingresses.validateStatusUpdate?.(next, next)).toHaveLength(1);
  });

  it("show three hosts and count the rest", () => {
    const rules = ["a", "b", "c", "d"].map((host) => ({ host }));
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.1" }, { hostname: "lb.example.com" }] } };
    expect(cells(ingresses, ingress({ rules, tls: [{}], ingressClassName: "nginx" }, { status }))).toEqual([
      "web",
      "nginx",
      "a,b,c + 1 more...",
      "10.0.0.1,lb.e...",
      "80, 443",
      "2m",
    ]);
    expect(cells(ingresses, ingress({ rules: [{}] }))).toEqual(["web", "<none>", "*", "", "80", "2m"]);
  });
});

describe("ingress classes", () => {
  const made = (spec: IngressClass["spec"]): IngressClass => ({
    ...{ apiVersion: GROUP, kind: "IngressClass", metadata: META },
    spec,
  });

  it("say whose they are, for good, and where their parameters lie", () => {
    const texts = (spec: IngressClass["spec"]) => ingressClasses.validate?.(made(spec)).map(fieldErrorText);
    const parameters = { kind: "Settings", name: "main", apiGroup: "example.com" };
    const controller = "example.com/ingress";
    expect(texts({ controller: "nginx" })).toEqual([
      'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
    ]);
    expect(texts({ controller, parameters: { ...parameters, scope: "Namespace" } })).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
    expect(texts({ controller, parameters: { ...parameters, scope: "Cluster", namespace: "a" } })).toEqual([
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ]);
    const filled = ingressClasses.defaults?.(made({ controller, parameters })) as IngressClass;
    expect(filled.spec.parameters?.scope).toBe("Cluster");
    expect(cells(ingressClasses, filled)).toEqual(["web", controller, "Settings.example.com/main", "2m"]);
    expect(
      ingressClasses.validateUpdate?.(made({ controller: "other.com/ingress" }), filled).map(fieldErrorText),
    ).toEqual(['spec.controller: Invalid value: "other.com/ingress": field is immutable']);
  });
});

describe("network policies", () => {
  const policy = (spec: NetworkPolicySpec): NetworkPolicy => ({
    ...{ apiVersion: GROUP, kind: "NetworkPolicy", metadata: META },
    spec,
  });
  const texts = (spec: NetworkPolicySpec) => networkPolicies.validate?.(policy(spec)).map(fieldErrorText);

  it("are about ingress, and about egress when they say something of it", () => {
    const filled = (spec: NetworkPolicySpec) => networkPolicies.defaults?.(policy(spec)).spec;
    expect(filled({})).toEqual({ podSelector: {}, policyTypes: ["Ingress"] });
    expect(filled({ egress: [{ ports: [{ port: 53 }] }] })).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [{ ports: [{ port: 53, protocol: "TCP" }] }],
    });
  });

  it.each<[NetworkPolicySpec, string[]]>([
    [
      {
        ingress: [
          { ports: [{ port: 80, endPort: 70 }, { endPort: 9 }, { port: "web", endPort: 9, protocol: "ICMP" }] },
        ],
      },
      [
        "spec.ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`",
        "spec.ingress[0].ports[1].endPort: Invalid value: 9: may not be specified when `port` is not specified",
        'spec.ingress[0].ports[2].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
        "spec.ingress[0].ports[2].endPort: Invalid value: 9: may not be specified when `port` is non-numeric",
      ],
    ],
    [
      { egress: [{ to: [{}, { podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "" } }] }] },
      [
        "spec.egress[0].to[0]: Required value: must specify a peer",
        "spec.egress[0].to[1]: Forbidden: may not specify both ipBlock and another peer",
        "spec.egress[0].to[2].ipBlock.cidr: Required value",
      ],
    ],
    [
      {
        ingress: [
          { from: [{ ipBlock: { cidr: "10.1.0.0/16", except: ["10.1.0.0/16", "10.2.0.0/24", "10.1.2.0/24"] } }] },
        ],
      },
      [
        'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.1.0.0/16": must be a strict subset of `cidr`',
        'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.2.0.0/24": must be a strict subset of `cidr`',
      ],
    ],
    [
      { policyTypes: ["Ingress", "Sideways"] },
      ['spec.policyTypes[1]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"'],
    ],
  ])("are refused: %j", (spec, expected) => {
    expect(texts(spec)).toEqual(expected);
  });

  it("write networks as they are, but keep what they had", () => {
    const sloppy = policy({ ingress: [{ from: [{ ipBlock: { cidr: "10.1.2.3/16" } }] }] });
    expect(networkPolicies.validate?.(sloppy).map(fieldErrorText)).toEqual([
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.1.2.3/16": must not have bits set beyond the prefix length',
    ]);
    expect(networkPolicies.validateUpdate?.(sloppy, sloppy)).toEqual([]);
  });

  it("show whom they are about", () => {
    expect(cells(networkPolicies, policy({ podSelector: { matchLabels: { app: "db" } } }))).toEqual([
      "web",
      "app=db",
      "2m",
    ]);
  });
});

describe("addresses and ranges", () => {
  const address = (parentRef: IPAddress["spec"]["parentRef"]): IPAddress => ({
    ...{ apiVersion: GROUP, kind: "IPAddress", metadata: { ...META, name: "10.96.0.9" } },
    spec: { parentRef },
  });
  const range = (cidrs: string[]): ServiceCIDR => ({
    ...{ apiVersion: GROUP, kind: "ServiceCIDR", metadata: META, status: {} },
    spec: { cidrs },
  });

  it("belong to somebody, for good", () => {
    const old = address({ group: "", resource: "services", namespace: "shop", name: "web" });
    expect(ipAddresses.validate?.(old)).toEqual([]);
    expect(cells(ipAddresses, old)).toEqual(["10.96.0.9", "services/shop/web", "2m"]);
    expect(ipAddresses.validate?.(address({ resource: "", name: "" })).map(fieldErrorText)).toEqual([
      "spec.parentRef.resource: Required value",
      "spec.parentRef.name: Required value",
    ]);
    const moved = address({ group: "", resource: "services", namespace: "shop", name: "api" });
    expect(ipAddresses.validateUpdate?.(moved, old).map(({ field }) => field)).toEqual(["spec.parentRef"]);
  });

  it("are in one form, at most one of each family, and only grow", () => {
    const texts = (cidrs: string[]) => serviceCIDRs.validate?.(range(cidrs)).map(fieldErrorText);
    expect(texts([])).toEqual(["spec.cidrs: Required value: at least one CIDR required"]);
    expect(texts(["2001:DB8:0:0::/64"])).toEqual([
      'spec.cidrs[0]: Invalid value: "2001:DB8:0:0::/64": must be in canonical form ("2001:db8::/64")',
    ]);
    expect(texts(["10.0.0.0/24", "10.1.0.0/24"])).toEqual([
      'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ]);
    const old = range(["10.0.0.0/24"]);
    expect(serviceCIDRs.validateUpdate?.(range(["10.0.0.0/24", "2001:db8::/64"]), old)).toEqual([]);
    expect(serviceCIDRs.validateUpdate?.(range(["10.1.0.0/24"]), old).map(fieldErrorText)).toEqual([
      'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
    ]);
    expect(cells(serviceCIDRs, old)).toEqual(["web", "10.0.0.0/24", "2m"]);
  });
});
