/** What a kustomization changes in its objects. Upstream: kustomize api/internal/builtins, filters, builtinpluginconsts. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { asObject } from "../as-object.ts";
import { changeField, pathOf, podSpecPath, templatePath } from "./field-paths.ts";
import type { ImageEntry, Kustomization } from "./kustomization.ts";
import { idsOf, isNamespaced, namespaceOf, renamed, type Res } from "./res-map.ts";

type Pairs = Readonly<Record<string, string>>;

function change(
  object: KubeObject,
  path: readonly string[],
  how: (value: unknown) => unknown,
  create = false,
): KubeObject {
  return asObject(changeField(object, path, how, { create }) as object);
}

export function setNamespace(all: readonly Res[], namespace: string): void {
  for (const res of all) {
    const { kind } = res.object;
    if (kind === "Namespace") {
      renamed(res, { name: namespace });
      continue;
    }
    if (isNamespaced(res.object)) {
      if (namespaceOf(res.object) !== namespace) renamed(res, { namespace });
    }
    if (kind === "RoleBinding" || kind === "ClusterRoleBinding") res.object = bindingIn(res.object, namespace);
    for (const path of ["spec/service/namespace", "webhooks/clientConfig/service/namespace"]) {
      if (kind === "APIService" || kind.endsWith("WebhookConfiguration")) {
        res.object = change(res.object, pathOf(path), () => namespace);
      }
    }
  }
}

/** The default service account among the subjects belongs to the namespace. */
function bindingIn(object: KubeObject, namespace: string): KubeObject {
  const { subjects } = object as { subjects?: { kind: string; name: string }[] };
  if (!Array.isArray(subjects)) return object;
  const next = subjects.map((subject) =>
    subject.kind === "ServiceAccount" && subject.name === "default" ? { ...subject, namespace } : subject,
  );
  return asObject({ ...object, subjects: next });
}

const UNNAMED = new Set(["CustomResourceDefinition", "APIService", "Namespace"]);

export function addAffixes(all: readonly Res[], { namePrefix = "", nameSuffix = "" }: Kustomization): void {
  if (namePrefix === "" && nameSuffix === "") return;
  for (const res of all) {
    if (UNNAMED.has(res.object.kind)) continue;
    if (namePrefix !== "") res.prefixes.push(namePrefix);
    if (nameSuffix !== "") res.suffixes.push(nameSuffix);
    renamed(res, { name: `${namePrefix}${res.object.metadata.name}${nameSuffix}` });
  }
}

/** Paths of selectors and of the labels that they must find, by kind. */
function selectorPaths(kind: string): { path: string; create: boolean }[] {
  switch (kind) {
    case "Service":
      return [{ path: "spec/selector", create: true }];
    case "ReplicationController":
      return [{ path: "spec/selector", create: true }];
    case "Deployment":
      return [
        { path: "spec/selector/matchLabels", create: true },
        ...AFFINITY.map((path) => ({ path: `spec/template/spec/${path}`, create: false })),
        { path: "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", create: false },
      ];
    case "StatefulSet":
      return [
        { path: "spec/selector/matchLabels", create: true },
        ...AFFINITY.map((path) => ({ path: `spec/template/spec/${path}`, create: false })),
        { path: "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", create: false },
      ];
    case "ReplicaSet":
    case "DaemonSet":
      return [{ path: "spec/selector/matchLabels", create: true }];
    case "Job":
      return [{ path: "spec/selector/matchLabels", create: false }];
    case "CronJob":
      return [{ path: "spec/jobTemplate/spec/selector/matchLabels", create: false }];
    case "PodDisruptionBudget":
      return [{ path: "spec/selector/matchLabels", create: false }];
    case "NetworkPolicy":
      return [
        { path: "spec/podSelector/matchLabels", create: false },
        { path: "spec/ingress/from/podSelector/matchLabels", create: false },
        { path: "spec/egress/to/podSelector/matchLabels", create: false },
      ];
    default:
      return [];
  }
}

const AFFINITY = ["podAffinity", "podAntiAffinity"].flatMap((kind) => [
  `affinity/${kind}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `affinity/${kind}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
]);

export interface LabelPlaces {
  selectors: boolean;
  templates: boolean;
}

export function addLabels(all: readonly Res[], pairs: Pairs, places: LabelPlaces): void {
  for (const res of all) {
    const { kind } = res.object;
    const add = (path: readonly string[], create: boolean): void => {
      res.object = change(res.object, path, (value) => ({ ...(value as object | undefined), ...pairs }), create);
    };
    add(["metadata", "labels"], true);
    const template = templatePath(kind);
    if ((places.selectors || places.templates) && template !== undefined) {
      add([...template, "metadata", "labels"], true);
      if (kind === "CronJob") add(pathOf("spec/jobTemplate/metadata/labels"), true);
      if (kind === "StatefulSet" && places.selectors) add(pathOf("spec/volumeClaimTemplates/metadata/labels"), true);
    }
    if (places.selectors) for (const { path, create } of selectorPaths(kind)) add(pathOf(path), create);
  }
}

export function addAnnotations(all: readonly Res[], pairs: Pairs): void {
  for (const res of all) {
    const add = (path: readonly string[]): void => {
      res.object = change(res.object, path, (value) => ({ ...(value as object | undefined), ...pairs }), true);
    };
    add(["metadata", "annotations"]);
    const template = templatePath(res.object.kind);
    if (template !== undefined) add([...template, "metadata", "annotations"]);
    if (res.object.kind === "CronJob") add(pathOf("spec/jobTemplate/metadata/annotations"));
  }
}

const SCALABLE = new Set(["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"]);

/** False when no object of that name has replicas. */
export function setReplicas(all: readonly Res[], { name, count }: { name: string; count: number }): boolean {
  const found = all.filter((res) => SCALABLE.has(res.object.kind) && idsOf(res).some((id) => id.name === name));
  for (const res of found) res.object = change(res.object, ["spec", "replicas"], () => count, true);
  return found.length > 0;
}

export function setImages(all: readonly Res[], entry: ImageEntry): void {
  for (const res of all) {
    const podSpec = podSpecPath(res.object.kind);
    const roots = podSpec === undefined ? [] : [podSpec];
    for (const root of roots) {
      for (const list of ["containers", "initContainers"]) {
        res.object = change(res.object, [...root, list, "image"], (image) =>
          typeof image === "string" ? newImage(image, entry) : undefined,
        );
      }
    }
  }
}

function newImage(image: string, { name, newName, newTag, digest, tagSuffix }: ImageEntry): string | undefined {
  const at = image.indexOf("@");
  const bare = at < 0 ? image : image.slice(0, at);
  const colon = bare.indexOf(":", bare.lastIndexOf("/") + 1);
  const present = colon < 0 ? bare : bare.slice(0, colon);
  if (present !== name) return undefined;
  let tag = image.slice(present.length);
  if (newTag !== undefined && newTag !== "") tag = `:${newTag}`;
  if (tagSuffix !== undefined && tagSuffix !== "" && tag.startsWith(":")) tag = `${tag}${tagSuffix}`;
  if (digest !== undefined && digest !== "")
    tag = newTag === undefined || newTag === "" ? `@${digest}` : `:${newTag}@${digest}`;
  return `${newName === undefined || newName === "" ? present : newName}${tag}`;
}
