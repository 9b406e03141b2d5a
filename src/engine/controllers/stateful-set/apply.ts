/** Carries out the actions of a plan, with their events. Upstream: pkg/controller/statefulset/stateful_pod_control.go. */
import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../api/generated/types.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { persistentVolumeClaims, pods } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { templateOf } from "../history/template-patch.ts";
import { wantedOwners } from "./claim-owners.ts";
import type { ClaimUser } from "./claim-owners.ts";
import {
  claimDrafts,
  identityMatches,
  newPod,
  podName,
  startOrdinal,
  storageMatches,
  withIdentity,
} from "./identity.ts";
import { userOf } from "./plan.ts";
import type { Action } from "./plan.ts";
import type { Revisions } from "./revisions.ts";

const REASONS = {
  create: ["SuccessfulCreate", "FailedCreate"],
  update: ["SuccessfulUpdate", "FailedUpdate"],
  delete: ["SuccessfulDelete", "FailedDelete"],
} as const;
type Verb = keyof typeof REASONS;

export interface Target {
  ctx: ControllerContext;
  set: StatefulSet;
  revisions: Revisions;
}

export function applyAction(target: Target, action: Action): void {
  switch (action.type) {
    case "create":
      return createPod(target, action.ordinal);
    case "delete":
      return deletePod(target, action.pod);
    case "provide-claims":
      createClaims(target, userOf(action.pod));
      return told(target, "update", action.pod.metadata.name, () => ownClaims(target, userOf(action.pod)));
    case "restore":
      return restore(target, action.pod);
    case "own-claims":
      return ownClaims(target, userOf(action.pod));
  }
}

function podEvent({ ctx, set }: Target, verb: Verb, { pod, error }: { pod: string; error?: StatusError }): void {
  const [success, failure] = REASONS[verb];
  const what = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name}`;
  if (error === undefined) ctx.events.event(set, "Normal", { reason: success, message: `${what} successful` });
  else ctx.events.event(set, "Warning", { reason: failure, message: `${what} failed error: ${error.message}` });
}

/** Tells of a failure only. */
function told(target: Target, verb: Verb, pod: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) podEvent(target, verb, { pod, error });
    throw error;
  }
}

function createPod(target: Target, ordinal: number): void {
  const { ctx, set, revisions } = target;
  const name = podName(set, ordinal);
  const user = { name, uid: "", ordinal };
  told(target, "create", name, () => createClaims(target, user));
  const revision = isBelowPartition(set, ordinal) ? revisions.current : revisions.update;
  const draft = newPod(set, ordinal, { template: templateOf(revision), revision: revision.metadata.name });
  try {
    ctx.client.resource(pods).create(draft);
  } catch (error) {
    if (error instanceof StatusError && !isAlreadyExists(error)) podEvent(target, "create", { pod: name, error });
    throw error;
  }
  told(target, "update", name, () => ownClaims(target, user));
  podEvent(target, "create", { pod: name });
}

/** Below a partition, what is missing comes back as it was. */
function isBelowPartition({ spec, ...set }: StatefulSet, ordinal: number): boolean {
  const { rollingUpdate } = spec.updateStrategy ?? {};
  return rollingUpdate !== undefined && ordinal < startOrdinal({ ...set, spec }) + (rollingUpdate.partition ?? 0);
}

function deletePod(target: Target, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  told(target, "delete", name, () => target.ctx.client.resource(pods).delete(namespace, name));
  podEvent(target, "delete", { pod: name });
}

function restore(target: Target, pod: Pod): void {
  const { ctx, set } = target;
  const { name } = pod.metadata;
  told(target, "update", name, () => {
    if (!storageMatches(set, pod)) createClaims(target, userOf(pod));
    ownClaims(target, userOf(pod));
    const isRight = identityMatches(set, pod) && storageMatches(set, pod);
    ctx.client.resource(pods).update(isRight ? pod : withIdentity(set, pod));
  });
  podEvent(target, "update", { pod: name });
}

function createClaims(target: Target, user: ClaimUser): void {
  const { ctx, set } = target;
  const failures: StatusError[] = [];
  for (const draft of claimDrafts(set, user.ordinal)) {
    const { name = "", namespace = "" } = draft.metadata;
    const present = ctx.lister(persistentVolumeClaims).get(`${namespace}/${name}`);
    if (present !== undefined) {
      if (present.metadata.deletionTimestamp !== undefined) failures.push(failed(`pvc ${name} is being deleted`));
      continue;
    }
    try {
      ctx.client.resource(persistentVolumeClaims).create(draft);
      claimEvent(target, name, { pod: user.name });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      failures.push(failed(`failed to create PVC ${name}: ${error.message}`));
      if (!isAlreadyExists(error)) claimEvent(target, name, { pod: user.name, error });
    }
  }
  const [first, ...more] = failures;
  if (first === undefined) return;
  throw more.length === 0 ? first : failed(`[${failures.map(({ message }) => message).join(", ")}]`);
}

function failed(message: string): StatusError {
  return new StatusError(500, "InternalError", message);
}

function claimEvent({ ctx, set }: Target, claim: string, { pod, error }: { pod: string; error?: StatusError }): void {
  const [success, failure] = REASONS.create;
  const { name } = set.metadata;
  if (error === undefined) {
    const message = `create Claim ${claim} Pod ${pod} in StatefulSet ${name} success`;
    ctx.events.event(set, "Normal", { reason: success, message });
  } else {
    const message = `create Claim ${claim} for Pod ${pod} in StatefulSet ${name} failed error: ${error.message}`;
    ctx.events.event(set, "Warning", { reason: failure, message });
  }
}

/** Claims that the informer doesn't have yet get their owners in a later pass. */
function ownClaims({ ctx, set }: Target, user: ClaimUser): void {
  for (const { metadata } of claimDrafts(set, user.ordinal)) {
    const claim = ctx.lister(persistentVolumeClaims).get(`${metadata.namespace}/${metadata.name}`);
    const owners = claim && wantedOwners(set, claim, user);
    if (claim !== undefined && owners !== undefined) updateOwners(ctx, claim, owners);
  }
}

function updateOwners(
  ctx: ControllerContext,
  claim: PersistentVolumeClaim,
  owners: NonNullable<ReturnType<typeof wantedOwners>>,
): void {
  try {
    ctx.client
      .resource(persistentVolumeClaims)
      .update({ ...claim, metadata: { ...claim.metadata, ownerReferences: [...owners] } });
  } catch (error) {
    if (isNotFound(error)) return;
    if (!(error instanceof StatusError)) throw error;
    const { code, reason, message } = error;
    throw new StatusError(
      code,
      reason,
      `could not update claim ${claim.metadata.name} for delete policy ownerRefs: ${message}`,
    );
  }
}
