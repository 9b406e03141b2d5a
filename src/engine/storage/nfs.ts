/**
 * nfs volumes: an export of a server that all nodes see. Upstream: pkg/volume/nfs.
 * **Simplified:** whatever server is named has the export, empty at first, with 100 GiB of room; nobody has to serve it.
 */
import { placedVolume } from "./volume-plugin.ts";
import type { VolumeHost, VolumePlace } from "./volume-plugin.ts";

const CAPACITY = 100 * 1024 ** 3;

export const nfsVolume = placedVolume("nfs", ({ server, path, readOnly = false }, host) => ({
  ...nfsExport(host, server, path),
  ...(readOnly && { readOnly: true }),
}));

export function nfsExport(host: VolumeHost, server: string, path: string): VolumePlace {
  const fs = host.remoteFileSystem(`nfs://${server}${path}`);
  if (fs.space("/") === undefined) fs.resize(CAPACITY);
  const space = () => fs.space("/") ?? { capacity: CAPACITY, used: 0 };
  return { fs, root: "", device: { source: `${server}:${path}`, type: "nfs4", space } };
}
