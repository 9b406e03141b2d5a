/**
 * Subcommands of agnhost that do one thing and end: `connect`, `dns-suffix`, `dns-server-list`, `etc-hosts`,
 * `entrypoint-tester`. Upstream: test/images/agnhost/{connect,dns,entrypoint-tester}.
 */
import { parseGoDuration } from "../../base/go-duration.ts";
import type { Program } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, connect, poll, read, resolve, write } from "../../base/syscalls.ts";
import { readResolvConf } from "../../userland/name-lookup.ts";

export function toolOf([, command]: readonly string[]): Program | undefined {
  return command === undefined || !Object.hasOwn(TOOLS, command) ? undefined : TOOLS[command];
}

const TOOLS: Readonly<Record<string, Program>> = {
  connect: connectTo,
  *"dns-suffix"(ctx) {
    yield* write(1, `${readResolvConf(ctx.fs).search.join(",")}\n`);
    return 0;
  },
  *"dns-server-list"(ctx) {
    yield* write(1, `${readResolvConf(ctx.fs).servers.join(",")}\n`);
    return 0;
  },
  *"etc-hosts"(ctx) {
    yield* write(1, `${ctx.fs.readFile("/etc/hosts")}\n`);
    return 0;
  },
  *"entrypoint-tester"(_ctx, argv) {
    yield* write(1, `${JSON.stringify(argv).replaceAll('","', '" "')}\n`);
    return 0;
  },
};

/** The first word of what it says tells scripts what is wrong. */
function* connectTo(_ctx: unknown, argv: readonly string[]): Call<number> {
  const flags = new Map<string, string>();
  const places: string[] = [];
  const words = argv.slice(2);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const [, name, given] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) places.push(word);
    else if (!FLAGS.has(name)) return yield* fail(`Error: unknown flag: --${name}`);
    else flags.set(name, given ?? words[++at] ?? "");
  }
  const [place = ""] = places;
  if (places.length !== 1) return yield* fail(`Error: accepts 1 arg(s), received ${places.length}`);
  const limit = flags.get("timeout") ?? "0s";
  const timeoutMs = parseGoDuration(limit);
  if (typeof timeoutMs !== "number")
    return yield* fail(
      `Error: invalid argument ${JSON.stringify(limit)} for "--timeout" flag: time: invalid duration ${JSON.stringify(limit)}`,
    );
  const protocol = flags.get("protocol") ?? "tcp";
  const [, host = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(place) ?? [];
  if (port === undefined) return yield* fail(`UNKNOWN: address ${place}: missing port in address`);
  if (protocol === "sctp") return yield* fail("UNKNOWN: SCTP is not simulated");
  if (protocol !== "tcp" && protocol !== "udp") return yield* fail(`Unsupported protocol\n${protocol}`);
  const how = { host, port: Number(port), timeoutMs };
  return yield* protocol === "tcp" ? overTcp(how) : overUdp(how, flags.get("udp-data") ?? "hostname");
}

const FLAGS: ReadonlySet<string> = new Set(["timeout", "protocol", "udp-data", "sctp-data"]);

interface Destination {
  readonly host: string;
  readonly port: number;
  /** 0: none. */
  readonly timeoutMs: number;
}

function* overTcp({ host, port, timeoutMs }: Destination): Call<number> {
  try {
    yield* resolve(host);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* fail(`DNS: lookup ${host}: no such host`);
  }
  try {
    const { fd } = yield* connect(host, port, timeoutMs > 0 ? { timeoutMs } : {});
    yield* close(fd);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "ETIMEDOUT") return yield* fail("TIMEOUT");
    if (error.errno === "ECONNREFUSED") return yield* fail("REFUSED");
    const why = error.errno === "EHOSTUNREACH" ? "no route to host" : "network is unreachable";
    return yield* fail(`OTHER: dial tcp ${host}:${port}: connect: ${why}`);
  }
}

function* overUdp({ host, port, timeoutMs }: Destination, data: string): Call<number> {
  try {
    const { fd, localAddress, localPort, remoteAddress } = yield* connect(host, port, { protocol: "UDP" });
    yield* write(fd, `${data}\n`);
    const place = `read udp ${localAddress}:${localPort}->${remoteAddress}:${port}`;
    if ((yield* poll([fd], timeoutMs > 0 ? timeoutMs : undefined)).length === 0)
      return yield* fail(`TIMEOUT: ${place}: i/o timeout`);
    try {
      yield* read(fd);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return yield* fail(`REFUSED: ${place}: read: connection refused`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* fail(`DNS: lookup ${host}: no such host`);
  }
}

function* fail(text: string): Call<number> {
  yield* write(2, `${text}\n`);
  return 1;
}
