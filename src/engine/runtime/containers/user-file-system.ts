/**
 * A file tree as one user may use it: permission bits count. Upstream: path_resolution(7), inode(7).
 *
 * Root sees the tree itself, so only containers that run as somebody else pay for this. **Simplified:** whether folders
 * on the way may be passed is not asked; the sticky bit counts when something is removed.
 */
import { SystemError } from "../../base/program.ts";
import type { FileStat, FileSystem, FileSystemSpace, MountPoint } from "../../base/program.ts";
import { parentPath } from "../paths.ts";

export interface FileUser {
  uid: number;
  gid: number;
  groups: readonly number[];
}

const READ = 4;
const WRITE = 2;
const STICKY = 0o1000;
const SET_GROUP = 0o2000;

export class UserFileSystem implements FileSystem {
  private readonly fs: FileSystem;
  private readonly user: FileUser;

  constructor(fs: FileSystem, user: FileUser) {
    this.fs = fs;
    this.user = user;
  }

  readFile(path: string): string {
    this.demand(path, READ);
    return this.fs.readFile(path);
  }

  writeFile(path: string, data: string, options?: { append?: boolean; mode?: number }): void {
    const isNew = !this.fs.exists(path);
    if (isNew) this.demand(parentPath(path), WRITE);
    else this.demand(path, WRITE);
    this.fs.writeFile(path, data, options);
    if (isNew) this.own(path);
  }

  stat(path: string): FileStat {
    return this.fs.stat(path);
  }

  lstat(path: string): FileStat {
    return this.fs.lstat(path);
  }

  exists(path: string): boolean {
    return this.fs.exists(path);
  }

  readdir(path: string): string[] {
    this.demand(path, READ);
    return this.fs.readdir(path);
  }

  mkdir(path: string, options?: { recursive?: boolean; mode?: number }): void {
    if (this.fs.exists(path)) return this.fs.mkdir(path, options);
    const missing = [path];
    let parent = parentPath(path);
    for (; options?.recursive === true && !this.fs.exists(parent); parent = parentPath(parent)) missing.push(parent);
    if (this.fs.exists(parent)) this.demand(parent, WRITE);
    this.fs.mkdir(path, options);
    for (const made of missing.reverse()) this.own(made);
  }

  remove(path: string, options?: { recursive?: boolean }): void {
    this.demandRemoval(path);
    this.fs.remove(path, options);
  }

  rename(from: string, to: string): void {
    this.demandRemoval(from);
    if (this.fs.exists(to)) this.demandRemoval(to);
    else this.demand(parentPath(to), WRITE);
    this.fs.rename(from, to);
  }

  symlink(target: string, path: string): void {
    this.demand(parentPath(path), WRITE);
    this.fs.symlink(target, path);
  }

  readlink(path: string): string {
    return this.fs.readlink(path);
  }

  chmod(path: string, mode: number): void {
    this.demandWritable(path);
    if (this.fs.stat(path).uid !== this.user.uid) throw new SystemError("EPERM", path);
    this.fs.chmod(path, mode);
  }

  chown(path: string, uid: number, gid: number): void {
    this.demandWritable(path);
    const stat = this.fs.stat(path);
    const { user } = this;
    const mayPass = stat.uid === user.uid && uid === stat.uid && (gid === user.gid || user.groups.includes(gid));
    if (!mayPass && (uid !== stat.uid || gid !== stat.gid)) throw new SystemError("EPERM", path);
    this.fs.chown(path, uid, gid);
  }

  touch(path: string, mtime: number): void {
    const isNew = !this.fs.exists(path);
    if (isNew) this.demand(parentPath(path), WRITE);
    else if (this.fs.stat(path).uid !== this.user.uid) this.demand(path, WRITE);
    this.fs.touch(path, mtime);
    if (isNew) this.own(path);
  }

  allocate(path: string, bytes: number): void {
    this.writeFile(path, "", { append: true });
    this.fs.allocate?.(path, bytes);
  }

  space(path: string): FileSystemSpace | undefined {
    return this.fs.space?.(path);
  }

  mountTable(): readonly MountPoint[] {
    return this.fs.mountTable?.() ?? [];
  }

  /** What is new belongs to its maker, and to the folder's group where the folder says so. */
  private own(path: string): void {
    const folder = this.fs.stat(parentPath(path));
    this.fs.chown(path, this.user.uid, (folder.mode & SET_GROUP) === 0 ? this.user.gid : folder.gid);
  }

  private demandRemoval(path: string): void {
    const folder = this.fs.stat(parentPath(path));
    this.demand(parentPath(path), WRITE);
    if ((folder.mode & STICKY) === 0 || folder.uid === this.user.uid) return;
    if (this.fs.lstat(path).uid !== this.user.uid) throw new SystemError("EPERM", path);
  }

  /** What is read-only says so before anybody asks who it is. */
  private demandWritable(path: string): void {
    if (this.fs.isReadOnly?.(path) === true) throw new SystemError("EROFS", path);
  }

  private demand(path: string, right: number): void {
    if (!this.fs.exists(path)) return;
    if (right === WRITE) this.demandWritable(path);
    const { mode, uid, gid, type } = this.fs.stat(path);
    if (type === "device") return;
    const { user } = this;
    const shift = uid === user.uid ? 6 : gid === user.gid || user.groups.includes(gid) ? 3 : 0;
    if (((mode >> shift) & right) === 0) throw new SystemError("EACCES", path);
  }
}
