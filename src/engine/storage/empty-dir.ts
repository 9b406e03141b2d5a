/**
 * emptyDir volumes. Upstream: pkg/volume/emptydir.
 * **Simplified:** memory and disk are one medium, and nothing is limited by sizeLimit.
 */
import { placedVolume } from "./volume-plugin.ts";

export const emptyDirVolume = placedVolume("emptyDir", (_source, host) => ({ fs: host.newFileSystem(), root: "" }));
