/**
 * fuser of psmisc and of busybox: which processes have a port. Upstream: psmisc fuser.c; busybox procps/fuser.c.
 *
 * **Simplified:** which files are open is not known.
 */
import { SystemError } from "../../base/program.ts";
import type { Signal } from "../../base/program.ts";
import type { NamespaceSockets, SocketHolder } from "../../base/sockets.ts";
import { kill, write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";
import { servicePort } from "../service-names.ts";
import { signalName } from "../shell/shell.ts";
import { commandName } from "../process-names.ts";
import { sockets } from "./sockets.ts";

const NAME_WIDTH = 20;

interface Asked {
  flags: Set<string>;
  signal: Signal;
  /** `80/tcp` as given, and what it stands for. */
  ports: { name: string; port: number; protocol: "TCP" | "UDP" }[];
}

export const fuser = defineCommand({
  name: "fuser",
  usage: "Usage: fuser [-sv] [-k [-SIGNAL]] [-n tcp|udp] PORT[/tcp|/udp]...\nShow which processes use the named ports.",
  options: { none: true },
  *run(io) {
    const asked = read(io);
    if (typeof asked === "string") {
      yield* io.complain(asked);
      return 1;
    }
    const { flags, ports } = asked;
    const open = yield* sockets();
    const found = ports.map((each) => ({ ...each, holders: holdersOf(open, each) }));
    const all = found.filter(({ holders }) => holders.length > 0);
    if (!flags.has("s")) yield* io.flavour === "busybox" ? plain(io, all) : listed(all, flags.has("v"));
    if (flags.has("k")) for (const { holders } of all) yield* end(holders, asked.signal);
    return all.length === found.length || (io.flavour === "debian" && all.length > 0) ? 0 : 1;
  },
});

/** A text is why not. */
function read(io: CommandIo): Asked | string {
  const asked: Asked = { flags: new Set(), signal: "SIGKILL", ports: [] };
  const words = [...io.operands];
  let space: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "-n") space = words.shift() ?? "";
    else if (word.startsWith("-")) {
      const signal = signalName(word.slice(1));
      if (/^-[kvs]+$/.test(word)) for (const letter of word.slice(1)) asked.flags.add(letter);
      else if (signal !== undefined && signal !== "EXIT" && signal !== "ERR") asked.signal = signal;
      else return `option ${word} is not simulated`;
    } else {
      const [, text = "", protocol = space ?? ""] = /^([\w-]+)(?:\/(\w+))?$/.exec(word) ?? [];
      if (!/^(tcp|udp)$/.test(protocol)) {
        return protocol === "" || protocol === "file"
          ? `which processes have a file open is not simulated: ${word}`
          : "Invalid namespace name";
      }
      const port = /^\d+$/.test(text) ? Number(text) : servicePort(text);
      if (port === undefined) return `Cannot resolve local port ${text}: Servname not supported for ai_socktype`;
      const name = `${text}/${protocol}`;
      asked.ports.push({ name, port, protocol: protocol === "tcp" ? "TCP" : "UDP" });
    }
  }
  return asked.ports.length === 0 ? "No process specification given" : asked;
}

/** Each process once, by number. */
function holdersOf(
  { listening, connections }: NamespaceSockets,
  { port, protocol }: { port: number; protocol: "TCP" | "UDP" },
): SocketHolder[] {
  const local = connections.map((each) => ({ ...each, port: each.localPort }));
  const holders = [...listening, ...local]
    .filter((each) => each.protocol === protocol && each.port === port)
    .flatMap((each) => each.holders);
  return [...new Map(holders.map((holder) => [holder.pid, holder])).values()].sort((a, b) => a.pid - b.pid);
}

type Found = readonly { name: string; holders: readonly SocketHolder[] }[];

function* plain(io: CommandIo, found: Found): Call<void> {
  const pids = new Set(found.flatMap(({ holders }) => holders.map(({ pid }) => pid)));
  if (pids.size > 0) yield* io.out(`${[...pids].map((pid) => `${pid} `).join("")}\n`);
}

/** Names go to standard error, numbers to standard output, so that a script gets these alone. */
function* listed(found: Found, wordy: boolean): Call<void> {
  if (wordy && found.length > 0) yield* write(2, `${" ".repeat(NAME_WIDTH)} USER        PID ACCESS COMMAND\n`);
  for (const { name, holders } of found) {
    yield* write(2, `${name}:`.padEnd(NAME_WIDTH));
    for (const [at, holder] of holders.entries()) {
      const pid = String(holder.pid).padStart(wordy ? 6 : 5);
      if (wordy) yield* write(2, `${at === 0 ? "" : " ".repeat(NAME_WIDTH)} ${holder.user.padEnd(8)}`);
      yield* write(1, ` ${pid}`);
      if (wordy) yield* write(2, ` F.... ${commandName(holder)}\n`);
    }
    if (!wordy) yield* write(2, "\n");
  }
}

function* end(holders: readonly SocketHolder[], signal: Signal): Call<void> {
  for (const { pid } of holders) {
    try {
      yield* kill(pid, signal);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* write(2, `Could not kill process ${pid}: ${errorText(error)}\n`);
    }
  }
}
