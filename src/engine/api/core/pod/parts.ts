/**
 * Parts of a pod that are written by themselves. Upstream: podEphemeralContainersStrategy and podResizeStrategy of
 * pkg/registry/core/pod/strategy.go.
 */
import { deepEqual } from "../../../base/json.ts";
import type { Container, Pod, PodSpec } from "../../generated/types.ts";
import type { ObjectPart } from "../../meta/resource.ts";
import { validatePodResize } from "./validate-resize.ts";
import { validateEphemeralContainersUpdate } from "./validate-update.ts";

export const ephemeralcontainers: ObjectPart<Pod> = {
  take(next, old) {
    const { ephemeralContainers: _, ...spec } = old.spec;
    const added = next.spec.ephemeralContainers;
    return { ...old, spec: added === undefined ? spec : { ...spec, ephemeralContainers: added } };
  },
  validate: validateEphemeralContainersUpdate,
};

/** The kubelet acts on it. */
export const resize: ObjectPart<Pod> = {
  take(next, old) {
    const spec: PodSpec = { ...old.spec, containers: resized(old.spec.containers, next.spec.containers) };
    if (next.spec.resources === undefined) delete spec.resources;
    else spec.resources = next.spec.resources;
    if (old.spec.initContainers !== undefined) {
      spec.initContainers = resized(old.spec.initContainers, next.spec.initContainers ?? []);
    }
    if (deepEqual(spec, old.spec)) return old;
    return { ...old, spec };
  },
  validate: validatePodResize,
};

function resized(containers: readonly Container[], next: readonly Container[]): Container[] {
  return containers.map((container) => {
    const wanted = next.find(({ name }) => name === container.name);
    if (wanted === undefined) return container;
    const { resources: _, resizePolicy: __, ...rest } = container;
    return {
      ...rest,
      ...(wanted.resources !== undefined && { resources: wanted.resources }),
      ...(wanted.resizePolicy !== undefined && { resizePolicy: wanted.resizePolicy }),
    };
  });
}
