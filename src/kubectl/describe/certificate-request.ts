/** `kubectl describe csr`. Upstream: kubectl pkg/describe/describe.go, CertificateSigningRequestDescriber. */
import { certificateVerdict } from "../../engine/api/certificates/verdict.ts";
import type { CertificateSigningRequest } from "../../engine/api/generated/types.ts";
import { formatLabels } from "../../engine/api/meta/columns.ts";
import { formatIPv6 } from "../../engine/api/meta/ip-parsing.ts";
import { humanDuration } from "../../engine/api/meta/duration.ts";
import { decodeBase64 } from "../../engine/base/base64.ts";
import { SECOND } from "../../engine/base/time.ts";
import { parseCertificateRequest, type CertificateRequest } from "../../engine/base/x509/certificate.ts";
import { DerError } from "../../engine/base/x509/der.ts";
import { commonName } from "../../engine/base/x509/name.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

const SUBJECT = {
  Organization: "O",
  "Organizational Unit": "OU",
  Country: "C",
  Locality: "L",
  Province: "ST",
  StreetAddress: "street",
  PostalCode: "postalCode",
} as const;

const ALTERNATIVES = { "DNS Names": "DNS:", "Email Addresses": "email:", URIs: "URI:", "IP Addresses": "IP:" } as const;

export function* describeCertificateRequest(
  call: Invocation,
  out: DescribeWriter,
  object: CertificateSigningRequest,
): Call<void> {
  const { metadata, spec } = object;
  const { subject, alternativeNames } = parsed(spec.request);
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Labels:\t${formatLabels(metadata.labels)}`);
  out.line(0, `Annotations:\t${formatLabels(metadata.annotations)}`);
  out.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  out.line(0, `Requesting User:\t${spec.username ?? ""}`);
  out.line(0, `Signer:\t${spec.signerName}`);
  if (spec.expirationSeconds !== undefined) {
    out.line(0, `Requested Duration:\t${humanDuration(spec.expirationSeconds * SECOND)}`);
  }
  out.line(0, `Status:\t${certificateVerdict(object)}`);
  out.line(0, "Subject:");
  out.line(0, `\tCommon Name:\t${commonName(subject)}`);
  out.line(0, `\tSerial Number:\t${subject.findLast(([key]) => key === "serialNumber")?.[1] ?? ""}`);
  for (const [title, wanted] of Object.entries(SUBJECT)) {
    list(
      out,
      title,
      subject.flatMap(([key, value]) => (key === wanted ? [value] : [])),
    );
  }
  if (alternativeNames.length > 0) out.line(0, "Subject Alternative Names:");
  for (const [title, prefix] of Object.entries(ALTERNATIVES)) {
    list(
      out,
      title,
      alternativeNames.flatMap((name) => (name.startsWith(prefix) ? [alternative(name, prefix)] : [])),
    );
  }
  yield* describeEvents(call, out, object);
}

function list(out: DescribeWriter, title: string, values: readonly string[]): void {
  for (const [index, value] of values.entries()) out.line(0, `\t${index === 0 ? `${title}:` : ""}\t${value}`);
}

/** The parser leaves the 16 bytes of an IPv6 address as numbers between colons. */
function alternative(name: string, prefix: string): string {
  const text = name.slice(prefix.length);
  return prefix === "IP:" && text.includes(":") ? formatIPv6(text.split(":").map(Number)) : text;
}

function parsed(request: string): CertificateRequest {
  try {
    const found = parseCertificateRequest(decodeBase64(request));
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new CommandError(`Error parsing CSR: ${error.message}`);
  }
  throw new CommandError("Error parsing CSR: PEM block type must be CERTIFICATE REQUEST");
}
