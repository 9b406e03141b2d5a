import type { MemoryFileSystem } from "./memory-file-system.ts";

/** Copies what is in one file system into another one, below `path`, as cp -a does. */
export function copyTree(from: MemoryFileSystem, to: MemoryFileSystem, path = "/"): void {
  for (const name of from.readdir(path)) {
    const at = path === "/" ? `/${name}` : `${path}/${name}`;
    const { type, mode, uid, gid } = from.lstat(at);
    if (type === "symlink") {
      to.symlink(from.readlink(at), at);
      continue;
    }
    if (type === "directory") to.mkdir(at, { recursive: true });
    else if (type === "block" || type === "socket") to.special(at, type);
    if (type === "file" || type === "block") to.writeFile(at, from.readFile(at));
    if (type === "directory") copyTree(from, to, at);
    to.chmod(at, mode);
    to.chown(at, uid, gid);
  }
}
