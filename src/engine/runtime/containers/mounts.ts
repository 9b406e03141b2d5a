/**
 * One tree put together from several file systems, as mounts do on Linux.
 *
 * **Simplified:** a symbolic link that leads out of a mounted tree is followed inside that tree; renames between
 * mounts fail with EINVAL (Linux: EXDEV); directories on the way to a mount point are there and can't be written to.
 */
import { SystemError } from "../../base/program.ts";
import type { FileStat, FileSystem, FileSystemSpace, MountDevice, MountPoint } from "../../base/program.ts";

export interface Mount {
  /** Absolute, without a slash at the end. */
  path: string;
  fs: FileSystem;
  /** What of `fs` is seen at `path`: a directory or one file; "" for all of it. */
  from: string;
  readOnly: boolean;
  /** Files there are in memory: who writes them is charged for them. */
  readonly inMemory?: boolean;
  /** Where the node has it, for messages; a block device that is passed in has none. */
  readonly source?: string;
  /** What is mounted there; absent: a folder or file of the node's disk. */
  readonly device?: MountDevice | undefined;
}

interface Place {
  fs: FileSystem;
  path: string;
  readOnly: boolean;
  inMemory: boolean;
}

export interface MountedFileSystemOptions {
  /** Whether `root` can't be written to. */
  readOnly?: boolean;
  /** Called with how many bytes more than before there are in memory. */
  charge?: (bytes: number) => void;
}

const MADE: FileStat = { type: "directory", size: 4096, mode: 0o755, uid: 0, gid: 0, mtime: 0 };

export class MountedFileSystem implements FileSystem {
  private readonly root: FileSystem;
  private readonly mounts: readonly Mount[];
  private readonly rootReadOnly: boolean;
  private readonly charge: ((bytes: number) => void) | undefined;

  /** The longest mount path wins. */
  constructor(root: FileSystem, mounts: readonly Mount[], options: MountedFileSystemOptions = {}) {
    this.root = root;
    this.mounts = [...mounts].sort((a, b) => b.path.length - a.path.length);
    this.rootReadOnly = options.readOnly ?? false;
    this.charge = options.charge;
  }

  readFile(path: string): string {
    const at = this.locate(path);
    return at.fs.readFile(at.path);
  }

  writeFile(path: string, data: string, options?: { append?: boolean; mode?: number }): void {
    const at = this.writable(path);
    this.changeSize(at, () => at.fs.writeFile(at.path, data, options));
  }

  stat(path: string): FileStat {
    const at = this.locate(path);
    return this.isMadeForMount(path, at) ? MADE : at.fs.stat(at.path);
  }

  lstat(path: string): FileStat {
    const at = this.locate(path);
    return this.isMadeForMount(path, at) ? MADE : at.fs.lstat(at.path);
  }

  exists(path: string): boolean {
    const at = this.locate(path);
    return at.fs.exists(at.path) || this.isMadeForMount(path, at);
  }

  readdir(path: string): string[] {
    const at = this.locate(path);
    const names = new Set(this.isMadeForMount(path, at) ? [] : at.fs.readdir(at.path));
    const prefix = normalize(path) === "/" ? "/" : `${normalize(path)}/`;
    for (const mount of this.mounts) {
      if (mount.path.startsWith(prefix)) names.add(mount.path.slice(prefix.length).split("/")[0] as string);
    }
    return [...names].sort();
  }

  mkdir(path: string, options?: { recursive?: boolean; mode?: number }): void {
    const at = this.writable(path);
    at.fs.mkdir(at.path, options);
  }

  remove(path: string, options?: { recursive?: boolean }): void {
    const at = this.writable(path);
    this.changeSize(at, () => at.fs.remove(at.path, options));
  }

  rename(from: string, to: string): void {
    const source = this.writable(from);
    const target = this.writable(to);
    if (source.fs !== target.fs) throw new SystemError("EINVAL", to);
    this.changeSize(target, () => source.fs.rename(source.path, target.path));
  }

  symlink(target: string, path: string): void {
    const at = this.writable(path);
    at.fs.symlink(target, at.path);
  }

  readlink(path: string): string {
    const at = this.locate(path);
    return at.fs.readlink(at.path);
  }

  chmod(path: string, mode: number): void {
    const at = this.writable(path);
    at.fs.chmod(at.path, mode);
  }

  chown(path: string, uid: number, gid: number): void {
    const at = this.writable(path);
    at.fs.chown(at.path, uid, gid);
  }

  touch(path: string, mtime: number): void {
    const at = this.writable(path);
    at.fs.touch(at.path, mtime);
  }

  allocate(path: string, bytes: number): void {
    const at = this.writable(path);
    this.changeSize(at, () => at.fs.allocate?.(at.path, bytes));
  }

  isReadOnly(path: string): boolean {
    return this.locate(path).readOnly;
  }

  space(path: string): FileSystemSpace | undefined {
    const at = this.locate(path);
    return at.fs.space?.(at.path);
  }

  mountTable(): readonly MountPoint[] {
    return this.root.mountTable?.() ?? [];
  }

  /** Does what may make files there larger or smaller. */
  private changeSize(at: Place, change: () => void): void {
    if (!at.inMemory || this.charge === undefined) return change();
    const used = (): number => at.fs.space?.(at.path)?.used ?? 0;
    const before = used();
    change();
    const grown = used() - before;
    if (grown !== 0) this.charge(grown);
  }

  /** A directory on the way to a mount point, which the image doesn't have: the runtime makes it. */
  private isMadeForMount(path: string, at: Place): boolean {
    const prefix = `${normalize(path)}/`;
    return this.mounts.some((mount) => mount.path.startsWith(prefix)) && !at.fs.exists(at.path);
  }

  private writable(path: string): Place {
    const at = this.locate(path);
    if (at.readOnly) throw new SystemError("EROFS", path);
    return at;
  }

  private locate(path: string): Place {
    const clean = normalize(path);
    for (const mount of this.mounts) {
      if (clean === mount.path || clean.startsWith(`${mount.path}/`)) {
        const inner = mount.from + clean.slice(mount.path.length);
        const { fs, readOnly, inMemory = false } = mount;
        return { fs, path: inner === "" ? "/" : inner, readOnly, inMemory };
      }
    }
    return { fs: this.root, path: clean, readOnly: this.rootReadOnly, inMemory: false };
  }
}

function normalize(path: string): string {
  if (!path.includes("//") && !path.includes("/.") && (path === "/" || !path.endsWith("/"))) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}
