/**
 * Targets that the cluster's objects stand for. Upstream: prometheus/prometheus discovery/kubernetes.
 * Simplified: listed at each scrape instead of watched.
 */
import type { ServerContext } from "../define-image.ts";
import { readApi } from "../cluster-api.ts";
import type { Labels } from "./series.ts";

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
}

interface Port {
  readonly name?: string;
  readonly port?: number;
  readonly containerPort?: number;
  readonly protocol?: string;
}

interface Found {
  readonly metadata: Meta;
  readonly spec?: {
    readonly nodeName?: string;
    readonly clusterIP?: string;
    readonly ports?: readonly Port[];
    readonly containers?: readonly {
      readonly name: string;
      readonly image?: string;
      readonly ports?: readonly Port[];
    }[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string; readonly targetRef?: { kind?: string; name?: string } }[];
    readonly notReadyAddresses?: readonly {
      readonly ip: string;
      readonly targetRef?: { kind?: string; name?: string };
    }[];
    readonly ports?: readonly Port[];
  }[];
}

const META = "__meta_kubernetes_";

/** Labels of every target of a role, `__address__` among them; or why they can't be had. */
export function discover(
  ctx: ServerContext,
  role: string,
  namespaces: readonly string[],
): readonly Labels[] | { readonly failure: string } {
  const list = (plural: string): readonly Found[] => {
    const paths =
      namespaces.length === 0 || role === "node"
        ? [`/api/v1/${plural}`]
        : namespaces.map((namespace) => `/api/v1/namespaces/${namespace}/${plural}`);
    return paths.flatMap((path) => {
      const answer = readApi<{ items: readonly Found[] }>(ctx, path);
      if ("failure" in answer) throw new DiscoveryFailure(answer.failure);
      return answer.value.items;
    });
  };
  try {
    if (role === "pod") return list("pods").flatMap(podTargets);
    if (role === "node") return list("nodes").map(nodeTarget);
    const services = list("services");
    if (role === "service") return services.flatMap(serviceTargets);
    const pods = new Map(list("pods").map((pod) => [keyOf(pod), pod]));
    const byKey = new Map(services.map((service) => [keyOf(service), service]));
    return list("endpoints").flatMap((endpoints) => endpointTargets(endpoints, byKey.get(keyOf(endpoints)), pods));
  } catch (error) {
    if (error instanceof DiscoveryFailure) return { failure: error.message };
    throw error;
  }
}

class DiscoveryFailure extends Error {}

function keyOf({ metadata }: Found): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function mapLabels(prefix: string, { labels = {}, annotations = {} }: Meta): Labels {
  const found: Record<string, string> = {};
  const safe = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, "_");
  for (const [name, value] of Object.entries(labels)) {
    found[`${prefix}_label_${safe(name)}`] = value;
    found[`${prefix}_labelpresent_${safe(name)}`] = "true";
  }
  for (const [name, value] of Object.entries(annotations)) {
    found[`${prefix}_annotation_${safe(name)}`] = value;
    found[`${prefix}_annotationpresent_${safe(name)}`] = "true";
  }
  return found;
}

function podLabels(pod: Found): Labels {
  const { metadata, spec, status = {} } = pod;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return {
    ...mapLabels(`${META}pod`, metadata),
    [`${META}namespace`]: metadata.namespace ?? "",
    [`${META}pod_name`]: metadata.name,
    [`${META}pod_uid`]: metadata.uid ?? "",
    [`${META}pod_ip`]: status.podIP ?? "",
    [`${META}pod_host_ip`]: status.hostIP ?? "",
    [`${META}pod_node_name`]: spec?.nodeName ?? "",
    [`${META}pod_phase`]: status.phase ?? "",
    [`${META}pod_ready`]: (status.conditions?.find(({ type }) => type === "Ready")?.status ?? "unknown").toLowerCase(),
    ...(owner && { [`${META}pod_controller_kind`]: owner.kind, [`${META}pod_controller_name`]: owner.name }),
  };
}

/** One for each port that a container names; one without a port for a container that names none. */
function podTargets(pod: Found): Labels[] {
  const address = pod.status?.podIP ?? "";
  if (address === "") return [];
  const common = podLabels(pod);
  return (pod.spec?.containers ?? []).flatMap(({ name, image = "", ports = [] }) => {
    const container = { ...common, [`${META}pod_container_name`]: name, [`${META}pod_container_image`]: image };
    if (ports.length === 0) return [{ ...container, __address__: address }];
    return ports.map((port) => ({
      ...container,
      __address__: withPort(address, port.containerPort),
      [`${META}pod_container_port_name`]: port.name ?? "",
      [`${META}pod_container_port_number`]: String(port.containerPort ?? ""),
      [`${META}pod_container_port_protocol`]: port.protocol ?? "TCP",
    }));
  });
}

function serviceLabels(service: Found | undefined, { name, namespace = "" }: Meta): Labels {
  return {
    ...(service && mapLabels(`${META}service`, service.metadata)),
    [`${META}namespace`]: namespace,
    [`${META}service_name`]: name,
  };
}

function serviceTargets(service: Found): Labels[] {
  const { name, namespace = "" } = service.metadata;
  return (service.spec?.ports ?? []).map((port) => ({
    ...serviceLabels(service, service.metadata),
    __address__: `${name}.${namespace}.svc:${port.port ?? 0}`,
    [`${META}service_port_name`]: port.name ?? "",
    [`${META}service_port_number`]: String(port.port ?? 0),
  }));
}

function endpointTargets(endpoints: Found, service: Found | undefined, pods: ReadonlyMap<string, Found>): Labels[] {
  const { metadata, subsets = [] } = endpoints;
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
    [...addresses, ...notReadyAddresses].flatMap((address) => {
      const { ip, targetRef } = address;
      const pod =
        targetRef?.kind === "Pod" ? pods.get(`${metadata.namespace ?? ""}/${targetRef.name ?? ""}`) : undefined;
      return ports.map((port) => ({
        ...(pod && podLabels(pod)),
        ...serviceLabels(service, metadata),
        __address__: withPort(ip, port.port),
        [`${META}endpoints_name`]: metadata.name,
        [`${META}endpoint_port_name`]: port.name ?? "",
        [`${META}endpoint_port_protocol`]: port.protocol ?? "TCP",
        [`${META}endpoint_ready`]: String(addresses.includes(address)),
      }));
    }),
  );
}

function nodeTarget(node: Found): Labels {
  const address = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  return {
    ...mapLabels(`${META}node`, node.metadata),
    __address__: withPort(address, 10_250),
    instance: node.metadata.name,
    [`${META}node_name`]: node.metadata.name,
  };
}

function withPort(address: string, port: number | undefined): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port ?? 0}`;
}
