/** Service. Upstream: pkg/apis/core, pkg/registry/core/service/strategy.go. */
import type { LoadBalancerStatus, Service, ServicePort, ServiceSpec } from "../generated/types.ts";
import { ageColumn, formatLabels, nameColumn, NONE } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, fillZero, mapField, mapShared, memoizeIdempotent, withFields } from "../meta/share.ts";

import { validateServiceStatusUpdate, validateServiceUpdate } from "./service-update-validation.ts";
import { validateService } from "./service-validation.ts";

export const services = defineResource<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  categories: ["all"],
  scope: "Namespaced",
  createsOnUpdate: true,
  subresources: ["status", "proxy"],
  // Names may begin with a digit since v1.36 (RelaxedServiceNameValidation).
  nameRule: "label",
  example: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  },
  defaults(service) {
    const { spec = {}, status } = service;
    const filled = defaultSpec(spec);
    let balanced: Service["status"] = status?.loadBalancer === undefined ? { loadBalancer: {}, ...status } : status;
    if (filled.type === "LoadBalancer") balanced = mapField(balanced, "loadBalancer", defaultIngress);
    return filled === service.spec && balanced === status ? service : { ...service, spec: filled, status: balanced };
  },
  prepareForCreate: (service) => ({ ...service, status: { loadBalancer: {} } }),
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  warnings: ({ spec }) =>
    (spec.ports ?? []).flatMap(({ protocol, port }, index) =>
      protocol === "SCTP" ? `spec.ports[${index}]: nothing here speaks SCTP: port ${port} leads nowhere` : [],
    ),
  columns: [
    nameColumn,
    { name: "Type", type: "string", cell: ({ spec }) => spec.type ?? "" },
    { name: "Cluster-IP", type: "string", cell: ({ spec }) => spec.clusterIPs?.[0] ?? NONE },
    { name: "External-IP", type: "string", cell: externalIP },
    { name: "Port(s)", type: "string", cell: portsText },
    ageColumn,
    { name: "Selector", type: "string", priority: 1, cell: ({ spec }) => formatLabels(spec.selector) },
  ],
  selectableFields: {
    "spec.clusterIP": (service) => service.spec.clusterIP ?? "",
    "spec.type": (service) => service.spec.type ?? "",
  },
});

/** Upstream: SetDefaults_Service in pkg/apis/core/v1/defaults.go. IPs and node ports are the API server's to allocate. */
const defaultSpec = memoizeIdempotent((spec: ServiceSpec): ServiceSpec => {
  let result = fill(spec, { sessionAffinity: "None", type: "ClusterIP" });
  if (result.sessionAffinity === "None") result = withFields(result, { sessionAffinityConfig: undefined });
  if (result.sessionAffinity === "ClientIP" && result.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    result = { ...result, sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } };
  }
  result = mapField(result, "ports", (ports) => mapShared(ports, defaultPort));
  const external =
    result.type === "NodePort" ||
    result.type === "LoadBalancer" ||
    (result.type === "ClusterIP" && (result.externalIPs?.length ?? 0) > 0);
  if (external) result = fill(result, { externalTrafficPolicy: "Cluster" });
  if (result.type !== "ExternalName") result = fill(result, { internalTrafficPolicy: "Cluster" });
  return result.type === "LoadBalancer" ? fill(result, { allocateLoadBalancerNodePorts: true }) : result;
});

const defaultIngress = (status: LoadBalancerStatus): LoadBalancerStatus =>
  mapField(status, "ingress", (list) => mapShared(list, (item) => (item.ip ? fill(item, { ipMode: "VIP" }) : item)));

function defaultPort(port: ServicePort): ServicePort {
  const filled = fill(port, { protocol: "TCP" });
  return port.port === undefined ? filled : fillZero(filled, { targetPort: port.port });
}

function externalIP({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return external.length > 0 ? external.join(",") : NONE;
    case "LoadBalancer": {
      const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
      const all = [...new Set(balanced.filter((text) => text !== "")), ...external];
      return all.length > 0 ? all.join(",") : "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

/** `80/TCP,443:30443/TCP` */
function portsText({ spec }: Service): string {
  const texts = (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return texts.length === 0 ? NONE : texts.join(",");
}
