import type { CertificateSigningRequest } from "../generated/types.ts";

/** `Approved,Issued`; `Pending` without a verdict. Upstream: pkg/printers/internalversion, extractCSRStatus. */
export function certificateVerdict({ status = {} }: CertificateSigningRequest): string {
  const types = (status.conditions ?? []).map(({ type }) => type);
  const verdicts = types.includes("Denied") ? ["Denied"] : types.includes("Approved") ? ["Approved"] : ["Pending"];
  if (types.includes("Failed")) verdicts.push("Failed");
  if (status.certificate) verdicts.push("Issued");
  return verdicts.join(",");
}
