/**
 * nfs volumes: an export of a server that all nodes see. Upstream: pkg/volume/nfs.
 * **Simplified:** whatever server is named has the export, empty at first; nobody has to serve it.
 */
import type { FileSystem } from "../base/program.ts";
import { placedVolume } from "./volume-plugin.ts";
import type { VolumeHost } from "./volume-plugin.ts";

export const nfsVolume = placedVolume("nfs", ({ server, path, readOnly = false }, host) => ({
  fs: nfsExport(host, server, path),
  root: "",
  ...(readOnly && { readOnly: true }),
}));

export function nfsExport(host: VolumeHost, server: string, path: string): FileSystem {
  return host.remoteFileSystem(`nfs://${server}${path}`);
}
