/**
 * Texts of the API's fields, from the doc comments of the installed @kubernetes/client-node: they are Kubernetes' own
 * words, so they are never committed. `npm run generate` puts them into `.build/descriptions.json`, which the site takes
 * along; the command line takes them from there too, or straight from the package.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Descriptions } from "../engine/api/descriptions.ts";
import { structure } from "../engine/api/generated/structure.ts";

const MODELS = new URL("../../node_modules/@kubernetes/client-node/dist/gen/models/", import.meta.url);
export const DESCRIPTIONS_FILE = new URL("../../.build/descriptions.json", import.meta.url);

let known: Descriptions | undefined;

/** Read when first asked for. Undefined when neither the file nor the package is there: both come with development. */
export function installedDescriptions(): Descriptions | undefined {
  if (known === undefined && existsSync(DESCRIPTIONS_FILE))
    known = JSON.parse(readFileSync(DESCRIPTIONS_FILE, "utf8")) as Descriptions;
  if (known === undefined && existsSync(MODELS)) known = descriptionsOfPackage();
  return known;
}

/** All that the package has for our structures. Throws when it lacks one. */
export function descriptionsOfPackage(): Descriptions {
  const result: Record<string, Record<string, string>> = {};
  for (const file of readdirSync(MODELS).sort()) {
    const model = /^(\w+)\.d\.ts$/.exec(file)?.[1];
    if (model === undefined) continue;
    const name = shortName(model);
    // Models of other versions have names of their own (V1beta1…), so that a short name comes from one model only.
    if (!(name in structure)) continue;
    result[name] = descriptionsIn(readFileSync(new URL(file, MODELS), "utf8"));
  }
  const missing = Object.keys(structure).filter((name) => !(name in result));
  if (missing.length > 0) throw new Error(`no model in client-node for ${missing.join(", ")}`);
  return result;
}

/** `V1PodSpec` → `PodSpec`: the same rule as in scripts/generate-structure.ts. */
function shortName(model: string): string {
  return model.replace(/^(?:CoreV1|V1)(?=[A-Z])/, "").replace(/^(\w+?)V1(?=[A-Z])/, "$1");
}

/** The doc comments of one class declaration: its fields', and under "" its own. */
export function descriptionsIn(declaration: string): Record<string, string> {
  const texts: Record<string, string> = {};
  const own = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*export declare class/.exec(declaration)?.[1];
  if (own !== undefined) texts[""] = textOf(own);
  for (const [, comment, field] of declaration.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*'([^']+)'\??:/g)) {
    if (comment !== undefined && field !== undefined) texts[field.replace(/^_/, "")] = textOf(comment);
  }
  return texts;
}

function textOf(comment: string): string {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\/?\*+\/?\s?/, "").replace(/\*\/\s*$/, ""))
    .join("\n")
    .replaceAll(/\\+(["'])/g, "$1")
    .trim();
}
