/** Whose Ingress it is. Upstream: kubernetes/ingress-nginx internal/ingress/controller/{ingressclass,store}. */
import type { Ingress, IngressClass } from "../../api/generated/types.ts";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const CONTROLLER_CLASS = "k8s.io/ingress-nginx";
const CLASS_NAME = "nginx";

/** The class that an Ingress names: by its field, or by the annotation that came before it. */
export function classNameOf({ spec, metadata }: Ingress): string | undefined {
  const name = spec.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION];
  return name === "" ? undefined : name;
}

/** What a controller with these flags says it is, as IngressClasses name it. */
export function controllerClass(flags: ReadonlyMap<string, string>): string {
  return flags.get("controller-class") ?? CONTROLLER_CLASS;
}

/** Whether the controller that was started with these flags serves it. */
export function takesIngress(
  ingress: Ingress,
  flags: ReadonlyMap<string, string>,
  classOf: (name: string) => IngressClass | undefined,
): boolean {
  const name = classNameOf(ingress);
  if (name === undefined) return flags.get("watch-ingress-without-class") === "true";
  const ingressClass = classOf(name);
  if (ingressClass !== undefined) return ingressClass.spec.controller === controllerClass(flags);
  return ingress.spec.ingressClassName === undefined && name === (flags.get("ingress-class") ?? CLASS_NAME);
}
