import { reverseName } from "../../base/dns.ts";
import type { FileSystem } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { ask, canonical, readResolvConf, searched } from "../name-lookup.ts";

const UNKNOWN = 2;

export const getent = defineCommand({
  name: "getent",
  usage:
    "Usage: getent database [key ...]\nGet entries from administrative database (ahosts, ahostsv4, ahostsv6, group, hosts, passwd).",
  *run(io) {
    const [database, ...keys] = io.operands;
    if (database === "passwd" || database === "group") return yield* accounts(io, database, keys);
    if (!Object.hasOwn(TYPES, database ?? "") || database === undefined) {
      yield* io.complain(`unknown database: ${database ?? ""}`);
      return 1;
    }
    let status = 0;
    if (keys.length === 0) for (const entry of hostsFile(io.ctx.fs)) yield* io.out(hostsLine(io, entry));
    for (const key of keys) {
      const entries = yield* look(io, key, database);
      if (entries.length === 0) status = UNKNOWN;
      else if (database === "hosts") yield* io.out(entries.map((entry) => hostsLine(io, entry)).join(""));
      else yield* io.out(entries.map(socketLines).join(""));
    }
    return status;
  },
});

function* accounts(io: CommandIo, database: string, keys: readonly string[]): Call<number> {
  const path = `/etc/${database}`;
  const lines = (io.ctx.fs.exists(path) ? io.ctx.fs.readFile(path) : "").split("\n").filter((line) => line !== "");
  const found = lines.filter((line) => {
    const [name = "", , id = ""] = line.split(":");
    return keys.length === 0 || keys.includes(name) || keys.includes(id);
  });
  yield* io.out(found.map((line) => `${line}\n`).join(""));
  return keys.length > 0 && found.length === 0 ? UNKNOWN : 0;
}

interface HostEntry {
  address: string;
  name: string;
  aliases: readonly string[];
}

/** Of each database the record types to ask for; `hosts` takes those of the first that has any, as gethostbyname2 does. */
const TYPES: Readonly<Record<string, readonly ("A" | "AAAA")[]>> = {
  hosts: ["AAAA", "A"],
  ahosts: ["AAAA", "A"],
  ahostsv4: ["A"],
  ahostsv6: ["AAAA"],
};

function* look(io: CommandIo, key: string, database: string): Call<HostEntry[]> {
  const { fs } = io.ctx;
  const reverse = reverseName(key);
  const listed = hostsFile(fs).filter(({ address, name, aliases }) =>
    reverse === undefined ? name === key || aliases.includes(key) : address === key,
  );
  if (reverse !== undefined && listed.length > 0) return listed;
  const families = (TYPES[database] ?? []).map((type) =>
    listed.filter(({ address }) => address.includes(":") === (type === "AAAA")),
  );
  const kept = database === "hosts" ? families.find((some) => some.length > 0) : families.flat();
  if (kept !== undefined && kept.length > 0) return kept;
  const conf = readResolvConf(fs);
  const how = { servers: conf.servers, port: 53, timeoutMs: 5000, whole: true, tries: 2, now: () => io.ctx.now() };
  if (reverse !== undefined) {
    const asked = yield* ask({ name: reverse, type: "PTR" }, how);
    const [found] = "message" in asked ? asked.message.answer : [];
    return found === undefined ? [] : [{ address: key, name: found.data.replace(/\.$/, ""), aliases: [] }];
  }
  for (const name of searched(key, conf)) {
    const entries: HostEntry[] = [];
    for (const wanted of TYPES[database] ?? []) {
      if (database === "hosts" && entries.length > 0) break;
      const asked = yield* ask({ name, type: wanted }, how);
      if (!("message" in asked)) return [];
      const { answer } = asked.message;
      const own = canonical(name, answer);
      for (const { type, data } of answer)
        if (type === wanted) entries.push({ address: data, name: own, aliases: own === name ? [] : [name] });
    }
    if (entries.length > 0) return entries;
  }
  return [];
}

function hostsFile(fs: FileSystem): HostEntry[] {
  const text = fs.exists("/etc/hosts") ? fs.readFile("/etc/hosts") : "";
  return text.split("\n").flatMap((line) => {
    const [address = "", name, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    return name === undefined ? [] : [{ address, name, aliases }];
  });
}

/** glibc's line, or that of the tool that comes with musl. */
function hostsLine(io: CommandIo, { address, name, aliases }: HostEntry): string {
  if (io.flavour === "busybox") return `${address.padEnd(16)}  ${[name, ...aliases].join("  ")}\n`;
  return `${address.padEnd(15)} ${[name, ...aliases].join(" ")}\n`;
}

function socketLines({ address, name }: HostEntry, at: number): string {
  const line = (kind: string, shown: string): string => `${address.padEnd(15)} ${kind.padEnd(6)} ${shown}\n`;
  return line("STREAM", at === 0 ? name : "") + line("DGRAM", "") + line("RAW", "");
}
