/**
 * What runc finds wrong with a container's root before it runs anything: a volume that doesn't fit onto what the image
 * has there, a working directory that is a file.
 * Upstream: opencontainers/runc libcontainer/rootfs_linux.go (createMountpoint, mountToRootfs, prepareRootfs).
 */
import type { FileSystem } from "../../base/program.ts";
import { parentPath } from "../paths.ts";
import type { Container } from "./container.ts";
import type { Mount } from "./mounts.ts";

const TASKS = "/run/containerd/io.containerd.runtime.v2.task/k8s.io";

/** undefined: all is well. `image` gives the image's own files. */
export function rootProblem({ id, config }: Container, image: () => FileSystem): string | undefined {
  const { mounts, workingDir } = config;
  if (mounts.length === 0 && workingDir === undefined) return undefined;
  const root = image();
  for (const mount of mounts) {
    if (mounts.some((other) => other.path !== mount.path && covers(other.path, mount.path))) continue;
    const why = misfit(mount, root, `${TASKS}/${id}/rootfs`);
    if (why !== undefined) {
      return `error mounting ${JSON.stringify(mount.source ?? "")} to rootfs at ${JSON.stringify(mount.path)}: ${why}`;
    }
  }
  if (workingDir === undefined || mounts.some(({ path }) => covers(path, workingDir))) return undefined;
  return isBelowFile(root, workingDir) ? `mkdir ${workingDir}: not a directory` : undefined;
}

function misfit(mount: Mount, root: FileSystem, rootPath: string): string | undefined {
  const { path, source = "" } = mount;
  if (!isDirectory(mount)) {
    if (!root.exists(path) || root.stat(path).type !== "directory") return undefined;
    return `mount src=${source}, dst=${path}, dstFd=/proc/thread-self/fd/11, flags=MS_BIND|MS_REC: not a directory`;
  }
  if (!isBelowFile(root, path)) return undefined;
  const made = JSON.stringify(`${rootPath}${path}`);
  return `create mountpoint for ${path} mount: cannot create subdirectories in ${made}: not a directory`;
}

/** A whole volume is one, and is not looked into for that. */
function isDirectory(mount: Mount): boolean {
  return mount.from === "" || !mount.fs.exists(mount.from) || mount.fs.stat(mount.from).type === "directory";
}

/** Whether `path` lies in what is mounted at `at`. */
export function covers(at: string, path: string): boolean {
  return path === at || path.startsWith(`${at}/`);
}

/** What was found out of an image's files, which never change: containers of one template ask for the same paths. */
const known = new WeakMap<FileSystem, Map<string, boolean>>();

/** Whether there is something else than a directory at the path or on the way to it; `fs` is an image's own. */
function isBelowFile(fs: FileSystem, path: string): boolean {
  let ofImage = known.get(fs);
  if (ofImage === undefined) known.set(fs, (ofImage = new Map()));
  let is = ofImage.get(path);
  if (is === undefined) {
    if (ofImage.size >= REMEMBERED) ofImage.clear();
    ofImage.set(path, (is = findFile(fs, path)));
  }
  return is;
}

/** Paths of one image: a pod's own paths (with its name in a subPath) must not add up. */
const REMEMBERED = 1000;

function findFile(fs: FileSystem, path: string): boolean {
  for (let at = path; at !== "/" && at !== ""; at = parentPath(at)) {
    if (fs.exists(at)) return fs.stat(at).type !== "directory";
  }
  return false;
}
