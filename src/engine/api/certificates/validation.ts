/**
 * Requests for certificates. Upstream: pkg/apis/certificates/validation/validation.go, ValidateSignerName in
 * pkg/apis/core/validation/validation.go.
 * Simplified: signatures aren't checked, and of certificates only the outer form.
 */
import { decodeBase64 } from "../../base/base64.ts";
import { deepEqual } from "../../base/json.ts";
import { parseCertificateRequest } from "../../base/x509/certificate.ts";
import { DerError } from "../../base/x509/der.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from "../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from "../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../meta/names.ts";
import { textDiff } from "../meta/text-diff.ts";

const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const MIN_SECONDS = 600;
const MAX_DOMAIN = 253;
const MAX_SIGNER = MAX_DOMAIN + 1 + 253 + 1 + 63;
const FINAL_TYPES = ["Approved", "Denied", "Failed"];
const STATUSES = ["False", "True", "Unknown"];
const CONDITIONS = "status.conditions";

const USAGES =
  "any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,decipher only,digital signature,email protection,encipher only,ipsec end system,ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,ocsp signing,s/mime,server auth,signing,timestamping".split(
    ",",
  );

const NO_SPEC: CertificateSigningRequestSpec = Object.freeze({ request: "", signerName: "" });

export function validateRequest(object: CertificateSigningRequest): FieldError[] {
  return validate(object, undefined);
}

/** `path` is how the update came: by the object itself, or by one of its parts, which may change more. */
export function validateRequestUpdate(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
  path: "" | "status" | "approval" = "",
): FieldError[] {
  const errors = validate(object, old);
  const { status: next = {} } = object;
  const { status: before = {} } = old;
  for (const type of FINAL_TYPES) {
    if (conditionsOf(next, type).length < conditionsOf(before, type).length) {
      errors.push(forbiddenField(CONDITIONS, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    }
  }
  if (path !== "approval") validateVerdicts(next, before, errors);
  const [certificate = "", was = ""] = [next.certificate, before.certificate];
  if (certificate !== was) {
    const field = "status.certificate";
    if (path !== "status") errors.push(forbiddenField(field, "updates may not set certificate content"));
    else if (was !== "") errors.push(forbiddenField(field, "updates may not modify existing certificate content"));
  }
  return errors;
}

function conditionsOf({ conditions = [] }: CertificateSigningRequestStatus, type: string) {
  return conditions.filter((condition) => condition.type === type);
}

/** Only an approval may add or change Approved and Denied. */
function validateVerdicts(
  next: CertificateSigningRequestStatus,
  before: CertificateSigningRequestStatus,
  errors: FieldError[],
): void {
  for (const type of ["Approved", "Denied"]) {
    const [now, was] = [conditionsOf(next, type), conditionsOf(before, type)];
    const quoted = JSON.stringify(type);
    if (now.length > was.length) {
      errors.push(forbiddenField(CONDITIONS, `updates may not add a condition of type ${quoted}`));
    } else if (now.length === was.length && !deepEqual(now, was)) {
      const detail = `updates may not modify a condition of type ${quoted}\n${textDiff(was, now)}`;
      errors.push(forbiddenField(CONDITIONS, detail));
    }
  }
}

function validate(
  { spec = NO_SPEC, status = {} }: CertificateSigningRequest,
  old: CertificateSigningRequest | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const { request = "", usages = [], signerName = "", expirationSeconds } = spec;
  const before = old?.spec?.usages ?? [];
  const problem = requestProblem(request);
  if (problem !== undefined) errors.push(invalidValue("spec.request", request, problem));
  if (usages.length === 0) errors.push(required("spec.usages"));
  for (const [index, usage] of usages.entries()) {
    if (USAGES.includes(usage) || before.some((known) => !USAGES.includes(known))) continue;
    errors.push(notSupported(`spec.usages[${index}]`, usage, USAGES));
  }
  if (!hasDuplicates(before)) {
    for (const [index, usage] of usages.entries()) {
      if (usages.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
    }
  }
  if (signerName === LEGACY_SIGNER && old?.spec?.signerName !== LEGACY_SIGNER) {
    const detail = "the legacy signerName is not allowed via this API version";
    errors.push(invalidValue("spec.signerName", signerName, detail));
  } else validateSignerName(signerName, "spec.signerName", errors);
  if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS) {
    const detail = "may not specify a duration less than 600 seconds (10 minutes)";
    errors.push(invalidValue("spec.expirationSeconds", expirationSeconds, detail));
  }
  validateConditions(status.conditions ?? [], old?.status?.conditions ?? [], errors);
  const certificate = status.certificate ?? "";
  if (certificate !== "" && certificate !== old?.status?.certificate) {
    const found = certificateProblem(certificate);
    if (found !== undefined) errors.push(invalidValue("status.certificate", "<certificate data>", found));
  }
  return errors;
}

function hasDuplicates(list: readonly string[]): boolean {
  return new Set(list).size < list.length;
}

/** What is wrong with the base64 of a request's PEM. */
function requestProblem(base64: string): string | undefined {
  try {
    const found = parseCertificateRequest(decodeBase64(base64));
    return found === undefined ? "PEM block type must be CERTIFICATE REQUEST" : undefined;
  } catch (error) {
    if (error instanceof DerError) return error.message;
    throw error;
  }
}

/** What is wrong with the base64 of certificates' PEM. */
function certificateProblem(base64: string): string | undefined {
  const text = decodeBase64(base64);
  const types = [...text.matchAll(/-----BEGIN ([^\n]*?)-----\n[A-Za-z0-9+/=\s]*-----END \1-----/g)].map(
    ([, name]) => name,
  );
  if (types.length === 0) return "must contain at least one CERTIFICATE PEM block";
  const other = types.find((name) => name !== "CERTIFICATE");
  return other === undefined ? undefined : `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other)}`;
}

function validateConditions(
  conditions: readonly CertificateSigningRequestCondition[],
  before: readonly CertificateSigningRequestCondition[],
  errors: FieldError[],
): void {
  const types = conditions.map(({ type }) => type);
  const old = before.map(({ type }) => type);
  const bothBefore = old.includes("Approved") && old.includes("Denied");
  for (const [index, { type = "", status = "" }] of conditions.entries()) {
    const path = `${CONDITIONS}[${index}]`;
    if (type === "" && !old.includes("")) errors.push(required(`${path}.type`));
    const allowed = FINAL_TYPES.includes(type) ? ["True"] : STATUSES;
    if (status === "") errors.push(required(`${path}.status`));
    else if (!allowed.includes(status)) errors.push(notSupported(`${path}.status`, status, allowed));
    const opposite = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    if (opposite !== undefined && !bothBefore && types.slice(0, index).includes(opposite)) {
      const detail = "Approved and Denied conditions are mutually exclusive";
      errors.push(invalidValue(`${path}.type`, type, detail));
    }
    if (types.indexOf(type) < index && !hasDuplicates(old)) errors.push(duplicate(`${path}.type`, type));
  }
}

/** `example.com/signer`. */
export function validateSignerName(name: string, field: string, errors: FieldError[]): void {
  if (name === "") {
    errors.push(required(field));
    return;
  }
  const [domain = "", path = "", ...more] = name.split("/");
  if (!name.includes("/") || more.length > 0) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(invalidValue(field, name, detail));
    return;
  }
  if (domain.length > MAX_DOMAIN) errors.push(tooLong(field, domain, MAX_DOMAIN));
  const labels = domain.split(".");
  for (const label of labels) {
    for (const text of isDNS1123Label(label)) {
      errors.push(invalidValue(field, domain, `validating label ${JSON.stringify(label)}: ${text}`));
    }
  }
  if (labels.length < 2) {
    errors.push(invalidValue(field, domain, "should be a domain with at least two segments separated by dots"));
  }
  for (const label of path.split(".")) {
    for (const text of isDNS1123Subdomain(label)) {
      errors.push(invalidValue(field, path, `validating label ${JSON.stringify(label)}: ${text}`));
    }
  }
  if (name.length > MAX_SIGNER) errors.push(tooLong(field, name, MAX_SIGNER));
}
