/** A daemon set's newest revision and the ones before. Upstream: constructHistory in pkg/controller/daemon/update.go. */
import { podTemplateHash } from "../../api/core/pod/template-hash.ts";
import type { ControllerRevision, DaemonSet, Pod } from "../../api/generated/types.ts";
import { isAlreadyExists } from "../../api/meta/status-error.ts";
import { controllerRevisions, daemonSets, pods } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { deleteRevisions, renumber, REVISION_LABEL } from "../history/revisions.ts";
import { keepsTemplate, templatePatch } from "../history/template-patch.ts";
import { controllerReference } from "../pod-control.ts";

export interface History {
  /** What the newest pods are labelled with. */
  hash: string;
  /** Oldest first. */
  old: readonly ControllerRevision[];
}

/** `known` are the set's revisions, oldest first, `owned` its pods. */
export function syncHistory(
  ctx: ControllerContext,
  daemonSet: DaemonSet,
  { known, owned }: { known: readonly ControllerRevision[]; owned: readonly Pod[] },
): History {
  const labelled = known.map((revision) => withLabel(ctx, revision));
  const same = labelled.filter((revision) => keepsTemplate(revision, daemonSet.spec.template));
  const old = labelled.filter((revision) => !same.includes(revision));
  const number = (old.at(-1)?.revision ?? 0) + 1;
  const kept = same.at(-1);
  if (kept === undefined) return { hash: hashOf(createRevision(ctx, daemonSet, number)), old };
  if (same.length > 1) mergeInto(ctx, kept, { others: same.slice(0, -1), owned });
  if (kept.revision < number) renumber(ctx, kept, number);
  return { hash: hashOf(kept), old };
}

function hashOf({ metadata }: ControllerRevision): string {
  return metadata.labels?.[REVISION_LABEL] ?? "";
}

/** One that somebody else made is told apart by its name. */
function withLabel(ctx: ControllerContext, revision: ControllerRevision): ControllerRevision {
  const { labels, name } = revision.metadata;
  if (labels?.[REVISION_LABEL] !== undefined) return revision;
  const metadata = { ...revision.metadata, labels: { ...labels, [REVISION_LABEL]: name } };
  return ctx.client.resource(controllerRevisions).update({ ...revision, metadata });
}

/** Of several revisions with the same template one stays, and the pods are its. */
function mergeInto(
  ctx: ControllerContext,
  kept: ControllerRevision,
  { others, owned }: { others: readonly ControllerRevision[]; owned: readonly Pod[] },
): void {
  const hash = hashOf(kept);
  for (const { metadata } of owned) {
    if (metadata.labels?.[REVISION_LABEL] === hash) continue;
    const patch = { metadata: { labels: { [REVISION_LABEL]: hash } } };
    ctx.client.resource(pods).patch(metadata.namespace, metadata.name, patch, { type: "merge" });
  }
  deleteRevisions(ctx, others);
}

function createRevision(ctx: ControllerContext, daemonSet: DaemonSet, number: number): ControllerRevision {
  const { namespace, name: prefix, annotations } = daemonSet.metadata;
  const { template } = daemonSet.spec;
  const { collisionCount } = daemonSet.status;
  const hash = podTemplateHash(template, collisionCount);
  const name = `${prefix}-${hash}`;
  const client = ctx.client.resource(controllerRevisions);
  try {
    return client.create({
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [REVISION_LABEL]: hash },
        ...(annotations && { annotations }),
        ownerReferences: [controllerReference(daemonSet)],
      },
      data: templatePatch(template),
      revision: number,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const present = client.get(namespace, name);
    if (keepsTemplate(present, template)) return present;
    // Two templates with one hash: the next pass hashes with another count.
    const fresh = ctx.client.resource(daemonSets).get(namespace, prefix);
    if (fresh.status.collisionCount === collisionCount) {
      const status = { ...fresh.status, collisionCount: (collisionCount ?? 0) + 1 };
      ctx.client.resource(daemonSets).updateStatus({ ...fresh, status });
    }
    throw error;
  }
}

/** Keeps as many old revisions as the limit says; those that a pod has stay in any case. */
export function cleanUpHistory(
  ctx: ControllerContext,
  daemonSet: DaemonSet,
  { old, owned }: { old: readonly ControllerRevision[]; owned: readonly Pod[] },
): void {
  const surplus = old.length - (daemonSet.spec.revisionHistoryLimit ?? 10);
  if (surplus <= 0) return;
  const live = new Set(owned.map(({ metadata }) => metadata.labels?.[REVISION_LABEL]));
  deleteRevisions(ctx, old.filter((revision) => !live.has(hashOf(revision))).slice(0, surplus));
}
