/** Ingresses that don't speak of a class get the default one. Upstream: plugin/pkg/admission/network/defaultingressclass. */
import type { Ingress } from "../../api/generated/types.ts";
import { ingressClasses, ingresses } from "../../api/registry.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { newestDefault } from "./newest-default.ts";

const DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";
/** How a class was named before there was a field. */
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  resources: [ingresses.id],
  mutate(object, { operation, request, context }) {
    if (operation !== "create" || request.subresource !== "") return object;
    const ingress = object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined) return object;
    if (ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return object;
    const chosen = newestDefault(context.lists.list(ingressClasses), [DEFAULT_ANNOTATION]);
    if (chosen === undefined) return object;
    const classified: Ingress = { ...ingress, spec: { ...ingress.spec, ingressClassName: chosen.metadata.name } };
    return classified;
  },
};
