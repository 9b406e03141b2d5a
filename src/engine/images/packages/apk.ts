/**
 * Alpine's package manager. Upstream: apk-tools 2.14 (apk(8)).
 *
 * **Simplified:** packages stand alone: what they need is part of them.
 */
import type { Call } from "../../base/syscalls.ts";
import { sleep, write } from "../../base/syscalls.ts";
import type { FileSystem, SystemError } from "../../base/program.ts";
import type { Command } from "../../userland/command.ts";
import { defineCommand } from "../../userland/command.ts";
import type { CommandIo } from "../../userland/command.ts";
import { carried, fetchProblem, install, installedIn, lockProblem, noteInstalled } from "./package.ts";
import type { SoftwarePackage } from "./package.ts";

const MIRROR = "https://dl-cdn.alpinelinux.org/alpine";

/** Of the Alpine that it runs on: `3.20.7`. */
function releaseOf(fs: FileSystem): string {
  const file = "/etc/alpine-release";
  return fs.exists(file) ? fs.readFile(file).trim() : "3.22.2";
}

function repositoryOf(fs: FileSystem, name: string): string {
  return `${MIRROR}/v${releaseOf(fs).split(".").slice(0, 2).join(".")}/${name}`;
}
const REPOSITORIES = ["main", "community"];
const WORLD = "/etc/apk/world";
/** Names under which several packages were added together (`--virtual`), each with a line a package. */
const VIRTUAL = "/lib/apk/db/virtual";
const CACHE = "/var/cache/apk/APKINDEX.tar.gz";
/** What the image brings. */
const BASE = { packages: 16, mebibytes: 7 };
const KNOWN = 26_319;
const KILOBYTES_PER_MS = 20;
const FETCH_MS = 300;

/** Options that count here, or say what is so anyway. */
const OPTIONS = /^(-[qUut]|--(no-cache|update-cache|update|quiet|virtual|no-progress|latest|available))$/;

const WORDS: Partial<Record<string, string>> = {
  ENOTFOUND: "DNS: name does not exist",
  EAI_AGAIN: "DNS: transient error (try again later)",
  ECONNREFUSED: "could not connect to server (check repositories file)",
  ENETUNREACH: "network error (check Internet connection and firewall)",
  EHOSTUNREACH: "network error (check Internet connection and firewall)",
};

/** Where it works, and what it says unless it was told to be quiet. */
type Apk = Pick<CommandIo, "ctx" | "out">;

export function apkWith(packages: readonly SoftwarePackage[]): Command {
  return defineCommand({
    name: "apk",
    directory: "/sbin",
    usage: "usage: apk COMMAND [<ARGUMENTS>...]\n\nAlpine's package manager: add, update, upgrade, info and del.",
    options: { none: true },
    *run(io) {
      const [action, ...rest] = io.operands.filter((word) => !word.startsWith("-"));
      const at = io.operands.findIndex((word) => /^(-t|--virtual)$/.test(word));
      const virtual = at < 0 ? undefined : io.operands[at + 1];
      const names = rest.filter((word) => word !== virtual);
      const unknown = io.operands.find((word) => word.startsWith("-") && !OPTIONS.test(word));
      if (unknown !== undefined) {
        yield* io.complain(`option ${unknown} is not simulated here`);
        return 1;
      }
      const has = (pattern: RegExp): boolean => io.operands.some((word) => pattern.test(word));
      if (action === "info") return yield* info(io);
      if (action === undefined || !["add", "del", "update", "upgrade"].includes(action)) {
        yield* io.complain(action === undefined ? "a command is needed" : `'${action}' is not simulated here`);
        return 1;
      }
      const locked = lockProblem(io.ctx, "/lib/apk/db/lock");
      if (locked !== undefined) {
        const why = locked === "EROFS" ? "Read-only file system" : "Permission denied";
        yield* write(2, `ERROR: Unable to lock database: ${why}\nERROR: Failed to open apk database: ${why}\n`);
        return 99;
      }
      const apk: Apk = has(/^(-q|--quiet)$/) ? { ctx: io.ctx, *out() {} } : io;
      if (action === "del") return yield* remove(apk, names);
      const fresh = action !== "add" || has(/^(--no-cache|--update-cache|--update|-U)$/);
      const cached = io.ctx.fs.exists(CACHE);
      const reached = fresh || !cached ? yield* indexes(apk, { keep: !has(/^--no-cache$/) }) : REPOSITORIES.length;
      if (action === "update") {
        yield* apk.out(
          reached === REPOSITORIES.length
            ? `${REPOSITORIES.map((name) => `v${releaseOf(io.ctx.fs)} [${repositoryOf(io.ctx.fs, name)}]\n`).join("")}OK: ${KNOWN} distinct packages available\n`
            : `${REPOSITORIES.length - reached} unavailable, 0 stale; ${reached === 0 ? 0 : KNOWN} distinct packages available\n`,
        );
        return REPOSITORIES.length - reached;
      }
      const status = yield* add(apk, names, reached > 0);
      if (status === 0 && virtual !== undefined) noteInstalled(io.ctx.fs, `${VIRTUAL}/${virtual}`, new Set(names));
      return status;
    },
  });

  /** How many repositories were reached. */
  function* indexes({ ctx: { fs }, out }: Apk, { keep }: { keep: boolean }): Call<number> {
    let reached = 0;
    for (const name of REPOSITORIES) {
      const repository = repositoryOf(fs, name);
      yield* out(`fetch ${repository}/x86_64/APKINDEX.tar.gz\n`);
      const problem = yield* fetchProblem(`${repository}/x86_64/APKINDEX.tar.gz`);
      if (problem === undefined) reached++;
      else yield* write(2, `WARNING: fetching ${repository}: ${wordsOf(problem)}\n`);
    }
    if (reached === REPOSITORIES.length) yield* sleep(FETCH_MS);
    if (reached === REPOSITORIES.length && keep) {
      fs.mkdir(CACHE.slice(0, CACHE.lastIndexOf("/")), { recursive: true });
      fs.writeFile(CACHE, "");
    }
    return reached;
  }

  function* add({ ctx: { fs }, out }: Apk, words: readonly string[], indexed: boolean): Call<number> {
    const found: SoftwarePackage[] = [];
    const missing: string[] = [];
    for (const word of words) {
      const name = word.replace(/[=<>~@].*$/, "");
      const each = indexed ? packages.find((candidate) => candidate.name === name) : undefined;
      if (each === undefined) missing.push(name);
      else found.push(each);
    }
    if (missing.length > 0) {
      const told = missing.map((name) => `  ${name} (no such package):\n    required by: world[${name}]\n`).join("");
      yield* write(2, `ERROR: unable to select packages:\n${told}${indexed ? carried(packages) : ""}`);
      return missing.length;
    }
    const installed = installedIn(fs, WORLD);
    const wanted = found.filter(({ name }) => !installed.has(name));
    for (const [at, each] of wanted.entries()) {
      yield* out(`(${at + 1}/${wanted.length}) Installing ${each.name} (${each.version})\n`);
      yield* sleep(each.kilobytes / KILOBYTES_PER_MS);
      install(fs, each);
      installed.add(each.name);
    }
    if (wanted.length > 0) {
      noteInstalled(fs, WORLD, installed);
      yield* out("Executing busybox-1.37.0-r19.trigger\n");
    }
    yield* out(summary(installed));
    return 0;
  }

  function* remove({ ctx: { fs }, out }: Apk, words: readonly string[]): Call<number> {
    const installed = installedIn(fs, WORLD);
    const names = words.flatMap((word) => {
      const members = installedIn(fs, `${VIRTUAL}/${word}`);
      return members.size === 0 ? [word] : [...members];
    });
    const gone = packages.filter(({ name }) => names.includes(name) && installed.has(name));
    for (const [at, { name, version, programs }] of gone.entries()) {
      yield* out(`(${at + 1}/${gone.length}) Purging ${name} (${version})\n`);
      for (const path of Object.keys(programs)) if (fs.exists(path)) fs.remove(path);
      installed.delete(name);
    }
    if (gone.length > 0) noteInstalled(fs, WORLD, installed);
    yield* out(summary(installed));
    return 0;
  }

  function* info({ ctx: { fs }, out }: CommandIo): Call<number> {
    yield* out([...installedIn(fs, WORLD)].map((name) => `${name}\n`).join(""));
    return 0;
  }

  function summary(installed: ReadonlySet<string>): string {
    const mine = packages.filter(({ name }) => installed.has(name));
    const kilobytes = mine.reduce((sum, each) => sum + each.kilobytes, 0);
    return `OK: ${BASE.mebibytes + Math.ceil((2 * kilobytes) / 1024)} MiB in ${BASE.packages + mine.length} packages\n`;
  }
}

function wordsOf(problem: SystemError | number): string {
  if (typeof problem === "number") return "unexpected end of file";
  return WORDS[problem.errno] ?? "Operation timed out";
}
