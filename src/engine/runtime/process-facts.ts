/** What /proc/<pid> tells of a process. Upstream: proc_pid_status(5), proc_pid_limits(5), namespaces(7). */
import type { FileSystem } from "../base/program.ts";
import { capabilitiesOf, capabilityMask } from "./containers/capabilities.ts";
import { mountsText } from "./containers/mount-table.ts";
import type { Neighbour, OutputSink } from "./machine.ts";

/** What a process tells of itself beyond its row in a table. */
export interface ProcessFacts {
  uid: number;
  gid: number;
  groups: readonly number[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Where its program is; undefined: nobody can say. */
  exe: string | undefined;
  /** What it has as its root folder. */
  fs: FileSystem;
  /** Where its descriptors lead. */
  descriptors: readonly { fd: number; target: string }[];
  /** Where text goes that somebody writes to its standard output or error; undefined: it can't be got hold of. */
  output?(fd: number): OutputSink | undefined;
  /** Absent: of no container. */
  confinement?: Confinement | undefined;
}

/** What all processes of a container have in common. */
export interface Confinement {
  /** What its root may do. */
  capabilities: ReadonlySet<string>;
  noNewPrivileges: boolean;
  /** True without a seccomp filter. */
  unconfined: boolean;
  oomScoreAdjust: number;
  /** Its place among the node's cgroups. */
  cgroup: string;
  /** By kind, whose they are; the node's, where there is none. */
  namespaces: Readonly<Record<string, string>>;
  /** The first of the node's ids that its users have; absent: they are the node's users. */
  firstId?: number | undefined;
}

/** What a file of /proc/<pid> is made of. */
interface Shown extends Pick<Neighbour, "pid" | "ppid" | "argv" | "use"> {
  facts: ProcessFacts;
  /** Of whoever looks. */
  viewer: Confinement | undefined;
}

const EVERYTHING: ReadonlySet<string> = capabilitiesOf({ privileged: true });
const NOTHING: ReadonlySet<string> = new Set();

/** The node's own, by the numbers that kernels give them. */
const NAMESPACES: Readonly<Record<string, number>> = {
  cgroup: 4026531835,
  ipc: 4026531839,
  mnt: 4026531841,
  net: 4026531840,
  pid: 4026531836,
  time: 4026531834,
  user: 4026531837,
  uts: 4026531838,
};
const FIRST_NAMESPACE = 4026532000;

export const PROCESS_FILES: Readonly<Record<string, (shown: Shown) => string>> = {
  cgroup: ({ facts, viewer }) => `0::${viewer === undefined ? (facts.confinement?.cgroup ?? "/") : "/"}\n`,
  cmdline: ({ argv }) => argv.map((word) => `${word}\0`).join(""),
  comm: ({ argv }) => `${commandName(argv)}\n`,
  environ: ({ facts }) =>
    Object.entries(facts.env)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(""),
  gid_map: ({ facts }) => idMap(facts.confinement?.firstId),
  limits: () => LIMITS,
  mounts: ({ facts }) => mountsText(facts.fs.mountTable?.() ?? []),
  oom_score_adj: ({ facts }) => `${facts.confinement?.oomScoreAdjust ?? 0}\n`,
  status,
  uid_map: ({ facts }) => idMap(facts.confinement?.firstId),
};

/** The files that only who may trace a process can read. */
export const GUARDED_FILES: ReadonlySet<string> = new Set(["environ"]);

export const NAMESPACE_KINDS = Object.keys(NAMESPACES);

/** `pid:[4026531836]` */
export function namespaceLink(kind: string, { confinement }: ProcessFacts): string {
  const owner = confinement?.namespaces[kind];
  return `${kind}:[${owner === undefined ? NAMESPACES[kind] : FIRST_NAMESPACE + numberOf(`${kind}/${owner}`)}]`;
}

function numberOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) % 99_991;
  return hash;
}

/** Of `nginx: master process` it is nginx. */
function commandName(argv: readonly string[]): string {
  const program = (argv[0] ?? "").replace(/^([\w.-]+): .*$/s, "$1");
  return program.slice(program.lastIndexOf("/") + 1).slice(0, 15);
}

/** Inside, outside, how many: each id as wide as the kernel writes it. */
function idMap(first: number | undefined): string {
  const [outside, count] = first === undefined ? [0, 4294967295] : [first, 65536];
  return `${"0".padStart(10)} ${String(outside).padStart(10)} ${String(count).padStart(10)}\n`;
}

/** Without privilege only the bounding set is left: nothing is inherited or ambient. */
function status({ pid, ppid, argv, use, facts }: Shown): string {
  const { uid, gid, groups, confinement } = facts;
  const bounding = confinement?.capabilities ?? EVERYTHING;
  const own = uid === 0 ? bounding : NOTHING;
  const four = (id: number): string => `${id}\t${id}\t${id}\t${id}`;
  const filters = confinement === undefined || confinement.unconfined ? 0 : 1;
  const lines: [string, string | number][] = [
    ["Name", commandName(argv)],
    ["Umask", "0022"],
    ["State", "S (sleeping)"],
    ["Tgid", pid],
    ["Ngid", 0],
    ["Pid", pid],
    ["PPid", ppid],
    ["TracerPid", 0],
    ["Uid", four(uid)],
    ["Gid", four(gid)],
    ["FDSize", 64],
    ["Groups", `${groups.join(" ")} `],
    ["VmRSS", `${String(Math.max(1024, Math.round((use?.().memoryBytes ?? 0) / 1024))).padStart(8)} kB`],
    ["Threads", 1],
    ["CapInh", capabilityMask(NOTHING)],
    ["CapPrm", capabilityMask(own)],
    ["CapEff", capabilityMask(own)],
    ["CapBnd", capabilityMask(bounding)],
    ["CapAmb", capabilityMask(NOTHING)],
    ["NoNewPrivs", confinement?.noNewPrivileges === true ? 1 : 0],
    ["Seccomp", filters === 0 ? 0 : 2],
    ["Seccomp_filters", filters],
  ];
  return lines.map(([name, value]) => `${name}:\t${value}\n`).join("");
}

/** What containerd's unit leaves its containers. */
const LIMITS = [
  ["Limit", "Soft Limit", "Hard Limit", "Units"],
  ["Max cpu time", "unlimited", "unlimited", "seconds"],
  ["Max file size", "unlimited", "unlimited", "bytes"],
  ["Max data size", "unlimited", "unlimited", "bytes"],
  ["Max stack size", "8388608", "unlimited", "bytes"],
  ["Max core file size", "unlimited", "unlimited", "bytes"],
  ["Max resident set", "unlimited", "unlimited", "bytes"],
  ["Max processes", "unlimited", "unlimited", "processes"],
  ["Max open files", "1048576", "1048576", "files"],
  ["Max locked memory", "8388608", "8388608", "bytes"],
  ["Max address space", "unlimited", "unlimited", "bytes"],
  ["Max file locks", "unlimited", "unlimited", "locks"],
  ["Max pending signals", "31470", "31470", "signals"],
  ["Max msgqueue size", "819200", "819200", "bytes"],
  ["Max nice priority", "0", "0", ""],
  ["Max realtime priority", "0", "0", ""],
  ["Max realtime timeout", "unlimited", "unlimited", "us"],
]
  .map(([name = "", soft = "", hard = "", units = ""]) =>
    `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${units.padEnd(10)}`.concat("\n"),
  )
  .join("");
