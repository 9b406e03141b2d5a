import { describe, expect, it } from "vitest";
import { CertificateAuthority, newCertificateRequest, parseCertificateRequest } from "./certificate.ts";
import { DerError, encodeDer, parseDer, SEQUENCE } from "./der.ts";
import { newPrivateKey, publicKeyOf } from "./keys.ts";
import { commonName, formatName, organizations, parseSubject } from "./name.ts";
import { decodePem, encodePem } from "./pem.ts";

const TERMS = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2027, 0, 1), purposes: ["clientAuth"] } as const;

function authority(secret = "a"): CertificateAuthority {
  return new CertificateAuthority([["CN", "kubernetes"]], { secret, ...TERMS });
}

/** Made by `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=jane/O=devs -addext subjectAltName=DNS:a.example`. */
const BY_OPENSSL = `-----BEGIN CERTIFICATE REQUEST-----
MIIBADCBpwIBADAeMQ0wCwYDVQQDDARqYW5lMQ0wCwYDVQQKDARkZXZzMFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEkOFxJIu0RTw/geEmhwdRLziRwPjhrJmznSTb
pyB/nqZW/DKrW5dJms0ZI4s76gHXmu/Ah4W4aXyq7aaEhm3YJKAnMCUGCSqGSIb3
DQEJDjEYMBYwFAYDVR0RBA0wC4IJYS5leGFtcGxlMAoGCCqGSM49BAMCA0gAMEUC
IBajwMNV3YlWDmoGDu2kZAs8Gc8YqIWEPTjLvsWMsVnbAiEA/XGdYg46RArL6f3M
nFA6iBZ+wtN43njerkVGCM6iefg=
-----END CERTIFICATE REQUEST-----
`;

describe("certificates", () => {
  it("name their subject, keep the request's key and are known to their authority alone", () => {
    const key = newPrivateKey("jane");
    const subject = parseSubject("/O=devs/O=qa/CN=jane") ?? [];
    const request = parseCertificateRequest(newCertificateRequest(subject, key));
    const certificate = authority().verify(authority().issue(request as never, TERMS));
    expect(certificate).toEqual({
      issuer: [["CN", "kubernetes"]],
      subject: [
        ["O", "devs"],
        ["O", "qa"],
        ["CN", "jane"],
      ],
      publicKey: publicKeyOf(key),
      alternativeNames: [],
      ...TERMS,
    });
    expect([commonName(subject), organizations(subject), formatName(subject)]).toEqual([
      "jane",
      ["devs", "qa"],
      "O = devs, O = qa, CN = jane",
    ]);
    expect(authority("b").verify(authority().issue(request as never, TERMS))).toBeUndefined();
    expect(authority().verify("nothing")).toBeUndefined();
  });
  it("are asked for with requests that openssl makes", () => {
    const request = parseCertificateRequest(BY_OPENSSL);
    expect([request?.subject, request?.alternativeNames]).toEqual([
      [
        ["CN", "jane"],
        ["O", "devs"],
      ],
      ["DNS:a.example"],
    ]);
  });
  it("are text in blocks, lengths beyond 127 in more bytes", () => {
    const bytes = encodeDer(
      SEQUENCE,
      encodeDer(
        4,
        Array.from({ length: 300 }, () => 7),
      ),
    );
    expect(bytes.slice(0, 8)).toEqual([0x30, 0x82, 0x01, 0x30, 0x04, 0x82, 0x01, 0x2c]);
    expect(decodePem(encodePem({ type: "THING", bytes }))).toEqual({ type: "THING", bytes });
    expect(parseDer(bytes).content.length).toBe(304);
    expect(() => parseDer(bytes.slice(0, -1))).toThrow(DerError);
    expect(parseSubject("CN=jane")).toBeUndefined();
  });
});
