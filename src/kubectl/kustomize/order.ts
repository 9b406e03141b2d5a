/** The order in which a build prints: what others need comes first, webhooks last. Upstream: kustomize kyaml/resid/gvk.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { groupOf, versionOf } from "./res-map.ts";

const FIRST =
  "Namespace ResourceQuota StorageClass CustomResourceDefinition ServiceAccount PodSecurityPolicy Role ClusterRole RoleBinding ClusterRoleBinding ConfigMap Secret Endpoints Service LimitRange PriorityClass PersistentVolume PersistentVolumeClaim Deployment StatefulSet CronJob PodDisruptionBudget".split(
    " ",
  );
const LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

function rank({ kind }: KubeObject): number {
  const first = FIRST.indexOf(kind);
  if (first >= 0) return first - FIRST.length;
  return LAST.indexOf(kind) + 1;
}

function kindKey(object: KubeObject): string {
  return [groupOf(object) || "~G", versionOf(object) || "~V", object.kind || "~K"].join("_");
}

function idKey(object: KubeObject): string {
  return [object.metadata.namespace || "~X", object.metadata.name || "~N"].join("|");
}

export function legacyOrder(objects: readonly KubeObject[]): KubeObject[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...objects].sort(
    (a, b) => rank(a) - rank(b) || compare(kindKey(a), kindKey(b)) || compare(idKey(a), idKey(b)),
  );
}
