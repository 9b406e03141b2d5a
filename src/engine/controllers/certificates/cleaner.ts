/** Takes old requests away. Upstream: pkg/controller/certificates/cleaner. */
import type { CertificateSigningRequest } from "../../api/generated/types.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { certificateSigningRequests } from "../../api/registry.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { HOUR, parseTime } from "../../base/time.ts";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";

const POLLING = HOUR;
const PENDING_EXPIRY = 24 * HOUR;
const DECIDED_EXPIRY = HOUR;

export function certificateCleaner(): ControllerDefinition<CertificateSigningRequest> {
  return defineController<CertificateSigningRequest>({
    name: "csrcleaner",
    account: "certificate-controller",
    for: certificateSigningRequests,
    isRelevant: () => false,
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, name: string): ReconcileResult {
  const csr = ctx.lister(certificateSigningRequests).get(name);
  if (csr === undefined) return {};
  if (!isOld(csr, ctx.sim.now)) return { requeueAfter: POLLING, background: true };
  try {
    ctx.client.resource(certificateSigningRequests).delete("", name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return {};
}

/** A decision or a certificate keeps a request for an hour, none for a day; one whose certificate has ended goes at once. */
export function isOld({ metadata, status }: CertificateSigningRequest, now: number): boolean {
  const { conditions = [], certificate } = status;
  if (certificate && isOver(certificate, now)) return true;
  const isPast = (time: string | undefined, expiry: number): boolean =>
    time !== undefined && now - parseTime(time) > expiry;
  if (conditions.length === 0) return isPast(metadata.creationTimestamp, PENDING_EXPIRY);
  return conditions.some(({ type, lastUpdateTime }) => {
    if (type === "Approved") return (certificate ?? "") !== "" && isPast(lastUpdateTime, DECIDED_EXPIRY);
    return (type === "Denied" || type === "Failed") && isPast(lastUpdateTime, DECIDED_EXPIRY);
  });
}

function isOver(encoded: string, now: number): boolean {
  try {
    const certificate = parseCertificate(decodeBase64(encoded));
    return certificate !== undefined && certificate.notAfter < now;
  } catch {
    return false;
  }
}
