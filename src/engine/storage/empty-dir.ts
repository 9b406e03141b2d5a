/**
 * emptyDir volumes: on the node's disk, or in its memory. Upstream: pkg/volume/emptydir.
 * **Simplified:** huge pages are memory.
 */
import { memorySize } from "./memory-device.ts";
import { placedVolume } from "./volume-plugin.ts";

export const emptyDirVolume = placedVolume("emptyDir", ({ medium = "", sizeLimit }, host) => {
  const inMemory = medium !== "";
  // A limit on the disk is the eviction manager's business; a tmpfs simply is no larger.
  const fs = host.newFileSystem(inMemory ? { capacity: memorySize(host, sizeLimit) } : {});
  fs.chmod("/", 0o777);
  if (!inMemory) return { fs, root: "" };
  const space = () => fs.space?.("/") ?? { capacity: 0, used: 0 };
  return { fs, root: "", memory: true, device: { source: "tmpfs", type: "tmpfs", space } };
});
