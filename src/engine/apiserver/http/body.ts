/** A request's body as an object of the kind that its path wants. Upstream: apiserver pkg/endpoints/handlers/create.go. */
import { parse } from "yaml";
import { decodeBody, type DecodableKind } from "../../api/meta/decode.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import type { HttpRequest } from "../../base/program.ts";
import { isObject } from "../../base/json.ts";
import { withRequiredFields } from "../required-fields.ts";
import { header, parseMediaTypes } from "./media.ts";
import { parseProtobuf, PROTOBUF } from "./protobuf/decode.ts";

/** JSON, YAML or protobuf, by Content-Type (JSON when there is none). */
export function parseBody(request: HttpRequest): unknown {
  const [media] = parseMediaTypes(header(request, "Content-Type"));
  const type = media?.type ?? "application/json";
  if (type === "application/json" || type === "application/x-www-form-urlencoded" || type === "*/*") {
    return parseJson(request.body);
  }
  if (type === "application/yaml") return parseYaml(request.body);
  const decoded = type === PROTOBUF ? parseProtobuf(request.body) : undefined;
  if (decoded !== undefined) return decoded;
  throw new StatusError(
    415,
    "UnsupportedMediaType",
    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  );
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type object): couldn't get version/kind; json parse error: ${(error as Error).message}`,
    );
  }
}

export function parseYaml(text: string): unknown {
  try {
    return parse(text, { version: "1.1", merge: true });
  } catch (error) {
    throw badRequest(`yaml: ${(error as Error).message}`);
  }
}

export interface DecodedBody {
  object: Record<string, unknown>;
  warnings: string[];
}

/**
 * Checks kind and version, then every field. Unknown fields are refused, warned of or dropped as `fieldValidation` says
 * (default: warn).
 * Simplified: a field given twice goes unnoticed.
 */
export function decodeFor(
  expected: DecodableKind & { apiVersion: string },
  value: unknown,
  fieldValidation: "Strict" | "Warn" | "Ignore" = "Warn",
): DecodedBody {
  if (!isObject(value)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
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
  const decoded = decodeBody<Record<string, unknown>>(expected, value, { strict: fieldValidation === "Strict" });
  const warnings =
    fieldValidation === "Warn" ? decoded.unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`) : [];
  return { object: withRequiredFields(expected.structure, decoded.object), warnings };
}
