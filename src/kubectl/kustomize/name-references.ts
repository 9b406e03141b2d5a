/** Names that objects mention follow the objects that they name. Upstream: kustomize api/internal/konfig/builtinpluginconsts/namereference.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { isObject } from "../../engine/base/json.ts";
import { asJson, asObject } from "../as-object.ts";
import { changeField, pathOf, podSpecPath } from "./field-paths.ts";
import { idsOf, isNamespaced, namespaceOf, type Res } from "./res-map.ts";

/** Paths below a pod spec, by the kind that they name. */
const POD_REFERENCES: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: [
    "volumes/configMap/name",
    "volumes/projected/sources/configMap/name",
    ...["containers", "initContainers"].flatMap((list) => [
      `${list}/env/valueFrom/configMapKeyRef/name`,
      `${list}/envFrom/configMapRef/name`,
    ]),
  ],
  Secret: [
    "volumes/secret/secretName",
    "volumes/projected/sources/secret/name",
    "imagePullSecrets/name",
    ...["containers", "initContainers"].flatMap((list) => [
      `${list}/env/valueFrom/secretKeyRef/name`,
      `${list}/envFrom/secretRef/name`,
    ]),
  ],
  PersistentVolumeClaim: ["volumes/persistentVolumeClaim/claimName"],
  ServiceAccount: ["serviceAccountName"],
  PriorityClass: ["priorityClassName"],
  RuntimeClass: ["runtimeClassName"],
};

/** Other places: the kind that is named, the kind that names it, the path. */
const REFERENCES: readonly [named: string, kind: string, path: string][] = [
  ...["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"].map((kind): [string, string, string] => [
    kind,
    "HorizontalPodAutoscaler",
    "spec/scaleTargetRef/name",
  ]),
  ["Secret", "Ingress", "spec/tls/secretName"],
  ["Secret", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"],
  ["Secret", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"],
  ["Secret", "ServiceAccount", "imagePullSecrets/name"],
  ["Secret", "ServiceAccount", "secrets/name"],
  ["Service", "StatefulSet", "spec/serviceName"],
  ["Service", "Ingress", "spec/rules/http/paths/backend/service/name"],
  ["Service", "Ingress", "spec/defaultBackend/service/name"],
  ["Service", "Ingress", "spec/rules/http/paths/backend/serviceName"],
  ["Service", "APIService", "spec/service/name"],
  ["Service", "ValidatingWebhookConfiguration", "webhooks/clientConfig/service/name"],
  ["Service", "MutatingWebhookConfiguration", "webhooks/clientConfig/service/name"],
  ["Role", "RoleBinding", "roleRef/name"],
  ["ClusterRole", "RoleBinding", "roleRef/name"],
  ["ClusterRole", "ClusterRoleBinding", "roleRef/name"],
  ["PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"],
  ["StorageClass", "PersistentVolume", "spec/storageClassName"],
  ["StorageClass", "PersistentVolumeClaim", "spec/storageClassName"],
  ["StorageClass", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"],
  ["IngressClass", "Ingress", "spec/ingressClassName"],
  ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "spec/policyName"],
];

export function fixReferences(all: readonly Res[]): void {
  for (const res of all) res.object = fixed(res, all);
}

function fixed(referrer: Res, all: readonly Res[]): KubeObject {
  let { object } = referrer;
  const { kind } = object;
  const follow = (named: string, path: readonly string[]): void => {
    object = asObject(
      changeField(object, path, (value) =>
        typeof value === "string" ? newName(value, { named, referrer, all, object }) : undefined,
      ) as object,
    );
  };
  const podSpec = podSpecPath(kind);
  if (podSpec !== undefined) {
    for (const [named, paths] of Object.entries(POD_REFERENCES)) {
      for (const path of paths) follow(named, [...podSpec, ...pathOf(path)]);
    }
  }
  for (const [named, owner, path] of REFERENCES) {
    if (owner !== kind) continue;
    // A reference that says its kind means that one alone.
    const stated = statedKind(object, path);
    if (stated === undefined || stated === named) follow(named, pathOf(path));
  }
  if (kind === "RoleBinding" || kind === "ClusterRoleBinding") object = withSubjects(object, all);
  return object;
}

function statedKind(object: KubeObject, path: string): string | undefined {
  const [first = "", second] = pathOf(path);
  const holder = asJson(object)[first];
  if (!isObject(holder)) return undefined;
  const reference = first === "roleRef" ? holder : second === "scaleTargetRef" ? holder[second] : undefined;
  return isObject(reference) && typeof reference["kind"] === "string" ? reference["kind"] : undefined;
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

/** A service account among a binding's subjects moves in name and namespace. */
function withSubjects(object: KubeObject, all: readonly Res[]): KubeObject {
  const { subjects } = object as { subjects?: Subject[] };
  if (!Array.isArray(subjects)) return object;
  const next = subjects.map((subject) => {
    if (subject.kind !== "ServiceAccount") return subject;
    const target = candidates(subject.name, { named: "ServiceAccount", all }).find(({ res }) =>
      idsOf(res).some(
        (id) => id.name === subject.name && (subject.namespace ?? "default") === (id.namespace || "default"),
      ),
    );
    if (target === undefined) return subject;
    const namespace = namespaceOf(target.res.object);
    return { ...subject, name: target.res.object.metadata.name, ...(namespace !== "" && { namespace }) };
  });
  return asObject({ ...object, subjects: next });
}

function candidates(name: string, { named, all }: { named: string; all: readonly Res[] }): { res: Res }[] {
  return all
    .filter((res) => res.object.kind === named && idsOf(res).some((id) => id.name === name))
    .map((res) => ({ res }));
}

/** The present name of the object that was called `value`; undefined when there is none. */
function newName(
  value: string,
  { named, referrer, all, object }: { named: string; referrer: Res; all: readonly Res[]; object: KubeObject },
): string | undefined {
  let found = candidates(value, { named, all });
  const narrow = (test: (res: Res) => boolean): void => {
    const kept = found.filter(({ res }) => test(res));
    if (found.length > 1 && kept.length > 0) found = kept;
  };
  if (isNamespaced(object)) {
    found = found.filter(({ res }) => !isNamespaced(res.object) || namespaceOf(res.object) === namespaceOf(object));
  }
  narrow((res) => res.prefixes.join() === referrer.prefixes.join() && res.suffixes.join() === referrer.suffixes.join());
  narrow((res) => idsOf(res).at(-1)?.name === value);
  const [first] = found;
  return first?.res.object.metadata.name;
}
