/** hostPath volumes: files of the node. Upstream: pkg/volume/hostpath. */
import type { FileStat, FileSystem } from "../base/program.ts";
import { placedVolume, VolumeError } from "./volume-plugin.ts";

export const hostPathVolume = placedVolume("hostPath", ({ path, type = "" }, { disk }) => {
  make(disk, path, type);
  const wanted = WANTED[type];
  if (wanted !== undefined && (!disk.exists(path) || disk.stat(path).type !== wanted.type)) {
    throw new VolumeError(`hostPath type check failed: ${path} is not a ${wanted.noun}`);
  }
  return { fs: disk, root: path === "/" ? "" : path };
});

const DIRECTORY = { type: "directory", noun: "directory" } as const;
const FILE = { type: "file", noun: "file" } as const;

/** By `type`; without one nothing is checked. */
const WANTED: Readonly<Record<string, { type: FileStat["type"]; noun: string }>> = {
  Directory: DIRECTORY,
  DirectoryOrCreate: DIRECTORY,
  File: FILE,
  FileOrCreate: FILE,
  Socket: { type: "socket", noun: "socket file" },
  CharDevice: { type: "device", noun: "character device" },
  BlockDevice: { type: "block", noun: "block device" },
};

/** What does not exist is made where the type says so; without a type, the container runtime makes a directory. */
function make(disk: FileSystem, path: string, type: string): void {
  if (disk.exists(path)) return;
  if (type === "" || type === "DirectoryOrCreate") disk.mkdir(path, { recursive: true });
  if (type !== "FileOrCreate") return;
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  if (!disk.exists(parent)) throw new VolumeError(`open ${path}: no such file or directory`);
  disk.writeFile(path, "");
}
