/** Who decides on a request must be allowed to approve for its signer. Upstream: plugin/pkg/admission/certificates/approval. */
import type { CertificateSigningRequest } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { mayUseSigner } from "../auth/signer-permission.ts";
import type { AdmissionPlugin } from "./admission.ts";

export const certificateApproval: AdmissionPlugin = {
  name: "CertificateApproval",
  resources: ["certificatesigningrequests.certificates.k8s.io"],
  validate(_object, { operation, request, name, old, context }) {
    if (operation !== "update" || request.subresource !== "approval") return;
    const { signerName } = (old as CertificateSigningRequest).spec;
    if (mayUseSigner(context.authorizer, request.user, { verb: "approve", signerName })) return;
    const why = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`;
    throw forbidden(request.resource, name, why);
  },
};
