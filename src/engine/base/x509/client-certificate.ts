/**
 * How a client shows its certificate where there is no TLS that could carry it: as base64 of its PEM, in a header. Only
 * clients that know Drydock send it; a server that doesn't know it passes it over.
 */
import { encodeBase64 } from "../base64.ts";
import { parseCertificate } from "./certificate.ts";
import { publicKeyOf } from "./keys.ts";

export const CLIENT_CERTIFICATE_HEADER = "x-drydock-client-certificate";

/** The header's value for a certificate and its key, both PEM. Throws an Error in Go's words when they don't belong together. */
export function presentCertificate(certificate: string, privateKey: string): string {
  const publicKey = parseCertificate(certificate)?.publicKey;
  if (publicKey === undefined) {
    throw new Error("tls: failed to find any PEM data in certificate input");
  }
  const own = publicKeyOf(privateKey);
  if (own === undefined) throw new Error("tls: failed to find any PEM data in key input");
  if (own.join() !== publicKey.join()) throw new Error("tls: private key does not match public key");
  return encodeBase64(certificate);
}
