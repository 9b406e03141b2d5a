/** EndpointSlice. Upstream: pkg/apis/discovery, pkg/registry/discovery/endpointslice/strategy.go. */
import { deepEqual } from "../../base/json.ts";
import type { DiscoveryEndpointPort, EndpointSlice } from "../generated/types.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "../core/endpoints-validation.ts";
import { ageColumn, listWithMore, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, mapField, mapShared } from "../meta/share.ts";

const UNSET = "<unset>";

export const endpointSlices = defineResource<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  example: {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "web-1" },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.7"] }],
    ports: [{ port: 80 }],
  },
  bumpsGeneration: (slice, old) =>
    !deepEqual(slice.endpoints, old.endpoints) ||
    !deepEqual(slice.ports, old.ports) ||
    !deepEqual(slice.metadata.labels, old.metadata.labels) ||
    !deepEqual(slice.metadata.annotations, old.metadata.annotations),
  defaults: (slice) => mapField(slice, "ports", (ports) => mapShared(ports, defaultPort)),
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  columns: [
    nameColumn,
    { name: "AddressType", type: "string", cell: ({ addressType }) => addressType },
    { name: "Ports", type: "string", cell: portsText },
    { name: "Endpoints", type: "string", cell: endpointsText },
    ageColumn,
  ],
});

function defaultPort(port: DiscoveryEndpointPort): DiscoveryEndpointPort {
  const filled = fill(port, { protocol: "TCP" });
  return filled.name === undefined ? { ...filled, name: "" } : filled;
}

function portsText({ ports = [] }: EndpointSlice): string {
  const texts = ports.map(({ port }) => (port === undefined ? "*" : `${port}`));
  return texts.length === 0 ? UNSET : listWithMore(texts, 3);
}

function endpointsText({ endpoints }: EndpointSlice): string {
  const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
  return addresses.length === 0 ? UNSET : listWithMore(addresses, 3);
}
