/** netcat: OpenBSD's as Debian ships it, and busybox'. */
import { SystemError } from "../../base/program.ts";
import type { Connected } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import {
  accept,
  close,
  connect,
  exec,
  listenOn,
  poll,
  read,
  resolve,
  shutdown,
  spawn,
  wait,
  write,
} from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command, CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";
import { firstOfIPv4 } from "../prefer-ipv4.ts";
import { readConnection } from "../read-connection.ts";
import { serviceName } from "../service-names.ts";

const USAGE = `Usage: nc [-46zuvnN] [-w SEC] [-q SEC] HOST PORT
       nc -l [-ukv] [-s ADDRESS] [-p] PORT

Connect to a port, or wait for connections on one; -z only tells whether it is open`;

/** Busybox takes everything behind -e as the program that serves each connection. */
export const nc: Command = {
  name: "nc",
  path: "/usr/bin/nc",
  program: (flavour) => (ctx, argv) => {
    const at = flavour === "busybox" ? argv.indexOf("-e") : -1;
    const served = at < 0 ? [] : argv.slice(at + 1);
    return command(served).program(flavour)(ctx, at < 0 ? argv : argv.slice(0, at));
  },
};

function command(served: readonly string[]): Command {
  return defineCommand({
    name: "nc",
    usage: USAGE,
    options: { flags: "zvnlukN", gnuFlags: "46", values: "wpqs" },
    *run(io) {
      if (io.has("l")) return yield* serve(io, served);
      const [host, ports] = io.operands;
      if (host === undefined || ports === undefined) return yield* io.misuse("a host and a port are needed");
      let status = 0;
      for (const port of portsOf(ports)) if ((yield* attempt(io, { host, port, served })) !== 0) status = 1;
      return status;
    },
  });
}

/** `80`, or `20-25`. */
function portsOf(text: string): number[] {
  const [first = 0, last = first] = text.split("-").map(Number);
  return Array.from({ length: Math.max(0, last - first) + 1 }, (_, index) => first + index);
}

function seconds(io: CommandIo, flag: string): number | undefined {
  const value = io.value(flag);
  return value === undefined ? undefined : Number(value) * 1000;
}

function* attempt(io: CommandIo, to: { host: string; port: number; served: readonly string[] }): Call<number> {
  const { host, port } = to;
  const protocol = io.has("u") ? "UDP" : "TCP";
  const timeoutMs = seconds(io, "w");
  let address: string | undefined;
  try {
    const known = yield* resolve(host);
    const addresses = wanted(io, known);
    if (addresses.length === 0) return yield* noneOf(io, { host, port });
    const chosen = addresses.length < known.length;
    let connected: Connected | undefined;
    for (const [at, each] of addresses.entries()) {
      address = each;
      try {
        // What has one address alone is asked for by name, so that the way tells of it.
        connected = yield* connect(addresses.length === 1 && !chosen ? host : each, port, {
          protocol,
          ...(timeoutMs !== undefined && { timeoutMs }),
        });
        break;
      } catch (error) {
        if (!(error instanceof SystemError) || at === addresses.length - 1) throw error;
        yield* explain(io, error, { host, port, address });
      }
    }
    if (connected === undefined) return 1;
    if (protocol === "UDP" && io.has("z")) yield* knock(connected.fd);
    if (io.has("v")) yield* write(2, openLine(io, { host, port, address }));
    if (io.has("z")) {
      yield* close(connected.fd);
      return 0;
    }
    if (to.served.length > 0) return yield* run(io, to.served, connected.fd);
    return yield* relay(io, connected.fd);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* explain(io, error, { host, port, address });
    return 1;
  }
}

/** Where to try, one after the other; busybox knows one address alone. */
function wanted(io: CommandIo, addresses: readonly string[]): string[] {
  if (io.flavour === "busybox") return [firstOfIPv4(addresses) ?? []].flat();
  return addresses.filter((each) => (each.includes(":") ? !io.has("4") : !io.has("6")));
}

/** The host has no address of the family. */
function* noneOf(io: CommandIo, { host, port }: { host: string; port: number }): Call<number> {
  const literal = /^[\d.]+$/.test(host) || host.includes(":");
  const why = literal ? "Address family for hostname not supported" : "Name or service not known";
  yield* io.complain(`getaddrinfo for host "${host}" port ${port}: ${why}`);
  return 1;
}

/** Over UDP only a refusal says anything: it comes back within a moment or not at all. */
function* knock(fd: number): Call<void> {
  yield* write(fd, "X");
  if ((yield* poll([fd], 1000)).length > 0) yield* read(fd);
}

interface Place {
  host: string;
  port: number;
  address: string | undefined;
}

function named({ host, address }: Place): string {
  return address === undefined || address === host ? host : `${host} (${address})`;
}

function openLine(io: CommandIo, place: Place): string {
  const { host, port, address = host } = place;
  if (io.flavour === "busybox") return `${host} (${address}:${port}) open\n`;
  const protocol = io.has("u") ? "udp" : "tcp";
  return `Connection to ${named(place)} ${port} port [${protocol}/${io.has("n") ? "*" : serviceName(port)}] succeeded!\n`;
}

function* explain(io: CommandIo, error: SystemError, place: Place): Call<void> {
  const { host, port, address = host } = place;
  if (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN") {
    if (io.flavour === "busybox") yield* io.complain(`bad address '${host}'`);
    else yield* io.complain(`getaddrinfo for host "${host}" port ${port}: ${errorText(error)}`);
    return;
  }
  if (!io.has("v")) return;
  const protocol = io.has("u") ? "udp" : "tcp";
  if (io.flavour === "busybox") yield* io.complain(`${host} (${address}:${port}): ${errorText(error)}`);
  else {
    // Debian's version says what its poll() left behind when its own patience ended.
    const own = error.errno === "ETIMEDOUT" && io.value("w") !== undefined;
    const why = own ? `timed out: Operation now in progress` : `failed: ${errorText(error)}`;
    yield* io.complain(`connect to ${named(place)} port ${port} (${protocol}) ${why}`);
  }
}

function* serve(io: CommandIo, served: readonly string[]): Call<number> {
  const port = Number(io.value("p") ?? io.operands.at(-1));
  if (!Number.isInteger(port)) return yield* io.misuse("a port is needed");
  let socket: number;
  let address: string | undefined;
  try {
    // In OpenBSD's, a host before the port says the same.
    const host = io.value("s") ?? (io.operands.length > 1 ? io.operands[0] : undefined);
    address = host === undefined ? undefined : (yield* resolve(host))[0];
    socket = yield* listenOn(port, io.has("u") ? "UDP" : "TCP", address);
  } catch (error) {
    yield* io.complain(io.flavour === "busybox" ? `bind: ${errorText(error)}` : errorText(error));
    return 1;
  }
  if (io.has("v")) yield* write(2, listeningLine(io, port, address));
  for (;;) {
    const connected = yield* accept(socket);
    if (io.has("v")) yield* write(2, cameLine(io, connected));
    if (!io.has("k")) yield* close(socket);
    const status = served.length > 0 ? yield* run(io, served, connected.fd) : yield* relay(io, connected.fd);
    if (!io.has("k")) return status;
  }
}

function listeningLine({ flavour }: CommandIo, port: number, address: string | undefined): string {
  if (flavour !== "busybox") return `Listening on ${address ?? "0.0.0.0"} ${port}\n`;
  return `listening on ${address ?? "[::]"}:${port} ...\n`;
}

function cameLine(io: CommandIo, { localAddress, localPort, remoteAddress, remotePort }: Connected): string {
  return io.flavour === "busybox"
    ? `connect to ${localAddress}:${localPort} from ${remoteAddress}:${remotePort} (${remoteAddress}:${remotePort})\n`
    : `Connection received on ${remoteAddress} ${remotePort}\n`;
}

/** A program on the connection: in place of this one, or beside it when more clients may come. */
function* run(io: CommandIo, argv: readonly string[], fd: number): Call<number> {
  const { env, cwd } = io.ctx;
  const options = { argv: [...argv], env, cwd, stdio: [fd, fd, 2] as [number, number, number] };
  if (!io.has("k")) return yield* exec(options);
  const pid = yield* spawn(options);
  yield* close(fd);
  return yield* wait(pid);
}

/**
 * Standard input to the connection and back until the peer has ended. At the end of input busybox says so to the peer,
 * OpenBSD's does with -N; -q leaves so many seconds later.
 */
function* relay(io: CommandIo, fd: number): Call<number> {
  const idleMs = seconds(io, "w");
  const lingerMs = seconds(io, "q");
  let input = true;
  for (;;) {
    const limit = input ? idleMs : (lingerMs ?? idleMs);
    const ready = yield* poll(input ? [fd, 0] : [fd], limit);
    if (ready.length === 0) break;
    if (ready.includes(fd)) {
      const text = yield* readConnection(fd);
      if (text === null) break;
      yield* write(1, text);
    } else {
      const text = yield* read(0);
      if (text !== null) yield* write(fd, text);
      else {
        input = false;
        if (io.flavour === "busybox" || io.has("N")) yield* shutdown(fd);
        if (lingerMs === 0) break;
      }
    }
  }
  yield* close(fd);
  return 0;
}
