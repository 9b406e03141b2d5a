/** What a file of workloads finds in its cluster: what its folder has besides workloads, and what it names of its collection. */
import type { Manifest } from "../manifests/collection.ts";
import { serves, wantedBy } from "./by-hand.ts";
import { podSpecOf } from "./manifest-parts.ts";

export interface Surroundings {
  folder: readonly Manifest[];
  collection: readonly Manifest[];
}

/** What a folder's other files lend to each of them. */
const LENT =
  /^(Namespace|CustomResourceDefinition|PriorityClass|ServiceAccount|StorageClass|ConfigMap|Secret|PersistentVolume|PersistentVolumeClaim|RuntimeClass|ResourceClaim|ResourceClaimTemplate|DeviceClass|Service|Role|RoleBinding|ClusterRole|ClusterRoleBinding)$/;

/** Changes to the cluster's own roles are steps of a page, not what its other pages begin with. */
function isLent({ kind, metadata }: Manifest["object"]): boolean {
  return LENT.test(kind) && !String(metadata?.["name"]).startsWith("system:");
}

export function lentTo(content: readonly Manifest[], surroundings: Surroundings): Manifest[] {
  const others = surroundings.folder.filter(({ file: other, object }) => other !== content[0]?.file && isLent(object));
  return [...others, ...borrowed(content, surroundings)];
}

/**
 * What the workloads name and their folder has not, from elsewhere in the collection: a page says `kubectl apply -f` of it
 * beforehand. It goes into the namespace of who names it.
 */
function borrowed(content: readonly Manifest[], { folder, collection }: Surroundings): Manifest[] {
  const found = new Map<string, Manifest>();
  for (const manifest of content) {
    const spec = podSpecOf(manifest);
    if (spec === undefined) continue;
    const namespace = manifest.object.metadata?.["namespace"];
    for (const [id, keys] of wantedBy(manifest)) {
      const has = (each: Manifest): boolean => serves(each, id, keys);
      const other = [...content, ...folder].some(has) ? undefined : collection.find(has);
      if (other === undefined) continue;
      const { namespace: _own, ...metadata } = other.object.metadata ?? {};
      const object = { ...other.object, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } };
      found.set(id, { file: other.file, object });
    }
  }
  return [...found.values()];
}
