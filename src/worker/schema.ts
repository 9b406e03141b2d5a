import type { Descriptions } from "../engine/api/descriptions.ts";
import { jsonSchema } from "../engine/api/json-schema.ts";

/** The editor's JSON Schema of everything that the API server knows. */
export function schemaFor(descriptions: Descriptions | undefined): unknown {
  return jsonSchema(descriptions);
}
