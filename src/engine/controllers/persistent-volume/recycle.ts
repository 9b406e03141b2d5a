/**
 * Empties a volume whose claim is gone, so that another can have it: a pod deletes all files. Only hostPath and nfs volumes
 * know how. Upstream: recycleVolumeOperation of pv_controller.go, pkg/volume/util/recyclerclient.
 */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import type { PersistentVolume, Pod } from "../../api/generated/types.ts";
import { quantityValue } from "../../api/meta/quantity.ts";
import { isAlreadyExists, isNotFound } from "../../api/meta/status-error.ts";
import { pods } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import type { Binder } from "./binder.ts";

const NAMESPACE = "default";
const PREFIX = "recycler-for-";
const IMAGE = "registry.k8s.io/build-image/debian-base:bookworm-v1.0.7";
const SCRUB = 'test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1';
/** Seconds that a recycler has at least, and more for each GiB. */
const SECONDS = { hostPath: 60, nfs: 300 };
const SECONDS_PER_GIB = 30;
const GIB = 1024 ** 3;

/** The volume that a pod empties; undefined for any other pod. */
export function recycledBy({ metadata }: Pod): string | undefined {
  const isRecycler = metadata.namespace === NAMESPACE && metadata.name.startsWith(PREFIX);
  return isRecycler ? metadata.name.slice(PREFIX.length) : undefined;
}

export function recycle(ctx: ControllerContext, binder: Binder, volume: PersistentVolume): void {
  const { name } = volume.metadata;
  const { hostPath, nfs } = volume.spec;
  const failed = (message: string): void => {
    binder.setPhase(volume, "Failed", { type: "Warning", reason: "VolumeFailedRecycle", message });
  };
  if (hostPath === undefined && nfs === undefined) {
    failed("No recycler plugin found for the volume!");
    return;
  }
  const client = ctx.client.resource<Pod>(pods);
  const pod = ctx.lister(pods).get(`${NAMESPACE}/${PREFIX}${name}`);
  if (pod === undefined) {
    try {
      client.create(recyclerPod(volume));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return;
  }
  if (!isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined) return;
  try {
    client.delete(NAMESPACE, pod.metadata.name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  if (pod.status.phase === "Succeeded") {
    ctx.events.event(volume, "Normal", { reason: "VolumeRecycled", message: "Volume recycled" });
    binder.unbind(volume);
    return;
  }
  const why = pod.status.message ?? "";
  failed(`Recycle failed: ${why === "" ? "pod failed, pod.Status.Message unknown" : why}`);
}

function recyclerPod({ metadata, spec }: PersistentVolume) {
  const { hostPath, nfs, capacity } = spec;
  const size = Math.floor(quantityValue(capacity?.["storage"] ?? "0") / GIB);
  const least = hostPath === undefined ? SECONDS.nfs : SECONDS.hostPath;
  return {
    metadata: { name: `${PREFIX}${metadata.name}`, namespace: NAMESPACE },
    spec: {
      activeDeadlineSeconds: Math.max(least, SECONDS_PER_GIB * size),
      restartPolicy: "Never",
      volumes: [{ name: "vol", ...(hostPath !== undefined && { hostPath }), ...(nfs !== undefined && { nfs }) }],
      containers: [
        {
          name: "pv-recycler",
          image: IMAGE,
          command: ["/bin/sh"],
          args: ["-c", SCRUB],
          volumeMounts: [{ name: "vol", mountPath: "/scrub" }],
        },
      ],
    },
  };
}
