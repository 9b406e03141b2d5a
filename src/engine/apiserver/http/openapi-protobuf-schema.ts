/**
 * A schema of OpenAPI v2 as gnostic's openapi_v2.Schema. Upstream: github.com/google/gnostic-models
 * openapiv2/OpenAPIv2.proto.
 */
import { double, integer, message, text } from "./protobuf/write.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

type Write = (number: number, value: never) => string;

const list =
  (write: (number: number, value: never) => string): Write =>
  (number, values) =>
    (values as readonly never[]).map((value) => write(number, value)).join("");
const flag: Write = (number, value: boolean) => (value ? integer(number, 1) : "");
const nested: Write = (number, value: JsonSchema) => message(number, schemaMessage(value));
/** gnostic's Any: YAML, which JSON is too. */
const any: Write = (number, value: unknown) => message(number, text(2, `${JSON.stringify(value)}\n`));

/** By keyword: the field's number and how its value goes. */
const FIELDS: Readonly<Record<string, readonly [number: number, write: Write]>> = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, double],
  maximum: [7, double],
  exclusiveMaximum: [8, flag],
  minimum: [9, double],
  exclusiveMinimum: [10, flag],
  maxLength: [11, integer],
  minLength: [12, integer],
  pattern: [13, text],
  maxItems: [14, integer],
  minItems: [15, integer],
  uniqueItems: [16, flag],
  maxProperties: [17, integer],
  minProperties: [18, integer],
  required: [19, list(text)],
  enum: [20, list(any)],
  additionalProperties: [
    21,
    (number, value: JsonSchema | boolean) =>
      message(number, typeof value === "boolean" ? integer(2, Number(value)) : nested(1, value as never)),
  ],
  type: [22, (number, value: string) => message(number, text(1, value))],
  items: [23, (number, value: JsonSchema) => message(number, nested(1, value as never))],
  allOf: [24, list(nested)],
  properties: [25, (number, value: Readonly<Record<string, JsonSchema>>) => message(number, namedSchemas(value))],
  example: [30, any],
};
const EXTENSION = 31;

/** Keywords that v2 doesn't have and that aren't extensions are left out. */
function schemaMessage(schema: JsonSchema): string {
  let bytes = "";
  for (const [key, value] of Object.entries(schema)) {
    const field = FIELDS[key];
    if (field !== undefined) bytes += field[1](field[0], value as never);
    else if (key.startsWith("x-")) bytes += message(EXTENSION, text(1, key) + any(2, value as never));
  }
  return bytes;
}

/** The content of Definitions and of Properties. */
export function namedSchemas(schemas: Readonly<Record<string, JsonSchema>>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => message(1, text(1, name) + nested(2, schema as never)))
    .join("");
}
