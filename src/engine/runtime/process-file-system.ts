/**
 * A tree of files as one process sees it: /proc has a folder for each process of its namespace, and /proc/self is its own.
 * Upstream: proc(5). Who may look where a process is: ptrace(2), "Ptrace access mode checking".
 *
 * **Simplified:** links in another process' root are followed there and not in the viewer's; /proc/<pid> has the files
 * that people read, and no threads.
 */
import { SystemError } from "../base/program.ts";
import type { FileStat, FileSystem, FileSystemSpace, MountPoint } from "../base/program.ts";
import type { KernelProcess } from "./kernel-process.ts";
import type { Neighbour } from "./machine.ts";
import { GUARDED_FILES, NAMESPACE_KINDS, namespaceLink, PROCESS_FILES } from "./process-facts.ts";
import type { ProcessFacts } from "./process-facts.ts";
import { mayLook } from "./socket-holders.ts";

const FOLDERS = ["fd", "ns"];
const LINKS = ["cwd", "exe", "root"];
const ENTRIES = [...Object.keys(PROCESS_FILES), ...FOLDERS, ...LINKS].sort();

/** A path below /proc/<pid>. */
interface Found {
  row: Neighbour;
  facts: ProcessFacts;
  /** After the number: "" for the folder itself. */
  name: string;
  /** The next part. */
  inner: string | undefined;
}

/** Where a path leads: into another tree, to something of /proc/<pid>, or nowhere special. */
type Target = { fs: FileSystem; path: string } | Found;

export class ProcessFileSystem implements FileSystem {
  private readonly fs: FileSystem;
  private readonly process: KernelProcess;

  constructor(fs: FileSystem, process: KernelProcess) {
    this.fs = fs;
    this.process = process;
  }

  readFile(path: string): string {
    const at = this.locate(path);
    if ("fs" in at) return at.fs.readFile(at.path);
    const { row, facts, name } = at;
    const make = at.inner === undefined ? PROCESS_FILES[name] : undefined;
    if (make === undefined) throw new SystemError(this.stat(path).type === "directory" ? "EISDIR" : "EACCES", path);
    if (GUARDED_FILES.has(name)) this.demandLook(row, path);
    return make({ ...row, facts, viewer: this.process.machine.confinement });
  }

  readForeign(path: string): readonly number[] | undefined {
    const at = this.locate(path);
    return "fs" in at ? at.fs.readForeign?.(at.path) : undefined;
  }

  writeFile(path: string, data: string, options?: { append?: boolean; mode?: number }): void {
    const at = this.writable(path);
    at.fs.writeFile(at.path, data, options);
  }

  stat(path: string): FileStat {
    const at = this.locate(path);
    return "fs" in at ? at.fs.stat(at.path) : this.own(at, path, true);
  }

  lstat(path: string): FileStat {
    if (isSelf(path)) return { ...LINK, size: 0, mtime: this.process.startedAt, uid: 0, gid: 0 };
    const at = this.locate(path, { last: false });
    return "fs" in at ? at.fs.lstat(at.path) : this.own(at, path, false);
  }

  exists(path: string): boolean {
    try {
      const at = this.locate(path);
      if ("fs" in at) return at.fs.exists(at.path);
      this.own(at, path, true);
      return true;
    } catch (error) {
      if (error instanceof SystemError) return false;
      throw error;
    }
  }

  readdir(path: string): string[] {
    const at = this.locate(path);
    if ("fs" in at) {
      const names = at.fs.readdir(at.path);
      if (at.fs !== this.fs || trimmed(path) !== PROC) return names;
      const pids = this.process.machine.visible().map(({ pid }) => String(pid));
      return [...new Set([...names, ...pids, "mounts", "self"])].sort();
    }
    const { name, inner, row, facts } = at;
    if (name === "") return [...ENTRIES];
    if (inner !== undefined || !FOLDERS.includes(name)) throw new SystemError("ENOTDIR", path);
    this.demandLook(row, path);
    return name === "ns" ? [...NAMESPACE_KINDS] : facts.descriptors.map(({ fd }) => String(fd));
  }

  readlink(path: string): string {
    if (isSelf(path)) return path.endsWith("mounts") ? "self/mounts" : String(this.process.pid);
    const at = this.locate(path, { last: false });
    if ("fs" in at) return at.fs.readlink(at.path);
    const target = this.linkOf(at, path);
    if (target === undefined) throw new SystemError("EINVAL", path);
    return target;
  }

  mkdir(path: string, options?: { recursive?: boolean; mode?: number }): void {
    const at = this.writable(path);
    at.fs.mkdir(at.path, options);
  }

  remove(path: string, options?: { recursive?: boolean }): void {
    const at = this.writable(path);
    at.fs.remove(at.path, options);
  }

  rename(from: string, to: string): void {
    const [source, target] = [this.writable(from), this.writable(to)];
    if (source.fs !== target.fs) throw new SystemError("EINVAL", to);
    source.fs.rename(source.path, target.path);
  }

  symlink(target: string, path: string): void {
    const at = this.writable(path);
    at.fs.symlink(target, at.path);
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
    at.fs.allocate?.(at.path, bytes);
  }

  isReadOnly(path: string): boolean {
    const at = this.locate(path);
    return "fs" in at && at.fs.isReadOnly?.(at.path) === true;
  }

  space(path: string): FileSystemSpace | undefined {
    const at = this.locate(path);
    return "fs" in at ? at.fs.space?.(at.path) : undefined;
  }

  mountTable(): readonly MountPoint[] {
    return this.fs.mountTable?.() ?? [];
  }

  /** With `last: false` a link that the path ends with is not followed. */
  private locate(path: string, { last = true }: { last?: boolean } = {}): Target {
    if (!path.startsWith("/proc/")) return { fs: this.fs, path };
    const [, , first = "", name = "", ...rest] = trimmed(path).split("/");
    if (first === "mounts" && name === "") return this.locate("/proc/self/mounts", { last });
    const pid = first === "self" ? this.process.pid : /^[1-9]\d*$/.test(first) ? Number(first) : undefined;
    if (pid === undefined) return { fs: this.fs, path };
    const row = this.process.machine.neighbour(pid);
    const facts = row?.facts?.();
    if (row === undefined || facts === undefined) throw new SystemError("ENOENT", path);
    const [inner, ...below] = rest;
    const found: Found = { row, facts, name, inner };
    if (name !== "" && !ENTRIES.includes(name)) throw new SystemError("ENOENT", path);
    if (LINKS.includes(name) && (inner !== undefined || last)) {
      this.demandLook(row, path);
      const target = this.linkOf(found, path);
      if (target === undefined) throw new SystemError("ENOENT", path);
      return { fs: facts.fs, path: `${target === "/" ? "" : target}/${rest.join("/")}`.replace(/(.)\/$/, "$1") };
    }
    if (inner !== undefined && (!FOLDERS.includes(name) || below.length > 0)) throw new SystemError("ENOTDIR", path);
    return found;
  }

  private writable(path: string): { fs: FileSystem; path: string } {
    const at = this.locate(path);
    if ("fs" in at) return at;
    throw new SystemError("EACCES", path);
  }

  private linkOf({ row, facts, name, inner }: Found, path: string): string | undefined {
    if (name === "root") return "/";
    if (LINKS.includes(name)) {
      this.demandLook(row, path);
      return name === "cwd" ? facts.cwd : facts.exe;
    }
    if (inner === undefined) return undefined;
    this.demandLook(row, path);
    const target =
      name === "fd"
        ? facts.descriptors.find(({ fd }) => String(fd) === inner)?.target
        : NAMESPACE_KINDS.includes(inner)
          ? namespaceLink(inner, facts)
          : undefined;
    if (target === undefined) throw new SystemError("ENOENT", path);
    return target;
  }

  private own(found: Found, path: string, follow: boolean): FileStat {
    const { row, facts, name, inner } = found;
    const head = { size: 0, mtime: row.startedAt, uid: facts.uid, gid: facts.gid };
    if (name === "") return { ...head, type: "directory", mode: 0o555 };
    if (inner !== undefined) {
      this.linkOf(found, path);
      return follow ? { ...head, type: "device", mode: 0o600 } : { ...head, ...LINK };
    }
    if (FOLDERS.includes(name)) return { ...head, type: "directory", mode: name === "fd" ? 0o500 : 0o511 };
    if (LINKS.includes(name)) return { ...head, ...LINK };
    return { ...head, type: "file", mode: GUARDED_FILES.has(name) ? 0o400 : 0o444 };
  }

  private demandLook(row: Neighbour, path: string): void {
    if (row.pid !== this.process.pid && !mayLook(this.process, row)) throw new SystemError("EACCES", path);
  }
}

const PROC = "/proc";
const LINK = { type: "symlink", mode: 0o777 } as const;

function isSelf(path: string): boolean {
  return path === "/proc/self" || path === "/proc/mounts";
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
