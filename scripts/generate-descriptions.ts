/**
 * Writes `.build/descriptions.json`: the texts of all fields in `generated/structure.ts`, from the doc comments of the
 * installed @kubernetes/client-node, for `kubectl explain` and the editor. Never committed: they are Kubernetes' own words.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { structure } from "../src/engine/api/generated/structure.ts";

const MODELS = new URL("../node_modules/@kubernetes/client-node/dist/gen/models/", import.meta.url);
const OUT = new URL("../.build/", import.meta.url);

/** `V1PodSpec` → `PodSpec`: the same rule as in generate-structure.ts. */
function shortName(model: string): string {
  return model.replace(/^(?:CoreV1|V1)(?=[A-Z])/, "").replace(/^(\w+?)V1(?=[A-Z])/, "$1");
}

function textOf(comment: string): string {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\/?\*+\/?\s?/, "").replace(/\*\/\s*$/, ""))
    .join("\n")
    .replaceAll(/\\+"/g, '"')
    .trim();
}

function descriptionsOf(declaration: string): Record<string, string> {
  const texts: Record<string, string> = {};
  const own = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*export declare class/.exec(declaration)?.[1];
  if (own !== undefined) texts[""] = textOf(own);
  for (const [, comment, field] of declaration.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*'([^']+)'\??:/g)) {
    if (comment !== undefined && field !== undefined) texts[field.replace(/^_/, "")] = textOf(comment);
  }
  return texts;
}

const result: Record<string, Record<string, string>> = {};
for (const file of readdirSync(MODELS).sort()) {
  const model = /^(\w+)\.d\.ts$/.exec(file)?.[1];
  if (model === undefined) continue;
  const name = shortName(model);
  // Beta models have names of their own (V1beta1…), so that a short name comes from one model only.
  if (/^V\d/.test(name) || !(name in structure)) continue;
  result[name] = descriptionsOf(readFileSync(new URL(file, MODELS), "utf8"));
}
mkdirSync(OUT, { recursive: true });
writeFileSync(new URL("descriptions.json", OUT), JSON.stringify(result));
const missing = Object.keys(structure).filter((name) => !(name in result));
if (missing.length > 0) throw new Error(`no model in client-node for ${missing.join(", ")}`);
