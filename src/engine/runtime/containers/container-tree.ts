/**
 * What a container sees as its files: the image's with its own layer on top, /proc and /sys/fs/cgroup, and its mounts.
 * Upstream: containerd's snapshots and runc's rootfs_linux.go.
 */
import type { FileSystem, FileSystemSpace } from "../../base/program.ts";
import { addMachineFiles } from "../machine-load.ts";
import type { MachineLoad } from "../machine-load.ts";
import type { MemoryFileSystem } from "../memory-file-system.ts";
import { parentPath } from "../paths.ts";
import type { Container } from "./container.ts";
import { containerFiles } from "./image-files.ts";
import type { ImageSource } from "./image.ts";
import { containerMounts } from "./mount-table.ts";
import { MountedFileSystem } from "./mounts.ts";
import { covers } from "./root-check.ts";

/** The kernel that gVisor says it is. */
const GVISOR = "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016";

/** `layer` is what of `tree` is the container's own. */
export function createContainerTree(
  container: Container,
  images: ImageSource,
  {
    memoryChanged,
    diskSpace,
    load,
    ...how
  }: {
    now: () => number;
    changing: () => void;
    memoryChanged: (bytes: number) => void;
    diskSpace: () => FileSystemSpace;
    load: () => MachineLoad;
  },
): { tree: FileSystem; layer: MemoryFileSystem } {
  const { config, security, cgroup } = container;
  const { image, mounts, terminationMessagePath: message } = config;
  const layer = containerFiles(images, image, { files: config.files(), ...how });
  if (message !== undefined) leaveRoomFor(layer, message);
  const files = cgroup.files({ now: how.now, pids: () => container.pids });
  for (const name in files) layer.generate(`/sys/fs/cgroup/${name}`, files[name] as () => string);
  addMachineFiles(layer, load, how.now);
  if (container.sandbox.guarded) layer.generate("/proc/version", () => `${GVISOR}\n`);
  layer.mountTable = () => containerMounts(container, { layer, diskSpace });
  const charge = (bytes: number): void => {
    cgroup.holdFiles(bytes);
    if (cgroup.exceeded) container.runOutOfMemory();
    memoryChanged(bytes);
  };
  if (security.readOnlyRoot !== true) {
    return { tree: mounts.length === 0 ? layer : new MountedFileSystem(layer, mounts, { charge }), layer };
  }
  const own = (image.definition.volumes ?? []).filter((folder) => !mounts.some(({ path }) => path === folder));
  for (const folder of own) layer.mkdir(folder, { recursive: true });
  const writable = message === undefined || covers("/dev", message) ? ["/dev", ...own] : ["/dev", ...own, message];
  const places = writable.map((path) => ({ path, fs: layer, from: path, readOnly: false }));
  return { tree: new MountedFileSystem(layer, [...places, ...mounts], { readOnly: true, charge }), layer };
}

/** An empty file that anybody may write. */
function leaveRoomFor(fs: MemoryFileSystem, path: string): void {
  fs.mkdir(parentPath(path), { recursive: true });
  fs.writeFile(path, "", { mode: 0o666 });
}
