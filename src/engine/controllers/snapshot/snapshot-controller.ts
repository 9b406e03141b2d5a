/**
 * snapshot-controller: gives each VolumeSnapshot its VolumeSnapshotContent, follows what becomes of it, and holds back
 * what is in use. Drivers' own sidecars take the snapshots. Upstream: external-snapshotter pkg/common-controller.
 *
 * **Simplified:** no group snapshots, no secrets for drivers; what waits looks again when a claim changes, not only at
 * the next resync.
 */
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isConflict, isNotFound } from "../../api/meta/status-error.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/registry.ts";
import type { Informers } from "../../client/contracts.ts";
import { sameSpec } from "../../client/store.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition } from "../define-controller.ts";
import { settleContent } from "./contents.ts";
import { followSnapshots, snapshotKinds } from "./kinds.ts";
import { FROM_SNAPSHOT, releaseClaim, settleSnapshot, sourceSnapshots } from "./snapshots.ts";

/** `--retry-interval-start` and `--retry-interval-max`. */
const RETRY_MS = 1000;
const RETRY_MAX_MS = 5 * 60_000;

/** Keys: `snapshot|<namespace>/<name>`, `content|<name>`, `claim|<namespace>/<name>`. */
export function snapshotController(account: UserInfo): ControllerDefinition<PersistentVolumeClaim> {
  const attempts = new Map<string, number>();
  return defineController<PersistentVolumeClaim>({
    name: "snapshot-controller",
    account,
    for: persistentVolumeClaims,
    keys: (claim) => sourceSnapshots(claim).map((key) => `snapshot|${key}`),
    subject: (key) => `volumesnapshots/${key.slice(key.indexOf("|") + 1)}`,
    setup(informers, ctx) {
      informers.informer(persistentVolumes);
      informers.informer(persistentVolumeClaims).addIndex(FROM_SNAPSHOT, sourceSnapshots, sameSpec);
      return follow(informers, ctx);
    },
    reconcile(ctx, key) {
      const again = settle(ctx, key);
      if (!again) {
        attempts.delete(key);
        return {};
      }
      const count = attempts.get(key) ?? 0;
      attempts.set(key, count + 1);
      return { requeueAfter: Math.min(RETRY_MS * 2 ** count, RETRY_MAX_MS), background: true };
    },
  });
}

function follow(informers: Informers, ctx: ControllerContext): () => void {
  return followSnapshots(informers, ctx, {
    snapshot(snapshot, gone) {
      if (!gone) ctx.enqueue(`snapshot|${keyOf(snapshot)}`);
      else {
        const { persistentVolumeClaimName: claim } = snapshot.spec.source;
        if (claim !== undefined) ctx.enqueue(`claim|${snapshot.metadata.namespace}/${claim}`);
        ctx.enqueue(`content|${snapshot.status?.boundVolumeSnapshotContentName ?? ""}`);
      }
    },
    content(content, gone) {
      if (!gone) ctx.enqueue(`content|${content.metadata.name}`);
      const { namespace, name } = content.spec.volumeSnapshotRef;
      ctx.enqueue(`snapshot|${namespace}/${name}`);
    },
  });
}

/** True: it has to be tried again. */
function settle(ctx: ControllerContext, key: string): boolean {
  const kinds = snapshotKinds(ctx.client);
  if (kinds === undefined) return false;
  const bar = key.indexOf("|");
  const name = key.slice(bar + 1);
  try {
    switch (key.slice(0, bar)) {
      case "content":
        return settleContent(ctx, kinds, name);
      case "claim":
        return releaseClaim(ctx, kinds, name);
      default:
        return settleSnapshot(ctx, kinds, name);
    }
  } catch (error) {
    if (isNotFound(error)) return false;
    if (isConflict(error)) return true;
    throw error;
  }
}
