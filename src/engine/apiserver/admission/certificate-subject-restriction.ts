/** Nobody becomes a member of system:masters by a request. Upstream: plugin/pkg/admission/certificates/subjectrestriction. */
import type { CertificateSigningRequest } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { MASTERS } from "../../api/meta/user-info.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { parseCertificateRequest } from "../../base/x509/certificate.ts";
import { organizations } from "../../base/x509/name.ts";
import type { AdmissionPlugin } from "./admission.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client";

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  resources: ["certificatesigningrequests.certificates.k8s.io"],
  validate(object, { operation, request, name }) {
    if (operation !== "create") return;
    const { spec } = object as CertificateSigningRequest;
    if (spec.signerName !== SIGNER || !groupsOf(spec.request).includes(MASTERS)) return;
    throw forbidden(request.resource, name, `use of ${SIGNER} signer with ${MASTERS} group is not allowed`);
  },
};

function groupsOf(encoded: string): string[] {
  try {
    return organizations(parseCertificateRequest(decodeBase64(encoded))?.subject ?? []);
  } catch {
    // Validation has said what is wrong with it.
    return [];
  }
}
