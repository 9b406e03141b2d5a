/**
 * tcpdump: the packets that pass this network namespace while it runs. Upstream: tcpdump 4.99.
 *
 * **Simplified:** addresses are shown as numbers, with -n and without; of what packets carry the first line of HTTP, and
 * DNS, however little -s keeps of them; neither the file formats nor the bytes (-w, -r, -v, -A, -X).
 */
import type { Packet } from "../../../base/packets.ts";
import { SystemError } from "../../../base/program.ts";
import { readLineOf, resolve, signals, trap, write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { defineCommand } from "../../command.ts";
import type { CommandIo } from "../../command.ts";
import { servicePort } from "../../service-names.ts";
import { sockets } from "../sockets.ts";
import { FilterError, filterOf } from "./filter.ts";
import type { Matcher } from "./filter.ts";
import { PacketPrinter } from "./packet-line.ts";

const UNSIMULATED = "AbBCDeEfFgGHIJjkKLMmNOrTVvwWxXyzZ";
/** Upstream: MAXIMUM_SNAPLEN. */
const MOST = 262_144;
const LINK_TYPES: Readonly<Record<string, string>> = {
  any: "LINUX_SLL2 (Linux cooked v2)",
  other: "EN10MB (Ethernet)",
};

export const tcpdump = defineCommand({
  name: "tcpdump",
  usage: "Usage: tcpdump [-lnNpqStU] [-c count] [-D] [-i interface] [-Q in|out|inout] [-s snaplen] [expression]",
  options: { none: true },
  *run(io) {
    const asked = optionsOf(io.operands);
    if (typeof asked === "string") {
      yield* write(2, `tcpdump: ${asked}\n`);
      return 1;
    }
    const { node } = yield* sockets();
    const devices = ["eth0", ...(node ? ["cni0"] : []), "any", "lo"];
    if (asked.lists) {
      yield* io.out(devices.map((name, at) => `${at + 1}.${name}\n`).join(""));
      return 0;
    }
    if (!devices.includes(asked.device)) {
      yield* write(2, `tcpdump: ${asked.device}: No such device exists\n(SIOCGIFHWADDR: No such device)\n`);
      return 1;
    }
    const filter = yield* filterFor(asked.expression);
    if (typeof filter === "string") {
      yield* write(2, `tcpdump: ${filter}\n`);
      return 1;
    }
    return yield* watch(io, asked, filter);
  },
});

interface Asked {
  device: string;
  count: number;
  direction: string;
  flags: Map<string, number>;
  /** Bytes that are kept of a packet. */
  length: number;
  lists: boolean;
  expression: string;
}

/** A text is why not. */
function optionsOf(words: readonly string[]): Asked | string {
  const asked: Asked = {
    ...{ device: "eth0", count: Infinity, direction: "inout", flags: new Map(), length: MOST, lists: false },
    expression: "",
  };
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word.startsWith("--")) {
      if (word === "--list-interfaces") asked.lists = true;
      else if (word !== "--immediate-mode" && word !== "--no-promiscuous-mode") return `${word} is not simulated`;
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string;
      if (letter === "D") asked.lists = true;
      else if ("lnpqStUN".includes(letter)) asked.flags.set(letter, (asked.flags.get(letter) ?? 0) + 1);
      else if ("ciQs".includes(letter)) {
        const value = word.slice(i + 1) || words[++at];
        if (value === undefined) return `option requires an argument -- '${letter}'`;
        const problem = take(asked, letter, value);
        if (problem !== undefined) return problem;
        break;
      } else if (UNSIMULATED.includes(letter)) return `-${letter} is not simulated`;
      else return `invalid option -- '${letter}'`;
    }
  }
  asked.expression = words.slice(at).join(" ");
  return (asked.flags.get("t") ?? 0) > 5 ? "only -t, -tt, -ttt, -tttt, and -ttttt are supported" : asked;
}

function take(asked: Asked, letter: string, value: string): string | undefined {
  if (letter === "i") asked.device = value;
  else if (letter === "c") {
    if (!/^[1-9]\d*$/.test(value)) return `invalid packet count ${value}`;
    asked.count = Number(value);
  } else if (letter === "Q") {
    if (!/^(in|out|inout)$/.test(value)) return `unknown capture direction \`${value}'`;
    asked.direction = value;
  } else {
    if (!/^\d+$/.test(value) || Number(value) > MOST) return `invalid snaplen ${value} (must be >= 0 and <= ${MOST})`;
    asked.length = Number(value) || MOST;
  }
  return undefined;
}

/** Names in the expression are asked for beforehand. */
function* filterFor(expression: string): Call<Matcher | string> {
  const known = new Map<string, readonly string[]>();
  for (;;) {
    let unknown: string | undefined;
    try {
      const matcher = filterOf(expression, {
        port: servicePort,
        addresses(host) {
          if (/^[\d.]+$/.test(host) || host.includes(":")) return [host];
          const found = known.get(host);
          if (found === undefined) unknown ??= host;
          return found ?? [];
        },
      });
      if (unknown === undefined) return matcher;
      known.set(unknown, yield* resolve(unknown));
    } catch (error) {
      if (error instanceof FilterError) return error.message;
      if (!(error instanceof SystemError)) throw error;
      return `unknown host '${unknown ?? ""}'`;
    }
  }
}

function* watch(io: CommandIo, asked: Asked, filter: Matcher): Call<number> {
  const { device, count, direction, flags } = asked;
  let fd: number;
  try {
    fd = (yield { call: "capture" }) as number;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== "EPERM") throw error;
    yield* write(
      2,
      `tcpdump: ${device}: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n`,
    );
    return 1;
  }
  if (device === "any") yield* write(2, "tcpdump: data link type LINUX_SLL2\n");
  yield* write(
    2,
    `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on ${device}, link-type ${LINK_TYPES[device] ?? LINK_TYPES["other"]}, snapshot length ${asked.length} bytes\n`,
  );
  const printer = new PacketPrinter({
    numeric: flags.has("n"),
    quick: flags.has("q"),
    absolute: flags.has("S"),
    times: flags.get("t") ?? 0,
    devices: device === "any",
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) yield* trap(signal, "queue");
  let seen = 0;
  while (seen < count) {
    const ready = (yield { call: "poll", fds: [fd] }) as number[];
    if ((yield* signals()).length > 0) {
      yield* io.out("\n");
      break;
    }
    if (ready.length === 0) continue;
    const line = yield* readLineOf(fd);
    if (line === null) break;
    const packet = JSON.parse(line) as Packet;
    const passes = direction === "inout" || packet.direction.toLowerCase() === direction;
    if (!passes || (device !== "any" && packet.device !== device) || !filter(packet)) continue;
    seen++;
    yield* io.out(printer.line(packet));
  }
  const captured = `${seen} packet${seen === 1 ? "" : "s"}`;
  yield* write(2, `${captured} captured\n${captured} received by filter\n0 packets dropped by kernel\n`);
  return 0;
}
