/**
 * emptyDir volumes: on the node's disk, or in its memory. Upstream: pkg/volume/emptydir.
 * **Simplified:** huge pages are memory.
 */
import { podMemoryLimit } from "../api/core/pod/resources.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { placedVolume } from "./volume-plugin.ts";
import type { VolumeHost } from "./volume-plugin.ts";

export const emptyDirVolume = placedVolume("emptyDir", ({ medium = "", sizeLimit }, host) => {
  const inMemory = medium !== "";
  // A limit on the disk is the eviction manager's business; a tmpfs simply is no larger.
  const fs = host.newFileSystem(inMemory ? { capacity: memorySize(host, sizeLimit) } : {});
  fs.chmod("/", 0o777);
  return { fs, root: "", ...(inMemory && { memory: true }) };
});

/** The volume's limit, the pod's, or what the node has for all pods: the least of them. Upstream: calculateEmptyDirMemorySize. */
function memorySize({ pod, facts }: VolumeHost, sizeLimit: string | undefined): number {
  const ends = [sizeLimit, facts.allocatable["memory"]].map((text) => (text === undefined ? 0 : quantityValue(text)));
  return Math.min(...[...ends, podMemoryLimit(pod.spec) ?? 0].filter((bytes) => bytes > 0));
}
