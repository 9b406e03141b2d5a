/** Ingress. Upstream: pkg/apis/networking, pkg/registry/networking/ingress/strategy.go. */
import type { Ingress } from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, withFields } from "../meta/share.ts";
import {
  CLASS_ANNOTATION,
  validateIngress,
  validateIngressCreate,
  validateIngressStatus,
} from "./ingress-validation.ts";

/** Longest text of a load balancer's addresses that isn't shortened. */
const ADDRESS_WIDTH = 16;
const MAX_HOSTS = 3;

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({});

export const ingresses = defineResource<Ingress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "Ingress",
  plural: "ingresses",
  shortNames: ["ing"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "shop" },
    spec: {
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
  bumpsGeneration: specChanged,
  defaults: (ingress) =>
    withFields(ingress, {
      spec: ingress.spec ?? NO_SPEC,
      status: fill(ingress.status ?? {}, { loadBalancer: NO_SPEC }),
    }),
  prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
  validate: validateIngressCreate,
  validateUpdate: validateIngress,
  validateStatusUpdate: ({ status }, old) => validateIngressStatus(status?.loadBalancer, old.status?.loadBalancer),
  warnings({ metadata, spec }, old) {
    const deprecated = metadata.annotations?.[CLASS_ANNOTATION] !== undefined && spec.ingressClassName === undefined;
    if (!deprecated || old !== undefined) return [];
    return [`annotation ${JSON.stringify(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead`];
  },
  columns: [
    nameColumn,
    { name: "Class", type: "string", cell: ({ spec }) => spec?.ingressClassName ?? NONE },
    { name: "Hosts", type: "string", cell: hostsText },
    { name: "Address", type: "string", cell: addressText },
    { name: "Ports", type: "string", cell: ({ spec }) => ((spec?.tls ?? []).length > 0 ? "80, 443" : "80") },
    ageColumn,
  ],
});

function hostsText({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).map(({ host }) => host ?? "").filter((host) => host !== "");
  if (hosts.length === 0) return "*";
  const text = hosts.slice(0, MAX_HOSTS).join(",");
  return hosts.length > MAX_HOSTS ? `${text} + ${hosts.length - MAX_HOSTS} more...` : text;
}

function addressText({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  const text = [...new Set(addresses.filter((address) => address !== ""))].sort().join(",");
  return text.length > ADDRESS_WIDTH ? `${text.slice(0, ADDRESS_WIDTH - 3)}...` : text;
}
