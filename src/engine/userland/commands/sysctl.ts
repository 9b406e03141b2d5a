import { defineCommand } from "../command.ts";
import { hasSystemAdmin } from "../system-admin.ts";

/** What a kernel begins with. */
const DEFAULTS: Readonly<Record<string, string>> = {
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

const pathOf = (key: string): string => `/proc/sys/${key.replaceAll(".", "/")}`;

/** **Simplified:** what is set stays with the container or node where it was set, and changes nothing. */
export const sysctl = defineCommand({
  name: "sysctl",
  usage: "Usage: sysctl [-nw] [variable[=value] ...]\n\n  -n  print only values\n  -w  set values\n  -a  show all",
  options: { flags: "nwaq", long: { values: "n", write: "w", all: "a", quiet: "q" } },
  *run(io) {
    const { fs } = io.ctx;
    let status = 0;
    const words = io.has("a") ? Object.keys(DEFAULTS) : io.operands;
    for (const word of words) {
      const equals = word.indexOf("=");
      const key = equals < 0 ? word : word.slice(0, equals).trim();
      const path = pathOf(key);
      const present = fs.exists(path) ? fs.readFile(path).trimEnd() : DEFAULTS[key];
      if (present === undefined) {
        yield* io.complain(`cannot stat ${path}: No such file or directory`);
        status = 255;
        continue;
      }
      const value = equals < 0 ? present : word.slice(equals + 1).trim();
      if (equals >= 0) {
        // Without that, /proc/sys is mounted read-only.
        if (!hasSystemAdmin(fs)) {
          yield* io.complain(`setting key "${key}": Read-only file system`);
          status = 255;
          continue;
        }
        fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
        fs.writeFile(path, `${value}\n`);
      }
      if (!io.has("q")) yield* io.out(io.has("n") ? `${value}\n` : `${key} = ${value}\n`);
    }
    return status;
  },
});
