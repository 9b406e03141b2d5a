/**
 * /var/log/pods and /var/log/containers of a node: the logs of its containers as files, made when somebody reads them.
 * Upstream: the CRI log format; pkg/kubelet/kuberuntime/legacy.go for the links.
 *
 * **Simplified:** a compressed file can be listed and not read; nobody can remove or empty one.
 */
import { SystemError } from "../../base/program.ts";
import type { FileStat, FileSystem } from "../../base/program.ts";
import { formatNanoTime } from "../../base/time.ts";
import type { Container } from "../../runtime/containers/container.ts";
import type { RotatedLog } from "../../runtime/containers/container-log.ts";
import { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { ContainerRuntime } from "../../runtime/containers/container-runtime.ts";

export type LogFolder = "pods" | "containers";

export class PodLogFiles implements FileSystem {
  private readonly runtime: ContainerRuntime;
  private readonly folder: LogFolder;
  /** What else there is: volumes may be below it. */
  private readonly others: MemoryFileSystem;

  constructor(runtime: ContainerRuntime, folder: LogFolder, now: () => number) {
    this.runtime = runtime;
    this.others = new MemoryFileSystem({ now });
    this.folder = folder;
  }

  readFile(path: string): string {
    const file = this.files().get(path);
    return file === undefined ? this.others.readFile(path) : textOf(file);
  }

  stat(path: string): FileStat {
    const file = this.files().get(path);
    if (file === undefined) return this.directory(path) ?? this.others.stat(path);
    const { container, rotated } = file;
    const size = rotated === undefined ? textOf(file).length : container.log.sizeOf(rotated);
    return { ...OWNER, type: "file", mode: 0o640, size, mtime: rotated?.at ?? container.createdAt };
  }

  lstat(path: string): FileStat {
    const container = this.files().get(path)?.container;
    if (container === undefined) return this.directory(path) ?? this.others.lstat(path);
    if (this.folder === "pods") return this.stat(path);
    const size = podPath(container).length;
    return { ...OWNER, type: "symlink", mode: 0o777, size, mtime: container.createdAt };
  }

  readlink(path: string): string {
    const container = this.files().get(path)?.container;
    if (container === undefined) return this.others.readlink(path);
    if (this.folder === "pods") throw new SystemError("EINVAL", path);
    return `/var/log/pods${podPath(container)}`;
  }

  exists(path: string): boolean {
    return this.files().has(path) || this.names(path) !== undefined || this.others.exists(path);
  }

  readdir(path: string): string[] {
    if (this.files().has(path)) throw new SystemError("ENOTDIR", path);
    const names = this.names(path);
    if (names === undefined) return this.others.readdir(path);
    const others = this.others.exists(path) ? this.others.readdir(path) : [];
    return [...new Set([...names, ...others])].sort();
  }

  writeFile(path: string, data: string, options?: { append?: boolean; mode?: number }): void {
    this.notOwn(path).writeFile(path, data, options);
  }

  mkdir(path: string, options?: { recursive?: boolean; mode?: number }): void {
    this.notOwn(path).mkdir(path, options);
  }

  remove(path: string, options?: { recursive?: boolean }): void {
    this.notOwn(path).remove(path, options);
  }

  rename(from: string, to: string): void {
    this.notOwn(from);
    this.notOwn(to).rename(from, to);
  }

  symlink(target: string, path: string): void {
    this.notOwn(path).symlink(target, path);
  }

  chmod(path: string, mode: number): void {
    this.notOwn(path).chmod(path, mode);
  }

  chown(path: string, uid: number, gid: number): void {
    this.notOwn(path).chown(path, uid, gid);
  }

  touch(path: string, mtime: number): void {
    this.notOwn(path).touch(path, mtime);
  }

  /** What is nobody's log, for who writes there. */
  private notOwn(path: string): MemoryFileSystem {
    if (path !== "/" && (this.files().has(path) || this.names(path) !== undefined))
      throw new SystemError("EROFS", path);
    return this.others;
  }

  /** By path. */
  private files(): Map<string, LogFile> {
    const files = new Map<string, LogFile>();
    for (const container of this.runtime.list()) {
      if (container.startedAt === undefined) continue;
      files.set(this.folder === "pods" ? podPath(container) : linkPath(container), { container });
      if (this.folder !== "pods") continue;
      for (const rotated of container.log.rotated) {
        const end = container.log.isCompressed(rotated) ? ".gz" : "";
        files.set(`${podPath(container)}.${stampOf(rotated)}${end}`, { container, rotated });
      }
    }
    return files;
  }

  /** What is in a directory; undefined: it is none. */
  private names(path: string): string[] | undefined {
    const prefix = path === "/" ? "/" : `${path}/`;
    const names = new Set<string>();
    for (const file of this.files().keys()) {
      if (file.startsWith(prefix)) names.add(file.slice(prefix.length).split("/")[0] as string);
    }
    return names.size === 0 && path !== "/" ? undefined : [...names].sort();
  }

  private directory(path: string): FileStat | undefined {
    if (this.names(path) === undefined) return undefined;
    return { ...OWNER, type: "directory", mode: 0o755, size: 4096, mtime: 0 };
  }
}

interface LogFile {
  container: Container;
  /** Absent: the file that is written. */
  rotated?: RotatedLog;
}

const OWNER = { uid: 0, gid: 0 };

function podPath({ sandbox, config }: Container): string {
  const { namespace, name, uid } = sandbox;
  return `/${namespace}_${name}_${uid}/${config.name}/${config.attempt}.log`;
}

function linkPath({ sandbox, config, id }: Container): string {
  return `/${sandbox.name}_${sandbox.namespace}_${config.name}-${id}.log`;
}

/** `20260101-000130` */
function stampOf({ at }: RotatedLog): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

/** `2026-01-01T00:00:12.345000000Z stdout F text` */
function textOf({ container: { log }, rotated }: LogFile): string {
  if (rotated !== undefined && log.isCompressed(rotated)) throw new SystemError("EINVAL", "compressed");
  const lines = rotated === undefined ? log.since(0) : log.linesOf(rotated);
  return lines.map(({ time, stream, text }) => `${formatNanoTime(time)} ${stream} F ${text}\n`).join("");
}
