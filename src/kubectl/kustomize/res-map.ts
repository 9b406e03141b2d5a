/** The objects of a build, each with where it comes from and what it was called before. Upstream: kustomize api/resmap, api/resource. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { parseLabelSelector } from "../../engine/api/meta/selectors.ts";
import { CommandError } from "../errors.ts";
import type { Selector } from "./kustomization.ts";

export interface Res {
  object: KubeObject;
  /** Name and namespace as the files say, and each later pair but the present one. */
  previous: { name: string; namespace: string }[];
  /** Prefixes and suffixes so far: an object refers to those with the same ones. */
  prefixes: string[];
  suffixes: string[];
  needsHash: boolean;
  behavior: string;
}

export function resOf(object: KubeObject): Res {
  return { object, previous: [], prefixes: [], suffixes: [], needsHash: false, behavior: "" };
}

const CLUSTER_KINDS = new Set(
  "Namespace Node PersistentVolume ClusterRole ClusterRoleBinding StorageClass CustomResourceDefinition PriorityClass IngressClass APIService RuntimeClass CSIDriver CSINode VolumeAttachment CertificateSigningRequest MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding PodSecurityPolicy FlowSchema PriorityLevelConfiguration ComponentStatus".split(
    " ",
  ),
);

export function isNamespaced(object: KubeObject): boolean {
  return !CLUSTER_KINDS.has(object.kind);
}

export function namespaceOf(object: KubeObject): string {
  return isNamespaced(object) ? (object.metadata.namespace ?? "") : "";
}

export function groupOf(object: KubeObject): string {
  return object.apiVersion.includes("/") ? (object.apiVersion.split("/")[0] ?? "") : "";
}

export function versionOf(object: KubeObject): string {
  return object.apiVersion.split("/").at(-1) ?? "";
}

/** `Deployment.v1.apps/web.[noNs]`: how messages name an object. */
export function idText(object: KubeObject): string {
  const group = groupOf(object) || "[noGrp]";
  return `${object.kind}.${versionOf(object)}.${group}/${object.metadata.name}.${object.metadata.namespace || "[noNs]"}`;
}

/** The id by which two objects are the same one: kind and group, name, namespace. */
export function sameId(a: KubeObject, b: KubeObject): boolean {
  const space = (object: KubeObject): string => namespaceOf(object) || "default";
  return a.kind === b.kind && groupOf(a) === groupOf(b) && a.metadata.name === b.metadata.name && space(a) === space(b);
}

/** All the names that a resource had and has. */
export function idsOf(res: Res): { name: string; namespace: string }[] {
  return [...res.previous, { name: res.object.metadata.name, namespace: namespaceOf(res.object) }];
}

export function renamed(res: Res, change: { name?: string; namespace?: string }): void {
  const { object } = res;
  res.previous.push({ name: object.metadata.name, namespace: namespaceOf(object) });
  res.object = { ...object, metadata: { ...object.metadata, ...change } };
}

function whole(pattern: string | undefined, value: string): boolean {
  return pattern === undefined || pattern === "" || new RegExp(`^(?:${pattern})$`).test(value);
}

export function selects(selector: Selector, res: Res): boolean {
  const { object } = res;
  if (!whole(selector.kind, object.kind) || !whole(selector.group, groupOf(object))) return false;
  if (!whole(selector.version, versionOf(object))) return false;
  if (!idsOf(res).some((id) => whole(selector.name, id.name))) return false;
  if (!idsOf(res).some((id) => whole(selector.namespace, id.namespace || "default"))) return false;
  const matches = (text: string | undefined, values: Record<string, string> | undefined): boolean =>
    text === undefined || text === "" || parseLabelSelector(text).matches(values ?? {});
  return (
    matches(selector.labelSelector, object.metadata.labels) &&
    matches(selector.annotationSelector, object.metadata.annotations)
  );
}

export function addUnique(list: Res[], res: Res): void {
  if (list.some((other) => sameId(other.object, res.object))) {
    throw new CommandError(`may not add resource with an already registered id: ${idText(res.object)}`);
  }
  list.push(res);
}
