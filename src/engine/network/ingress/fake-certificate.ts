import { CertificateAuthority } from "../../base/x509/certificate.ts";

const YEAR = 365 * 24 * 3600 * 1000;
/** When virtual time begins. */
const BEGINNING = Date.UTC(2026, 0, 1);

let certificate: string | undefined;

/** What ingress-nginx shows for hosts without a certificate of their own. PEM. */
export function fakeCertificate(): string {
  certificate ??= new CertificateAuthority(
    [
      ["O", "Acme Co"],
      ["CN", "Kubernetes Ingress Controller Fake Certificate"],
    ],
    { secret: "ingress-nginx/fake-certificate", notBefore: BEGINNING, notAfter: BEGINNING + YEAR },
  ).certificate;
  return certificate;
}
