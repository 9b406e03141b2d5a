/**
 * `npx tsx scripts/manifests.ts DIR [--all]`: sends every object of every manifest below DIR (a folder of folders of YAML
 * and JSON files) to a cluster and counts what is accepted and what is refused, with the reasons. Each folder gets a cluster
 * of its own; definitions of custom resources and namespaces go first (the definitions of the whole collection: a folder
 * right below DIR), what limits others goes last, and missing namespaces are made.
 * `--all` names every refused object instead of one example a reason.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseAllDocuments } from "yaml";
import type { HttpCarrier } from "../src/engine/base/http.ts";
import { byKind } from "../src/engine/api/registry.ts";
import { Playground } from "../src/worker/playground.ts";

interface Manifest {
  file: string;
  object: Record<string, unknown> & { apiVersion: string; kind: string; metadata?: Record<string, unknown> };
}

const [root, ...flags] = process.argv.slice(2);
if (root === undefined) throw new Error("usage: npx tsx scripts/manifests.ts DIR [--all]");
const showAll = flags.includes("--all");

function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return filesBelow(path);
      return /\.(ya?ml|json)$/.test(name) ? [path] : [];
    });
}

function objectsOf(path: string): { manifests: Manifest[]; unreadable: boolean } {
  const documents = parseAllDocuments(readFileSync(path, "utf8"), { version: "1.1", merge: true, uniqueKeys: false });
  if (!Array.isArray(documents) || documents.some((document) => document.errors.length > 0)) {
    return { manifests: [], unreadable: true };
  }
  const values = documents.map((document) => document.toJS({ maxAliasCount: 100 }) as unknown);
  const objects = values.flatMap((value) => {
    const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown[] };
    return kind === "List" && Array.isArray(items) ? items : [value];
  });
  const typed = objects.filter((object): object is Manifest["object"] => {
    const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
    return typeof apiVersion === "string" && typeof kind === "string";
  });
  return { manifests: typed.map((object) => ({ file: path, object })), unreadable: false };
}

/** Answers come at once: the server has no network in between. */
function send(carrier: HttpCarrier, method: string, path: string, body?: object): { status: number; text: string } {
  let status = 0;
  let text = "";
  carrier.send(
    {
      method,
      url: `http://localhost${path}`,
      headers: { "content-type": "application/json" },
      body: body === undefined ? "" : JSON.stringify(body),
    },
    {
      head: (code) => (status = code),
      data: (piece) => (text += piece),
      frame() {},
      end() {},
      fail: (errno) => (text = errno),
    },
  );
  return { status, text };
}

function discover(carrier: HttpCarrier, apiVersion: string): { kind: string; name: string; namespaced: boolean }[] {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { status, text } = send(carrier, "GET", path);
  if (status !== 200) return [];
  return (JSON.parse(text) as { resources: { kind: string; name: string; namespaced: boolean }[] }).resources;
}

async function apply(
  playground: Playground,
  { object }: Manifest,
  namespaces: Set<string>,
): Promise<string | undefined> {
  const carrier = playground.apiServer({ anonymous: false });
  const { apiVersion, kind } = object;
  const resource = discover(carrier, apiVersion).find((item) => item.kind === kind && !item.name.includes("/"));
  if (resource === undefined)
    return `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
  const metadata = object.metadata ?? {};
  const namespace = resource.namespaced ? String(metadata["namespace"] ?? "default") : "";
  if (namespace !== "" && !namespaces.has(namespace)) {
    send(carrier, "POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    namespaces.add(namespace);
    await playground.runUntil(playground.sim.now + 200);
  }
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const collection = `${root}${namespace === "" ? "" : `/namespaces/${namespace}`}/${resource.name}`;
  const post = (): { status: number; text: string } =>
    send(carrier, "POST", `${collection}?fieldValidation=Strict`, object);
  let answer = post();
  if (answer.status === 409 && metadata["name"] !== undefined && kind !== "Namespace") {
    send(carrier, "DELETE", `${collection}/${String(metadata["name"])}?gracePeriodSeconds=0`);
    await playground.runUntil(playground.sim.now + 200);
    answer = post();
  }
  // What can't be deleted was there from the beginning or is held by a finalizer; its like has been accepted before.
  if (answer.status === 409) return undefined;
  if (answer.status < 300) {
    if (kind === "CustomResourceDefinition") await playground.runUntil(playground.sim.now + 200);
    return undefined;
  }
  return (JSON.parse(answer.text) as { message: string }).message;
}

const reasons = new Map<string, string[]>();
const counts = { files: 0, unreadable: 0, accepted: 0, refused: 0, custom: 0 };
/** The order in which a folder's objects are sent: what others need first, what may stand in their way last. */
const FIRST = ["Namespace", "CustomResourceDefinition", "PriorityClass", "ServiceAccount", "StorageClass"];
const LAST =
  /^(LimitRange|ResourceQuota|(Validating|Mutating)(AdmissionPolicy|AdmissionPolicyBinding|WebhookConfiguration))$/;

function rank({ object }: Manifest): number {
  if (LAST.test(object.kind)) return FIRST.length + 1;
  const at = FIRST.indexOf(object.kind);
  return at < 0 ? FIRST.length : at;
}

async function sendFolder(manifests: readonly Manifest[], definitions: readonly Manifest[]): Promise<void> {
  const playground = Playground.create({ preset: "default", seed: 1 });
  await playground.boot();
  const namespaces = new Set(["default", "kube-system", "kube-public"]);
  for (const definition of definitions) await apply(playground, definition, namespaces);
  for (const manifest of manifests.toSorted((a, b) => rank(a) - rank(b))) {
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

for (const name of readdirSync(root).sort()) {
  const collection = join(root, name);
  if (!statSync(collection).isDirectory()) continue;
  const read = filesBelow(collection).map(objectsOf);
  counts.files += read.length;
  counts.unreadable += read.filter(({ unreadable }) => unreadable).length;
  const manifests = read.flatMap((file) => file.manifests);
  const definitions = manifests.filter(({ object }) => object.kind === "CustomResourceDefinition");
  const folders = new Map<string, Manifest[]>();
  for (const manifest of manifests) {
    const folder = dirname(manifest.file);
    folders.set(folder, [...(folders.get(folder) ?? []), manifest]);
  }
  for (const folder of folders.values()) await sendFolder(folder, definitions);
}
for (const [reason, examples] of [...reasons].sort((a, b) => b[1].length - a[1].length)) {
  console.log(`${examples.length} × ${reason}`);
  for (const example of showAll ? examples : examples.slice(0, 1)) console.log(`    ${example.slice(0, 400)}`);
}
console.log(
  `${counts.files} files (${counts.unreadable} are no plain YAML): built-in objects accepted ${counts.accepted}, refused ${counts.refused}; custom objects accepted ${counts.custom}`,
);
