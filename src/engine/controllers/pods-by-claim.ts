/** Index of pods by the claims that their volumes are; a generic ephemeral volume's claim is named after both. */
import type { Pod } from "../api/generated/types.ts";
import { pods } from "../api/registry.ts";
import type { Informers } from "../client/contracts.ts";
import { sameSpec } from "../client/store.ts";
import type { ControllerContext } from "./define-controller.ts";

const CLAIM = "claim";
const NONE: readonly string[] = [];

/** `namespace/name` of each. */
export function claimKeysOf({ metadata, spec }: Pod): readonly string[] {
  let keys: string[] | undefined;
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    const claim =
      persistentVolumeClaim?.claimName ?? (ephemeral === undefined ? undefined : `${metadata.name}-${name}`);
    if (claim !== undefined) (keys ??= []).push(`${metadata.namespace}/${claim}`);
  }
  return keys ?? NONE;
}

export function indexPodsByClaim(informers: Informers): void {
  informers.informer(pods).addIndex(CLAIM, claimKeysOf, sameSpec);
}

export function podsOfClaim(ctx: ControllerContext, claim: string): readonly Pod[] {
  return ctx.lister(pods).byIndex(CLAIM, claim);
}
