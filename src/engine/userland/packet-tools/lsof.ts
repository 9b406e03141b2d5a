/**
 * lsof, as far as sockets go. Upstream: lsof 4.99.
 *
 * **Simplified:** files of other kinds are not known, so that what asks for them is refused; addresses other than
 * localhost are numbers with and without -n; DEVICE is a number of its own for each socket.
 */
import type { NamespaceSockets, SocketHolder } from "../../base/sockets.ts";
import { hash53 } from "../../base/hash.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { serviceName, servicePort } from "../service-names.ts";
import { commandName } from "../process-names.ts";
import { sockets } from "./sockets.ts";

interface OpenSocket {
  readonly holder: SocketHolder;
  readonly protocol: "TCP" | "UDP";
  readonly state: "LISTEN" | "ESTABLISHED" | undefined;
  readonly ends: readonly { readonly address: string; readonly port: number }[];
}

/** What `-i` names: `[46][protocol][@address][:port,...]`. */
interface Place {
  readonly family: string;
  readonly protocol: string;
  readonly address: string;
  readonly ports: readonly (readonly [first: number, last: number])[];
}

interface Asked {
  places: Place[];
  pids: readonly number[] | undefined;
  commands: string[];
  user: string | undefined;
  states: string[];
  flags: Set<string>;
}

const USAGE =
  "usage: lsof -i [46][protocol][@address][:ports] [-nPt] [-a [-p pids] [-c command] [-u user]] [-s protocol:state]\n";

export const lsof = defineCommand({
  name: "lsof",
  usage: USAGE,
  options: { none: true },
  *run(io) {
    const asked = read(io.operands);
    if (typeof asked === "string") {
      yield* write(2, `lsof: ${asked}\n`);
      return 1;
    }
    const found = openSockets(yield* sockets())
      .filter((each) => matches(each, asked))
      .sort((a, b) => a.holder.pid - b.holder.pid || a.holder.fd - b.holder.fd);
    if (asked.flags.has("t")) {
      const pids = new Set(found.map(({ holder }) => holder.pid));
      yield* io.out([...pids].map((pid) => `${pid}\n`).join(""));
    } else if (found.length > 0) yield* io.out(table(found, asked.flags));
    return found.length > 0 ? 0 : 1;
  },
});

/** Each socket once for each process that has it. */
function openSockets({ listening, connections }: NamespaceSockets): OpenSocket[] {
  const listeners = listening.flatMap(({ protocol, address, port, holders }) =>
    holders.map((holder): OpenSocket => {
      const state = protocol === "TCP" ? "LISTEN" : undefined;
      return { holder, protocol, state, ends: [{ address, port }] };
    }),
  );
  const open = connections.flatMap(({ protocol, localAddress, localPort, remoteAddress, remotePort, holders }) =>
    holders.map((holder): OpenSocket => {
      const state = protocol === "TCP" ? "ESTABLISHED" : undefined;
      const ends = [
        { address: localAddress, port: localPort },
        { address: remoteAddress, port: remotePort },
      ];
      return { holder, protocol, state, ends };
    }),
  );
  return [...listeners, ...open];
}

/** A text is why not. */
function read(words: readonly string[]): Asked | string {
  const asked: Asked = { places: [], pids: undefined, commands: [], user: undefined, states: [], flags: new Set() };
  let sees = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-") || word === "-") return `only sockets are simulated: no file ${word}`;
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string;
      if ("aPnt".includes(letter)) {
        asked.flags.add(letter);
        continue;
      }
      if (letter === "i") {
        sees = true;
        let text = word.slice(i + 1);
        if (text === "" && words[at + 1]?.startsWith("-") === false) text = words[++at] as string;
        const place = readPlace(text);
        if (typeof place === "string") return place;
        asked.places.push(place);
        break;
      }
      if (!"pcus".includes(letter)) return `option -${letter} is not simulated\n${USAGE.trim()}`;
      const value = word.slice(i + 1) || words[++at];
      if (value === undefined) return `no ${letter} value`;
      const problem = take(asked, letter, value);
      if (problem !== undefined) return problem;
      break;
    }
  }
  const narrow = asked.pids !== undefined || asked.commands.length > 0 || asked.user !== undefined;
  if (!sees) return "only sockets are simulated: -i lists them";
  return narrow && !asked.flags.has("a")
    ? "files other than sockets are not simulated: -a narrows -i down by -p, -c and -u"
    : asked;
}

function take(asked: Asked, letter: string, value: string): string | undefined {
  if (letter === "p") {
    if (!/^\d+(,\d+)*$/.test(value)) return `illegal process ID: ${value}`;
    asked.pids = value.split(",").map(Number);
  } else if (letter === "c") asked.commands.push(value);
  else if (letter === "u") asked.user = value;
  else {
    const [, protocol = "", states = ""] = /^(TCP|UDP):(.+)$/i.exec(value) ?? [];
    if (states === "") return `unknown -s protocol or state: ${value}`;
    asked.states.push(...states.split(",").map((state) => `${protocol}:${state}`.toUpperCase()));
  }
  return undefined;
}

function readPlace(text: string): Place | string {
  const parts = /^([46]?)(tcp|udp)?(?:@([^:]*|\[.*\]))?(?::(.+))?$/i.exec(text);
  if (parts === null) return `unacceptable Internet address: -i ${text}`;
  const [, family = "", protocol = "", address = "", list = ""] = parts;
  const ports: [number, number][] = [];
  for (const each of list === "" ? [] : list.split(",")) {
    const [first = "", last = first] = each.split("-");
    const [from, to] = [portOf(first), portOf(last)];
    if (from === undefined || to === undefined) return `unknown service ${each} in: -i ${text}`;
    ports.push([from, to]);
  }
  return { family, protocol: protocol.toUpperCase(), address: address.replace(/^\[|\]$/g, ""), ports };
}

function portOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : servicePort(text);
}

function matches(socket: OpenSocket, { places, pids, commands, user, states }: Asked): boolean {
  const { holder, protocol, state, ends } = socket;
  if (pids !== undefined && !pids.includes(holder.pid)) return false;
  if (commands.length > 0 && !commands.some((each) => commandName(holder).startsWith(each))) return false;
  if (user !== undefined && holder.user !== user) return false;
  if (states.length > 0 && !states.includes(`${protocol}:${state ?? ""}`)) return false;
  return places.some((place) => {
    if (place.protocol !== "" && place.protocol !== protocol) return false;
    if (place.family !== "" && place.family !== familyOf(socket)) return false;
    if (place.address !== "" && !ends.some(({ address }) => address === numeric(place.address))) return false;
    const inRange = (port: number): boolean => place.ports.some(([first, last]) => port >= first && port <= last);
    return place.ports.length === 0 || ends.some(({ port }) => inRange(port));
  });
}

function numeric(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

function familyOf({ ends }: OpenSocket): "4" | "6" {
  return ends[0]?.address.includes(":") === true ? "6" : "4";
}

function table(found: readonly OpenSocket[], flags: ReadonlySet<string>): string {
  const rows = found.map((socket) => {
    const { holder, protocol, ends, state } = socket;
    const name = ends.map((end) => placeName(end, flags)).join("->");
    const device = Number.parseInt(hash53(`${protocol} ${JSON.stringify(ends)}`).slice(0, 4), 16) + 16_000;
    return {
      command: commandName(holder).slice(0, 9),
      pid: String(holder.pid),
      user: holder.user.slice(0, 8),
      fd: `${String(holder.fd).padStart(4)}u `,
      type: `IPv${familyOf(socket)}`,
      device: String(device),
      rest: `      0t0  ${protocol} ${name}${state === undefined ? "" : ` (${state})`}`,
    };
  });
  const wide = (column: "command" | "pid" | "user" | "device", least: number): number =>
    Math.max(least, ...rows.map((row) => row[column].length));
  const [command, pid, user, device] = [wide("command", 7), wide("pid", 3), wide("user", 4), wide("device", 6)];
  const line = (row: (typeof rows)[number]): string =>
    `${row.command.padEnd(command)} ${row.pid.padStart(pid)} ${row.user.padStart(user)} ${row.fd} ${row.type} ${row.device.padStart(device)} ${row.rest.slice(1)}\n`;
  const head = `${"COMMAND".padEnd(command)} ${"PID".padStart(pid)} ${"USER".padStart(user)}   FD   TYPE ${"DEVICE".padStart(device)} SIZE/OFF NODE NAME\n`;
  return head + rows.map(line).join("");
}

function placeName({ address, port }: { address: string; port: number }, flags: ReadonlySet<string>): string {
  const service = flags.has("P") ? "*" : serviceName(port);
  return `${hostName(address, flags)}:${service === "*" ? port : service}`;
}

function hostName(address: string, flags: ReadonlySet<string>): string {
  if (address === "::" || address === "0.0.0.0") return "*";
  if (!flags.has("n") && (address === "127.0.0.1" || address === "::1")) return "localhost";
  return address.includes(":") ? `[${address}]` : address;
}
