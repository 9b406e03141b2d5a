/**
 * Volumes that are an image's content, brought to the node before the first container that mounts them.
 * Upstream: getImageVolumes in kuberuntime_manager.go.
 */
import type { Container } from "../api/generated/types.ts";
import type { ContainerSlot } from "./container-slot.ts";
import type { ImageOutcome } from "./image-manager.ts";
import type { PodWorker } from "./pod-worker.ts";

type Failure = Exclude<ImageOutcome, { image: unknown }>;

/** Calls `done` once the container's image volumes are all there, or with what failed. Returns the function that gives up. */
export function ensureImageVolumes(
  worker: PodWorker,
  slot: ContainerSlot,
  done: (failure: Failure | undefined) => void,
): (() => void) | undefined {
  const { ctx, pod, volumes } = worker;
  const volume = (pod.spec.volumes ?? []).find(
    ({ name, image }) =>
      image !== undefined && !volumes.has(name) && slot.spec.volumeMounts?.some((mount) => mount.name === name),
  );
  if (volume?.image === undefined) {
    done(undefined);
    return undefined;
  }
  const { reference = "", pullPolicy } = volume.image;
  // No container's: events name the pod alone.
  const wanted: Container = {
    name: "",
    image: reference,
    ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }),
  };
  let giveUp: (() => void) | undefined;
  const first = ctx.images.ensure(pod, wanted, (outcome) => {
    if (!("image" in outcome)) return done(outcome);
    volumes.mountImage(volume.name, ctx.runtime.imageContent(outcome.image));
    giveUp = ensureImageVolumes(worker, slot, done);
  });
  return () => (giveUp ?? first)();
}
