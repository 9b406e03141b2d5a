/**
 * Which ports of a host are open, closed or filtered. Upstream: nmap.
 *
 * **Simplified:** ports are knocked at one after the other, each by a whole connection; of nmap's own choice of ports, of
 * UDP, of versions and scripts there is nothing.
 */
import type { Errno } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, connect, echo, resolve } from "../../base/syscalls.ts";
import type { Command, CommandIo } from "../command.ts";
import { defineCommand } from "../command.ts";
import { shownTime } from "../commands/ping.ts";
import { firstOfIPv4 } from "../prefer-ipv4.ts";
import { serviceName } from "../service-names.ts";

const USAGE =
  "Usage: nmap [-Pn] [-sS|-sT|-sn] [-n] [--open] [-T0-5] -p PORTS HOST...\n\nShow which ports of hosts are open, closed or filtered";
/** How long a port may be silent. */
const PATIENCE_MS = 1_000;
const MOST_PORTS = 1_024;
/** More ports of one state than this are counted instead of shown. */
const MOST_SHOWN = 25;
/** Words of several letters, as letters. */
const LETTERS: Readonly<Record<string, string>> = { "-Pn": "-P", "-sT": "-c", "-sS": "-S", "-sn": "-o" };

type State = "open" | "closed" | "filtered";

export const nmap: Command = {
  name: "nmap",
  path: "/usr/bin/nmap",
  program: (flavour) => (ctx, argv) =>
    scanner.program(flavour)(
      ctx,
      argv.flatMap((word) => {
        if (/^-T[0-5]$/.test(word)) return [];
        if (/^-p./.test(word)) return ["-p", word.slice(2) === "-" ? "1-65535" : word.slice(2)];
        return [LETTERS[word] ?? word];
      }),
    ),
};

const scanner = defineCommand({
  name: "nmap",
  usage: USAGE,
  options: { flags: "PcSonv", values: "p", long: { open: "O" } },
  badUsageStatus: 255,
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("no host is named", 255);
    const ports = portsOf(io.value("p") ?? "");
    if (!io.has("o") && typeof ports === "string") {
      yield* io.complain(ports);
      return 255;
    }
    const began = io.ctx.now();
    yield* io.out(`Starting Nmap 7.97 ( https://nmap.org ) at ${stampOf(began)} +0000\n`);
    let up = 0;
    for (const host of io.operands) if (yield* scan(io, host, typeof ports === "string" ? [] : ports)) up++;
    const all = io.operands.length;
    const hosts = `${all} IP address${all === 1 ? "" : "es"} (${up} host${up === 1 ? "" : "s"} up)`;
    yield* io.out(`Nmap done: ${hosts} scanned in ${((io.ctx.now() - began) / 1000).toFixed(2)} seconds\n`);
    return 0;
  },
});

/** `80,443`, `8000-8010`; or why there are none. */
function portsOf(text: string): number[] | string {
  if (text === "") return "its own choice of a thousand ports is not simulated: name ports with -p";
  const ports = new Set<number>();
  for (const part of text.split(",")) {
    const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === "" || Number(last) > 65_535 || Number(first) > Number(last))
      return `Error #487: Your port specifications are illegal.  Example of proper form: "-100,200-1024,T:3000-4000,U:60000-"`;
    if (Number(last) - Number(first) + ports.size >= MOST_PORTS)
      return `more than ${MOST_PORTS} ports at once are not simulated`;
    for (let port = Number(first); port <= Number(last); port++) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}

/** Whether the host is up. */
function* scan(io: CommandIo, host: string, ports: readonly number[]): Call<boolean> {
  let address: string;
  try {
    address = firstOfIPv4(yield* resolve(host)) ?? host;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.out(`Failed to resolve "${host}".\n`);
    return false;
  }
  const latencyMs = yield* discover(io, address);
  if (latencyMs === undefined && !io.has("P")) {
    yield* io.out("Note: Host seems down. If it is really up, but blocking our ping probes, try -Pn\n");
    return false;
  }
  const named = address === host ? host : `${host} (${address})`;
  const latency = latencyMs === undefined ? "." : ` (${(latencyMs / 1000).toPrecision(2)}s latency).`;
  yield* io.out(`Nmap scan report for ${named}\nHost is up${latency}\n`);
  if (io.has("o")) return true;
  const states: [port: number, state: State][] = [];
  for (const port of ports) states.push([port, yield* knock(address, port)]);
  yield* show(io, named, states);
  return true;
}

/** Milliseconds until the host answered one of nmap's probes; undefined: it was silent. */
function* discover(io: CommandIo, address: string): Call<number | undefined> {
  const { kind, latencyMs } = yield* echo(address, { ttl: 64, timeoutMs: PATIENCE_MS });
  if (kind === "echo") return shownTime(latencyMs);
  for (const port of [443, 80]) {
    const began = io.ctx.now();
    if ((yield* knock(address, port)) !== "filtered") return shownTime(io.ctx.now() - began);
  }
  return undefined;
}

const CLOSED: readonly Errno[] = ["ECONNREFUSED", "ECONNRESET"];

function* knock(address: string, port: number): Call<State> {
  try {
    const { fd } = yield* connect(address, port, { timeoutMs: PATIENCE_MS });
    yield* close(fd);
    return "open";
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return CLOSED.includes(error.errno) ? "closed" : "filtered";
  }
}

function* show(io: CommandIo, named: string, states: readonly (readonly [port: number, state: State])[]): Call<void> {
  const why = { closed: io.has("c") ? "conn-refused" : "reset", filtered: "no-response" };
  const hidden = (["closed", "filtered"] as const).filter(
    (state) => states.filter((each) => each[1] === state).length > MOST_SHOWN,
  );
  const shown = states.filter(([, state]) =>
    io.has("O") ? state === "open" : state === "open" || !hidden.includes(state),
  );
  if (shown.length === 0) {
    const count = `${states.length} scanned port${states.length === 1 ? "" : "s"}`;
    yield* io.out(`All ${count} on ${named} are in ignored states.\n`);
  }
  const counts = hidden.map((state) => {
    const count = states.filter((each) => each[1] === state).length;
    return `${count} ${state} tcp ports (${why[state]})`;
  });
  if (counts.length > 0) yield* io.out(`Not shown: ${counts.join(", ")}\n`);
  const rows = [["PORT", "STATE", "SERVICE"], ...shown.map(([port, state]) => [`${port}/tcp`, state, nameOf(port)])];
  if (shown.length > 0) yield* io.out(`\n${alignTable(rows)}`);
  yield* io.out("\n");
}

/** Columns with a space between them. */
function alignTable(rows: readonly (readonly string[])[]): string {
  const width = (at: number): number => Math.max(...rows.map((row) => row[at]?.length ?? 0));
  const [first, second] = [width(0), width(1)];
  return rows.map(([a = "", b = "", c = ""]) => `${a.padEnd(first)} ${b.padEnd(second)} ${c}\n`).join("");
}

function nameOf(port: number): string {
  if (port === 8080) return "http-proxy";
  const name = serviceName(port);
  return name === "*" ? "unknown" : name;
}

function stampOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
