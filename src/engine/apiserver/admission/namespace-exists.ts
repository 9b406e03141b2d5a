/** Nothing is written in a namespace that isn't there. Upstream: plugin/pkg/admission/namespace/exists. */
import { notFound } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";

const NAMESPACES = { group: "", resource: "namespaces" };

export const namespaceExists: AdmissionPlugin = {
  name: "NamespaceExists",
  validate(_object, { operation, request, context }) {
    const { namespace } = request;
    if (namespace === "" || operation === "connect") return;
    const resource = context.resourceById("namespaces");
    if (resource === undefined || context.objects.get(resource, "", namespace) !== undefined) return;
    throw notFound(NAMESPACES, namespace);
  },
};
