/**
 * conntrack: the connections that a node's kernel remembers. Upstream: conntrack-tools 1.4.8.
 *
 * **Simplified:** they are listed and counted; nothing is deleted, and events are not followed.
 */
import type { TrackedConnection } from "../../base/tracked-connections.ts";
import { SystemError } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { ipv4Range } from "./ipv4-range.ts";

const VERSION = "conntrack v1.4.8 (conntrack-tools)";
const NUMBERS: Readonly<Record<string, string>> = { tcp: "6", udp: "17" };

export const conntrack = defineCommand({
  name: "conntrack",
  directory: "/usr/sbin",
  usage:
    "Usage: conntrack -L [conntrack] [-p tcp|udp] [-s address] [-d address] [-r address] [-q address] [--sport port] [--dport port] [--state state] [-g] [-n] [-f ipv4|ipv6]\n       conntrack -C",
  badUsageStatus: 2,
  options: {
    flags: "LCgnDEFISU",
    values: "psdrqf",
    long: {
      dump: "L",
      count: "C",
      "dst-nat": "g",
      "src-nat": "n",
      "proto=": "p",
      "orig-src=": "s",
      "src=": "s",
      "orig-dst=": "d",
      "dst=": "d",
      "reply-src=": "r",
      "reply-dst=": "q",
      "sport=": "sport",
      "orig-port-src=": "sport",
      "dport=": "dport",
      "orig-port-dst=": "dport",
      "state=": "state",
      "family=": "f",
    },
  },
  *run(io) {
    const [table, ...more] = io.operands;
    const others = ["D", "E", "F", "I", "S", "U"].some((option) => io.has(option));
    if (others || more.length > 0 || (table ?? "conntrack") !== "conntrack" || io.has("L") === io.has("C")) {
      yield* write(2, `${VERSION}: only -L and -C of the table conntrack are simulated\n`);
      return 2;
    }
    const refused = unsimulated(io);
    if (refused !== undefined) {
      yield* write(2, `${VERSION}: ${refused} is not simulated\n`);
      return 2;
    }
    const all = yield* tracked();
    if (all === undefined) {
      yield* write(
        2,
        `${VERSION}: Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\n`,
      );
      return 1;
    }
    if (io.has("C")) {
      yield* io.out(`${all.length}\n`);
      return 0;
    }
    const shown = all.filter((each) => matches(io, each));
    yield* io.out(shown.map(line).join(""));
    const entries = `${shown.length} flow entries have been shown.`;
    yield* write(2, `${VERSION}: ${entries}\n`);
    return 0;
  },
});

/** Undefined for who may not ask. */
function* tracked(): Call<TrackedConnection[] | undefined> {
  try {
    return (yield { call: "tracked-connections" }) as TrackedConnection[];
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== "EPERM") throw error;
    return undefined;
  }
}

/** What it would choose by that is not known here. */
function unsimulated(io: CommandIo): string | undefined {
  const [protocol, family] = [io.value("p"), io.value("f")];
  if (protocol !== undefined && !/^(tcp|udp)$/i.test(protocol)) return `the protocol ${protocol}`;
  if (family !== undefined && family !== "ipv4" && family !== "ipv6") return `the family ${family}`;
  return ADDRESSES.map((option) => io.value(option)).find(
    (text) => text?.includes("/") === true && ipv4Range(text) === undefined,
  );
}

const ADDRESSES = ["s", "d", "r", "q"];

function matches(io: CommandIo, { protocol, state, original, reply }: TrackedConnection): boolean {
  const is = (option: string, value: string | number): boolean =>
    io.value(option) === undefined || io.value(option)?.toUpperCase() === String(value).toUpperCase();
  const at = (option: string, address: string): boolean => {
    const text = io.value(option);
    return text?.includes("/") === true ? ipv4Range(text)?.(address) === true : is(option, address);
  };
  const six = original.source.includes(":");
  return (
    is("p", protocol) &&
    at("s", original.source) &&
    at("d", original.destination) &&
    at("r", reply.source) &&
    at("q", reply.destination) &&
    is("sport", original.sourcePort) &&
    is("dport", original.destinationPort) &&
    is("state", state) &&
    six === (io.value("f") === "ipv6") &&
    (!io.has("g") || original.destination !== reply.source || original.destinationPort !== reply.sourcePort) &&
    (!io.has("n") || original.source !== reply.destination)
  );
}

function line({ protocol, timeout, state, original, reply, replied, assured }: TrackedConnection): string {
  const tuple = ({ source, destination, sourcePort, destinationPort }: TrackedConnection["original"]): string =>
    `src=${source} dst=${destination} sport=${sourcePort} dport=${destinationPort}`;
  const words = [
    protocol.padEnd(8),
    `${NUMBERS[protocol]} ${timeout}`,
    ...(state === "" ? [] : [state]),
    tuple(original),
    ...(replied ? [] : ["[UNREPLIED]"]),
    tuple(reply),
    ...(assured ? ["[ASSURED]"] : []),
    "mark=0 use=1",
  ];
  return `${words.join(" ")}\n`;
}
