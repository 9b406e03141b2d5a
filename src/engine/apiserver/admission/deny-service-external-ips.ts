/** No service gets external addresses that it hasn't had. Upstream: plugin/pkg/admission/network/denyserviceexternalips. */
import type { Service } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";

export const denyServiceExternalIPs: AdmissionPlugin = {
  name: "DenyServiceExternalIPs",
  resources: ["services"],
  validate(object, { operation, request, name, old }) {
    if (object === undefined || operation === "delete" || request.subresource !== "") return;
    const before = (old as Service | undefined)?.spec.externalIPs ?? [];
    if (((object as Service).spec.externalIPs ?? []).every((address) => before.includes(address))) return;
    throw forbidden(request.resource, name, "Use of external IPs is denied by admission control");
  },
};
