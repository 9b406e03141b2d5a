/**
 * A container's root: a copy-on-write view of its image's files, which all containers of the image share.
 * Upstream: containerd's overlayfs snapshotter; the files that a runtime writes are those of CRI's pod sandbox.
 */
import type { FileSystem } from "../../base/program.ts";
import { MemoryFileSystem } from "../memory-file-system.ts";
import type { FileTree } from "../memory-file-system.ts";
import { parentPath } from "../paths.ts";
import { userlandOf } from "./image.ts";
import type { ImageDefinition, ImageSource } from "./image.ts";
import type { LocalImage } from "./image-store.ts";

const DIRECTORIES = ["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/tmp", "/usr/bin", "/var/log"];

/** Anybody may write there, and remove what is his. */
const SHARED = ["/tmp", "/var/tmp"];

const trees = new WeakMap<LocalImage, FileTree>();

/** A new root file system; `files` are written into it on top of the image's own. */
export function containerFiles(
  source: ImageSource,
  image: LocalImage,
  how: { files: Readonly<Record<string, string>>; now: () => number; changing?: () => void },
): MemoryFileSystem {
  let base = trees.get(image);
  if (base === undefined) {
    base = imageTree(source, image);
    trees.set(image, base);
  }
  const { now, changing } = how;
  const fs = new MemoryFileSystem({ base, now, ...(changing !== undefined && { changing }) });
  for (const path in how.files) {
    if (path.startsWith("/proc/")) fs.mkdir(parentPath(path), { recursive: true });
    fs.writeFile(path, how.files[path] as string);
  }
  return fs;
}

const views = new WeakMap<LocalImage, FileSystem>();

/** An image's own files, for those who only look: one view for all. */
export function imageView(source: ImageSource, image: LocalImage): FileSystem {
  let view = views.get(image);
  if (view === undefined) {
    view = containerFiles(source, image, { files: {}, now: () => 0 });
    views.set(image, view);
  }
  return view;
}

function imageTree(source: ImageSource, image: LocalImage): FileTree {
  const { definition } = image;
  const fs = new MemoryFileSystem();
  const { tag } = image.reference;
  const programs = Object.keys(definition.programs?.(tag) ?? {});
  const userland = userlandOf(definition, tag);
  if (userland !== "none") for (const path of DIRECTORIES) fs.mkdir(path, { recursive: true });
  for (const layer of [source.files(userland, tag), definition.files ?? {}, definition.filesOf?.(tag) ?? {}]) {
    for (const [path, text] of Object.entries(layer)) write(fs, path, text);
  }
  if (definition.accounts !== undefined) addAccounts(fs, definition.accounts, userland === "busybox");
  for (const path of programs) {
    write(fs, path, "");
    fs.chmod(path, 0o755);
  }
  for (const { path, uid } of definition.owned ?? []) {
    fs.mkdir(path, { recursive: true });
    for (const each of [path, ...fs.readdir(path).map((name) => `${path}/${name}`)]) fs.chown(each, uid, uid);
  }
  if (definition.workingDir !== undefined) fs.mkdir(definition.workingDir, { recursive: true });
  fs.mkdir("/etc", { recursive: true });
  for (const path of SHARED) if (fs.exists(path)) fs.chmod(path, 0o1777);
  fs.addDevices();
  fs.mkdir("/dev/shm", { mode: 0o1777 });
  return fs.snapshot();
}

/** Each user has a group of his name and number. */
function addAccounts(fs: MemoryFileSystem, accounts: NonNullable<ImageDefinition["accounts"]>, alpine: boolean): void {
  for (const { name, uid, alpineUid = uid, home = "/nonexistent", shell = "/usr/sbin/nologin" } of accounts) {
    const id = alpine ? alpineUid : uid;
    fs.writeFile("/etc/passwd", `${name}:x:${id}:${id}::${home}:${shell}\n`, { append: true });
    fs.writeFile("/etc/group", `${name}:x:${id}:\n`, { append: true });
  }
}

function write(fs: MemoryFileSystem, path: string, text: string): void {
  const directory = path.slice(0, path.lastIndexOf("/"));
  if (directory !== "") fs.mkdir(directory, { recursive: true });
  // Scripts come ready to run.
  fs.writeFile(path, text, text.startsWith("#!") ? { mode: 0o755 } : {});
}
