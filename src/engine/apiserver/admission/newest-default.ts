import type { KubeObject } from "../../api/meta/object.ts";

/**
 * Which of several objects that are marked as default counts: the newest, and of those the first by name. Upstream:
 * pkg/volume/util/storageclass.go, plugin/pkg/admission/network/defaultingressclass.
 */
export function newestDefault<T extends KubeObject>(
  objects: readonly T[],
  annotations: readonly string[],
): T | undefined {
  let chosen: T | undefined;
  for (const object of objects) {
    if (!annotations.some((name) => object.metadata.annotations?.[name] === "true")) continue;
    const isNewer = chosen === undefined || object.metadata.creationTimestamp > chosen.metadata.creationTimestamp;
    if (isNewer) chosen = object;
  }
  return chosen;
}
