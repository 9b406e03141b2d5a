import type { FileSystem } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { hasSystemAdmin } from "../system-admin.ts";

/** What a kernel begins with. */
export const KERNEL_SETTINGS: Readonly<Record<string, string>> = {
  "fs.file-max": "9223372036854775807",
  "fs.inotify.max_user_instances": "128",
  "fs.inotify.max_user_watches": "524288",
  "fs.nr_open": "1048576",
  "kernel.ostype": "Linux",
  "kernel.panic": "0",
  "kernel.pid_max": "4194304",
  "kernel.shm_rmid_forced": "0",
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.core.rmem_max": "212992",
  "net.core.somaxconn": "4096",
  "net.core.wmem_max": "212992",
  "net.ipv4.ip_forward": "1",
  "net.ipv4.ip_local_port_range": "32768\t60999",
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.tcp_fin_timeout": "60",
  "net.ipv4.tcp_keepalive_time": "7200",
  "net.ipv4.tcp_syncookies": "1",
  "net.netfilter.nf_conntrack_max": "262144",
  "vm.max_map_count": "65530",
  "vm.nr_hugepages": "0",
  "vm.overcommit_memory": "0",
  "vm.swappiness": "60",
};

/** The file of a setting. */
export const sysctlPath = (key: string): string => `/proc/sys/${key.replaceAll(".", "/")}`;

/** Folders of settings for `--system`; of files with one name the first folder's counts. Upstream: sysctl.d(5). */
const FOLDERS = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];
const USUAL_FILE = "/etc/sysctl.conf";

/**
 * Upstream: procps' sysctl(8). **Simplified:** what is set stays with the container or node where it was set, and changes
 * nothing.
 */
export const sysctl = defineCommand({
  name: "sysctl",
  usage:
    "Usage: sysctl [-nw] [variable[=value] ...]\n\n  -n  print only values\n  -w  set values\n  -a  show all\n  -p  read values from files, /etc/sysctl.conf by default\n  --system  read values from all system directories",
  options: {
    flags: "nwaqpe",
    long: { values: "n", write: "w", all: "a", quiet: "q", load: "p", system: "S", ignore: "e" },
  },
  *run(io) {
    const files = io.has("S") ? systemFiles(io.ctx.fs) : io.has("p") ? filesOf(io) : undefined;
    if (files !== undefined) return yield* applyFiles(io, files);
    let status = 0;
    for (const word of io.has("a") ? Object.keys(KERNEL_SETTINGS) : io.operands) {
      const equals = word.indexOf("=");
      const done = equals < 0 ? yield* show(io, word) : yield* set(io, word.slice(0, equals), word.slice(equals + 1));
      if (!done) status = 255;
    }
    return status;
  },
});

function filesOf({ operands }: CommandIo): readonly string[] {
  return operands.length === 0 ? [USUAL_FILE] : operands;
}

/** By their own names, whichever folder has them. */
function systemFiles(fs: FileSystem): string[] {
  const byName = new Map<string, string>();
  for (const folder of FOLDERS) {
    if (!fs.exists(folder)) continue;
    for (const name of fs.readdir(folder))
      if (name.endsWith(".conf") && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  }
  const sorted = [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  return fs.exists(USUAL_FILE) ? [...sorted, USUAL_FILE] : sorted;
}

function* applyFiles(io: CommandIo, files: readonly string[]): Call<number> {
  const { fs } = io.ctx;
  if (io.has("S") && !io.has("q")) for (const path of files) yield* io.out(`* Applying ${path} ...\n`);
  let status = 0;
  for (const path of files.map((file) => io.path(file))) {
    if (!fs.exists(path)) {
      yield* io.complain(`cannot open "${path}": No such file or directory`);
      status = 255;
      continue;
    }
    for (const line of fs.readFile(path).split("\n")) {
      const [, key, value] = /^\s*-?([^#;\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key === undefined || value === undefined) continue;
      if (!(yield* set(io, key, value)) && !line.trimStart().startsWith("-")) status = 255;
    }
  }
  return status;
}

function present(fs: FileSystem, key: string): string | undefined {
  const path = sysctlPath(key);
  return fs.exists(path) ? fs.readFile(path).trimEnd() : KERNEL_SETTINGS[key];
}

function* unknown(io: CommandIo, key: string): Call<boolean> {
  if (io.has("e")) return true;
  yield* io.complain(`cannot stat ${sysctlPath(key)}: No such file or directory`);
  return false;
}

/** False after a message. */
function* show(io: CommandIo, key: string): Call<boolean> {
  const value = present(io.ctx.fs, key);
  if (value === undefined) return yield* unknown(io, key);
  yield* print(io, key, value);
  return true;
}

/** False after a message. */
function* set(io: CommandIo, name: string, text: string): Call<boolean> {
  const { fs, user } = io.ctx;
  // Both spellings are in use: net.ipv4.ip_forward, net/ipv4/ip_forward.
  const key = name.trim().replaceAll("/", ".");
  const value = text.trim();
  if (present(fs, key) === undefined) return yield* unknown(io, key);
  // Without that, /proc/sys is mounted read-only.
  const problem = hasSystemAdmin(fs) ? (user.uid === 0 ? undefined : "Permission denied") : "Read-only file system";
  if (problem !== undefined) {
    yield* io.complain(
      problem === "Permission denied" ? `permission denied on key "${key}"` : `setting key "${key}": ${problem}`,
    );
    return false;
  }
  const path = sysctlPath(key);
  fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  fs.writeFile(path, `${value}\n`);
  yield* print(io, key, value);
  return true;
}

function* print(io: CommandIo, key: string, value: string): Call<void> {
  if (!io.has("q")) yield* io.out(io.has("n") ? `${value}\n` : `${key} = ${value}\n`);
}
