/**
 * `npx tsx scripts/manifests.ts DIR [--all]`: sends every object of every manifest below DIR (a folder of folders of YAML
 * and JSON files) to a cluster and counts what is accepted and what is refused, with the reasons. Each folder gets a cluster
 * of its own; definitions of custom resources and namespaces go first (the definitions of the whole collection: a folder
 * right below DIR), what limits others goes last, and missing namespaces are made.
 * `--all` names every refused object instead of one example a reason.
 */
import { relative } from "node:path";
import { byKind } from "../src/engine/api/registry.ts";
import { Playground } from "../src/worker/playground.ts";
import { type ManifestFolder, readCollections } from "./manifests/collection.ts";
import { apply } from "./manifests/send.ts";

const [root, ...flags] = process.argv.slice(2);
if (root === undefined) throw new Error("usage: npx tsx scripts/manifests.ts DIR [--all]");
const showAll = flags.includes("--all");

const reasons = new Map<string, string[]>();
const counts = { accepted: 0, refused: 0, custom: 0 };
async function sendFolder({ manifests, definitions }: ManifestFolder): Promise<void> {
  const playground = Playground.create({ preset: "default", seed: 1 });
  await playground.boot();
  const namespaces = new Set(["default", "kube-system", "kube-public"]);
  for (const definition of definitions) await apply(playground, definition, namespaces);
  for (const manifest of manifests) {
    const { file, object } = manifest;
    const builtIn = byKind(object.apiVersion, object.kind) !== undefined;
    const problem = await apply(playground, manifest, namespaces);
    if (problem === undefined) {
      counts[builtIn ? "accepted" : "custom"]++;
      continue;
    }
    if (builtIn) counts.refused++;
    const at = `${relative(root as string, file)}: ${object.kind} ${String(object.metadata?.["name"] ?? "")}: ${problem}`;
    const shape = problem
      .replace(/"[^"]*"/g, '"…"')
      .replace(/\d+/g, "N")
      .slice(0, 110);
    const key = builtIn ? shape : `(not built in) ${object.apiVersion} ${object.kind}`;
    reasons.set(key, [...(reasons.get(key) ?? []), at]);
  }
}

const { folders, files, unreadable } = readCollections(root);
for (const folder of folders) await sendFolder(folder);
for (const [reason, examples] of [...reasons].sort((a, b) => b[1].length - a[1].length)) {
  console.log(`${examples.length} × ${reason}`);
  for (const example of showAll ? examples : examples.slice(0, 1)) console.log(`    ${example.slice(0, 400)}`);
}
console.log(
  `${files} files (${unreadable} are no plain YAML): built-in objects accepted ${counts.accepted}, refused ${counts.refused}; custom objects accepted ${counts.custom}`,
);
