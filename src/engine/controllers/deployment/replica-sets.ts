/**
 * Finds or makes the newest replica set of a deployment, and keeps revisions.
 * Upstream: getAllReplicaSetsAndSyncRevision and getNewReplicaSet in pkg/controller/deployment/sync.go.
 */
import type { Deployment, DeploymentStatus, PodTemplateSpec, ReplicaSet } from "../../api/generated/types.ts";
import { controllerOf } from "../../api/meta/object.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { deployments, replicaSets } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { controllerReference, isNamespaceTerminating } from "../pod-control.ts";
import { maxRevision, newReplicaSetAnnotations, replicasAnnotations, REVISION } from "./annotations.ts";
import {
  conditionOf,
  FOUND_REPLICA_SET,
  hasProgressDeadline,
  NEW_REPLICA_SET,
  PROGRESSING,
  REPLICA_SET_CREATE_ERROR,
  setCondition,
} from "./conditions.ts";
import type { NewCondition } from "./conditions.ts";
import { SCALING } from "./apply.ts";
import { findNewReplicaSet, newReplicaSetReplicas } from "./replica-set-lists.ts";
import { equalIgnoringHash } from "./same-template.ts";
import { POD_TEMPLATE_HASH, podTemplateHash } from "../../api/core/pod/template-hash.ts";

/** One pass over one deployment. `deployment` is always the newest version that this pass knows. */
export interface Pass {
  readonly ctx: ControllerContext;
  deployment: Deployment;
  /** The replica sets that the deployment controls. */
  readonly owned: readonly ReplicaSet[];
}

export interface Found {
  newest: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
}

/** With `create`, a missing newest replica set is made (unless its namespace is going). */
export function findReplicaSets(pass: Pass, options: { create: boolean }): Found {
  const present = findNewReplicaSet(pass.deployment, pass.owned);
  const old = pass.owned.filter((replicaSet) => replicaSet !== present);
  const revision = maxRevision(old) + 1;
  if (present !== undefined) return { newest: syncExisting(pass, present, revision), old };
  return { newest: options.create ? createNewest(pass, old, revision) : undefined, old };
}

export function updateStatus(pass: Pass, status: DeploymentStatus, revision?: string): void {
  const { metadata } = pass.deployment;
  const annotations = revision === undefined ? metadata.annotations : { ...metadata.annotations, [REVISION]: revision };
  const next = { ...pass.deployment, status, metadata: { ...metadata, ...(annotations && { annotations }) } };
  pass.deployment = pass.ctx.client.resource<Deployment>(deployments).updateStatus(next);
}

function syncExisting(pass: Pass, newest: ReplicaSet, revision: number): ReplicaSet {
  const { ctx, deployment } = pass;
  const before = newest.metadata.annotations ?? {};
  const annotations = newReplicaSetAnnotations(deployment, before, revision);
  const { minReadySeconds = 0 } = deployment.spec;
  if (annotations !== before || (newest.spec.minReadySeconds ?? 0) !== minReadySeconds) {
    const { minReadySeconds: _, ...rest } = newest.spec;
    const spec = minReadySeconds === 0 ? rest : { ...rest, minReadySeconds };
    return ctx.client
      .resource<ReplicaSet>(replicaSets)
      .update({ ...newest, metadata: { ...newest.metadata, annotations }, spec });
  }
  const wanted = before[REVISION];
  const isNoted = wanted === undefined || deployment.metadata.annotations?.[REVISION] === wanted;
  const knowsProgress = !hasProgressDeadline(deployment) || conditionOf(deployment.status, PROGRESSING) !== undefined;
  if (isNoted && knowsProgress) return newest;
  const message = `Found new replica set ${JSON.stringify(newest.metadata.name)}`;
  const status = knowsProgress
    ? deployment.status
    : withProgress(pass, { status: "True", reason: FOUND_REPLICA_SET, message });
  updateStatus(pass, status, wanted);
  return newest;
}

function withProgress({ ctx, deployment }: Pass, progress: Omit<NewCondition, "type">): DeploymentStatus {
  const conditions = setCondition(deployment.status.conditions ?? [], { type: PROGRESSING, ...progress }, ctx.sim.now);
  return { ...deployment.status, conditions: [...conditions] };
}

/** Memoized by the deployment's template, so that all of its versions share one object with their replica set. */
const labelledTemplates = new WeakMap<PodTemplateSpec, Map<string, PodTemplateSpec>>();

function labelledTemplate(template: PodTemplateSpec, hash: string): PodTemplateSpec {
  let byHash = labelledTemplates.get(template);
  if (byHash === undefined) {
    byHash = new Map();
    labelledTemplates.set(template, byHash);
  }
  let labelled = byHash.get(hash);
  if (labelled === undefined) {
    const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash };
    labelled = { ...template, metadata: { ...template.metadata, labels } } as PodTemplateSpec;
    byHash.set(hash, labelled);
  }
  return labelled;
}

function createNewest(pass: Pass, old: readonly ReplicaSet[], revision: number): ReplicaSet | undefined {
  const { ctx, deployment } = pass;
  const { metadata, spec } = deployment;
  const hash = podTemplateHash(spec.template, deployment.status.collisionCount);
  const template = labelledTemplate(spec.template, hash);
  const name = `${metadata.name}-${hash}`;
  const replicas = newReplicaSetReplicas(deployment, old, { spec: { replicas: 0 } });
  const labels = template.metadata?.labels ?? {};
  const draft = {
    metadata: {
      name,
      namespace: metadata.namespace,
      labels,
      ownerReferences: [controllerReference(deployment)],
      annotations: { ...newReplicaSetAnnotations(deployment, {}, revision), ...replicasAnnotations(deployment) },
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds !== undefined &&
        spec.minReadySeconds !== 0 && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template,
    },
  };
  let created: ReplicaSet;
  try {
    created = ctx.client.resource<ReplicaSet>(replicaSets).create(draft);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return recover(pass, { name, revision, error });
  }
  if (replicas > 0) {
    ctx.events.event(deployment, "Normal", {
      reason: SCALING,
      message: `Scaled up replica set ${name} from 0 to ${replicas}`,
    });
  }
  const message = `Created new replica set ${JSON.stringify(name)}`;
  const status = hasProgressDeadline(deployment)
    ? withProgress(pass, { status: "True", reason: NEW_REPLICA_SET, message })
    : deployment.status;
  updateStatus(pass, status, String(revision));
  return created;
}

/** The create failed: somebody has the name, the namespace is going, or the server refuses what the template says. */
function recover(
  pass: Pass,
  { name, revision, error }: { name: string; revision: number; error: StatusError },
): ReplicaSet | undefined {
  const { ctx, deployment } = pass;
  if (isNamespaceTerminating(error)) return undefined;
  if (error.reason === "AlreadyExists") {
    const present = ctx.client.resource<ReplicaSet>(replicaSets).get(deployment.metadata.namespace, name);
    const isOurs = controllerOf(present)?.uid === deployment.metadata.uid;
    if (isOurs && equalIgnoringHash(deployment.spec.template, present.spec.template)) {
      updateStatus(pass, deployment.status, String(revision));
      return present;
    }
    // Two templates with one hash: the next pass hashes with another count.
    updateStatus(pass, { ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 });
    throw error;
  }
  const message = `Failed to create new replica set ${JSON.stringify(name)}: ${error.message}`;
  if (hasProgressDeadline(deployment)) {
    updateStatus(pass, withProgress(pass, { status: "False", reason: REPLICA_SET_CREATE_ERROR, message }));
  }
  ctx.events.event(deployment, "Warning", { reason: REPLICA_SET_CREATE_ERROR, message });
  throw error;
}
