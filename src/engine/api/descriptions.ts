/** Texts of fields, made by `scripts/generate-descriptions.ts`. Structure → field → text; the key "" is the structure's own. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;
