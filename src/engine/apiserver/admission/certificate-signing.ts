/** Who puts a certificate into a request must be allowed to sign for its signer. Upstream: plugin/pkg/admission/certificates/signing. */
import type { CertificateSigningRequest } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import { mayUseSigner } from "../auth/signer-permission.ts";
import type { AdmissionPlugin } from "./admission.ts";

export const certificateSigning: AdmissionPlugin = {
  name: "CertificateSigning",
  resources: ["certificatesigningrequests.certificates.k8s.io"],
  validate(object, { operation, request, name, old, context }) {
    if (operation !== "update" || request.subresource !== "status") return;
    const before = old as CertificateSigningRequest;
    const { status } = object as CertificateSigningRequest;
    const { signerName } = before.spec;
    // Conditions of others than the signer's are free; its certificate and what it says of a failure are its own.
    if (status.certificate === before.status.certificate && deepEqual(status.conditions, before.status.conditions)) {
      return;
    }
    if (mayUseSigner(context.authorizer, request.user, { verb: "sign", signerName })) return;
    const why = `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`;
    throw forbidden(request.resource, name, why);
  },
};
