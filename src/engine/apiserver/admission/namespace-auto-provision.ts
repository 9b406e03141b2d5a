/** A namespace that is missing is made for what comes into it. Upstream: plugin/pkg/admission/namespace/autoprovision. */
import { loopbackUser } from "../../api/meta/user-info.ts";
import { create } from "../verbs/create.ts";
import type { AdmissionPlugin } from "./admission.ts";

export const namespaceAutoProvision: AdmissionPlugin = {
  name: "NamespaceAutoProvision",
  mutate(object, { operation, request, context }) {
    const { namespace, options } = request;
    if (operation !== "create" || namespace === "" || (options.dryRun ?? false)) return object;
    const resource = context.resourceById("namespaces");
    if (resource === undefined || context.objects.get(resource, "", namespace) !== undefined) return object;
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    create(context, {
      ...{ verb: "create", resource, namespace: "", name: "", subresource: "", options: {} },
      ...{ user: loopbackUser, body },
    });
    return object;
  },
};
