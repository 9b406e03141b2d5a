/** Endpoints. Upstream: pkg/registry/core/endpoint. */
import type { Endpoints, EndpointSubset } from "../generated/types.ts";
import { ageColumn, listWithMore, nameColumn, NONE } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { validateEndpoints } from "./endpoints-validation.ts";
import { fill, mapField, mapShared } from "../meta/share.ts";

export const endpoints = defineResource<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  scope: "Namespaced",
  createsOnUpdate: true,
  deprecated: "v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  example: {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web" },
    subsets: [{ addresses: [{ ip: "10.0.0.7" }], ports: [{ port: 80 }] }],
  },
  defaults: (object) => mapField(object, "subsets", (subsets) => mapShared(subsets, defaultSubset)),
  validate: validateEndpoints,
  columns: [
    nameColumn,
    { name: "Endpoints", type: "string", cell: ({ subsets }) => formatSubsets(subsets) },
    ageColumn,
  ],
});

function defaultSubset(subset: EndpointSubset): EndpointSubset {
  return mapField(subset, "ports", (ports) => mapShared(ports, (port) => fill(port, { protocol: "TCP" })));
}

/** `10.0.0.7:80,10.0.0.8:80 + 3 more...` */
export function formatSubsets(subsets: readonly EndpointSubset[] | undefined): string {
  if (subsets === undefined || subsets.length === 0) return NONE;
  const texts: string[] = [];
  for (const { addresses = [], ports = [] } of subsets) {
    if (ports.length === 0) texts.push(...addresses.map(({ ip }) => ip));
    for (const { port } of ports) texts.push(...addresses.map(({ ip }) => joinHostPort(ip ?? "", port)));
  }
  return listWithMore(texts, 3);
}

/** Go's net.JoinHostPort. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
