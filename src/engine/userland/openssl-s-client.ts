/**
 * `openssl s_client -connect HOST:PORT`: which certificate a server shows. Upstream: openssl apps/s_client.c.
 * Simplified: there is no handshake to look at; the certificate is what a request of HTTP brings. Nothing is relayed.
 */
import { SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { close, http, write } from "../base/syscalls.ts";
import { parseCertificate } from "../base/x509/certificate.ts";
import type { Certificate } from "../base/x509/certificate.ts";
import { formatName } from "../base/x509/name.ts";
import { certificatesIn } from "../base/x509/pem.ts";
import { publicAuthority } from "../base/x509/public-authority.ts";

export interface Connecting {
  /** `host:port`, port 443 when there is none. */
  place: string;
  /** `-servername`; the host where it isn't given. */
  serverName: string | undefined;
  /** Text of -CAfile; else the machine's own store of authorities. */
  authorities: string | undefined;
  now: number;
}

/** Answers with the exit status. */
export function* showServer({ place, serverName, authorities, now }: Connecting): Call<number> {
  const [host = "", port = "443"] = place.split(":");
  let certificate: string | undefined;
  try {
    const response = yield* http({
      method: "HEAD",
      url: `https://${host}:${port}/`,
      headers: { Host: serverName ?? host, "User-Agent": "openssl" },
      body: "",
    });
    ({ certificate } = response);
    yield* close(response.body);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "EPROTO") return yield* noCertificate();
    const unknown = error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN";
    const refused =
      error.errno === "ECONNREFUSED"
        ? "Connection refused\nconnect:errno=111"
        : "Connection timed out\nconnect:errno=110";
    yield* write(
      2,
      unknown ? `BIO_lookup_ex: Name or service not known: ${host}:${port}\nconnect:errno=11\n` : `${refused}\n`,
    );
    return 1;
  }
  const shown = certificate === undefined ? undefined : parseCertificate(certificate);
  if (certificate === undefined || shown === undefined) return yield* noCertificate();
  const [code, reason] = verdict(certificate, shown, {
    authorities: authorities ?? publicAuthority().certificate,
    now,
  });
  yield* write(
    2,
    `depth=0 ${formatName(shown.subject)}\n${code === 0 ? "" : `verify error:num=${code}:${reason}\n`}verify return:1\n`,
  );
  yield* write(1, report(certificate, shown, `${code} (${reason})`));
  return 0;
}

function verdict(
  pem: string,
  { issuer, subject, notAfter, notBefore }: Certificate,
  { authorities, now }: { authorities: string; now: number },
): [code: number, reason: string] {
  const known = certificatesIn(authorities).some((block) => {
    const authority = parseCertificate(block);
    return (
      block.trim() === pem.trim() || (authority !== undefined && formatName(authority.subject) === formatName(issuer))
    );
  });
  if (!known && formatName(issuer) === formatName(subject)) return [18, "self-signed certificate"];
  if (!known) return [20, "unable to get local issuer certificate"];
  if (now < notBefore) return [9, "certificate is not yet valid"];
  return now > notAfter ? [10, "certificate has expired"] : [0, "ok"];
}

function date(ms: number): string {
  const [, day = "", month = "", year = "", time = ""] = new Date(ms).toUTCString().split(" ");
  return `${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT`;
}

function report(pem: string, { subject, issuer, notBefore, notAfter }: Certificate, verified: string): string {
  return [
    "CONNECTED(00000003)",
    "---",
    "Certificate chain",
    ` 0 s:${formatName(subject)}`,
    `   i:${formatName(issuer)}`,
    "   a:PKEY: RSA, 2048 (bit); sigalg: sha256WithRSAEncryption",
    `   v:NotBefore: ${date(notBefore)}; NotAfter: ${date(notAfter)}`,
    "---",
    "Server certificate",
    pem.trim(),
    `subject=${formatName(subject)}`,
    `issuer=${formatName(issuer)}`,
    "---",
    "No client certificate CA names sent",
    "---",
    verified.startsWith("0 ") ? "Verification: OK" : `Verification error: ${verified.replace(/^\d+ \((.*)\)$/, "$1")}`,
    "---",
    "New, TLSv1.3, Cipher is simulated: names and certificates, without cryptography",
    "Protocol: TLSv1.3",
    "Server public key is 2048 bit",
    `Verify return code: ${verified}`,
    "---",
    "DONE",
    "",
  ].join("\n");
}

/** What answers there speaks no TLS. */
function* noCertificate(): Call<number> {
  yield* write(1, "CONNECTED(00000003)\n---\nno peer certificate available\n---\n");
  yield* write(2, "error:0A00010B:SSL routines:tls_validate_record_header:wrong version number\n");
  return 1;
}
