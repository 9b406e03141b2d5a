/** The revision that a stateful set is at and the one that it goes to. Upstream: getStatefulSetRevisions. */
import { podTemplateHash } from "../../api/core/pod/template-hash.ts";
import type { ControllerRevision, Pod, StatefulSet } from "../../api/generated/types.ts";
import { isAlreadyExists } from "../../api/meta/status-error.ts";
import { controllerRevisions } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { deleteRevisions, renumber, revisionName, surplusRevisions } from "../history/revisions.ts";
import { keepsTemplate, templatePatch } from "../history/template-patch.ts";
import { controllerReference } from "../pod-control.ts";
import { revisionOf } from "./pods.ts";

const HASH_LABEL = "controller.kubernetes.io/hash";

export interface Revisions {
  current: ControllerRevision;
  update: ControllerRevision;
  collisionCount: number;
}

/** `known` are the set's revisions, oldest first. Makes the newest one if there is none for the template yet. */
export function syncRevisions(
  ctx: ControllerContext,
  set: StatefulSet,
  known: readonly ControllerRevision[],
): Revisions {
  const number = (known.at(-1)?.revision ?? 0) + 1;
  const present = known.findLast((revision) => keepsTemplate(revision, set.spec.template));
  const collisionCount = set.status.collisionCount ?? 0;
  const found =
    present === undefined
      ? createRevision(ctx, set, { number, collisionCount })
      : { update: present === known.at(-1) ? present : renumber(ctx, present, number), collisionCount };
  const current = known.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? found.update;
  return { ...found, current };
}

/** Names are tried with one collision count after the other until one is free. */
function createRevision(
  ctx: ControllerContext,
  set: StatefulSet,
  { number, collisionCount: first }: { number: number; collisionCount: number },
): { update: ControllerRevision; collisionCount: number } {
  const { namespace, name: prefix, annotations } = set.metadata;
  const { template } = set.spec;
  const client = ctx.client.resource(controllerRevisions);
  for (let collisionCount = first; ; collisionCount++) {
    const hash = podTemplateHash(template, collisionCount);
    const name = revisionName(prefix, hash);
    try {
      const update = client.create({
        metadata: {
          name,
          namespace,
          labels: { ...template.metadata?.labels, [HASH_LABEL]: hash },
          ...(annotations && { annotations }),
          ownerReferences: [controllerReference(set)],
        },
        data: templatePatch(template),
        revision: number,
      });
      return { update, collisionCount };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const present = client.get(namespace, name);
      if (keepsTemplate(present, template)) return { update: present, collisionCount };
    }
  }
}

/** Revisions that no pod has and nothing goes to, beyond the history limit, are deleted; a negative limit keeps all. */
export function truncateHistory(
  ctx: ControllerContext,
  set: StatefulSet,
  { known, pods, revisions }: { known: readonly ControllerRevision[]; pods: readonly Pod[]; revisions: Revisions },
): void {
  const limit = set.spec.revisionHistoryLimit ?? 10;
  if (limit < 0 || known.length <= limit) return;
  const live = new Set(pods.map(revisionOf));
  live.add(revisions.current.metadata.name).add(revisions.update.metadata.name);
  deleteRevisions(ctx, surplusRevisions(known, { limit, isLive: ({ metadata }) => live.has(metadata.name) }));
}
