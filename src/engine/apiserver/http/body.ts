/** A request's body as an object of the kind that its path wants. Upstream: apiserver pkg/endpoints/handlers/create.go. */
import { parseDocument } from "yaml";
import { cannotHandle, decodeBody, strictDecodingError, unknownField } from "../../api/meta/decode.ts";
import type { DecodableKind } from "../../api/meta/decode.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import type { HttpRequest } from "../../base/program.ts";
import { isObject } from "../../base/json.ts";
import { cannotUnmarshal } from "../../base/json-kind.ts";
import { yamlProblem } from "../../base/yaml-problem.ts";
import { AS_GO_READS } from "../../base/yaml-text.ts";
import { completeBody } from "../required-fields.ts";
import { scanJson } from "../../base/json-scan.ts";
import { header, parseMediaTypes } from "./media.ts";
import { parseProtobuf, PROTOBUF } from "./protobuf/decode.ts";

export interface ParsedBody {
  value: unknown;
  /** What strict reading complains of: `duplicate field "spec.replicas"`. */
  complaints: readonly string[];
}

const NO_COMPLAINTS: readonly string[] = [];
const SUMMARY_LENGTH = 30;

/** JSON, YAML or protobuf, by Content-Type (JSON when there is none). `kind` is what it ought to be. */
export function parseBody(request: HttpRequest, kind: string): ParsedBody {
  const [media] = parseMediaTypes(header(request, "Content-Type"));
  const type = media?.type ?? "application/json";
  if (type === "application/json" || type === "application/x-www-form-urlencoded" || type === "*/*") {
    return parseJson(request.body, (problem) =>
      unrecognized(kind, `couldn't get version/kind; json parse error: ${problem}`, request.body),
    );
  }
  if (type === "application/yaml")
    return parseYaml(request.body, (problem) => unrecognized(kind, problem, request.body));
  const decoded = type === PROTOBUF ? parseProtobuf(request.body) : undefined;
  if (decoded !== undefined) return { value: decoded, complaints: NO_COMPLAINTS };
  throw new StatusError(
    415,
    "UnsupportedMediaType",
    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  );
}

/** `refuse` makes the error out of what Go says of the text. */
export function parseJson(text: string, refuse: (problem: string) => StatusError): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(scanJson(text).problem ?? "unexpected end of JSON input");
  }
  const { duplicates } = scanJson(text);
  if (duplicates.length === 0) return { value, complaints: NO_COMPLAINTS };
  return { value, complaints: duplicates.map((field) => `duplicate field ${JSON.stringify(field)}`) };
}

/** JSON without a complaint, which most YAML of programs is; undefined: read it as YAML. */
export function parseCleanJson(text: string): ParsedBody | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return scanJson(text).duplicates.length === 0 ? { value, complaints: NO_COMPLAINTS } : undefined;
  } catch {
    return undefined;
  }
}

export function parseYaml(text: string, refuse: (problem: string) => StatusError): ParsedBody {
  const document = parseDocument(text, { ...AS_GO_READS, uniqueKeys: true });
  const twice: string[] = [];
  for (const { code, linePos, pos } of document.errors) {
    if (code !== "DUPLICATE_KEY") throw refuse(`yaml: ${yamlProblem(document.errors, text)}`);
    const key = /[^\s:]+/.exec(text.slice(pos[0]))?.[0] ?? "";
    twice.push(
      `line ${linePos?.[0].line ?? 0}: key ${JSON.stringify(key.replace(/^(["'])(.*)\1$/, "$2"))} already set in map`,
    );
  }
  const value: unknown = document.toJS();
  return {
    value,
    complaints: twice.length === 0 ? NO_COMPLAINTS : [`yaml: unmarshal errors:\n  ${twice.join("\n  ")}`],
  };
}

/** The texts of `Warning:` headers for what strict reading complains of. */
export function complaintWarnings(complaints: readonly string[]): string[] {
  return complaints.map((text) => text.replace(/^yaml: unmarshal errors:\n\s*/, ""));
}

function unrecognized(kind: string, problem: string, body: string): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${summary(body)})`);
}

/** The beginning of a body: as it is when it may be JSON, else its bytes. */
function summary(body: string): string {
  if (body === "") return "<empty>";
  const more = body.length > SUMMARY_LENGTH ? " ..." : "";
  const shown = body.slice(0, SUMMARY_LENGTH);
  if (body.startsWith("{")) return shown + more;
  return hexOf(shown) + more;
}

function hexOf(text: string): string {
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
  return escaped.replace(/%(..)|(.)/g, (_, hex: string | undefined, plain: string) =>
    hex === undefined ? plain.charCodeAt(0).toString(16) : hex.toLowerCase(),
  );
}

export interface DecodedBody {
  object: Record<string, unknown>;
  warnings: string[];
}

const TYPE_META = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/**
 * Checks kind and version, then every field. Unknown and repeated fields are refused, warned of or dropped as
 * `fieldValidation` says (default: warn).
 */
export function decodeFor(
  expected: DecodableKind & { apiVersion: string },
  { value, complaints }: ParsedBody,
  fieldValidation: "Strict" | "Warn" | "Ignore" = "Warn",
): DecodedBody {
  if (!isObject(value)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; json parse error: ${cannotUnmarshal(value, TYPE_META)}`,
    );
  }
  const { apiVersion = "", kind = "" } = value;
  if (apiVersion !== "" && apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  if (kind !== "" && kind !== expected.kind) {
    throw badRequest(
      `${String(kind)} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: converting (${String(kind)}) to (${expected.kind}): unknown conversion`,
    );
  }
  const decoded = decodeBody<Record<string, unknown>>(expected, value, { strict: false });
  const object = completeBody(expected, decoded.object);
  if (fieldValidation === "Ignore") return { object, warnings: [] };
  const found = [...complaints, ...decoded.unknownFields.map(unknownField)];
  if (fieldValidation === "Strict" && found.length > 0) throw cannotHandle(expected, strictDecodingError(found));
  return { object, warnings: complaintWarnings(found) };
}
