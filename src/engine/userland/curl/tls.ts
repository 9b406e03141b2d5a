/** What curl makes of a server's certificate. Upstream: curl lib/vtls/openssl.c. */
import { parseCertificate } from "../../base/x509/certificate.ts";
import type { Certificate } from "../../base/x509/certificate.ts";
import { commonName } from "../../base/x509/name.ts";
import { certificatesIn } from "../../base/x509/pem.ts";
import type { Name } from "../../base/x509/name.ts";

export const MORE_DETAILS = `More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the webpage mentioned above.
`;

export interface CertificateCheck {
  /** Why it can't be trusted; undefined when it can. */
  problem: string | undefined;
  /** What `-v` tells of it, a line each. */
  lines: string[];
}

/** `authorities`: the text of --cacert, PEM. Nothing else is trusted. **Simplified:** signatures are names. */
export function checkCertificate(
  pem: string,
  about: { host: string; now: number; authorities: string; insecure: boolean },
): CertificateCheck {
  const certificate = parseCertificate(pem);
  if (certificate === undefined) return { problem: "SSL certificate problem: unknown", lines: [] };
  const [reason, code] = distrust(pem, certificate, about);
  const match = matchingName(certificate, about.host);
  const named = match !== undefined;
  const problem =
    reason !== undefined
      ? `SSL certificate problem: ${reason}`
      : named
        ? undefined
        : `SSL: no alternative certificate subject name matches target host name '${about.host}'`;
  const { subject, issuer, notBefore, notAfter } = certificate;
  const lines = [
    "SSL connection using TLSv1.3 / names and certificates, without cryptography",
    "Server certificate:",
    ` subject: ${shown(subject)}`,
    ` start date: ${date(notBefore)}`,
    ` expire date: ${date(notAfter)}`,
    ...(named ? [` subjectAltName: host "${about.host}" matched cert's "${match}"`] : []),
    ` issuer: ${shown(issuer)}`,
    ...(reason !== undefined && about.insecure
      ? [` SSL certificate verify result: ${reason} (${code}), continuing anyway.`]
      : []),
    ...(problem === undefined ? [" SSL certificate verify ok."] : []),
  ];
  return { problem, lines };
}

function distrust(
  pem: string,
  { issuer, subject, notAfter }: Certificate,
  { authorities, now }: { authorities: string; now: number },
): [reason: string | undefined, code: number] {
  const known = certificatesIn(authorities).some((block) => {
    const authority = parseCertificate(block);
    return block.trim() === pem.trim() || (authority !== undefined && shown(authority.subject) === shown(issuer));
  });
  if (!known && shown(issuer) === shown(subject)) return ["self-signed certificate", 18];
  if (!known) return ["unable to get local issuer certificate", 20];
  return now > notAfter ? ["certificate has expired", 10] : [undefined, 0];
}

/** The certificate's name that the host goes by. */
function matchingName({ alternativeNames, subject }: Certificate, host: string): string | undefined {
  const names = alternativeNames.flatMap((name) => /^(?:DNS|IP):(.*)$/.exec(name)?.[1]?.toLowerCase() ?? []);
  const all = names.length > 0 ? names : [commonName(subject).toLowerCase()];
  const asked = host.toLowerCase();
  return all.find(
    (name) => name === asked || (name.startsWith("*.") && asked.slice(asked.indexOf(".")) === name.slice(1)),
  );
}

function shown(name: Name): string {
  return name.map(([key, value]) => `${key}=${value}`).join("; ");
}

/** `Jan  1 00:00:00 2026 GMT` */
function date(ms: number): string {
  const [, day = "", month = "", year = "", time = ""] = new Date(ms).toUTCString().split(" ");
  return `${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT`;
}
