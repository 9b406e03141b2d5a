/**
 * `ssh [OPTIONS] [USER@]NODE [COMMAND…]`: a shell on a node, or one command there, as OpenSSH's client has it: the command's
 * exit status is passed on, 255 is ssh's own.
 *
 * **Simplified:** keys are in order for the node's own user, as whom one comes without another name, and for root; nodes
 * are the only machines that listen, on port 22.
 */
import { SystemError } from "../engine/base/program.ts";
import type { Program, ProgramContext } from "../engine/base/program.ts";
import { joinStreams } from "../engine/base/remote-streams.ts";
import type { RemoteChannel } from "../engine/base/remote-streams.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { http, write } from "../engine/base/syscalls.ts";

/** ssh's own trouble, as against the command's. */
const FAILED = 255;

const USAGE = `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface] [-b bind_address]
           [-c cipher_spec] [-D [bind_address:]port] [-E log_file]
           [-e escape_char] [-F configfile] [-I pkcs11] [-i identity_file]
           [-J destination] [-L address] [-l login_name] [-m mac_spec]
           [-O ctl_cmd] [-o option] [-P tag] [-p port] [-R address]
           [-S ctl_path] [-W host:port] [-w local_tun[:remote_tun]]
           destination [command [argument ...]]
       ssh [-Q query_option]
`;

/** Letters without effect on what one sees here: which key, address family, forwarding, how much is told. */
const WITHOUT_EFFECT = new Set("46AaCkqXxY");
const WITH_VALUE = new Set("BbcDEeFIiJLlmOoPpRSWw");
/** Of those with a value: keys, ciphers, addresses change nothing either. */
const VALUE_WITHOUT_EFFECT = new Set("Bbceim");
/** Options of -o that would change what one sees; others, such as StrictHostKeyChecking, don't. */
const NOT_SIMULATED =
  /^(hostname|(local|remote|dynamic)forward|proxy(jump|command)|requesttty|remotecommand|sessiontype|stdinnull|forkafterauthentication|tunnel)$/i;

interface Request {
  user: string;
  host: string;
  port: string;
  command: string[];
  /** -t and -T: a terminal although there is a command, or none. */
  terminal: boolean | undefined;
  /** -n: nothing is read. */
  silent: boolean;
}

/** Why a line can't be done: what is printed. */
interface Refusal {
  text: string;
}

export const ssh: Program = function* (ctx, argv) {
  const words = argv.slice(1);
  if (words[0] === "-V") {
    yield* write(2, "OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.4 30 Sep 2025\n");
    return 0;
  }
  const request = parse(words);
  if ("text" in request) {
    yield* write(2, request.text);
    return FAILED;
  }
  const { host, port, user } = request;
  try {
    if (port !== "22") throw new SystemError("ECONNREFUSED", host);
    return yield* converse(ctx, request);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, `${troubleOf(error.errno, { host, port, user })}\n`);
    return FAILED;
  }
};

function parse(words: readonly string[]): Request | Refusal {
  const request: Request = { user: "", host: "", port: "22", command: [], terminal: undefined, silent: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-") || word === "-" || word === "--") {
      if (word === "--" && request.host === "") continue;
      if (request.host !== "") {
        request.command = words.slice(word === "--" ? at + 1 : at);
        break;
      }
      const sign = word.lastIndexOf("@");
      request.host = word.slice(sign + 1);
      if (sign >= 0) request.user = word.slice(0, sign);
      continue;
    }
    for (let index = 1; index < word.length; index++) {
      const letter = word[index] as string;
      if (WITH_VALUE.has(letter)) {
        const value = word.slice(index + 1) || words[++at];
        if (value === undefined) return { text: `option requires an argument -- ${letter}\n${USAGE}` };
        const refusal = take(request, letter, value);
        if (refusal !== undefined) return refusal;
        break;
      }
      const refusal = take(request, letter, "");
      if (refusal !== undefined) return refusal;
    }
  }
  return request.host === "" ? { text: USAGE } : request;
}

function take(request: Request, letter: string, value: string): Refusal | undefined {
  if (letter === "l") request.user = value;
  else if (letter === "p") request.port = value;
  else if (letter === "t") request.terminal = true;
  else if (letter === "T") request.terminal = false;
  else if (letter === "n") request.silent = true;
  else if (letter === "o") return takeOption(request, value);
  else if (
    !(letter === "F" && value === "/dev/null") &&
    !WITHOUT_EFFECT.has(letter) &&
    !VALUE_WITHOUT_EFFECT.has(letter)
  ) {
    const known = WITH_VALUE.has(letter) || "fGgKMNsVvy".includes(letter);
    return { text: known ? `ssh: -${letter} is not simulated\n` : `unknown option -- ${letter}\n${USAGE}` };
  }
  return undefined;
}

/** `Port=22` or `Port 22`. */
function takeOption(request: Request, text: string): Refusal | undefined {
  const [, name = "", value = ""] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(text) ?? [];
  if (name === "") return { text: `command-line line 0: Bad configuration option: ${text.toLowerCase()}\n` };
  if (NOT_SIMULATED.test(name)) return { text: `ssh: -o ${name} is not simulated\n` };
  if (/^user$/i.test(name)) request.user = value;
  if (/^port$/i.test(name)) request.port = value;
  return undefined;
}

function* converse(ctx: ProgramContext, { host, user, command, terminal, silent }: Request): Call<number> {
  const wanted = terminal ?? command.length === 0;
  const tty = wanted && ctx.tty(0) !== undefined && !silent;
  if (wanted && !tty && !silent) {
    yield* write(2, "Pseudo-terminal will not be allocated because stdin is not a terminal.\n");
  }
  // Without a terminal the shell doesn't prompt.
  const line = command.length === 0 && !tty ? "bash" : command.join(" ");
  const end = yield* joinStreams(ctx, yield* nodeShell(host, { user, line, tty }), { stdin: !silent, tty });
  if (!("code" in end)) throw new SystemError("ECONNRESET", host);
  if (tty) yield* write(2, `Connection to ${host} closed.\n`);
  return end.code;
}

/** A line for the shell of a node's user, or a login shell without one. Throws the SystemError of the way there. */
export function* nodeShell(
  host: string,
  { user = "", line, tty }: { user?: string; line: string; tty: boolean },
): Call<RemoteChannel> {
  const query = `command=${encodeURIComponent(line)}&user=${encodeURIComponent(user)}${tty ? "&tty=1" : ""}`;
  const { channel } = yield* http({
    method: "GET",
    url: `ssh://${host}/?${query}`,
    headers: {},
    body: "",
    upgrade: true,
  });
  if (channel === undefined) throw new SystemError("ECONNREFUSED", host);
  return channel;
}

function troubleOf(errno: string, { host, port, user }: { host: string; port: string; user: string }): string {
  switch (errno) {
    case "ENOTFOUND":
      return `ssh: Could not resolve hostname ${host}: Name or service not known`;
    case "EACCES":
      return `${user}@${host}: Permission denied (publickey).`;
    case "ECONNRESET":
      return `Connection to ${host} closed by remote host.`;
    case "EHOSTUNREACH":
      return `ssh: connect to host ${host} port ${port}: No route to host`;
    default:
      return `ssh: connect to host ${host} port ${port}: Connection refused`;
  }
}
