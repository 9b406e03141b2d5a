/**
 * What a page tells its reader to make before its workloads, where no manifest of the collection has it: secrets and
 * configuration with the keys that are asked for, accounts, claims, classes of volumes; labels and devices of nodes.
 */
import type { PodSpec } from "../../src/engine/api/generated/types.ts";
import type { Manifest } from "../manifests/collection.ts";
import { nameOf, podSpecOf } from "./manifest-parts.ts";

type Fields = Record<string, unknown>;

/** An object by kind and name, with the keys of its data that are named. */
class Wanted {
  readonly found = new Map<string, Set<string>>();

  add(kind: string, name: unknown, keys: readonly unknown[] = []): void {
    if (typeof name !== "string" || name === "") return;
    const all = this.found.get(`${kind}/${name}`) ?? new Set();
    for (const key of keys) if (typeof key === "string") all.add(key);
    this.found.set(`${kind}/${name}`, all);
  }
}

const MARKED = "made-by-hand";

/** True of an object that `byHand` made. */
export function isByHand({ file }: Manifest): boolean {
  return file === MARKED;
}

export function byHand(content: readonly Manifest[], there: readonly Manifest[]): Manifest[] {
  const made: Manifest[] = [];
  for (const manifest of content) {
    const namespace = manifest.object.metadata?.["namespace"];
    for (const [id, keys] of wantedBy(manifest)) {
      const [kind = "", name = ""] = id.split(/\/(.*)/s);
      if ([...content, ...there, ...made].some((each) => serves(each, id, keys))) continue;
      const object = objectOf(kind, [...keys]);
      if (object === undefined) continue;
      const metadata = { name, ...(namespace !== undefined && kind !== "StorageClass" && { namespace }) };
      made.push({ file: MARKED, object: { ...object, kind, metadata } });
    }
  }
  return made;
}

/** What a workload names, as `Secret/token`, each with the keys that are asked for. */
export function wantedBy(manifest: Manifest): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Wanted();
  named(manifest.object["spec"], "", wanted);
  return wanted.found;
}

/** True of an object of that name with those keys. */
export function serves({ object }: Manifest, id: string, keys: ReadonlySet<string>): boolean {
  if (`${object.kind}/${String(object.metadata?.["name"])}` !== id) return false;
  const { data, stringData, binaryData } = object as { data?: object; stringData?: object; binaryData?: object };
  // A placeholder in base64's place is refused.
  if (object.kind === "Secret" && !Object.values(data ?? {}).every((text) => isBase64(String(text)))) return false;
  const all = { ...data, ...stringData, ...binaryData };
  return [...keys].every((key) => key in all);
}

function isBase64(text: string): boolean {
  const plain = text.replace(/\s/g, "");
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
}

function objectOf(kind: string, keys: readonly string[]): ({ apiVersion: string } & Fields) | undefined {
  const data = Object.fromEntries((keys.length === 0 ? ["key"] : keys).map((key) => [key, `${key} by hand`]));
  if (kind === "Secret") return { apiVersion: "v1", stringData: data };
  if (kind === "ConfigMap") return { apiVersion: "v1", data };
  if (kind === "ServiceAccount") return { apiVersion: "v1" };
  if (kind === "StorageClass")
    return { apiVersion: "storage.k8s.io/v1", provisioner: "k8s.io/minikube-hostpath", reclaimPolicy: "Delete" };
  if (kind === "PriorityClass") return { apiVersion: "scheduling.k8s.io/v1", value: 1000 };
  if (kind !== "PersistentVolumeClaim") return undefined;
  return {
    apiVersion: "v1",
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
}

/** Walks a specification for names of other objects. */
function named(value: unknown, field: string, wanted: Wanted): void {
  if (Array.isArray(value)) for (const item of value) named(item, field, wanted);
  if (typeof value === "string") {
    if (field === "serviceAccountName" || field === "serviceAccount") wanted.add("ServiceAccount", value);
    if (field === "storageClassName") wanted.add("StorageClass", value);
    if (field === "priorityClassName" && !value.startsWith("system-")) wanted.add("PriorityClass", value);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const fields = value as Fields;
  const items = (Array.isArray(fields["items"]) ? (fields["items"] as Fields[]) : []).map(({ key }) => key);
  if (fields["optional"] !== true) {
    if (field === "secretKeyRef") wanted.add("Secret", fields["name"], [fields["key"]]);
    if (field === "configMapKeyRef") wanted.add("ConfigMap", fields["name"], [fields["key"]]);
    if (field === "secretRef") wanted.add("Secret", fields["name"]);
    if (field === "configMapRef") wanted.add("ConfigMap", fields["name"]);
    if (field === "secret") wanted.add("Secret", fields["secretName"] ?? fields["name"], items);
    if (field === "configMap") wanted.add("ConfigMap", fields["name"], items);
  }
  if (field === "persistentVolumeClaim") wanted.add("PersistentVolumeClaim", fields["claimName"]);
  for (const [name, item] of Object.entries(fields)) named(item, name, wanted);
}

/** The kubectl lines that a page has its reader type for the workloads' nodes: labels, and devices that it invents. */
export function nodeLines(content: readonly Manifest[], workers: readonly string[]): string[][] {
  const given = new Map<string, Map<string, string>>(workers.map((name) => [name, new Map()]));
  const lines: string[][] = [];
  for (const manifest of content) {
    const spec = podSpecOf(manifest);
    if (spec === undefined) continue;
    const labels = new Map(Object.entries(spec.nodeSelector ?? {}));
    const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    for (const { key, operator, values = [] } of terms[0]?.matchExpressions ?? []) {
      if (operator === "In" || operator === "Exists") labels.set(key, values[0] ?? "");
    }
    if ([...labels.keys()].some((key) => /^kubernetes\.io\/(os|arch|hostname)$/.test(key) || key === "metadata.name"))
      continue;
    // Two workloads may want different nodes.
    const node = workers.find((name) =>
      [...labels].every(([key, value]) => (given.get(name)?.get(key) ?? value) === value),
    );
    if (node === undefined) continue;
    for (const [key, value] of labels) given.get(node)?.set(key, value);
    for (const resource of devices(spec)) {
      const path = `/status/capacity/${resource.replaceAll("/", "~1")}`;
      const patch = JSON.stringify([{ op: "add", path, value: "4" }]);
      for (const name of workers)
        lines.push(["kubectl", "patch", "node", name, "--subresource=status", "--type=json", "-p", patch]);
    }
  }
  for (const [at, [node, labels]] of [...given].entries()) {
    for (const key of zoneKeys(content)) if (!labels.has(key)) labels.set(key, `${key.replace(/^.*\//, "")}-${at}`);
    const words = [...labels].map(([key, value]) => `${key}=${value}`);
    if (words.length > 0) lines.push(["kubectl", "label", "node", node, "--overwrite", ...words]);
  }
  return lines;
}

/** By what pods are spread or kept together beside the nodes themselves. */
function zoneKeys(content: readonly Manifest[]): string[] {
  const keys = content.flatMap((manifest) => {
    const { topologySpreadConstraints = [], affinity } = podSpecOf(manifest) ?? {};
    const terms = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return [...topologySpreadConstraints, ...terms].map(({ topologyKey }) => topologyKey);
  });
  return [...new Set(keys)].filter((key) => key !== "kubernetes.io/hostname" && key !== "");
}

function devices({ containers }: PodSpec): string[] {
  const names = (Array.isArray(containers) ? containers : []).flatMap(({ resources }) =>
    Object.keys({ ...resources?.requests, ...resources?.limits }),
  );
  return [...new Set(names)].filter((name) => name.startsWith("example.com/"));
}

/** The level of Pod Security that a test manifest is for, and whether it is to pass. */
export function podSecurityOf(file: string): { level: string; version: string; passes: boolean } | undefined {
  const found = /^k8s-psa-testdata\/(\w+)\/(v[\d.]+)\/(pass|fail)\//.exec(file);
  if (found === null) return undefined;
  const [, level = "", version = "", wish] = found;
  return { level, version, passes: wish === "pass" };
}

/** The same in a namespace that enforces the level. */
export function enforced(content: readonly Manifest[], level: string, version: string): Manifest[] {
  const namespace = `psa-${level}`;
  const labels = {
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": version,
  };
  const file = content[0]?.file ?? "";
  return [
    { file, object: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } } },
    ...content.map(({ object }) => ({ file, object: { ...object, metadata: { ...object.metadata, namespace } } })),
  ];
}

/** What of `made` a workload names. */
export function namesByHand(manifest: Manifest, made: readonly Manifest[]): Manifest | undefined {
  const wanted = wantedBy(manifest);
  return made.find((each) => isByHand(each) && wanted.has(`${each.object.kind}/${nameOf(each)}`));
}
