/** The real disk behind the engine's file system interface, for kubectl run from a real terminal. */
import { isUtf8 } from "node:buffer";
import * as fs from "node:fs";
import { SystemError } from "../engine/base/program.ts";
import type { Errno, FileStat, FileSystem } from "../engine/base/program.ts";

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new SystemError(((error as NodeJS.ErrnoException).code ?? "EINVAL") as Errno, path);
  }
}

function statOf(stats: fs.Stats): FileStat {
  const { size, mode, uid, gid, mtimeMs } = stats;
  const type = stats.isDirectory()
    ? "directory"
    : stats.isSymbolicLink()
      ? "symlink"
      : stats.isFile()
        ? "file"
        : "device";
  return { type, size, mode, uid, gid, mtime: mtimeMs };
}

export const nodeFileSystem: FileSystem = {
  readFile: (path) => guarded(path, () => fs.readFileSync(path, "utf8")),
  readForeign: (path) =>
    guarded(path, () => {
      const bytes = fs.readFileSync(path);
      return isUtf8(bytes) ? undefined : [...bytes];
    }),
  writeFile: (path, data, options = {}) =>
    guarded(path, () =>
      fs.writeFileSync(path, data, {
        flag: options.append === true ? "a" : "w",
        ...(options.mode !== undefined && { mode: options.mode }),
      }),
    ),
  stat: (path) => guarded(path, () => statOf(fs.statSync(path))),
  lstat: (path) => guarded(path, () => statOf(fs.lstatSync(path))),
  exists: (path) => fs.existsSync(path),
  readdir: (path) => guarded(path, () => fs.readdirSync(path).sort()),
  mkdir: (path, options = {}) =>
    guarded(path, () => void fs.mkdirSync(path, { recursive: options.recursive === true })),
  remove: (path, options = {}) => guarded(path, () => fs.rmSync(path, { recursive: options.recursive === true })),
  rename: (from, to) => guarded(from, () => fs.renameSync(from, to)),
  symlink: (target, path) => guarded(path, () => fs.symlinkSync(target, path)),
  readlink: (path) => guarded(path, () => fs.readlinkSync(path)),
  chmod: (path, mode) => guarded(path, () => fs.chmodSync(path, mode)),
  chown: (path, uid, gid) => guarded(path, () => fs.chownSync(path, uid, gid)),
  touch: (path, mtime) => guarded(path, () => fs.utimesSync(path, mtime / 1000, mtime / 1000)),
};
