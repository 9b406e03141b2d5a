import { describe, expect, it } from "vitest";
import { encodeBase64 } from "../../base/base64.ts";
import type { CertificateSigningRequest } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { userInfo } from "../meta/user-info.ts";
import { certificateSigningRequests as csrs } from "./certificate-signing-request.ts";

const NOW = Date.UTC(2026, 0, 1);
const META = { name: "jane", uid: "1", resourceVersion: "1", creationTimestamp: "2025-12-31T23:58:00Z" };
const { spec: SPEC } = csrs.example as CertificateSigningRequest;
const CERTIFICATE = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";

function csr(rest: Partial<CertificateSigningRequest>): CertificateSigningRequest {
  const base = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: META };
  return { ...base, spec: SPEC, status: {}, ...rest };
}

const approved = { type: "Approved", status: "True", reason: "Fine" };

describe("requests", () => {
  it("are in the name of who makes them, and never come approved", () => {
    const draft = csr({ spec: { ...SPEC, username: "admin" }, status: { conditions: [approved] } });
    const user = { ...userInfo("jane", "devs"), extra: { reason: ["work"] } };
    const made = csrs.prepareForCreate?.(draft, { now: NOW, user });
    expect(made?.spec).toEqual({
      ...SPEC,
      username: "jane",
      groups: ["devs", "system:authenticated"],
      extra: { reason: ["work"] },
    });
    expect(made?.status).toEqual({});
  });

  it("are refused when they ask for nothing that could be given", () => {
    const spec = { request: "bm9uZQ==", signerName: "kubelet", usages: ["sleep", "any", "any"], expirationSeconds: 60 };
    const texts = csrs.validate?.(csr({ spec })).map(fieldErrorText);
    expect(texts?.map((text) => text.replace(/supported values: .*/, "…"))).toEqual([
      'spec.request: Invalid value: "bm9uZQ==": PEM block type must be CERTIFICATE REQUEST',
      'spec.usages[0]: Unsupported value: "sleep": …',
      'spec.usages[2]: Duplicate value: "any"',
      "spec.signerName: Invalid value: \"kubelet\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
      "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)",
    ]);
    const cut = encodeBase64("-----BEGIN CERTIFICATE REQUEST-----\nMIGjMFcCAQAw\n-----END CERTIFICATE REQUEST-----\n");
    expect(csrs.validate?.(csr({ spec: { ...SPEC, request: cut } })).map(({ detail }) => detail)).toEqual([
      "asn1: syntax error: data truncated",
    ]);
    expect(csrs.validate?.(csr({ spec: { ...SPEC, usages: [], signerName: "" } })).map(fieldErrorText)).toEqual([
      "spec.usages: Required value",
      "spec.signerName: Required value",
    ]);
  });

  it("get a dated verdict by approval alone", () => {
    const old = csr({});
    const next = csr({ status: { conditions: [approved] } });
    const context = { now: NOW, subresource: "approval" };
    const dated = csrs.prepareForStatusUpdate?.(next, old, context) as CertificateSigningRequest;
    const at = "2026-01-01T00:00:00Z";
    expect(dated.status.conditions).toEqual([{ ...approved, lastTransitionTime: at, lastUpdateTime: at }]);
    expect(csrs.validateStatusUpdate?.(dated, old, "approval")).toEqual([]);
    expect(csrs.validateStatusUpdate?.(dated, old, "status").map(fieldErrorText)).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ]);
    expect(csrs.validateStatusUpdate?.(old, dated, "approval").map(fieldErrorText)).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
  });

  it("are either approved or denied", () => {
    const both = csr({ status: { conditions: [approved, { type: "Denied", status: "False" }] } });
    expect(csrs.validateStatusUpdate?.(both, csr({}), "approval").map(fieldErrorText)).toEqual([
      'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ]);
  });

  it("get their certificate by status alone, once", () => {
    const issued = csr({ status: { certificate: CERTIFICATE } });
    expect(csrs.validateStatusUpdate?.(issued, csr({}), "status")).toEqual([]);
    expect(csrs.validateStatusUpdate?.(issued, csr({}), "approval").map(fieldErrorText)).toEqual([
      "status.certificate: Forbidden: updates may not set certificate content",
    ]);
    const other = csr({ status: { certificate: "bm9uZQ==" } });
    expect(csrs.validateStatusUpdate?.(other, issued, "status").map(fieldErrorText)).toEqual([
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
      "status.certificate: Forbidden: updates may not modify existing certificate content",
    ]);
  });

  it("show where they are", () => {
    const shown = (status: CertificateSigningRequest["status"]) =>
      csrs.columns?.at(-1)?.cell(csr({ status }), { now: NOW });
    expect(shown({})).toBe("Pending");
    expect(shown({ conditions: [approved], certificate: CERTIFICATE })).toBe("Approved,Issued");
    expect(shown({ conditions: [{ type: "Denied", status: "True" }] })).toBe("Denied");
    expect(shown({ conditions: [approved, { type: "Failed", status: "True" }] })).toBe("Approved,Failed");
  });
});
