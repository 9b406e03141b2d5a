/** Volumes in the node's memory. Upstream: pkg/volume/emptydir, which the volumes of secrets and projections are too. */
import { podMemoryLimit } from "../api/core/pod/resources.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import type { MountDevice } from "../base/program.ts";
import type { VolumeHost } from "./volume-plugin.ts";

const PAGE = 4096;

/** The volume's limit, the pod's, or what the node has for all pods: the least of them. Upstream: calculateEmptyDirMemorySize. */
export function memorySize({ pod, facts }: VolumeHost, sizeLimit?: string): number {
  const ends = [sizeLimit, facts.allocatable["memory"]].map((text) => (text === undefined ? 0 : quantityValue(text)));
  return Math.min(...[...ends, podMemoryLimit(pod.spec) ?? 0].filter((bytes) => bytes > 0));
}

/** A tmpfs of files that the kubelet writes, which take so many pages. */
export function writtenMemory(host: VolumeHost, pages: () => number): MountDevice {
  return {
    source: "tmpfs",
    type: "tmpfs",
    space: () => ({ capacity: memorySize(host), used: pages() * PAGE }),
  };
}

/** Of a text of so many bytes. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE);
}
