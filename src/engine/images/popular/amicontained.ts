/**
 * amicontained: what a container may do, as it finds out from within. Upstream: genuinetools/amicontained v0.4.9.
 *
 * **Simplified:** which system calls are refused comes from lists for the usual capabilities, with and without the
 * runtime's filter; having looked for Docker's socket it stays, as the real one does in a pod.
 */
import { sleep, write } from "../../base/syscalls.ts";
import type { Program } from "../../base/program.ts";
import { capabilitiesIn } from "../../runtime/containers/capabilities.ts";
import { defineImage } from "../define-image.ts";
import { tags } from "../tags.ts";

const REFUSED =
  "SYSLOG SETPGID SETSID VHANGUP PIVOT_ROOT ACCT SETTIMEOFDAY SWAPON REBOOT SETHOSTNAME SETDOMAINNAME INIT_MODULE DELETE_MODULE KEXEC_LOAD PERF_EVENT_OPEN FANOTIFY_INIT OPEN_BY_HANDLE_AT FINIT_MODULE KEXEC_FILE_LOAD BPF USERFAULTFD";
const FILTERED =
  "MSGRCV SYSLOG SETPGID SETSID USELIB USTAT SYSFS VHANGUP PIVOT_ROOT _SYSCTL ACCT SETTIMEOFDAY MOUNT UMOUNT2 SWAPON SWAPOFF REBOOT SETHOSTNAME SETDOMAINNAME IOPL IOPERM CREATE_MODULE INIT_MODULE DELETE_MODULE GET_KERNEL_SYMS QUERY_MODULE QUOTACTL NFSSERVCTL GETPMSG PUTPMSG AFS_SYSCALL TUXCALL SECURITY LOOKUP_DCOOKIE CLOCK_SETTIME VSERVER MBIND SET_MEMPOLICY GET_MEMPOLICY KEXEC_LOAD ADD_KEY REQUEST_KEY KEYCTL MIGRATE_PAGES UNSHARE MOVE_PAGES PERF_EVENT_OPEN FANOTIFY_INIT OPEN_BY_HANDLE_AT SETNS KCMP FINIT_MODULE KEXEC_FILE_LOAD BPF USERFAULTFD";
const FOREVER_MS = 2 ** 40;

const amicontained: Program = function* (ctx, argv) {
  const [word] = argv.slice(1);
  if (word !== undefined && !/^(-v|--?version|version|-d|--?debug)$/.test(word)) {
    yield* write(2, `amicontained: this playground knows only -d and version, not ${word}\n`);
    return 64;
  }
  if (word !== undefined && !/^--?d/.test(word)) {
    yield* write(1, "amicontained:\n version     : v0.4.9\n");
    return 0;
  }
  const status = ctx.fs.readFile("/proc/self/status");
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "0";
  const filter = field("Seccomp") !== "0";
  const bounding = capabilitiesIn(field("CapBnd")).map((name) => name.toLowerCase());
  const refused = filter ? FILTERED : REFUSED;
  yield* write(
    1,
    `${[
      "Container Runtime: not-found",
      "Has Namespaces:",
      "\tpid: true",
      "\tuser: false",
      "AppArmor Profile: unconfined",
      "Capabilities:",
      ...(bounding.length === 0 ? [] : [`\tBOUNDING -> ${bounding.join(" ")}`]),
      `Seccomp: ${filter ? "filtering" : "disabled"}`,
      `Blocked Syscalls (${refused.split(" ").length}):`,
      `\t${refused}`,
      "Looking for Docker.sock",
    ].join("\n")}\n`,
  );
  yield* sleep(FOREVER_MS);
  return 0;
};

export const amicontainedImages = ["docker.io/jess/amicontained", "r.j3ss.co/amicontained"].map((name) =>
  defineImage({
    name,
    tags: tags(8, "latest v0.4.9 v0.4.8 v0.4.7"),
    entrypoint: ["amicontained"],
    userland: "busybox",
    programs: () => ({ "/usr/bin/amicontained": { kind: "program", run: amicontained } }),
  }),
);
