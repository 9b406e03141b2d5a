/**
 * socat: joins two addresses. Upstream: socat(1), version 1.8.
 *
 * **Simplified:** TCP, UDP, standard input and output, and programs; no files, sockets of Unix, TLS or ptys, and no notices (-d). What serves a
 * connection of a listener that forks is seen as a socat of its own, with that connection as its standard input and output.
 */
import type { Program, ProgramContext } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { accept, close, connect, exec, listenOn, poll, resolve, shutdown, spawn, write } from "../../base/syscalls.ts";
import { errorText } from "../errors.ts";
import { firstOfIPv4 } from "../prefer-ipv4.ts";
import { readConnection } from "../read-connection.ts";

const VERSION = "socat by Gerhard Rieger and contributors - see www.dest-unreach.org\nsocat version 1.8.0.3";
/** After one side's end the other has so long to say the rest. */
const LINGER_MS = 500;
const VALUED = new Set(["-t", "-T", "-b", "-lf", "-lp", "-ly"]);
const FLAGS = new Set(["-d", "-dd", "-ddd", "-s", "-4"]);

interface Address {
  keyword: string;
  /** Between the keyword and the options. */
  parts: readonly string[];
  options: ReadonlyMap<string, string>;
  text: string;
}

/** An open side: where it is read and where it is written. */
interface Side {
  from: number;
  to: number;
}

/** A message in socat's form, with its exit status. */
class Refusal extends Error {}

export const socat: Program = function* (ctx, argv) {
  const words = argv.slice(1);
  if (words[0] === "-V") {
    yield* write(1, `${VERSION}\n`);
    return 0;
  }
  const addresses: string[] = [];
  let lingerMs = LINGER_MS;
  try {
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as string;
      if (!word.startsWith("-") || word === "-") addresses.push(word);
      else if (VALUED.has(word)) {
        const value = Number(words[++at]);
        if (word === "-t") lingerMs = value * 1000;
        else throw new Refusal(`option "${word}" is not simulated`);
      } else if (!FLAGS.has(word)) throw new Refusal(`unknown option "${word}"; use option "-h" for help`);
    }
    if (addresses.length !== 2)
      throw new Refusal(`exactly 2 addresses required (there are ${addresses.length}); use option "-h" for help`);
    const [first, second] = addresses.map(parse) as [Address, Address];
    return yield* join(ctx, { first, second, lingerMs });
  } catch (error) {
    if (error instanceof Refusal) return yield* complain(ctx, error.message);
    throw error;
  }
};

function* complain(ctx: ProgramContext, message: string): Call<number> {
  const at = new Date(ctx.now()).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
  yield* write(2, `${at} socat[${ctx.pid}] E ${message}\n`);
  return 1;
}

const SHORT: Readonly<Record<string, string>> = {
  "TCP-L": "TCP-LISTEN",
  "TCP4-LISTEN": "TCP-LISTEN",
  "TCP4-L": "TCP-LISTEN",
  "TCP6-LISTEN": "TCP-LISTEN",
  "TCP-CONNECT": "TCP",
  "TCP4-CONNECT": "TCP",
  TCP4: "TCP",
  TCP6: "TCP",
  "UDP-L": "UDP-LISTEN",
  "UDP4-LISTEN": "UDP-LISTEN",
  "UDP-CONNECT": "UDP",
  UDP4: "UDP",
  "-": "STDIO",
};
const KNOWN = new Set(["TCP-LISTEN", "TCP", "UDP-LISTEN", "UDP", "STDIO", "STDIN", "STDOUT", "EXEC", "SYSTEM"]);
/** Options of addresses: those that say what is so anyway, and those that count. */
const OPTIONS = new Set(["fork", "reuseaddr", "bind", "nodelay", "keepalive", "connect-timeout"]);

function parse(text: string): Address {
  const [head = "", ...rest] = splitOptions(text);
  const [word = "", ...parts] = head.split(/:(?![^[]*\])/);
  const upper = word.toUpperCase();
  const keyword = SHORT[upper] ?? upper;
  if (!KNOWN.has(keyword)) throw new Refusal(`unknown device/address "${word}"`);
  const options = new Map(rest.map((option) => option.split(/=(.*)/s).slice(0, 2) as [string, string]));
  for (const name of options.keys())
    if (!OPTIONS.has(name)) throw new Refusal(`parseopts_table(): unknown option "${name}"`);
  return { keyword, parts: parts.map((part) => part.replace(/^\[(.*)\]$/, "$1")), options, text };
}

/** At commas; of a program's command line the quoted ones stay. */
function splitOptions(text: string): string[] {
  return (text.match(/(?:"[^"]*"|'[^']*'|\\.|[^,])+/g) ?? []).map((part) => part.replace(/\\(.)/g, "$1"));
}

interface Joined {
  first: Address;
  second: Address;
  lingerMs: number;
}

function* join(ctx: ProgramContext, { first, second, lingerMs }: Joined): Call<number> {
  const { keyword, options } = first;
  if (keyword.endsWith("-LISTEN") && options.has("fork")) return yield* serve(ctx, first, second);
  const left = yield* open(first);
  if (second.keyword === "EXEC" || second.keyword === "SYSTEM") {
    const command = second.parts.join(":");
    const argv = second.keyword === "SYSTEM" ? ["sh", "-c", command] : command.split(/\s+/).map(unquoted);
    const { env, cwd } = ctx;
    return yield* exec({ argv, env, cwd, stdio: [left.from, left.to, 2] });
  }
  return yield* relay(left, yield* open(second), lingerMs);
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, "$2");
}

function* serve(ctx: ProgramContext, first: Address, second: Address): Call<number> {
  const socket = yield* listener(first);
  for (;;) {
    const { fd } = yield* accept(socket);
    const { env, cwd } = ctx;
    yield* spawn({ argv: ["socat", "-", second.text], env, cwd, stdio: [fd, fd, 2] });
    yield* close(fd);
  }
}

function* listener({ keyword, parts, options }: Address): Call<number> {
  const port = Number(parts[0]);
  const bind = options.get("bind");
  try {
    const address = bind === undefined ? undefined : (yield* resolve(bind))[0];
    return yield* listenOn(port, keyword === "UDP-LISTEN" ? "UDP" : "TCP", address);
  } catch (error) {
    throw new Refusal(`bind(5, {AF=2 ${bind ?? "0.0.0.0"}:${port}}, 16): ${errorText(error)}`);
  }
}

function* open(address: Address): Call<Side> {
  const { keyword, parts, options } = address;
  if (keyword === "STDIO" || keyword === "STDIN" || keyword === "STDOUT") return { from: 0, to: 1 };
  if (keyword === "EXEC" || keyword === "SYSTEM")
    throw new Refusal(`${keyword} is simulated as the second address alone`);
  if (keyword.endsWith("-LISTEN")) {
    const socket = yield* listener(address);
    const { fd } = yield* accept(socket);
    yield* close(socket);
    return { from: fd, to: fd };
  }
  const [host = "", port = ""] = parts;
  const seconds = options.get("connect-timeout");
  let at = host;
  try {
    at = firstOfIPv4(yield* resolve(host)) ?? host;
    const protocol = keyword === "UDP" ? "UDP" : "TCP";
    const timeout = seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1000 };
    const { fd } = yield* connect(at, Number(port), { protocol, ...timeout });
    return { from: fd, to: fd };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN")
      throw new Refusal(`getaddrinfo("${host}", "${port}", {0x02,2,1,6}, {}): ${errorText(error)}`);
    throw new Refusal(`connect(5, AF=2 ${at}:${port}, 16): ${errorText(error)}`);
  }
}

/** Until both have ended, or a while after one has. */
function* relay(left: Side, right: Side, lingerMs: number): Call<number> {
  let open = [left, right];
  while (open.length > 0) {
    const ready = yield* poll(
      open.map(({ from }) => from),
      open.length === 2 ? undefined : lingerMs,
    );
    if (ready.length === 0) break;
    for (const side of open.filter(({ from }) => ready.includes(from))) {
      const { to } = side === left ? right : left;
      const text = yield* readConnection(side.from);
      if (text !== null) yield* write(to, text);
      else {
        open = open.filter((other) => other !== side);
        yield* finish(to);
      }
    }
  }
  return 0;
}

/** Says to a connection that no more comes; a terminal or file needs nothing. */
function* finish(fd: number): Call<void> {
  try {
    yield* shutdown(fd);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
