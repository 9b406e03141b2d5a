/** Nothing is made in a namespace that isn't there or is going. Upstream: apiserver pkg/admission/plugin/namespace/lifecycle. */
import type { Namespace } from "../../api/generated/types.ts";
import { forbidden, notFound, StatusError } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);
const NAMESPACES = { group: "", resource: "namespaces" };

export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  validate(_object, { operation, request, name, context }) {
    const { resource, namespace } = request;
    if (operation === "delete" && resource.id === "namespaces" && IMMORTAL.has(request.name)) {
      throw forbidden(resource, request.name, "this namespace may not be deleted");
    }
    if (operation !== "create" || !resource.namespaced) return;
    const namespaces = context.resourceById("namespaces");
    if (namespaces === undefined) return;
    const home = context.objects.get(namespaces, "", namespace) as Namespace | undefined;
    if (home === undefined) throw notFound(NAMESPACES, namespace);
    if (home.metadata.deletionTimestamp === undefined && home.status?.phase !== "Terminating") return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const error = forbidden(resource, name, why);
    throw new StatusError(error.code, error.reason, error.message, {
      ...error.details,
      causes: [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    });
  },
};
