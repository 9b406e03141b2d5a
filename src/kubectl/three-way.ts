/** The patch from last applied, wanted and live configuration. Upstream: kubectl pkg/cmd/apply/patcher.go. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { createThreeWayMergePatch } from "../engine/api/patch/merge-patch.ts";
import { PatchError, patchTypeOf } from "../engine/api/patch/patch-schema.ts";
import { createThreeWayPatch, createTwoWayPatch } from "../engine/api/patch/strategic-create.ts";
import { byKind } from "../engine/api/registry.ts";
import type { Json, JsonObject } from "../engine/base/json.ts";
import { asJson } from "./as-object.ts";
import { LAST_APPLIED } from "./create-object.ts";
import { type ApiResource, apiVersionOf } from "./discovery.ts";
import { CommandError } from "./errors.ts";

export interface Patch {
  patch: JsonObject;
  contentType: string;
}

const STRATEGIC = "application/strategic-merge-patch+json";
const MERGE = "application/merge-patch+json";

/** The structure of a built-in kind, which is patched strategically; undefined: RFC 7386. */
export function structureOf(resource: ApiResource): string | undefined {
  return byKind(apiVersionOf(resource), resource.kind)?.structure;
}

export function threeWayPatch(
  resource: ApiResource,
  versions: { modified: KubeObject; live: KubeObject; overwrite: boolean },
): Patch {
  const lastApplied = versions.live.metadata.annotations?.[LAST_APPLIED];
  const original = lastApplied === undefined ? {} : (JSON.parse(lastApplied) as JsonObject);
  const modified = asJson(versions.modified);
  const current = asJson(versions.live);
  const structure = structureOf(resource);
  if (structure === undefined) {
    return { patch: createThreeWayMergePatch({ original, modified, current }), contentType: MERGE };
  }
  try {
    const type = patchTypeOf(structure);
    const patch = createThreeWayPatch({ original, modified, current }, type, { overwrite: versions.overwrite });
    return { patch: onlyOrders(patch) ? {} : patch, contentType: STRATEGIC };
  } catch (error) {
    if (error instanceof PatchError) throw new CommandError(error.message);
    throw error;
  }
}

/** What changes `from` into `to`. */
export function twoWayPatch(resource: ApiResource, from: KubeObject, to: KubeObject): Patch {
  const structure = structureOf(resource);
  if (structure === undefined) {
    const patch = createThreeWayMergePatch({ original: asJson(from), modified: asJson(to), current: asJson(from) });
    return { patch, contentType: MERGE };
  }
  return { patch: createTwoWayPatch(asJson(from), asJson(to), patchTypeOf(structure)), contentType: STRATEGIC };
}

/** A patch that only restates the order of lists changes nothing. */
function onlyOrders(patch: Json): boolean {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return false;
  return Object.entries(patch).every(([key, value]) => key.startsWith("$setElementOrder/") || onlyOrders(value));
}
