/**
 * Gives approved requests their certificate. Upstream: pkg/controller/certificates/signer, for the four signers of
 * Kubernetes itself.
 * Simplified: one controller for all signers, where upstream runs one for each.
 */
import type { CertificateSigningRequest } from "../../api/generated/types.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { certificateSigningRequests } from "../../api/registry.ts";
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import { HOUR, MINUTE } from "../../base/time.ts";
import { parseCertificateRequest } from "../../base/x509/certificate.ts";
import type { CertificateRequest, Purpose } from "../../base/x509/certificate.ts";
import { commonName, organizations } from "../../base/x509/name.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import { defineController } from "../define-controller.ts";
import type { ManagerSettings } from "../manager-settings.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";

/** `--cluster-signing-duration` */
/** So much earlier a certificate begins, for clocks that are behind. */
const BACKDATE = 5 * MINUTE;
const FAILED = { type: "Failed", status: "True", reason: "SignerValidationFailed" };

const CLIENT_USAGES = ["client auth", "digital signature", "key encipherment"];
const SERVER_USAGES = ["digital signature", "key encipherment", "server auth"];

interface Signer {
  /** Usages that may be asked for; the last word of the required one. Absent: any. */
  usages?: readonly string[];
  required?: string;
  /** What is wrong with the request; undefined: nothing. */
  complain?(request: CertificateRequest): string | undefined;
}

function complainOfNode({ subject }: CertificateRequest): string | undefined {
  if (organizations(subject).join() !== "system:nodes") return `organization is not "system:nodes"`;
  return commonName(subject).startsWith("system:node:") ? undefined : `common name does not start with "system:node: "`;
}

const SIGNERS: Readonly<Record<string, Signer>> = {
  "kubernetes.io/kube-apiserver-client": { usages: CLIENT_USAGES, required: "client auth" },
  "kubernetes.io/kube-apiserver-client-kubelet": {
    usages: CLIENT_USAGES,
    required: "client auth",
    complain: complainOfNode,
  },
  "kubernetes.io/kubelet-serving": {
    usages: SERVER_USAGES,
    required: "server auth",
    complain(request) {
      if (request.alternativeNames.length === 0) return "DNS or IP subjectAltName is required";
      return complainOfNode(request);
    },
  },
  "kubernetes.io/legacy-unknown": {},
};

export function certificateSigner({
  signingDuration,
}: ManagerSettings): ControllerDefinition<CertificateSigningRequest> {
  return defineController<CertificateSigningRequest>({
    name: "csrsigning",
    account: "certificate-controller",
    for: certificateSigningRequests,
    reconcile: (ctx, name) => reconcile(ctx, name, signingDuration),
  });
}

function has({ status }: CertificateSigningRequest, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}

function reconcile(ctx: ControllerContext, name: string, longest: number): ReconcileResult {
  const csr = ctx.lister(certificateSigningRequests).get(name);
  const signer = csr && SIGNERS[csr.spec.signerName];
  if (csr === undefined || signer === undefined) return {};
  if (!has(csr, "Approved") || has(csr, "Denied") || has(csr, "Failed") || csr.status.certificate) return {};
  try {
    ctx.client.resource(certificateSigningRequests).updateStatus(answered(ctx, csr, { signer, longest }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return {};
}

/** The request with its certificate, or with the reason why there is none. */
function answered(
  ctx: ControllerContext,
  csr: CertificateSigningRequest,
  { signer, longest }: { signer: Signer; longest: number },
): CertificateSigningRequest {
  const { status } = csr;
  const request = read(csr.spec.request);
  const usages = csr.spec.usages ?? [];
  const problem = request === undefined ? "unable to parse csr" : complaint(request, usages, signer);
  if (request === undefined || problem !== undefined) {
    const conditions = [...(status.conditions ?? []), { ...FAILED, message: problem ?? "" }];
    return { ...csr, status: { ...status, conditions } };
  }
  const { authority } = clusterKeys(ctx.sim);
  const seconds = csr.spec.expirationSeconds;
  const lifetime = seconds === undefined ? longest : Math.min(seconds * 1000, longest);
  const purposes = usages.flatMap((usage): Purpose[] =>
    usage === "client auth" ? ["clientAuth"] : usage === "server auth" ? ["serverAuth"] : [],
  );
  const now = Math.floor(ctx.sim.now / 1000) * 1000;
  // A short life is not shortened further by the backdating. Upstream: pkg/controller/certificates/authority/policies.go.
  const backdate = lifetime < 8 * HOUR ? 0 : BACKDATE;
  const terms = { notBefore: now - BACKDATE, notAfter: now + lifetime - backdate, purposes };
  const certificate = encodeBase64(authority.issue(request, terms));
  return { ...csr, status: { ...status, certificate } };
}

function read(encoded: string): CertificateRequest | undefined {
  try {
    return parseCertificateRequest(decodeBase64(encoded));
  } catch {
    return undefined;
  }
}

function complaint(
  request: CertificateRequest,
  usages: readonly string[],
  { usages: allowed, required, complain }: Signer,
): string | undefined {
  if (allowed !== undefined && usages.some((usage) => !allowed.includes(usage))) {
    const extra = usages.filter((usage) => !allowed.includes(usage));
    return `invalid usage for client certificate: ${extra.join(", ")}`;
  }
  if (required !== undefined && !usages.includes(required)) return `usages must include ${required}`;
  return complain?.(request);
}
