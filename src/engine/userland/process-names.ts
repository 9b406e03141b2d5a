/** What tools call processes. */
import type { SocketHolder } from "../base/sockets.ts";

/** As the kernel has it (/proc/<pid>/comm). */
export function commandName({ argv }: Pick<SocketHolder, "argv">): string {
  const [word = ""] = (argv[0] ?? "").split(" ");
  return word.replace(/^.*\//, "").replace(/:$/, "").slice(0, 15);
}

/** netstat's `PID/Program name`: net-tools takes a folder away from whole paths alone, busybox from everything. */
export function programName({ pid, argv }: SocketHolder, flavour: "debian" | "busybox"): string {
  const [first = ""] = argv;
  const name = flavour === "busybox" || first.startsWith("/") ? first.replace(/^.*\//, "") : first;
  return `${pid}/${name}`.slice(0, 19);
}
