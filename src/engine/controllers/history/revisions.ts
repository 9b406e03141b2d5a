/** The revisions of one owner. Upstream: pkg/controller/history/controller_history.go. */
import type { ControllerRevision, LabelSelector } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { controllerRevisions } from "../../api/registry.ts";
import type { Informers } from "../../client/contracts.ts";
import { claim, indexOrphans, orphanHandler } from "../claim.ts";
import type { ControllerContext } from "../define-controller.ts";

/** On pods of both kinds, and on a daemon set's revisions. */
export const REVISION_LABEL = "controller-revision-hash";
const MAX_PREFIX = 223;

/** `db-5d8c9f7b6`; the name is cut where both would be longer than a name may be. */
export function revisionName(prefix: string, hash: string): string {
  return `${prefix.slice(0, MAX_PREFIX)}-${hash}`;
}

/** Oldest first; of the same number, by age and then by name. */
export function sortRevisions(revisions: readonly ControllerRevision[]): readonly ControllerRevision[] {
  return [...revisions].sort(
    (a, b) =>
      a.revision - b.revision ||
      compareTexts(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
      compareTexts(a.metadata.name, b.metadata.name),
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The owner's revisions, oldest first. Orphans that its selector matches are adopted. */
export function claimRevisions<O extends KubeObject & { spec: { selector: LabelSelector } }>(
  ctx: ControllerContext,
  owner: O,
  ownerResource: Resource<O>,
): readonly ControllerRevision[] {
  const selector = labelSelectorAsSelector(owner.spec.selector);
  return sortRevisions(claim(ctx, { owner, ownerResource, resource: controllerRevisions, selector }));
}

/** Call it in `setup`: makes adoption possible, and reconciles who could adopt. */
export function watchOrphanRevisions<O extends KubeObject & { spec: { selector: LabelSelector } }>(
  informers: Informers,
  ctx: ControllerContext,
  ownerResource: Resource<O>,
): void {
  indexOrphans(informers, controllerRevisions);
  const candidates = (revision: ControllerRevision): readonly O[] =>
    ctx
      .lister(ownerResource)
      .byIndex("namespace", revision.metadata.namespace)
      .filter(({ spec }) => labelSelectorAsSelector(spec.selector).matches(revision.metadata.labels));
  informers.informer(controllerRevisions).addHandler(orphanHandler(candidates, ctx));
}

/** Moves a revision that is rolled back to, to the end of the history. */
export function renumber(ctx: ControllerContext, revision: ControllerRevision, number: number): ControllerRevision {
  if (revision.revision === number) return revision;
  return ctx.client.resource(controllerRevisions).update({ ...revision, revision: number });
}

/** The oldest of `old` that exceed `limit`, without those that are in use. */
export function surplusRevisions(
  old: readonly ControllerRevision[],
  { limit, isLive }: { limit: number; isLive(revision: ControllerRevision): boolean },
): readonly ControllerRevision[] {
  const idle = old.filter((revision) => !isLive(revision));
  return idle.slice(0, Math.max(0, idle.length - limit));
}

export function deleteRevisions(ctx: ControllerContext, revisions: readonly ControllerRevision[]): void {
  for (const revision of revisions) {
    const { namespace, name } = revision.metadata;
    if (ctx.lister(controllerRevisions).get(keyOf(revision)) === undefined) continue;
    try {
      ctx.client.resource(controllerRevisions).delete(namespace, name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
