/** The ingress controllers that run, and what each of them makes of the Ingresses: asked of their own code. */
import type { Ingress, Pod, PodTemplateSpec } from "../api/generated/types.ts";
import { isPodActive, isPodReady } from "../api/core/pod/conditions.ts";
import { keyOf } from "../api/meta/object.ts";
import { configMaps, endpointSlices, ingressClasses, ingresses, pods, secrets, services } from "../api/registry.ts";
import type { IngressObjects } from "../network/ingress/backends.ts";
import { takesIngress } from "../network/ingress/class-match.ts";
import { readControllerSettings } from "../network/ingress/controller-settings.ts";
import { readFlags } from "../network/ingress/read-flags.ts";
import { buildTable } from "../network/ingress/routing-table.ts";
import type { RoutingTable } from "../network/ingress/routing-table.ts";
import type { ClusterFacts } from "./facts.ts";

const IMAGE = /(?:^|\/)ingress-nginx\/controller[:@]/;
const SERVICE_NAME = "kubernetes.io/service-name";

export interface IngressControllerFacts {
  readonly pod: Pod;
  readonly ready: boolean;
  readonly flags: ReadonlyMap<string, string>;
}

/** Whether pods made from this are ingress controllers. */
export function isController({ spec }: Pick<PodTemplateSpec, "spec">): boolean {
  return spec?.containers.some(({ image = "" }) => IMAGE.test(image)) === true;
}

/** The controller in a pod; undefined when it is none. */
export function controllerIn(pod: Pod): IngressControllerFacts | undefined {
  const container = pod.spec.containers.find(({ image = "" }) => IMAGE.test(image));
  if (container === undefined) return undefined;
  const namespace = pod.metadata.namespace;
  const args = (container.args ?? []).map((arg) => arg.replaceAll("$(POD_NAMESPACE)", namespace));
  return { pod, ready: isPodReady(pod), flags: readFlags([...(container.command ?? []), ...args]) };
}

export function ingressControllers(facts: ClusterFacts): IngressControllerFacts[] {
  return facts
    .list(pods, "")
    .filter(isPodActive)
    .flatMap((pod) => controllerIn(pod) ?? []);
}

export function takes({ flags }: IngressControllerFacts, ingress: Ingress, facts: ClusterFacts): boolean {
  return takesIngress(ingress, flags, (name) => facts.get(ingressClasses, "", name));
}

/** The servers and locations that it makes of its Ingresses. */
export function tableOf(controller: IngressControllerFacts, facts: ClusterFacts): RoutingTable {
  const mine = facts.list(ingresses, "").filter((ingress) => takes(controller, ingress, facts));
  const [namespace = "", name = ""] = (controller.flags.get("configmap") ?? "").split("/");
  return buildTable(mine, readControllerSettings(facts.get(configMaps, namespace, name)?.data));
}

/** The objects as a controller's serving reads them. */
export function objectsOf(facts: ClusterFacts): IngressObjects {
  const at = (key: string): [namespace: string, name: string] => {
    const [namespace = "", name = ""] = key.split("/");
    return [namespace, name];
  };
  return {
    service: (key) => facts.get(services, ...at(key)),
    secret: (key) => facts.get(secrets, ...at(key)),
    configMap: (key) => facts.get(configMaps, ...at(key)),
    slices(key) {
      const [namespace, name] = at(key);
      return facts.list(endpointSlices, namespace).filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name);
    },
  };
}

/** The Ingress of that `namespace/name`. */
export function ingressAt(key: string, facts: ClusterFacts): Ingress | undefined {
  return facts.list(ingresses, key.split("/")[0] ?? "").find((ingress) => keyOf(ingress) === key);
}
