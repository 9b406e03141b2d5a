/** `kubectl describe service | namespace`. Upstream: kubectl pkg/describe/describe.go. */
import type { EndpointSlice, Service } from "../../engine/api/generated/types.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { resourcePath } from "../discovery.ts";
import { ENDPOINT_SLICES } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import type { DescribeWriter } from "./writer.ts";

const MAX_SHOWN = 3;

export function* describeService(call: Invocation, out: DescribeWriter, service: Service): Call<void> {
  const { metadata, spec = {} } = service;
  const slices = yield* call.rest.json<{ items: EndpointSlice[] }>({
    path: resourcePath(ENDPOINT_SLICES, { namespace: String(metadata.namespace) }),
    query: { labelSelector: `kubernetes.io/service-name=${metadata.name}` },
  });
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  const selector = Object.keys(spec.selector ?? {}).sort();
  out.line(0, `Selector:\t${selector.map((key) => `${key}=${spec.selector?.[key]}`).join(",") || "<none>"}`);
  out.line(0, `Type:\t${spec.type ?? ""}`);
  if (spec.ipFamilyPolicy != null) out.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`);
  out.line(0, `IP Families:\t${(spec.ipFamilies ?? []).join(",") || "<none>"}`);
  out.line(0, `IP:\t${spec.clusterIP ?? ""}`);
  out.line(0, `IPs:\t${(spec.clusterIPs ?? []).join(",") || "<none>"}`);
  if ((spec.externalIPs ?? []).length > 0) out.line(0, `External IPs:\t${(spec.externalIPs ?? []).join(",")}`);
  if ((spec.loadBalancerIP ?? "") !== "") out.line(0, `Desired LoadBalancer IP:\t${spec.loadBalancerIP}`);
  if ((spec.externalName ?? "") !== "") out.line(0, `External Name:\t${spec.externalName}`);
  const ingress = (service.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip ?? entry.hostname ?? "");
  if (ingress.length > 0) out.line(0, `LoadBalancer Ingress:\t${ingress.join(", ")}`);
  for (const port of spec.ports ?? []) {
    const name = (port.name ?? "") === "" ? "<unset>" : port.name;
    const protocol = port.protocol ?? "TCP";
    out.line(0, `Port:\t${name}\t${port.port}/${protocol}`);
    out.line(0, `TargetPort:\t${port.targetPort}/${protocol}`);
    if (port.appProtocol !== undefined) out.line(0, `AppProtocol:\t${port.appProtocol}`);
    if ((port.nodePort ?? 0) !== 0) out.line(0, `NodePort:\t${name}\t${port.nodePort}/${protocol}`);
    out.line(0, `Endpoints:\t${endpointText(slices.items, port.name ?? "")}`);
  }
  out.line(0, `Session Affinity:\t${spec.sessionAffinity ?? ""}`);
  if ((spec.externalTrafficPolicy ?? "") !== "") out.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`);
  if ((spec.internalTrafficPolicy ?? "") !== "") out.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`);
  if ((spec.healthCheckNodePort ?? 0) !== 0) out.line(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`);
  if ((spec.loadBalancerSourceRanges ?? []).length > 0) {
    out.line(0, `LoadBalancer Source Ranges:\t${(spec.loadBalancerSourceRanges ?? []).join(",")}`);
  }
  if (spec.trafficDistribution !== undefined) out.line(0, `Traffic Distribution:\t${spec.trafficDistribution}`);
  yield* describeEvents(call, out, service);
}

/** As Go's net.JoinHostPort. */
function joinHostPort(address: string, port: number | undefined): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Ready addresses behind one port; three of them, then a count. */
export function endpointText(slices: readonly EndpointSlice[], portName: string): string {
  const addresses = slices.flatMap((slice) =>
    (slice.ports ?? [])
      .filter((entry) => (entry.name ?? "") === portName)
      .flatMap((entry) =>
        (slice.endpoints ?? [])
          .filter((endpoint) => endpoint.conditions?.ready !== false)
          .flatMap((endpoint) => endpoint.addresses.map((address) => joinHostPort(address, entry.port))),
      ),
  );
  const shown = addresses.slice(0, MAX_SHOWN).join(",");
  return addresses.length > MAX_SHOWN ? `${shown} + ${addresses.length - MAX_SHOWN} more...` : shown;
}
