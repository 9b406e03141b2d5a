/**
 * `npx tsx scripts/workloads.ts DIR [--only TEXT] [--all]`: does every workload in the manifests below DIR come to the state
 * that its page promises? Each file gets a cluster of its own, with what its folder has besides workloads (configuration,
 * volumes, accounts, services), and with what a page has its reader make by hand (`workloads/by-hand.ts`). A workload runs, has ended well or is in the state that its page wants ("reached"), or there
 * is a documented reason (`workloads/verdict.ts` tells them from what was seen, `workloads/known.json` has the rest), or it is
 * open: ours. `--only` takes the files whose path has TEXT in it; `--all` names every workload that isn't reached. The
 * last lines are the totals: by collection, by reason. Something open gives exit code 1.
 */
import { relative } from "node:path";
import { readCollections } from "./manifests/collection.ts";
import type { Manifest } from "./manifests/collection.ts";
import { byHand, enforced, namesByHand, podSecurityOf } from "./workloads/by-hand.ts";
import { lentTo, type Surroundings } from "./workloads/surroundings.ts";
import { nameOf } from "./workloads/manifest-parts.ts";
import { Trial, WORKLOADS } from "./workloads/trial.ts";
import { type Verdict, verdict } from "./workloads/verdict.ts";

const [root, ...flags] = process.argv.slice(2);
if (root === undefined) throw new Error("usage: npx tsx scripts/workloads.ts DIR [--only TEXT] [--all]");
const showAll = flags.includes("--all");
const only = flags.includes("--only") ? (flags[flags.indexOf("--only") + 1] ?? "") : "";

const STATES = ["reached", "documented", "open"] as const;
type Counts = Record<Verdict["state"], number>;
const none = (): Counts => ({ reached: 0, documented: 0, open: 0 });

const byCollection = new Map<string, Counts>();
const byReason = new Map<string, string[]>();

const { folders } = readCollections(root);
const collectionOf = (file: string): string => relative(root, file).split("/")[0] ?? "";
const whole = new Map<string, Manifest[]>();
for (const { manifests } of folders) {
  for (const manifest of manifests) {
    const name = collectionOf(manifest.file);
    const all = whole.get(name) ?? [];
    all.push(manifest);
    whole.set(name, all);
  }
}
for (const { manifests } of folders) {
  const byFile = new Map<string, Manifest[]>();
  for (const manifest of manifests) byFile.set(manifest.file, [...(byFile.get(manifest.file) ?? []), manifest]);
  for (const [file, content] of byFile) {
    if (!file.includes(only) || !content.some(({ object }) => WORKLOADS.test(object.kind))) continue;
    await judge(relative(root, file), content, { folder: manifests, collection: whole.get(collectionOf(file)) ?? [] });
  }
}
report();

async function judge(
  file: string,
  own: readonly Manifest[],
  { folder, collection: wide }: Surroundings,
): Promise<void> {
  const security = podSecurityOf(file);
  const content = security === undefined ? own : enforced(own, security.level, security.version);
  const found = lentTo(content, { folder, collection: wide });
  const lent = [...found, ...byHand(content, found)];
  const collection = file.slice(0, file.indexOf("/"));
  const counts = byCollection.get(collection) ?? none();
  byCollection.set(collection, counts);
  const trial = new Trial();
  for (const [manifest, sight] of await trial.sights(content, lent)) {
    const { state, why } = verdict({
      ...{ file, manifest, sight, folder: [...folder, ...lent], nodes: trial.nodes(), security },
      byHand: namesByHand(manifest, lent),
      taken: (other) => !trial.refused.has(other),
    });
    counts[state]++;
    const shape = `${state}: ${shorten(why)}`;
    const seen = sight === undefined ? "" : `: ${sight.message}${sight.log === undefined ? "" : `: ${sight.log}`}`;
    const line = `${file}: ${manifest.object.kind} ${nameOf(manifest)}${seen}`;
    byReason.set(shape, [...(byReason.get(shape) ?? []), line]);
    if (state === "open") console.error(`open: ${line.slice(0, 400)}`);
  }
}

/** Names, addresses and counts are no part of a reason. */
function shorten(why: string): string {
  return why
    .replace(/"[^"]*"/g, '"…"')
    .replace(/\d+\/\d+/g, "N/N")
    .slice(0, 110);
}

function report(): void {
  const reasons = [...byReason].sort((a, b) => b[1].length - a[1].length);
  for (const [shape, where] of reasons) {
    if (shape.startsWith("reached: runs")) continue;
    console.log(`${where.length} × ${shape}`);
    for (const line of showAll ? where : where.slice(0, 1)) console.log(`    ${line.slice(0, 400)}`);
  }
  console.log(`\n${"collection".padEnd(26)}${STATES.map((state) => state.padStart(12)).join("")}`);
  const total = none();
  for (const [name, counts] of byCollection) {
    console.log(`${name.padEnd(26)}${STATES.map((state) => String(counts[state]).padStart(12)).join("")}`);
    for (const state of STATES) total[state] += counts[state];
  }
  console.log(`${"total".padEnd(26)}${STATES.map((state) => String(total[state]).padStart(12)).join("")}`);
  const all = total.reached + total.documented + total.open;
  console.log(
    `workloads: ${all}: ${total.reached} reached, ${total.documented} with a documented reason, ${total.open} open`,
  );
  if (total.open > 0) process.exitCode = 1;
}
