/**
 * Which pods a service selects and which services select a pod, by index both ways.
 * Upstream: endpointslice util GetPodServiceMemberships, pkg/api/v1/pod FindPort.
 */
import type { Pod, Service, ServicePort } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { services } from "../api/registry.ts";
import type { Informers } from "../client/contracts.ts";
import type { InformerHandler } from "../client/informer.ts";
import type { ControllerContext } from "./define-controller.ts";
import { indexPodLabels, labelValues, podsWithLabels } from "./pods-by-label.ts";
import { isPodReady, isPodTerminal } from "../api/core/pod/conditions.ts";

/** Services by `namespace/label=value` of the first label that they ask for. */
const FIRST_SELECTED = "first-selected";

type Labels = Readonly<Record<string, string>>;

/** The label that finds this service's candidates: any of its selector's will do, if all agree on which. */
function firstSelected({ metadata, spec }: Service): string | undefined {
  for (const name in spec.selector) return `${metadata.namespace}/${name}=${spec.selector[name]}`;
  return undefined;
}

export function indexServicePods(informers: Informers): void {
  indexPodLabels(informers);
  informers.informer(services).addIndex(FIRST_SELECTED, (service) => {
    const value = firstSelected(service);
    return value === undefined ? [] : [value];
  });
}

/** True when the service's endpoints are a controller's business. */
export function hasSelector({ spec }: Service): boolean {
  return spec.type !== "ExternalName" && spec.selector !== undefined && Object.keys(spec.selector).length > 0;
}

function selects(selector: Labels | undefined, labels: Labels | undefined): boolean {
  for (const name in selector) if (labels?.[name] !== selector[name]) return false;
  return true;
}

/** In the order of arrival. O(pods with the service's first label). */
export function podsOfService(ctx: ControllerContext, service: Service): readonly Pod[] {
  const { selector } = service.spec;
  if (firstSelected(service) === undefined) return [];
  const candidates = podsWithLabels(ctx, service.metadata.namespace, selector);
  return candidates.filter((pod) => selects(selector, pod.metadata.labels));
}

/** O(labels of the pod + services that share one). */
export function servicesOfPod(ctx: ControllerContext, pod: Pod): readonly Service[] {
  const found: Service[] = [];
  for (const value of labelValues(pod)) {
    for (const service of ctx.lister(services).byIndex(FIRST_SELECTED, value)) {
      if (selects(service.spec.selector, pod.metadata.labels)) found.push(service);
    }
  }
  return found;
}

/** Reconciles a pod's services when it changes in a way that their endpoints show. */
export function servicePodHandler(ctx: ControllerContext): InformerHandler<Pod> {
  const enqueue = (pod: Pod): void => {
    for (const service of servicesOfPod(ctx, pod)) ctx.enqueue(keyOf(service));
  };
  return {
    onAdd: (pod) => {
      if ((pod.status.podIP ?? "") !== "") enqueue(pod);
    },
    onUpdate: (pod, old) => {
      const hasNewLabels = pod.metadata.labels !== old.metadata.labels;
      if (!hasNewLabels && !showsChange(pod, old)) return;
      enqueue(pod);
      if (hasNewLabels) enqueue(old);
    },
    onDelete: enqueue,
  };
}

function showsChange(pod: Pod, old: Pod): boolean {
  return (
    pod.status.podIP !== old.status.podIP ||
    pod.spec.nodeName !== old.spec.nodeName ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    isPodReady(pod) !== isPodReady(old) ||
    isPodTerminal(pod) !== isPodTerminal(old)
  );
}

/** Whether a pod can be an endpoint at all: it has an address and is not finished. */
export function canBeEndpoint(pod: Pod): boolean {
  return (pod.status.podIP ?? "") !== "" && !isPodTerminal(pod);
}

/** Families of a service's endpoints: those of its addresses, IPv4 where nothing says so. */
export function familiesOf({ spec }: Service): readonly string[] {
  return spec.ipFamilies === undefined || spec.ipFamilies.length === 0 ? ["IPv4"] : spec.ipFamilies;
}

/** The pod's address of a family; undefined when it has none. */
export function podAddress({ status }: Pod, family: string): string | undefined {
  const isOfFamily = (ip = ""): boolean => ip.includes(":") === (family === "IPv6");
  // The usual pod has one, and its list says the same.
  if (isOfFamily(status.podIP)) return status.podIP;
  return status.podIPs?.find(({ ip }) => isOfFamily(ip))?.ip;
}

/** The pod's port that a service port leads to; undefined: the pod has no port of that name. */
export function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const { targetPort: target = port.port, protocol = "TCP" } = port;
  if (typeof target === "number") return target === 0 ? port.port : target;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const candidate of container.ports ?? []) {
      if (candidate.name === target && (candidate.protocol ?? "TCP") === protocol) return candidate.containerPort;
    }
  }
  return undefined;
}

/** `hostname` of an endpoint: a pod that asks for this service's subdomain is found by its own name. */
export function endpointHostname(pod: Pod, service: Service): string | undefined {
  const { hostname = "", subdomain } = pod.spec;
  return hostname !== "" && subdomain === service.metadata.name ? hostname : undefined;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

/** Labels of the service for what stands for its endpoints; kubectl's own bookkeeping is in annotations. */
export function endpointLabels(service: Service, extra: Record<string, string>): Record<string, string> {
  const { "service.kubernetes.io/headless": _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...extra, ...(isHeadless(service) && { "service.kubernetes.io/headless": "" }) };
}
