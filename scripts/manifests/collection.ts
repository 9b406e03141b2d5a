/** A collection of manifests on disk: a folder of folders of YAML and JSON files, as objects with the file that each is from. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";

export interface Manifest {
  file: string;
  object: Record<string, unknown> & { apiVersion: string; kind: string; metadata?: Record<string, unknown> };
}

/** What is sent to one cluster: the objects of one folder, and the definitions of custom resources of its whole collection. */
export interface ManifestFolder {
  name: string;
  manifests: readonly Manifest[];
  definitions: readonly Manifest[];
}

export interface ManifestCollections {
  folders: ManifestFolder[];
  files: number;
  /** Files that are no plain YAML. */
  unreadable: number;
}

/** Everything below `root`, whose folders are collections; files of its own are one too. */
export function readCollections(root: string): ManifestCollections {
  const all: ManifestCollections = { folders: [], files: 0, unreadable: 0 };
  const places = readdirSync(root)
    .sort()
    .map((name) => join(root, name));
  const isFolder = (place: string): boolean => statSync(place).isDirectory();
  const collections = [
    places.filter((place) => !isFolder(place) && MANIFEST.test(place)),
    ...places.filter(isFolder).map(filesBelow),
  ];
  for (const files of collections) {
    const read = files.map(objectsOf);
    all.files += read.length;
    all.unreadable += read.filter(({ unreadable }) => unreadable).length;
    const manifests = read.flatMap((file) => file.manifests);
    const definitions = manifests.filter(({ object }) => object.kind === "CustomResourceDefinition");
    const folders = new Map<string, Manifest[]>();
    for (const manifest of manifests) {
      const folder = dirname(manifest.file);
      folders.set(folder, [...(folders.get(folder) ?? []), manifest]);
    }
    for (const [folder, content] of folders)
      all.folders.push({ name: folder, manifests: inOrder(content), definitions });
  }
  return all;
}

const MANIFEST = /\.(ya?ml|json)$/;

function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return filesBelow(path);
      return MANIFEST.test(name) ? [path] : [];
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

/** The order in which a folder's objects are sent: what others need first, what may stand in their way last. */
const FIRST = ["Namespace", "CustomResourceDefinition", "PriorityClass", "ServiceAccount", "StorageClass"];
const LAST =
  /^(LimitRange|ResourceQuota|(Validating|Mutating)(AdmissionPolicy|AdmissionPolicyBinding|WebhookConfiguration))$/;

function rank({ object }: Manifest): number {
  if (LAST.test(object.kind)) return FIRST.length + 1;
  const at = FIRST.indexOf(object.kind);
  return at < 0 ? FIRST.length : at;
}

function inOrder(manifests: readonly Manifest[]): Manifest[] {
  return manifests.toSorted((a, b) => rank(a) - rank(b));
}
