/**
 * Clients that have to show a certificate. Upstream: kubernetes/ingress-nginx internal/ingress/annotations/authtls,
 * rootfs/etc/nginx/template/nginx.tmpl (ssl_verify_client).
 *
 * **Simplified:** a certificate is its issuer's by name; asked for by location and not by server; a client shows one
 * certificate and no chain, so that every auth-tls-verify-depth lets the same ones in.
 */
import { decodeBase64 } from "../../base/base64.ts";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { CLIENT_CERTIFICATE_HEADER } from "../../base/x509/client-certificate.ts";
import type { Name } from "../../base/x509/name.ts";
import { certificatesIn } from "../../base/x509/pem.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { badRequest, moved } from "./nginx-answers.ts";

export interface ClientAuth {
  /** `namespace/name` of the secret with the authority's certificate, or its name. */
  secret: string;
  verify: string;
  /** Whether the backend sees the certificate too. */
  passes: boolean;
  /** Where who has none is sent; "": nowhere. */
  errorPage: string;
}

export function readClientAuth(text: (name: string, usual?: string) => string): ClientAuth | undefined {
  const settings: ClientAuth = {
    secret: text("auth-tls-secret"),
    verify: text("auth-tls-verify-client", "on"),
    passes: text("auth-tls-pass-certificate-to-upstream") === "true",
    errorPage: text("auth-tls-error-page"),
  };
  text("auth-tls-verify-depth");
  return settings.secret === "" || settings.verify === "off" ? undefined : settings;
}

/** A refusal, or what the backend is told of the client. `authority`: ca.crt of the secret, PEM. */
export function checkClient(
  { headers, path, query }: ServedRequest,
  of: { auth: ClientAuth; authority: string; now: number },
): { refusal: ServedResponse } | { headers: Record<string, string> } {
  const { auth, authority, now } = of;
  const shown = headers[CLIENT_CERTIFICATE_HEADER];
  const pem = shown === undefined ? undefined : decodeBase64(shown);
  const certificate = pem === undefined ? undefined : parseCertificate(pem);
  const refuse = (title: string): { refusal: ServedResponse } => {
    const uri = `${path}${query === "" ? "" : `?${query}`}`;
    const refusal =
      auth.errorPage === "" ? badRequest(title) : moved(302, auth.errorPage.replaceAll("$request_uri", uri));
    return { refusal };
  };
  if (pem === undefined || certificate === undefined) {
    if (auth.verify === "on") return refuse("No required SSL certificate was sent");
    return { headers: { "ssl-client-verify": "NONE" } };
  }
  const issuer = shortName(certificate.issuer);
  const known = certificatesIn(authority).some((block) => shortName(parseCertificate(block)?.subject ?? []) === issuer);
  const valid = now >= certificate.notBefore && now <= certificate.notAfter;
  const why = valid ? "unable to verify the first certificate" : "certificate has expired";
  const good = known && valid;
  if (!good && auth.verify !== "optional_no_ca") return refuse("The SSL certificate error");
  return {
    headers: {
      "ssl-client-verify": good ? "SUCCESS" : `FAILED:${why}`,
      "ssl-client-subject-dn": shortName(certificate.subject),
      "ssl-client-issuer-dn": issuer,
      ...(auth.passes && { "ssl-client-cert": encodeURIComponent(pem) }),
    },
  };
}

/** `CN=jane,O=devs`: from the end, as RFC 2253 has it. */
function shortName(name: Name): string {
  return name
    .map(([key, value]) => `${key}=${value}`)
    .toReversed()
    .join(",");
}
