/** A new node's disk: what the distribution, kubeadm and minikube put there. */
import { CONTAINERD_CONFIG, DEFAULT_CONTAINERD_CONFIG, RUNSC_SHIM } from "../../runtime/containers/runtime-handlers.ts";
import { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { FileTree } from "../../runtime/memory-file-system.ts";
import { hash53 } from "../../base/hash.ts";
import { userlandFiles } from "../../images/userland-files.ts";
import { KERNEL_SETTINGS, sysctlPath } from "../../userland/commands/sysctl.ts";
import { parentPath } from "../../runtime/paths.ts";
import { UNIT_FILES } from "./kubelet-unit.ts";
import { MODULE_FILES } from "./kernel-modules.ts";
import { SOURCES_LIST, SOURCES_TEXT } from "./packages/node-packages.ts";
import { CNI_PLUGINS } from "./cni-files.ts";
import type { PkiFile } from "./pki-files.ts";
import { DEFAULT_CONFIGURATION, KUBELET_CONFIG } from "./kubelet-configuration.ts";

/** What kubeadm's instructions have written there, and the distribution's own. */
const SYSTEM_FILES: Readonly<Record<string, string>> = {
  [CONTAINERD_CONFIG]: DEFAULT_CONTAINERD_CONFIG,
  "/etc/sysctl.d/k8s.conf": "net.ipv4.ip_forward = 1\n",
  "/etc/fstab":
    "# <file system> <mount point> <type> <options> <dump> <pass>\n/dev/vda1 / ext4 errors=remount-ro 0 1\n",
};

/** What `sysctl` reads and sets. **Simplified:** what is set there outlives a restart of the machine. */
function kernelFiles(): Record<string, string> {
  const settings = Object.entries(KERNEL_SETTINGS);
  return Object.fromEntries(settings.map(([key, value]) => [sysctlPath(key), `${value}\n`]));
}

export const NODE_USER = { name: "docker", uid: 1000, gid: 1000, home: "/home/docker" };
const BASHRC = "PS1='\\u@\\h:\\w\\$ '\n";
const FOLDERS = ["/bin", "/etc/kubernetes", "/home/docker", "/mnt", "/opt", "/root", "/tmp", "/usr/bin", "/var/log"];

export function createNodeDisk(
  name: string,
  how: { now: () => number; changing: (path: string) => void; files: readonly PkiFile[] },
): MemoryFileSystem {
  const { files, ...hooks } = how;
  const disk = new MemoryFileSystem({ base: baseTree(), ...hooks });
  for (const { path, text, mode, owner } of files) {
    disk.later(path, text, mode);
    if (owner !== undefined) for (const each of [path, parentPath(path)]) disk.chown(each, owner.uid, owner.gid);
  }
  disk.writeFile("/etc/hostname", `${name}\n`);
  disk.writeFile("/etc/machine-id", `${machineId(name)}\n`, { mode: 0o444 });
  return disk;
}

/** What systemd knows the machine by: 32 hexadecimal digits. */
function machineId(name: string): string {
  return [0, 1, 2]
    .map((part) => hash53(`machine ${name}`, part))
    .join("")
    .padStart(32, "0")
    .slice(-32);
}

let tree: FileTree | undefined;

/** Shared by all nodes. */
function baseTree(): FileTree {
  if (tree !== undefined) return tree;
  const fs = new MemoryFileSystem();
  const { uid, gid, home } = NODE_USER;
  for (const folder of FOLDERS) fs.mkdir(folder, { recursive: true });
  for (const [path, text] of Object.entries(userlandFiles("debian", "trixie"))) fs.writeFile(path, text);
  fs.writeFile("/etc/passwd", `docker:x:${uid}:${gid}::${home}:/bin/bash\n`, { append: true });
  fs.writeFile("/etc/group", `docker:x:${gid}:\n`, { append: true });
  fs.writeFile("/etc/hosts", "127.0.0.1\tlocalhost\n");
  fs.writeFile(`${home}/.bashrc`, BASHRC);
  fs.writeFile("/root/.bashrc", BASHRC);
  for (const path of [home, `${home}/.bashrc`]) fs.chown(path, uid, gid);
  fs.chmod("/tmp", 0o1777);
  fs.chmod("/root", 0o700);
  for (const folder of ["pods", "plugins", "plugins_registry"]) {
    fs.mkdir(`/var/lib/kubelet/${folder}`, { recursive: true });
  }
  fs.writeFile(KUBELET_CONFIG, DEFAULT_CONFIGURATION);
  for (const [path, text] of Object.entries({
    ...UNIT_FILES,
    ...MODULE_FILES,
    ...SYSTEM_FILES,
    ...kernelFiles(),
    [SOURCES_LIST]: SOURCES_TEXT,
  })) {
    fs.mkdir(parentPath(path), { recursive: true });
    fs.writeFile(path, text);
  }
  for (const path of [...CNI_PLUGINS, RUNSC_SHIM]) {
    fs.mkdir(parentPath(path), { recursive: true });
    fs.writeFile(path, "\u007fELF", { mode: 0o755 });
  }
  fs.addDevices();
  fs.special("/dev/vda", "block");
  fs.special("/run/containerd/containerd.sock", "socket");
  tree = fs.snapshot();
  return tree;
}
