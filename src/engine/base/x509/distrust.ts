import { parseCertificate } from "./certificate.ts";
import { commonName, formatName } from "./name.ts";
import { certificatesIn } from "./pem.ts";

/**
 * What Go's TLS has against a server's certificate; undefined: nothing. Upstream: crypto/x509/verify.go.
 * **Simplified:** signatures are names.
 */
export function distrust(
  pem: string,
  { host, authorities, now }: { host: string; authorities: string; now: number },
): string | undefined {
  const failed = (why: string): string => `tls: failed to verify certificate: x509: ${why}`;
  const certificate = parseCertificate(pem);
  if (certificate === undefined) return "remote error: tls: internal error";
  const { alternativeNames, issuer, subject, notBefore, notAfter } = certificate;
  const kind = /^[\d.]+$|:/.test(host) ? "IP:" : "DNS:";
  const names = alternativeNames.flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []));
  const isKnown = certificatesIn(authorities).some((block) => {
    const authority = parseCertificate(block);
    return block.trim() === pem.trim() || (authority && formatName(authority.subject)) === formatName(issuer);
  });
  if (now < notBefore || now > notAfter) {
    const [which, bound] = now > notAfter ? ["after", notAfter] : ["before", notBefore];
    const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    return failed(`certificate has expired or is not yet valid: current time ${time(now)} is ${which} ${time(bound)}`);
  }
  if (names.length === 0 && kind === "IP:") {
    return failed(`cannot validate certificate for ${host} because it doesn't contain any IP SANs`);
  }
  if (names.length === 0) {
    return commonName(subject) === ""
      ? failed(`certificate is not valid for any names, but wanted to match ${host}`)
      : failed("certificate relies on legacy Common Name field, use SANs instead");
  }
  const isNamed = names.some(
    (name) => name === host || (name.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1)),
  );
  if (!isNamed) return failed(`certificate is valid for ${names.join(", ")}, not ${host}`);
  return isKnown ? undefined : failed("certificate signed by unknown authority");
}
