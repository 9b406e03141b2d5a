/**
 * A file system in memory, copy-on-write. A tree of nodes is shared between file systems (the layers of an image, ten
 * thousand containers of it); a node is changed in place only by the file system that owns it, others copy the nodes on
 * the path from the root first. So a new container costs one object, and a snapshot costs nothing.
 *
 * Example: `image = base.snapshot()`, `a = new MemoryFileSystem({ base: image })`; `a.writeFile("/etc/motd", "x")` copies
 * `/` and `/etc` (their name tables) and leaves every other node shared.
 *
 * Simplified: permissions are kept and shown but only the executable bit is obeyed; no hard links; a mount is found by
 * the path as written, before symbolic links are followed.
 */
import type { Errno, FileStat, FileSystem, MountPoint } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import { bytesIn, disown, ownedUse, statOf, textOf } from "./file-nodes.ts";
import type { DirectoryNode, DiskUse, FileNode, Node, NodeHead } from "./file-nodes.ts";
import { LIMITS } from "./limits.ts";
import { baseName, parentPath, resolvePath } from "./paths.ts";

/** A tree that nobody changes any more. */
export interface FileTree {
  readonly root: object;
}

export interface MemoryFileSystemOptions {
  base?: FileTree;
  /** Virtual now, for modification times. */
  now?: () => number;
  readOnly?: boolean;
  /** Called with the path of whatever is about to change. */
  changing?: (path: string) => void;
}

const MAX_LINKS = 40;
const SET_GROUP_ID = 0o2000;
const DEVICES = ["null", "zero", "random", "urandom", "tty", "stdin", "stdout", "stderr"];

export class MemoryFileSystem implements FileSystem {
  private root: DirectoryNode;
  private readonly now: () => number;
  private readonly readOnly: boolean;
  private readonly changing: ((path: string) => void) | undefined;
  /** Longest path first. */
  private mounts: { path: string; fs: FileSystem }[] = [];
  /** Given by who knows where the tree is mounted. */
  mountTable?: () => readonly MountPoint[];

  constructor(options: MemoryFileSystemOptions = {}) {
    this.now = options.now ?? (() => 0);
    this.readOnly = options.readOnly ?? false;
    this.changing = options.changing;
    this.root = (options.base?.root as DirectoryNode | undefined) ?? this.directory(0o755);
  }

  /** The tree as it is now; later changes here don't touch it. Mounts are not part of it. */
  snapshot(): FileTree {
    disown(this.root, this);
    return { root: this.root };
  }

  /** What was written here, on top of the base. */
  get ownUse(): DiskUse {
    return ownedUse(this.root, this);
  }

  /** Bytes of the file at `path`, or of all files below it; 0 where there is nothing. Those of the base count too. */
  protected bytesAt(path: string, { follow }: { follow: boolean }): number {
    const node = this.seek(path, follow);
    return typeof node === "string" ? 0 : bytesIn(node);
  }

  /** Takes room for a file of so many bytes: zeros follow what was written. One of too many can't be read. */
  allocate(path: string, bytes: number): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.allocate?.(mounted.path, bytes);
    if (!this.exists(path)) this.writeFile(path, "");
    const node = this.own(path);
    if (node.type !== "file") throw new SystemError("EISDIR", path);
    const written = typeof node.data === "string" ? node.data.length : 0;
    node.room = Math.max(0, bytes - written);
  }

  /** Makes another file system appear at `path` (a volume); it covers what was mounted there before. */
  mount(path: string, fs: FileSystem): void {
    if (!this.exists(path)) this.mkdirs(path, 0o755);
    this.mounts = [{ path, fs }, ...this.mounts].sort((a, b) => b.path.length - a.path.length);
  }

  /** A read-only file whose text is made at each read. */
  generate(path: string, text: () => string): void {
    this.mkdirs(parentPath(path), 0o755);
    this.parentForWrite(path).entries.set(baseName(path), { type: "file", ...this.head(0o444), data: text });
  }

  /** A socket or a block device, where nothing is yet. */
  special(path: string, type: "socket" | "block"): void {
    this.mkdirs(parentPath(path), 0o755);
    const head = this.head(0o660);
    const node: Node = type === "socket" ? { type, ...head } : { type: "file", ...head, data: "", block: true };
    this.parentForWrite(path).entries.set(baseName(path), node);
  }

  /** A file whose text is made when somebody first looks at it. */
  later(path: string, text: () => string, mode: number): void {
    this.mkdirs(parentPath(path), 0o755);
    const node: FileNode = { type: "file", ...this.head(mode), data: text, once: true };
    this.parentForWrite(path).entries.set(baseName(path), node);
  }

  /** Creates the usual /dev entries; what they do is the kernel's business. */
  addDevices(): void {
    this.mkdirs("/dev", 0o755);
    for (const name of DEVICES) {
      this.parentForWrite(`/dev/${name}`).entries.set(name, { type: "device", ...this.head(0o666) });
    }
  }

  readFile(path: string): string {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.readFile(mounted.path);
    const node = this.find(path);
    if (node.type === "directory") throw new SystemError("EISDIR", path);
    if (node.type !== "file") return "";
    const text = textOf(node);
    if (node.room === undefined) return text;
    if (node.room > LIMITS.fileCharacters) throw new SystemError("EINVAL", path);
    return text + "\0".repeat(node.room);
  }

  writeFile(path: string, data: string, options: { append?: boolean; mode?: number } = {}): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.writeFile(mounted.path, data, options);
    const real = this.realPath(path);
    const parent = this.parentForWrite(real);
    const name = baseName(real);
    const before = parent.entries.get(name);
    if (before?.type === "directory" || name === "") throw new SystemError("EISDIR", path);
    if (before?.type === "device" || before?.type === "socket") return;
    const kept = before?.type === "file" ? before : undefined;
    if (kept?.once === true) textOf(kept);
    if (kept !== undefined && typeof kept.data !== "string") throw new SystemError("EACCES", path);
    const text = options.append === true && typeof kept?.data === "string" ? kept.data + data : data;
    if (text.length > LIMITS.fileCharacters) throw new SystemError("ENOSPC", path);
    if (kept !== undefined && kept.owner === this) {
      kept.data = text;
      if (options.append !== true) delete kept.room;
      kept.mtime = this.now();
      if (options.mode !== undefined) kept.mode = options.mode;
      return;
    }
    const head =
      kept === undefined ? this.headIn(parent, options.mode ?? 0o644) : { ...kept, owner: this, mtime: this.now() };
    parent.entries.set(name, { ...head, type: "file", data: text });
  }

  stat(path: string): FileStat {
    const mounted = this.route(path);
    return mounted === undefined ? statOf(this.find(path)) : mounted.fs.stat(mounted.path);
  }

  lstat(path: string): FileStat {
    const mounted = this.route(path);
    return mounted === undefined ? statOf(this.find(path, false)) : mounted.fs.lstat(mounted.path);
  }

  exists(path: string): boolean {
    const mounted = this.route(path);
    return mounted === undefined ? typeof this.seek(path, true) !== "string" : mounted.fs.exists(mounted.path);
  }

  readdir(path: string): string[] {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.readdir(mounted.path);
    const node = this.find(path);
    if (node.type !== "directory") throw new SystemError("ENOTDIR", path);
    return [...node.entries.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  mkdir(path: string, options: { recursive?: boolean; mode?: number } = {}): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.mkdir(mounted.path, options);
    const mode = options.mode ?? 0o755;
    if (options.recursive === true) return this.mkdirs(path, mode);
    const parent = this.parentForWrite(path);
    if (parent.entries.has(baseName(path)) || path === "/") throw new SystemError("EEXIST", path);
    parent.entries.set(baseName(path), this.directoryIn(parent, mode));
    parent.mtime = this.now();
  }

  remove(path: string, options: { recursive?: boolean } = {}): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.remove(mounted.path, options);
    const node = this.find(path, false);
    if (node.type === "directory" && node.entries.size > 0 && options.recursive !== true) {
      throw new SystemError("ENOTEMPTY", path);
    }
    const parent = this.parentForWrite(path);
    parent.entries.delete(baseName(path));
    parent.mtime = this.now();
  }

  rename(from: string, to: string): void {
    const source = this.route(from);
    const target = this.route(to);
    if (source !== undefined || target !== undefined) {
      if (source !== undefined && source.fs === target?.fs) return source.fs.rename(source.path, target.path);
      const text = this.readFile(from);
      this.writeFile(to, text, { mode: this.stat(from).mode });
      return this.remove(from);
    }
    const node = this.find(from, false);
    if (to.startsWith(`${from}/`)) throw new SystemError("EINVAL", to);
    const parent = this.parentForWrite(to);
    const there = parent.entries.get(baseName(to));
    if (there?.type === "directory") {
      if (node.type !== "directory") throw new SystemError("EISDIR", to);
      if (there.entries.size > 0) throw new SystemError("ENOTEMPTY", to);
    }
    if (from === to) return;
    parent.entries.set(baseName(to), node);
    this.parentForWrite(from).entries.delete(baseName(from));
  }

  symlink(target: string, path: string): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.symlink(target, mounted.path);
    const parent = this.parentForWrite(path);
    if (parent.entries.has(baseName(path))) throw new SystemError("EEXIST", path);
    parent.entries.set(baseName(path), { type: "symlink", ...this.head(0o777), target });
  }

  readlink(path: string): string {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.readlink(mounted.path);
    const node = this.find(path, false);
    if (node.type !== "symlink") throw new SystemError("EINVAL", path);
    return node.target;
  }

  chmod(path: string, mode: number): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.chmod(mounted.path, mode);
    this.own(path).mode = mode;
  }

  chown(path: string, uid: number, gid: number): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.chown(mounted.path, uid, gid);
    Object.assign(this.own(path), { uid, gid });
  }

  touch(path: string, mtime: number): void {
    const mounted = this.route(path);
    if (mounted !== undefined) return mounted.fs.touch(mounted.path, mtime);
    if (!this.exists(path)) this.writeFile(path, "");
    this.own(path).mtime = mtime;
  }

  private route(path: string): { fs: FileSystem; path: string } | undefined {
    for (const mount of this.mounts) {
      if (path === mount.path) return { fs: mount.fs, path: "/" };
      if (path.startsWith(`${mount.path}/`)) return { fs: mount.fs, path: path.slice(mount.path.length) };
    }
    return undefined;
  }

  /** The node at `path`; with `follow`, of what its last link points to. */
  private find(path: string, follow = true): Node {
    const found = this.seek(path, follow);
    if (typeof found === "string") throw new SystemError(found, path);
    return found;
  }

  /** The same, or what is wrong with the path: who only asks whether it leads anywhere needs no error. */
  private seek(path: string, follow: boolean): Node | Errno {
    let node: Node = this.root;
    let at = "";
    const parts = path.split("/").filter((part) => part !== "");
    let links = 0;
    for (let i = 0; i < parts.length; i++) {
      if (node.type !== "directory") return "ENOTDIR";
      const next: Node | undefined = node.entries.get(parts[i] as string);
      if (next === undefined) return "ENOENT";
      if (next.type === "symlink" && (follow || i < parts.length - 1)) {
        if (++links > MAX_LINKS) return "EINVAL";
        const target = resolvePath(at === "" ? "/" : at, next.target);
        parts.splice(0, i + 1, ...target.split("/").filter((part) => part !== ""));
        i = -1;
        node = this.root;
        at = "";
        continue;
      }
      node = next;
      at += `/${parts[i]}`;
    }
    return node;
  }

  /** `path` with the links in it followed; its last part need not exist. */
  realPath(path: string): string {
    let current = path;
    for (let links = 0; links < MAX_LINKS; links++) {
      const parent = this.realDirectory(parentPath(current));
      const full = parent === "/" ? `/${baseName(current)}` : `${parent}/${baseName(current)}`;
      const directory = this.find(parent);
      if (directory.type !== "directory") throw new SystemError("ENOTDIR", path);
      const node = directory.entries.get(baseName(full));
      if (node?.type !== "symlink") return full;
      current = resolvePath(parent, node.target);
    }
    throw new SystemError("EINVAL", path);
  }

  private realDirectory(path: string): string {
    if (path === "/") return path;
    let node: Node = this.root;
    let linked = false;
    for (const part of path.split("/")) {
      if (part === "") continue;
      if (node.type !== "directory") throw new SystemError("ENOTDIR", path);
      const next: Node | undefined = node.entries.get(part);
      if (next === undefined) throw new SystemError("ENOENT", path);
      if (next.type === "symlink") linked = true;
      if (linked) break;
      node = next;
    }
    return linked ? this.realPath(path) : path;
  }

  /** The directory that holds `path`'s last part, copied so that this file system may change it. */
  private parentForWrite(path: string): DirectoryNode {
    if (this.readOnly) throw new SystemError("EROFS", path);
    this.changing?.(path);
    const directory = this.realDirectory(parentPath(path));
    const node = this.ownPath(directory);
    if (node.type !== "directory") throw new SystemError("ENOTDIR", path);
    return node;
  }

  /** The node at `path`, links followed, copied so that this file system may change it. */
  private own(path: string): Node {
    if (this.readOnly) throw new SystemError("EROFS", path);
    this.find(path);
    return this.ownPath(this.realPath(path));
  }

  private ownPath(path: string): Node {
    if (this.root.owner !== this) this.root = this.copy(this.root);
    let node: Node = this.root;
    for (const part of path.split("/")) {
      if (part === "") continue;
      if (node.type !== "directory") throw new SystemError("ENOTDIR", path);
      let next: Node | undefined = node.entries.get(part);
      if (next === undefined) throw new SystemError("ENOENT", path);
      if (next.owner !== this) {
        next = this.copy(next);
        node.entries.set(part, next);
      }
      node = next;
    }
    return node;
  }

  private copy<T extends Node>(node: T): T {
    const copy = { ...node, owner: this };
    if (copy.type === "directory") copy.entries = new Map(copy.entries);
    return copy;
  }

  private mkdirs(path: string, mode: number): void {
    let at = "";
    for (const part of path.split("/")) {
      if (part === "") continue;
      at += `/${part}`;
      const parent = this.exists(at) ? undefined : this.parentForWrite(at);
      if (parent !== undefined) parent.entries.set(part, this.directoryIn(parent, mode));
      else if (this.stat(at).type !== "directory") throw new SystemError("ENOTDIR", path);
    }
  }

  /** What is made in a directory with the set-group-id bit belongs to the directory's group. */
  private headIn(parent: DirectoryNode, mode: number): NodeHead {
    const head = this.head(mode);
    if ((parent.mode & SET_GROUP_ID) !== 0) head.gid = parent.gid;
    return head;
  }

  private directoryIn(parent: DirectoryNode, mode: number): DirectoryNode {
    const inherited = mode | (parent.mode & SET_GROUP_ID);
    return { type: "directory", ...this.headIn(parent, inherited), entries: new Map() };
  }

  private head(mode: number): NodeHead {
    return { owner: this, mode, uid: 0, gid: 0, mtime: this.now() };
  }

  private directory(mode: number): DirectoryNode {
    return { type: "directory", ...this.head(mode), entries: new Map() };
  }
}
