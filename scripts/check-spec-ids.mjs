// Fails when a rule of a SPEC.md has no test that begins with its id, or when a test names a rule that doesn't exist.
// Rules are list items that begin with a bold id (`- **SIM4** …`); tests are searched in the whole of src.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = "src";
const RULE = /^\s*[-*]\s+\*\*([A-Z][A-Z0-9]*?\d+[a-z]?)\*\*/gm;
const TEST = /\b(?:it|test)(?:\.\w+(?:\([^)]*\))?)*\(\s*(["'`])([A-Z]+\d+[a-z]?)(?:,\s*[A-Z]+\d+[a-z]?)*\b/g;
const IDS = /[A-Z]+\d+[a-z]?/g;

/** @param {string} folder @returns {string[]} */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

const all = files(ROOT);
const problems = [];
/** @type {Map<string, string>} rule → its SPEC.md */
const rules = new Map();

for (const path of all.filter((file) => file.endsWith("SPEC.md"))) {
  for (const [, id] of readFileSync(path, "utf8").matchAll(RULE)) {
    if (rules.has(id)) problems.push(`${path}: rule ${id} is also in ${rules.get(id)}`);
    rules.set(id, path);
  }
}

const prefixes = new Set([...rules.keys()].map((id) => id.replace(/\d.*$/, "")));
const tested = new Set();
for (const path of all.filter((file) => /\.test\.tsx?$/.test(file))) {
  for (const [name] of readFileSync(path, "utf8").matchAll(TEST)) {
    const quote = name.search(/["'`]/);
    for (const [id] of name.slice(quote).matchAll(IDS)) {
      if (!prefixes.has(id.replace(/\d.*$/, ""))) continue;
      tested.add(id);
      if (!rules.has(id)) problems.push(`${path}: a test names rule ${id}, which no SPEC.md has`);
    }
  }
}
for (const [id, path] of rules) if (!tested.has(id)) problems.push(`${path}: rule ${id} has no test`);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`${rules.size} rules, each with a test`);
