/** Creates and deletes pods for a controller, with its events. Upstream: RealPodControl in pkg/controller/controller_utils.go. */
import type { OwnerReference, Pod, PodTemplateSpec } from "../api/generated/types.ts";
import { pods } from "../api/registry.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { assert } from "../base/assert.ts";
import type { ControllerContext } from "./define-controller.ts";

const CREATED = "SuccessfulCreate";
const CREATE_FAILED = "FailedCreate";
const DELETED = "SuccessfulDelete";
const DELETE_FAILED = "FailedDelete";

/** The reference that makes `owner` the controller of what carries it. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** True when a create failed because its namespace is being deleted: nothing to report, nothing to try again. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    (error.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating")
  );
}

/** `generateName`: what the name begins with, if not with the owner's. */
export function createPod(
  ctx: ControllerContext,
  owner: KubeObject,
  {
    template,
    reference,
    generateName,
  }: { template: PodTemplateSpec; reference: OwnerReference; generateName?: string | undefined },
): void {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const { namespace = "", name } = owner.metadata;
  assert(template.spec !== undefined, "a pod template without spec", namespace, name);
  try {
    const pod = ctx.client.resource<Pod>(pods).create({
      metadata: {
        generateName: generateName ?? `${name}-`,
        namespace,
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ...(finalizers && { finalizers }),
        ownerReferences: [reference],
      },
      spec: template.spec,
    });
    ctx.events.event(owner, "Normal", { reason: CREATED, message: `Created pod: ${pod.metadata.name}` });
  } catch (error) {
    if (error instanceof StatusError && !isNamespaceTerminating(error)) {
      ctx.events.event(owner, "Warning", { reason: CREATE_FAILED, message: `Error creating: ${error.message}` });
    }
    throw error;
  }
}

export function deletePod(ctx: ControllerContext, owner: KubeObject, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  try {
    ctx.client.resource<Pod>(pods).delete(namespace, name);
  } catch (error) {
    if (error instanceof StatusError && error.code !== 404) {
      ctx.events.event(owner, "Warning", { reason: DELETE_FAILED, message: `Error deleting: ${error.message}` });
    }
    throw error;
  }
  ctx.events.event(owner, "Normal", { reason: DELETED, message: `Deleted pod: ${name}` });
}
