/** Approves what kubelets ask for themselves, if a role lets them. Upstream: pkg/controller/certificates/approver/sarapprove.go. */
import type { CertificateSigningRequest, SubjectAccessReview } from "../../api/generated/types.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { certificateSigningRequests } from "../../api/registry.ts";
import { subjectAccessReviews } from "../../api/authorization/reviews.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { parseCertificateRequest } from "../../base/x509/certificate.ts";
import { commonName, organizations } from "../../base/x509/name.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";
const AUTO_APPROVED = "AutoApproved";

/** What a request is recognized as, and the permission that then suffices. */
const RECOGNIZERS = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    own: true,
  },
  {
    subresource: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    own: false,
  },
] as const;

export function certificateApprover(): ControllerDefinition<CertificateSigningRequest> {
  return defineController<CertificateSigningRequest>({
    name: "csrapproving",
    account: "certificate-controller",
    for: certificateSigningRequests,
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, name: string): ReconcileResult {
  const csr = ctx.lister(certificateSigningRequests).get(name);
  if (csr === undefined || csr.status.certificate || csr.spec.signerName !== SIGNER) return {};
  if (csr.status.conditions?.some(({ type }) => type === "Approved" || type === "Denied")) return {};
  const subject = subjectOf(csr);
  if (subject === undefined) return {};
  for (const { subresource, message, own } of RECOGNIZERS) {
    if (own && subject !== csr.spec.username) continue;
    if (!allowed(ctx, csr, subresource)) continue;
    const approved = { type: "Approved", status: "True", reason: AUTO_APPROVED, message };
    const conditions = [...(csr.status.conditions ?? []), approved];
    try {
      ctx.client.put(
        certificateSigningRequests,
        { namespace: "", name, subresource: "approval" },
        { ...csr, status: { ...csr.status, conditions } },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return {};
  }
  return {};
}

/** The node that a request is for; undefined when it is for none. */
function subjectOf({ spec }: CertificateSigningRequest): string | undefined {
  try {
    const request = parseCertificateRequest(decodeBase64(spec.request));
    if (request === undefined || request.alternativeNames.length > 0) return undefined;
    const name = commonName(request.subject);
    return name.startsWith("system:node:") && organizations(request.subject).join() === "system:nodes"
      ? name
      : undefined;
  } catch {
    return undefined;
  }
}

function allowed(ctx: ControllerContext, csr: CertificateSigningRequest, subresource: string): boolean {
  const { username = "", uid, groups = [], extra } = csr.spec;
  const review = ctx.client.resource(subjectAccessReviews).create({
    metadata: {},
    spec: {
      user: username,
      groups,
      ...(uid !== undefined && { uid }),
      ...(extra !== undefined && { extra }),
      resourceAttributes: {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        verb: "create",
        subresource,
      },
    },
  } as never) as SubjectAccessReview;
  return review.status.allowed;
}
