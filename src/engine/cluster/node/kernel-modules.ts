/**
 * modprobe and lsmod on a node. Upstream: kmod's modprobe(8), lsmod(8).
 *
 * **Simplified:** what a module brings works whether or not it is loaded.
 */
import type { FileSystem } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../../userland/command.ts";
import { isRoot } from "./is-root.ts";

const LOADED = "/proc/modules";
const FOLDER = "/lib/modules/6.12.48+deb13-amd64";
/** Bytes by name, and what each stands on. */
const MODULES: Readonly<Record<string, { size: number; on?: readonly string[] }>> = {
  br_netfilter: { size: 36_864, on: ["bridge"] },
  bridge: { size: 389_120 },
  ip_tables: { size: 36_864 },
  ip_vs: { size: 225_280, on: ["nf_conntrack"] },
  ip_vs_rr: { size: 12_288, on: ["ip_vs"] },
  ip_vs_sh: { size: 12_288, on: ["ip_vs"] },
  ip_vs_wrr: { size: 12_288, on: ["ip_vs"] },
  nbd: { size: 73_728 },
  nf_conntrack: { size: 204_800 },
  nf_nat: { size: 61_440, on: ["nf_conntrack"] },
  nf_tables: { size: 372_736 },
  nfs: { size: 593_920 },
  overlay: { size: 217_088 },
  veth: { size: 45_056 },
  vxlan: { size: 155_648 },
  wireguard: { size: 114_688 },
  xt_conntrack: { size: 12_288, on: ["nf_conntrack"] },
};
/** What kubeadm's instructions and containers have had loaded. */
const FROM_START = ["overlay", "bridge", "br_netfilter", "nf_conntrack", "nf_nat", "nf_tables", "veth"];

const line = (name: string): string => `${name} ${MODULES[name]?.size} 0 - Live 0x0000000000000000\n`;

/** Files of a new node: what is loaded, and what is to be at each start. */
export const MODULE_FILES: Readonly<Record<string, string>> = {
  [LOADED]: FROM_START.map(line).join(""),
  "/etc/modules-load.d/k8s.conf": "overlay\nbr_netfilter\n",
};

function loadedOn(fs: FileSystem): string[] {
  const text = fs.exists(LOADED) ? fs.readFile(LOADED) : "";
  return text.split("\n").flatMap((each) => each.split(" ")[0] || []);
}

/** Those that stand on it and are loaded. */
function usersOf(name: string, loaded: readonly string[]): string[] {
  return loaded.filter((other) => MODULES[other]?.on?.includes(name) === true);
}

export const modprobe = defineCommand({
  name: "modprobe",
  directory: "/usr/sbin",
  usage: "Usage:\n\tmodprobe [options] [-r] modulename\n\tmodprobe [options] -a modulename [modulename...]",
  options: { flags: "arqv", long: { all: "a", remove: "r", quiet: "q", verbose: "v" } },
  *run(io) {
    const names = (io.has("a") || io.has("r") ? io.operands : io.operands.slice(0, 1)).map((name) =>
      name.replaceAll("-", "_"),
    );
    if (names.length === 0) {
      yield* write(2, "modprobe: ERROR: missing parameters. See -h.\n");
      return 1;
    }
    let status = 0;
    for (const name of names) {
      const problem = isRoot(io.ctx)
        ? change(io.ctx.fs, name, io.has("r"))
        : `ERROR: could not ${io.has("r") ? "remove" : "insert"} '${name}': Operation not permitted`;
      if (problem === undefined) continue;
      status = 1;
      if (!io.has("q")) yield* write(2, `modprobe: ${problem}\n`);
    }
    return status;
  },
});

/** Why not, if it can't be. */
function change(fs: FileSystem, name: string, remove: boolean): string | undefined {
  if (MODULES[name] === undefined) return `FATAL: Module ${name} not found${remove ? "" : ` in directory ${FOLDER}`}.`;
  const loaded = loadedOn(fs);
  if (!remove) {
    const wanted = [...(MODULES[name].on ?? []), name].filter((each) => !loaded.includes(each));
    fs.writeFile(LOADED, [...wanted, ...loaded].map(line).join(""));
    return undefined;
  }
  if (usersOf(name, loaded).length > 0) return `FATAL: Module ${name} is in use.`;
  fs.writeFile(
    LOADED,
    loaded
      .filter((each) => each !== name)
      .map(line)
      .join(""),
  );
  return undefined;
}

export const lsmod = defineCommand({
  name: "lsmod",
  directory: "/usr/sbin",
  usage: "Usage: lsmod",
  *run(io) {
    const loaded = loadedOn(io.ctx.fs);
    yield* io.out("Module                  Size  Used by\n");
    for (const name of loaded) {
      const users = usersOf(name, loaded);
      const size = String(MODULES[name]?.size ?? 0);
      const used = users.length === 0 ? "0" : `${users.length} ${users.join(",")}`;
      yield* io.out(`${name.padEnd(19)} ${size.padStart(8)}  ${used}\n`);
    }
    return 0;
  },
});
