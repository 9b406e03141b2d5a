/**
 * What is mounted where in a container. Upstream: containerd internal/cri/server/container_create_linux.go
 * (containerMounts), pkg/oci/mounts.go, kubelet_pods.go (makeMounts).
 *
 * **Simplified:** an overlay's options don't name its layers; the paths that runc masks are missing; /dev/shm is as full
 * as what lies there, but ends where the node's disk does.
 */
import type { FileSystem, FileSystemSpace, MountDevice, MountPoint } from "../../base/program.ts";
import type { Container } from "./container.ts";
import type { Mount } from "./mounts.ts";

/** The node's own disk, as its kernel calls it. */
export const NODE_DISK = { source: "/dev/vda1", type: "ext4" } as const;
const SHARED_MEMORY = 64 * 1024 * 1024;
const SYSTEM = "nosuid,nodev,noexec,relatime";
/** Files that the runtime and the kubelet bind into each container. */
const HOSTS = "/etc/hosts";
const OF_SANDBOX = ["/etc/hostname", "/etc/resolv.conf"];

export function containerMounts(
  { config, security }: Container,
  { layer, diskSpace }: { layer: FileSystem; diskSpace: () => FileSystemSpace },
): MountPoint[] {
  const disk: MountDevice = { ...NODE_DISK, space: diskSpace };
  const inMemory = (source: string, path: string): MountDevice => ({
    ...{ source, type: "tmpfs" },
    space: () => ({ capacity: SHARED_MEMORY, used: bytesIn(layer, path) }),
  });
  const point = (path: string, device: MountDevice, options: string): MountPoint => ({ ...device, path, options });
  const { terminationMessagePath: message } = config;
  const volumes = config.mounts.filter(({ source }) => source !== undefined);
  const taken = new Set(volumes.map(({ path }) => path));
  const bound = [HOSTS, ...(message === undefined ? [] : [message]), ...OF_SANDBOX];
  const later = [
    ...volumes.map((mount) => point(mount.path, mount.device ?? disk, volumeOptions(mount))),
    ...bound.flatMap((path) => (taken.has(path) || !layer.exists(path) ? [] : [point(path, disk, "rw,relatime")])),
    ...(taken.has("/dev/shm") ? [] : [point("/dev/shm", inMemory("shm", "/dev/shm"), `rw,${SYSTEM},size=65536k`)]),
  ];
  const system = security.capabilities?.privileged === true ? "rw" : "ro";
  return [
    point("/", { ...disk, ...OVERLAY }, `${security.readOnlyRoot === true ? "ro" : "rw"},relatime`),
    point("/proc", { source: "proc", type: "proc" }, `rw,${SYSTEM}`),
    point("/dev", inMemory("tmpfs", "/dev"), "rw,nosuid,size=65536k,mode=755"),
    point("/dev/pts", { source: "devpts", type: "devpts" }, "rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666"),
    point("/dev/mqueue", { source: "mqueue", type: "mqueue" }, `rw,${SYSTEM}`),
    point("/sys", { source: "sysfs", type: "sysfs" }, `${system},${SYSTEM}`),
    point("/sys/fs/cgroup", { source: "cgroup", type: "cgroup2" }, `${system},${SYSTEM}`),
    // As containerd orders them, so that none covers another one.
    ...later.sort((a, b) => depth(a) - depth(b)),
  ];
}

/** What a container's root is: its own layer on its image's. */
export const OVERLAY = { source: "overlay", type: "overlay" } as const;

/** What a node's own shell sees of its mounts. **Simplified:** those of its pods are missing. */
export function nodeMounts({ memory, diskSpace }: { memory: number; diskSpace: () => FileSystemSpace }): MountPoint[] {
  const empty = (capacity: number) => () => ({ capacity, used: 0 });
  return [
    { source: "sysfs", type: "sysfs", path: "/sys", options: `rw,${SYSTEM}` },
    { source: "proc", type: "proc", path: "/proc", options: `rw,${SYSTEM}` },
    { ...NODE_DISK, path: "/", options: "rw,relatime", space: diskSpace },
    { source: "tmpfs", type: "tmpfs", path: "/dev/shm", options: "rw,nosuid,nodev", space: empty(memory / 2) },
    { source: "cgroup2", type: "cgroup2", path: "/sys/fs/cgroup", options: `rw,${SYSTEM}` },
  ];
}

/** Upstream: proc_pid_mounts(5). */
export function mountsText(points: readonly MountPoint[]): string {
  return points.map(({ source, path, type, options }) => `${source} ${path} ${type} ${options} 0 0\n`).join("");
}

function volumeOptions({ readOnly, device }: Mount): string {
  const size = device?.type === "tmpfs" ? device.space?.().capacity : undefined;
  return `${readOnly ? "ro" : "rw"},relatime${size === undefined ? "" : `,size=${Math.floor(size / 1024)}k`}`;
}

function depth({ path }: MountPoint): number {
  return path.split("/").length;
}

/** Bytes of the files below a folder. */
function bytesIn(fs: FileSystem, folder: string): number {
  if (!fs.exists(folder)) return 0;
  let bytes = 0;
  for (const name of fs.readdir(folder)) {
    const path = `${folder}/${name}`;
    const { type, size } = fs.lstat(path);
    if (type === "directory") bytes += bytesIn(fs, path);
    else if (type === "file") bytes += size;
  }
  return bytes;
}
