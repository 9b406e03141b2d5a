/**
 * emptyDir volumes: on the node's disk, or in its memory. Upstream: pkg/volume/emptydir.
 * **Simplified:** of memory that a volume without sizeLimit may take, the pod's own limits don't tell; huge pages are memory.
 */
import { quantityValue } from "../api/meta/quantity.ts";
import { placedVolume } from "./volume-plugin.ts";

export const emptyDirVolume = placedVolume("emptyDir", ({ medium = "", sizeLimit }, host) => {
  const inMemory = medium !== "";
  // A limit on the disk is the eviction manager's business; a tmpfs simply is no larger.
  const fs = host.newFileSystem(inMemory && sizeLimit !== undefined ? { capacity: quantityValue(sizeLimit) } : {});
  fs.chmod("/", 0o777);
  return { fs, root: "", ...(inMemory && { memory: true }) };
});
