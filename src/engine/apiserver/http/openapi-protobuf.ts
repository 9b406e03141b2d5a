/**
 * The OpenAPI v2 document as kubectl asks for it: protobuf of gnostic's openapi_v2.Document, one character a byte.
 * Upstream: github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto.
 */
import { namedSchemas, type JsonSchema } from "./openapi-protobuf-schema.ts";
import { message, text } from "./protobuf/write.ts";

export const V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/** As the server answers, without the sign that media types can't have. */
export const V2_PROTOBUF_ANSWER = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

interface Operation {
  operationId: string;
  consumes?: readonly string[];
  parameters: readonly { name: string; in: string; description: string }[];
  "x-kubernetes-action": string;
  "x-kubernetes-group-version-kind": { group: string; version: string; kind: string };
}

/** What `openApiV2` makes. */
export interface V2Document {
  info: { title: string; version: string };
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  definitions: Readonly<Record<string, JsonSchema>>;
}

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

export function openApiV2Protobuf({ info, paths, definitions }: V2Document): string {
  const items = Object.entries(paths).map(([name, operations]) =>
    message(2, text(1, name) + message(2, pathItem(operations))),
  );
  return [
    text(1, "2.0"),
    message(2, text(1, info.title) + text(2, info.version)),
    message(8, items.join("")),
    message(9, namedSchemas(definitions)),
  ].join("");
}

function pathItem(operations: Readonly<Record<string, Operation>>): string {
  return Object.entries(operations)
    .map(([method, operation]) => message(METHODS[method as keyof typeof METHODS], operationText(operation)))
    .join("");
}

function operationText(operation: Operation): string {
  const { group, version, kind } = operation["x-kubernetes-group-version-kind"];
  const parameters = operation.parameters.map((parameter) => {
    const query = text(2, parameter.in) + text(3, parameter.description) + text(4, parameter.name) + text(6, "string");
    // Of four kinds of parameters that aren't bodies the third is the query's.
    return message(8, message(1, message(2, message(3, query))));
  });
  const ok = message(1, text(1, "200") + message(2, message(1, text(1, "OK"))));
  return [
    text(5, operation.operationId),
    ...(operation.consumes ?? []).map((type) => text(7, type)),
    ...parameters,
    message(9, ok),
    extension("x-kubernetes-action", `${operation["x-kubernetes-action"]}\n`),
    extension(
      "x-kubernetes-group-version-kind",
      `group: ${JSON.stringify(group)}\nkind: ${kind}\nversion: ${version}\n`,
    ),
  ].join("");
}

/** A vendor extension: its value is YAML. */
function extension(name: string, yaml: string): string {
  return message(13, text(1, name) + message(2, text(2, yaml)));
}
