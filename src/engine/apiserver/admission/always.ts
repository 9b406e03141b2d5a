/** The two plugins that ask nothing. Upstream: plugin/pkg/admission/{admit,deny}. */
import { forbidden } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";

export const alwaysAdmit: AdmissionPlugin = { name: "AlwaysAdmit", resources: [] };

export const alwaysDeny: AdmissionPlugin = {
  name: "AlwaysDeny",
  validate(_object, { request, name }) {
    throw forbidden(request.resource, name, "admission control is denying all modifications");
  },
};
