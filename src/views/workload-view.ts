/** What owns pods, one line a kind: how many it wants and how many of them do their work. */
import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { controllerOf } from "../engine/api/meta/object.ts";
import type { Resource } from "../engine/api/meta/resource.ts";
import {
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  replicaSets,
  replicationControllers,
  statefulSets,
} from "../engine/api/registry.ts";
import type { WorkloadView } from "../worker/protocol.ts";
import { isSystem } from "./object-views.ts";

export type Workload = CronJob | DaemonSet | Deployment | Job | ReplicaSet | ReplicationController | StatefulSet;

export const workloadKinds: readonly Resource[] = [
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  replicaSets,
  replicationControllers,
  statefulSets,
];

export function isWorkload(object: KubeObject): object is Workload {
  return workloadKinds.some(({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind);
}

/** Pods wanted, and pods that are ready or, where they are meant to end, have done so. */
export function progressOf(object: Workload): { desired: number; ready: number } {
  switch (object.kind) {
    case "CronJob": {
      const active = (object as CronJob).status.active?.length ?? 0;
      return { desired: active, ready: active };
    }
    case "DaemonSet": {
      const { status } = object as DaemonSet;
      return { desired: status.desiredNumberScheduled, ready: status.numberReady };
    }
    case "Job": {
      const { spec, status } = object as Job;
      return {
        desired: spec.completions ?? spec.parallelism ?? 1,
        ready: (status.succeeded ?? 0) + (status.ready ?? 0),
      };
    }
    default: {
      const { spec, status } = object as Deployment | ReplicaSet | ReplicationController | StatefulSet;
      return { desired: spec.replicas ?? 1, ready: status.readyReplicas ?? 0 };
    }
  }
}

export function workloadView(object: Workload, family: string): WorkloadView {
  return {
    uid: object.metadata.uid,
    kind: object.kind,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
    owner: controllerOf(object)?.uid ?? "",
    ...progressOf(object),
    revision: object.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? "",
    family,
    system: isSystem(object),
  };
}
