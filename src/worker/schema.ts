import { jsonSchema } from "../engine/api/json-schema.ts";

type Descriptions = Parameters<typeof jsonSchema>[0];

/** Descriptions are built beside the site and not part of the first load; without them the schema has none. */
export async function readDescriptions(platform: { fetchText(path: string): Promise<string> }): Promise<Descriptions> {
  try {
    return JSON.parse(await platform.fetchText("descriptions.json")) as Descriptions;
  } catch {
    return undefined;
  }
}

/** The editor's JSON Schema of everything that the API server knows. */
export function schemaFor(descriptions: Descriptions): unknown {
  return jsonSchema(descriptions);
}
