/** A deployment's replica sets as revisions. Upstream: kubectl pkg/polymorphichelpers/{history,rollback}.go. */
import { POD_TEMPLATE_HASH } from "../engine/api/core/pod/template-hash.ts";
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../engine/api/generated/types.ts";
import { controllerOf } from "../engine/api/meta/object.ts";
import { formatLabelSelector } from "../engine/api/meta/selectors.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import { REPLICA_SETS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";
import { fetchAll, type Info } from "./resource-builder.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const CHANGE_CAUSE = "kubernetes.io/change-cause";

export interface Revision {
  revision: number;
  replicaSet: ReplicaSet;
}

/** Oldest first. */
export function* revisionsOf(call: Invocation, deployment: Deployment): Call<Revision[]> {
  const owned = yield* replicaSetsOf(call, deployment);
  return owned
    .map((replicaSet) => ({ revision: Number(replicaSet.metadata.annotations?.[REVISION] ?? 0), replicaSet }))
    .filter(({ revision }) => revision > 0)
    .sort((a, b) => a.revision - b.revision);
}

export function* replicaSetsOf(call: Invocation, deployment: Deployment): Call<ReplicaSet[]> {
  const list = yield* call.rest.json<{ items: ReplicaSet[] }>({
    path: resourcePath(REPLICA_SETS, { namespace: String(deployment.metadata.namespace) }),
    query: { labelSelector: formatLabelSelector(deployment.spec?.selector) },
  });
  return list.items.filter(
    (item) => controllerOf({ ...item, apiVersion: "apps/v1", kind: "ReplicaSet" })?.uid === deployment.metadata.uid,
  );
}

/** The template without the label that tells revisions apart. */
export function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [POD_TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } } as PodTemplateSpec;
}

/** The deployments that a rollout command works on; other kinds are refused in upstream's words. */
export function* rolloutTargets(call: Invocation, unsupported: (info: Info) => string): Call<Info[]> {
  if (call.args.length === 0 && call.flags.list("filename").length === 0) {
    throw new CommandError("required resource not specified");
  }
  const selector = call.flags.has("selector") ? call.flags.string("selector") : "";
  const infos = yield* fetchAll(call, { selector, listByDefault: true });
  for (const info of infos) {
    if (info.resource.kind !== "Deployment") throw new CommandError(unsupported(info));
  }
  return infos;
}
