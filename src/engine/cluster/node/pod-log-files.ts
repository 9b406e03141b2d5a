/**
 * /var/log/pods and /var/log/containers of a node: the logs of its containers as files, made when somebody reads them.
 * Upstream: the CRI log format; pkg/kubelet/kuberuntime/legacy.go for the links.
 *
 * **Simplified:** a compressed file can be listed and not read; nobody can remove or empty one.
 */
import { SystemError } from "../../base/program.ts";
import type { FileStat, FileSystem } from "../../base/program.ts";
import type { Container } from "../../runtime/containers/container.ts";
import type { RotatedLog } from "../../runtime/containers/container-log.ts";
import type { ContainerRuntime } from "../../runtime/containers/container-runtime.ts";

export type LogFolder = "pods" | "containers";

export class PodLogFiles implements FileSystem {
  private readonly runtime: ContainerRuntime;
  private readonly folder: LogFolder;

  constructor(runtime: ContainerRuntime, folder: LogFolder) {
    this.runtime = runtime;
    this.folder = folder;
  }

  readFile(path: string): string {
    const file = this.files().get(path);
    if (file !== undefined) return textOf(file);
    throw new SystemError(this.exists(path) ? "EISDIR" : "ENOENT", path);
  }

  stat(path: string): FileStat {
    const file = this.files().get(path);
    if (file === undefined) return this.directory(path);
    const { container, rotated } = file;
    const size = rotated === undefined ? textOf(file).length : container.log.sizeOf(rotated);
    return { ...OWNER, type: "file", mode: 0o640, size, mtime: rotated?.at ?? container.createdAt };
  }

  lstat(path: string): FileStat {
    const container = this.files().get(path)?.container;
    if (this.folder === "pods" || container === undefined) return this.stat(path);
    const size = podPath(container).length;
    return { ...OWNER, type: "symlink", mode: 0o777, size, mtime: container.createdAt };
  }

  readlink(path: string): string {
    const container = this.files().get(path)?.container;
    if (this.folder === "pods" || container === undefined) throw new SystemError("EINVAL", path);
    return `/var/log/pods${podPath(container)}`;
  }

  exists(path: string): boolean {
    return this.files().has(path) || this.names(path) !== undefined;
  }

  readdir(path: string): string[] {
    const names = this.names(path);
    if (names !== undefined) return names;
    throw new SystemError(this.files().has(path) ? "ENOTDIR" : "ENOENT", path);
  }

  writeFile(path: string): never {
    throw new SystemError("EROFS", path);
  }

  mkdir(path: string): never {
    throw new SystemError("EROFS", path);
  }

  remove(path: string): never {
    throw new SystemError("EROFS", path);
  }

  rename(from: string): never {
    throw new SystemError("EROFS", from);
  }

  symlink(_target: string, path: string): never {
    throw new SystemError("EROFS", path);
  }

  chmod(path: string): never {
    throw new SystemError("EROFS", path);
  }

  chown(path: string): never {
    throw new SystemError("EROFS", path);
  }

  touch(path: string): never {
    throw new SystemError("EROFS", path);
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

  private directory(path: string): FileStat {
    if (this.names(path) === undefined) throw new SystemError("ENOENT", path);
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
  return lines
    .map(({ time, stream, text }) => `${new Date(time).toISOString().replace("Z", "000000Z")} ${stream} F ${text}\n`)
    .join("");
}
