/**
 * git, as far as a repository is fetched from the simulated internet. Upstream: git-clone(1).
 *
 * **Simplified:** a clone is its files and where they come from; there is no history, and nothing else of git.
 */
import { parseJson } from "../base/json.ts";
import type { Program, ProgramContext, SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { close, connect, resolve, write } from "../base/syscalls.ts";
import { resolvePath } from "../runtime/paths.ts";
import { errorText } from "../userland/errors.ts";
import { fetched } from "./fetched.ts";

/** Options of clone whose value is a word of its own. */
const VALUED = new Set(["-b", "--branch", "--depth", "-o", "--origin", "-c", "--config", "-j", "--jobs"]);
const FAILED = 128;
/** Options that say what is so anyway: there is neither history nor more than one branch. */
const KNOWN =
  /^(-q|-v|--(quiet|verbose|progress|single-branch|no-single-branch|no-tags|recursive|recurse-submodules|shallow-submodules|depth=\d+))$/;
const GIT_PORT = 9418;

export const git: Program = function* (ctx, argv) {
  const [, action, ...words] = argv;
  if (action === "--version" || action === "version") {
    yield* write(1, "git version 2.47.3\n");
    return 0;
  }
  if (action === "clone") return yield* clone(ctx, words);
  yield* write(2, "git: Drydock: of git, clone and --version are here\n");
  return 1;
};

function* clone(ctx: ProgramContext, words: readonly string[]): Call<number> {
  const quiet = words.includes("-q") || words.includes("--quiet");
  const unknown = words.find(
    (word, at) => word.startsWith("-") && !KNOWN.test(word) && !VALUED.has(word) && !VALUED.has(words[at - 1] ?? ""),
  );
  if (unknown !== undefined) {
    yield* write(2, `git: Drydock: option ${unknown} of clone is not simulated\n`);
    return FAILED + 1;
  }
  const [url, ...rest] = words.filter((word, at) => !word.startsWith("-") && !VALUED.has(words[at - 1] ?? ""));
  if (url === undefined) return yield* fatal("You must specify a repository to clone.");
  const into =
    rest[0] ??
    url
      .replace(/\/+$/, "")
      .replace(/(?:\/?\.git)$/, "")
      .replace(/^.*[/:]/, "");
  const path = resolvePath(ctx.cwd, into);
  if (ctx.fs.exists(path) && (ctx.fs.stat(path).type !== "directory" || ctx.fs.readdir(path).length > 0))
    return yield* fatal(`destination path '${into}' already exists and is not an empty directory.`);
  if (!quiet) yield* write(2, `Cloning into '${into}'...\n`);
  const host = /^https?:\/\/([^/:]+)/.exec(url)?.[1];
  const daemon = /^git:\/\/([^/:]+)/.exec(url)?.[1];
  if (daemon !== undefined) return yield* fatal(yield* withoutDaemon(daemon));
  if (host === undefined)
    return yield* fatal(`Drydock: no transport for '${url}': repositories come by http and https alone`);
  const base = url.replace(/\/+$/, "");
  const refs = yield* fetched("GET", `${base}/info/refs?service=git-upload-pack`);
  if (typeof refs !== "string") return yield* fatal(reason(url, host, refs));
  if (!refs.includes(" HEAD\n")) return yield* fatal(`${base}/info/refs not valid: is this a git repository?`);
  const asked = words.findIndex((word) => word === "-b" || word === "--branch");
  const branch = asked < 0 ? "main" : words[asked + 1];
  if (!refs.includes(`refs/heads/${branch}\n`))
    return yield* fatal(`Remote branch ${branch} not found in upstream origin`);
  const pack = yield* fetched("POST", `${base}/git-upload-pack`);
  if (typeof pack !== "string") return yield* fatal(reason(url, host, pack));
  try {
    ctx.fs.mkdir(`${path}/.git`, { recursive: true });
    ctx.fs.writeFile(`${path}/.git/HEAD`, `ref: refs/heads/${branch}\n`);
    ctx.fs.writeFile(`${path}/.git/config`, `[remote "origin"]\n\turl = ${url}\n`);
    for (const [name, text] of Object.entries(parseJson(pack) as Record<string, string>))
      ctx.fs.writeFile(`${path}/${name}`, text);
  } catch (error) {
    return yield* fatal(`could not create work tree dir '${into}': ${errorText(error)}`);
  }
  return 0;
}

/** Nobody serves git's own protocol. */
function* withoutDaemon(host: string): Call<string> {
  try {
    const [address = host] = yield* resolve(host);
    try {
      yield* close((yield* connect(address, GIT_PORT)).fd);
      return `Drydock: git's own protocol is not simulated, but port ${GIT_PORT} of ${host} is open`;
    } catch (error) {
      return `unable to connect to ${host}:\n${host}[0: ${address}]: errno=${errorText(error)}\n`;
    }
  } catch (error) {
    return `unable to look up ${host} (port ${GIT_PORT}) (${errorText(error)})`;
  }
}

function* fatal(message: string): Call<number> {
  yield* write(2, `fatal: ${message}\n`);
  return FAILED;
}

function reason(url: string, host: string, problem: number | SystemError): string {
  if (problem === 404) return `repository '${url}/' not found`;
  if (typeof problem === "number") return `unable to access '${url}/': The requested URL returned error: ${problem}`;
  const named = problem.errno === "ENOTFOUND" || problem.errno === "EAI_AGAIN";
  return `unable to access '${url}/': ${named ? `Could not resolve host: ${host}` : `Failed to connect to ${host}: ${errorText(problem)}`}`;
}
