/**
 * What a container shows under /proc and /sys/fs/cgroup. Upstream: proc(5), cgroups(7).
 *
 * **Simplified:** /proc has the main process alone, and `self` is that one.
 */
import type { MemoryFileSystem } from "../memory-file-system.ts";
import { capabilityMask } from "./capabilities.ts";
import type { Cgroup } from "./cgroup.ts";

export interface ProcessFacts {
  argv: readonly string[];
  uid: number;
  gid: number;
  groups: readonly number[];
  /** Names of what its root may do. */
  capabilities: ReadonlySet<string>;
  noNewPrivileges: boolean;
  /** True without a seccomp filter. */
  unconfined: boolean;
  cgroup: Cgroup;
  now: () => number;
  pids: () => readonly number[];
}

const NONE: ReadonlySet<string> = new Set();

export function addProcessFiles(fs: MemoryFileSystem, facts: ProcessFacts): void {
  const files = facts.cgroup.files(facts);
  for (const name in files) fs.generate(`/sys/fs/cgroup/${name}`, files[name] as () => string);
  fs.generate("/proc/1/cgroup", () => "0::/\n");
  fs.generate("/proc/1/cmdline", () => facts.argv.map((word) => `${word}\0`).join(""));
  fs.generate("/proc/1/comm", () => `${commandName(facts)}\n`);
  fs.generate("/proc/1/status", () => processStatus(facts));
  fs.symlink("1", "/proc/self");
}

function commandName({ argv }: ProcessFacts): string {
  return (argv[0] ?? "").replace(/^.*\//, "").slice(0, 15);
}

/** Without privilege only the bounding set is left: nothing is inherited or ambient. */
function processStatus(facts: ProcessFacts): string {
  const { uid, gid, groups, capabilities } = facts;
  const own = uid === 0 ? capabilities : NONE;
  const four = (id: number): string => `${id}\t${id}\t${id}\t${id}`;
  const lines: [string, string | number][] = [
    ["Name", commandName(facts)],
    ["State", "S (sleeping)"],
    ["Tgid", 1],
    ["Pid", 1],
    ["PPid", 0],
    ["Uid", four(uid)],
    ["Gid", four(gid)],
    ["Groups", `${groups.join(" ")} `],
    ["VmRSS", `${String(Math.round(facts.cgroup.memoryBytes / 1024)).padStart(8)} kB`],
    ["Threads", 1],
    ["CapInh", capabilityMask(NONE)],
    ["CapPrm", capabilityMask(own)],
    ["CapEff", capabilityMask(own)],
    ["CapBnd", capabilityMask(capabilities)],
    ["CapAmb", capabilityMask(NONE)],
    ["NoNewPrivs", facts.noNewPrivileges ? 1 : 0],
    ["Seccomp", facts.unconfined ? 0 : 2],
  ];
  return lines.map(([name, value]) => `${name}:\t${value}\n`).join("");
}
