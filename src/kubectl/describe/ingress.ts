/** `kubectl describe ingress | ingressclass | servicecidr | ipaddress`. Upstream: kubectl pkg/describe/describe.go. */
import type {
  EndpointSlice,
  Ingress,
  IngressBackend,
  IngressClass,
  IPAddress,
  Service,
  ServiceCIDR,
} from "../../engine/api/generated/types.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError } from "../errors.ts";
import { ENDPOINT_SLICES, SERVICES } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { describeLabels, describeTransitions } from "./head.ts";
import { endpointText } from "./service.ts";
import type { DescribeWriter } from "./writer.ts";

export function* describeIngress(call: Invocation, out: DescribeWriter, ingress: Ingress): Call<void> {
  const { metadata, spec = {}, status } = ingress;
  const { defaultBackend, tls = [], rules = [], ingressClassName = "<none>" } = spec;
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || (hostname ?? ""));
  out.line(0, `Name:\t${metadata.name}`);
  out.labels("Labels", metadata.labels);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Address:\t${[...new Set(addresses)].sort().join(",")}`);
  out.line(0, `Ingress Class:\t${ingressClassName}`);
  const otherwise =
    defaultBackend === undefined ? "<default>" : yield* backendText(call, metadata.namespace, defaultBackend);
  out.line(0, `Default backend:\t${otherwise}`);
  if (tls.length > 0) out.line(0, "TLS:");
  for (const { secretName = "", hosts = [] } of tls) {
    out.line(1, secretName === "" ? `SNI routes ${hosts.join(",")}` : `${secretName} terminates ${hosts.join(",")}`);
  }
  out.line(0, "Rules:\n  Host\tPath\tBackends");
  out.line(1, "----\t----\t--------");
  const withPaths = rules.filter(({ http }) => http !== undefined);
  for (const { host, http } of withPaths) {
    out.line(1, `${host || "*"}\t`);
    for (const { path = "", backend } of http?.paths ?? []) {
      out.line(2, `\t${path} \t${yield* backendText(call, metadata.namespace, backend)}`);
    }
  }
  if (withPaths.length === 0) out.line(1, `*\t*\t${otherwise}`);
  out.annotations("Annotations", metadata.annotations);
  yield* describeEvents(call, out, ingress);
}

function* backendText(call: Invocation, namespace: string, { service, resource }: IngressBackend): Call<string> {
  if (service === undefined) {
    if (resource === undefined) return "";
    return `APIGroup: ${resource.apiGroup ?? "<none>"}, Kind: ${resource.kind}, Name: ${resource.name}`;
  }
  const { name, port = {} } = service;
  const shown = `${name}:${port.number ?? port.name ?? ""}`;
  try {
    const slices = yield* call.rest.json<{ items: EndpointSlice[] }>({
      path: resourcePath(ENDPOINT_SLICES, { namespace }),
      query: { labelSelector: `kubernetes.io/service-name=${name}` },
    });
    const target = yield* call.rest.json<Service>({ path: resourcePath(SERVICES, { namespace, name }) });
    const found = target.spec.ports?.find((item) =>
      port.number === undefined ? item.name === port.name : item.port === port.number,
    );
    return `${shown} (${endpointText(slices.items, found?.name ?? "")})`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${shown} (<error: ${error.message}>)`;
  }
}

export function* describeIngressClass(call: Invocation, out: DescribeWriter, ingressClass: IngressClass): Call<void> {
  const { controller = "", parameters } = ingressClass.spec ?? {};
  out.line(0, `Name:\t${ingressClass.metadata.name}`);
  describeLabels(out, ingressClass.metadata);
  out.line(0, `Controller:\t${controller}`);
  if (parameters !== undefined) {
    out.line(0, "Parameters:");
    if (parameters.apiGroup !== undefined) out.line(1, `APIGroup:\t${parameters.apiGroup}`);
    out.line(1, `Kind:\t${parameters.kind}`);
    out.line(1, `Name:\t${parameters.name}`);
  }
  yield* describeEvents(call, out, ingressClass);
}

export function* describeServiceCidr(call: Invocation, out: DescribeWriter, range: ServiceCIDR): Call<void> {
  out.line(0, `Name:\t${range.metadata.name}`);
  describeLabels(out, range.metadata);
  out.line(0, `CIDRs:\t${(range.spec?.cidrs ?? []).join(", ")}`);
  const conditions = range.status?.conditions ?? [];
  if (conditions.length > 0) out.line(0, "Status:");
  describeTransitions(out, conditions);
  yield* describeEvents(call, out, range);
}

export function* describeIpAddress(call: Invocation, out: DescribeWriter, address: IPAddress): Call<void> {
  out.line(0, `Name:\t${address.metadata.name}`);
  describeLabels(out, address.metadata);
  const parent = address.spec?.parentRef;
  if (parent !== undefined) {
    out.line(0, "Parent Reference:");
    out.line(1, `Group:\t${parent.group ?? ""}`);
    out.line(1, `Resource:\t${parent.resource}`);
    out.line(1, `Namespace:\t${parent.namespace ?? ""}`);
    out.line(1, `Name:\t${parent.name}`);
  }
  yield* describeEvents(call, out, address);
}
