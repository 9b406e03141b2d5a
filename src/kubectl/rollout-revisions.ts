/** What workloads were before: replica sets of a deployment, controller revisions of the others. Upstream: kubectl pkg/polymorphichelpers/{history,rollback}.go. */
import { POD_TEMPLATE_HASH } from "../engine/api/core/pod/template-hash.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from "../engine/api/generated/types.ts";
import { controllerOf, type KubeObject } from "../engine/api/meta/object.ts";
import { formatLabelSelector } from "../engine/api/meta/selectors.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resourcePath } from "./discovery.ts";
import { CommandError } from "./errors.ts";
import { CONTROLLER_REVISIONS, REPLICA_SETS } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";
import { fetchAll, type Info } from "./resource-builder.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** What a rollout command works on. */
export type Workload = Deployment | StatefulSet | DaemonSet;
const KINDS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

export interface Revision {
  revision: number;
  template: PodTemplateSpec;
  annotations: Readonly<Record<string, string>>;
  /** What `-o` prints: the replica set, or the workload as it was. */
  printed: KubeObject;
}

/** Oldest first. */
export function* revisionsOf(call: Invocation, workload: Workload): Call<Revision[]> {
  const found =
    workload.kind === "Deployment"
      ? (yield* replicaSetsOf(call, workload as Deployment)).map(fromReplicaSet)
      : (yield* controllerRevisionsOf(call, workload)).map((entry) => fromControllerRevision(workload, entry));
  return found.filter(({ revision }) => revision > 0).sort((a, b) => a.revision - b.revision);
}

function fromReplicaSet(replicaSet: ReplicaSet): Revision {
  const annotations = replicaSet.metadata.annotations ?? {};
  return {
    revision: Number(annotations[REVISION] ?? 0),
    template: replicaSet.spec.template ?? {},
    annotations,
    printed: { ...replicaSet, apiVersion: "apps/v1", kind: "ReplicaSet" },
  };
}

/** The patch that a revision keeps replaces the whole template. */
function fromControllerRevision(workload: Workload, { revision, data, metadata }: ControllerRevision): Revision {
  const patch = data as { spec: { template: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = patch.spec.template;
  const printed: KubeObject & { spec: object } = { ...workload, spec: { ...workload.spec, template } };
  return { revision, template, annotations: metadata.annotations ?? {}, printed };
}

function* controllerRevisionsOf(call: Invocation, workload: Workload): Call<ControllerRevision[]> {
  const list = yield* call.rest.json<{ items: ControllerRevision[] }>({
    path: resourcePath(CONTROLLER_REVISIONS, { namespace: String(workload.metadata.namespace) }),
    query: { labelSelector: formatLabelSelector(workload.spec?.selector) },
  });
  return list.items.filter((item) => controllerOf(item)?.uid === workload.metadata.uid);
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

/** The workloads that a rollout command works on; other kinds are refused in upstream's words. */
export function* rolloutTargets(call: Invocation, unsupported: (info: Info) => string): Call<Info[]> {
  if (call.args.length === 0 && call.flags.list("filename").length === 0) {
    throw new CommandError("required resource not specified");
  }
  const selector = call.flags.has("selector") ? call.flags.string("selector") : "";
  const infos = yield* fetchAll(call, { selector, listByDefault: true });
  for (const info of infos) {
    if (!KINDS.includes(info.resource.kind)) throw new CommandError(unsupported(info));
  }
  return infos;
}
