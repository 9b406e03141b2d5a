/**
 * Debian's package manager, as apt-get and apt. Upstream: apt-get(8).
 *
 * **Simplified:** packages stand alone: what they need is part of them; Ubuntu has Debian's versions of them.
 */
import type { SystemError } from "../../base/program.ts";
import type { FileSystem } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { readLineOf, sleep, write } from "../../base/syscalls.ts";
import type { Command } from "../../userland/command.ts";
import { defineCommand } from "../../userland/command.ts";
import type { CommandIo } from "../../userland/command.ts";
import { carried, fetchProblem, install, installedIn, lockProblem, noteInstalled } from "./package.ts";
import type { SoftwarePackage } from "./package.ts";

/** Where a distribution gets its packages from: the first has them all. */
interface Source {
  url: string;
  suite: string;
  kilobytes: number;
}

const DEBIAN: readonly Source[] = [
  { url: "http://deb.debian.org/debian", suite: "trixie", kilobytes: 9670 },
  { url: "http://deb.debian.org/debian", suite: "trixie-updates", kilobytes: 5 },
  { url: "http://deb.debian.org/debian-security", suite: "trixie-security", kilobytes: 71 },
];
const UBUNTU: readonly Source[] = [
  { url: "http://archive.ubuntu.com/ubuntu", suite: "noble", kilobytes: 1808 },
  { url: "http://archive.ubuntu.com/ubuntu", suite: "noble-updates", kilobytes: 1942 },
  { url: "http://security.ubuntu.com/ubuntu", suite: "noble-security", kilobytes: 1571 },
];
const LISTS = "/var/lib/apt/lists/drydock";
const STATUS = "/var/lib/dpkg/drydock";
const READING = "Reading package lists... Done\n";
const BUILDING = `${READING}Building dependency tree... Done\nReading state information... Done\n`;
const KILOBYTES_PER_MS = 20;
const INSTALL_MS = 800;
const UNCHANGED_MS = 400;
/** What dpkg counts in an image of the distribution. */
const FILES = 6085;
/** Options whose value is a word of its own. */
const VALUED = new Set(["-o", "--option", "-t", "--target-release", "-c", "--config-file"]);

/** Options that count here, or say what is so anyway. */
const KNOWN =
  /^(-[yqf]+|--(yes|assume-yes|quiet|fix-missing|fix-broken|no-install-recommends|no-install-suggests|no-upgrade|allow-unauthenticated|allow-downgrades|auto-remove|show-progress))$/;

/** One call of it. */
interface Apt {
  io: CommandIo;
  /** Prints, unless it was told to be quiet. */
  say(text: string): Call<void>;
  /** Nothing is asked. */
  agreed: boolean;
}

export function aptWith(name: "apt-get" | "apt", packages: readonly SoftwarePackage[]): Command {
  return defineCommand({
    name,
    usage: `Usage: ${name} [options] command\n\nDebian's package manager: update, install, upgrade, remove and clean.`,
    options: { none: true },
    *run(io) {
      const quiet = io.operands.some((word) => /^-[a-z]*qq/.test(word)) || count(io, /^(-[a-z]*q[a-z]*|--quiet)$/) > 1;
      const [action, ...names] = io.operands.filter(
        (word, at) => !word.startsWith("-") && !VALUED.has(io.operands[at - 1] ?? ""),
      );
      const unknown = io.operands.find(
        (word, at) =>
          word.startsWith("-") && !KNOWN.test(word) && !VALUED.has(word) && !VALUED.has(io.operands[at - 1] ?? ""),
      );
      if (unknown !== undefined) {
        yield* complain(`Command line option ${unknown} is not simulated`);
        return 100;
      }
      const say = (text: string): Call<void> => (quiet ? nothing() : io.out(text));
      const apt: Apt = {
        io,
        say,
        agreed: io.operands.some((word) => /^(-[a-z]*y[a-z]*|--yes|--assume-yes|-[a-z]*qq)$/.test(word)),
      };
      if (["clean", "autoclean", "autoremove"].includes(action ?? "")) {
        if (action === "autoremove") yield* say(`${BUILDING}${totals(0)}`);
        return 0;
      }
      if (!["update", "install", "upgrade", "remove", "purge"].includes(action ?? "")) {
        yield* complain(action === undefined ? "a command is needed" : `${action} is not simulated`);
        return 100;
      }
      const locked = lockProblem(
        io.ctx,
        action === "update" ? "/var/lib/apt/lists/lock" : "/var/lib/dpkg/lock-frontend",
      );
      if (locked !== undefined) return yield* denied(apt, action === "update", locked);
      if (action === "update") return yield* updateLists(apt);
      yield* say(BUILDING);
      if (action === "remove" || action === "purge") return yield* remove(apt, names);
      if (action === "install") return yield* add(apt, names);
      yield* say(totals(0));
      return 0;
    },
  });

  function* add({ io, say, agreed }: Apt, words: readonly string[]): Call<number> {
    const { fs } = io.ctx;
    const indexed = fs.exists(LISTS);
    const found: SoftwarePackage[] = [];
    for (const word of words) {
      const each = indexed ? packages.find((candidate) => candidate.name === word.replace(/[=/].*$/, "")) : undefined;
      if (each === undefined) {
        yield* complain(`Unable to locate package ${word}`);
        if (indexed) yield* write(2, carried(packages));
        return 100;
      }
      found.push(each);
    }
    const installed = installedIn(fs, STATUS);
    for (const each of found.filter((one) => installed.has(one.name)))
      yield* say(`${each.name} is already the newest version (${each.version}).\n`);
    const wanted = found.filter((each) => !installed.has(each.name));
    if (wanted.length > 0)
      yield* say(`The following NEW packages will be installed:\n  ${wanted.map((each) => each.name).join(" ")}\n`);
    yield* say(totals(wanted.length));
    if (wanted.length === 0) return 0;
    const bytes = wanted.reduce((sum, each) => sum + each.kilobytes, 0);
    yield* say(
      `Need to get ${bytes} kB of archives.\nAfter this operation, ${2 * bytes} kB of additional disk space will be used.\n`,
    );
    if (!agreed) {
      yield* io.out("Do you want to continue? [Y/n] ");
      const answer = yield* readLineOf(0);
      if (answer === null || !/^(y|yes)?\s*$/i.test(answer)) {
        yield* io.out("Abort.\n");
        return 1;
      }
    }
    return yield* carryOut({ io, say, agreed }, wanted, installed);
  }

  function* carryOut({ io, say }: Apt, wanted: readonly SoftwarePackage[], installed: Set<string>): Call<number> {
    const { fs } = io.ctx;
    const [{ url, suite } = DEBIAN[0] as Source] = sourcesOf(fs);
    let bytes = 0;
    for (const [at, each] of wanted.entries()) {
      const file = `${url}/pool/main/${each.name}_${each.version}_amd64.deb`;
      const problem = yield* fetchProblem(file);
      if (problem !== undefined) {
        yield* complain(`Failed to fetch ${file}  ${wordsOf(problem, url)}`);
        yield* complain("Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?");
        return 100;
      }
      yield* say(
        `Get:${at + 1} ${url} ${suite}/main amd64 ${each.name} amd64 ${each.version} [${each.kilobytes} kB]\n`,
      );
      bytes += each.kilobytes;
    }
    yield* sleep(bytes / KILOBYTES_PER_MS);
    yield* say(`Fetched ${bytes} kB in 0s (${bytes} kB/s)\n`);
    yield* write(2, "debconf: delaying package configuration, since apt-utils is not installed\n");
    for (const [at, each] of wanted.entries()) {
      const counted = at === 0 ? `(Reading database ... ${FILES} files and directories currently installed.)\n` : "";
      yield* io.out(
        `Selecting previously unselected package ${each.name}.\n${counted}Preparing to unpack .../${each.name}_${each.version}_amd64.deb ...\nUnpacking ${each.name} (${each.version}) ...\n`,
      );
    }
    yield* sleep(INSTALL_MS);
    for (const each of wanted) {
      yield* io.out(`Setting up ${each.name} (${each.version}) ...\n`);
      install(fs, each);
      installed.add(each.name);
    }
    noteInstalled(fs, STATUS, installed);
    return 0;
  }

  function* remove({ io, say }: Apt, names: readonly string[]): Call<number> {
    const { fs } = io.ctx;
    const installed = installedIn(fs, STATUS);
    const gone = packages.filter((each) => names.includes(each.name) && installed.has(each.name));
    for (const each of names.filter((one) => !gone.some((found) => found.name === one)))
      yield* say(`Package '${each}' is not installed, so not removed\n`);
    yield* say(`0 upgraded, 0 newly installed, ${gone.length} to remove and 0 not upgraded.\n`);
    for (const { name: each, version, programs } of gone) {
      yield* io.out(`Removing ${each} (${version}) ...\n`);
      for (const path of Object.keys(programs)) if (fs.exists(path)) fs.remove(path);
      installed.delete(each);
    }
    if (gone.length > 0) noteInstalled(fs, STATUS, installed);
    return 0;
  }
}

/**
 * Reads the lists of the distribution's mirrors anew. `others`: what is told of other repositories, and how many of them
 * there are.
 */
export function* updateLists({ io, say }: Pick<Apt, "io" | "say">, others = { text: "", count: 0 }): Call<number> {
  const sources = sourcesOf(io.ctx.fs);
  let bytes = 0;
  const failed: string[] = [];
  const known = io.ctx.fs.exists(LISTS);
  for (const [at, { url, suite, kilobytes }] of sources.entries()) {
    const problem = yield* fetchProblem(`${url}/dists/${suite}/InRelease`);
    if (problem === undefined) {
      const size = known ? "" : ` [${kilobytes > 1000 ? 140 : 48} kB]`;
      yield* say(`${known ? "Hit" : "Get"}:${at + 1} ${url} ${suite} InRelease${size}\n`);
      bytes += kilobytes;
      continue;
    }
    const why = wordsOf(problem, url);
    yield* say(`Ign:${at + 1} ${url} ${suite} InRelease\nErr:${at + 1} ${url} ${suite} InRelease\n  ${why}\n`);
    failed.push(`W: Failed to fetch ${url}/dists/${suite}/InRelease  ${why}\n`);
  }
  yield* say(others.text);
  if (failed.length > 0) {
    yield* say(READING);
    yield* write(
      2,
      `${failed.join("")}W: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
    );
    return 0;
  }
  if (known) {
    yield* sleep(UNCHANGED_MS);
    yield* say(READING);
    return 0;
  }
  for (const [at, { url, suite, kilobytes }] of sources.entries())
    yield* say(`Get:${sources.length + others.count + at + 1} ${url} ${suite}/main amd64 Packages [${kilobytes} kB]\n`);
  yield* sleep(bytes / KILOBYTES_PER_MS);
  yield* say(`Fetched ${bytes} kB in 1s (${bytes} kB/s)\n${READING}`);
  noteInstalled(io.ctx.fs, LISTS, new Set(["main"]));
  return 0;
}

function count(io: CommandIo, pattern: RegExp): number {
  return io.operands.filter((word) => pattern.test(word)).length;
}

function* nothing(): Call<void> {}

function* complain(message: string): Call<void> {
  yield* write(2, `E: ${message}\n`);
}

/** Who isn't root can't write where lists and packages are kept, and nobody can on a read-only file system. */
function* denied({ say }: Apt, lists: boolean, errno: "EACCES" | "EROFS"): Call<number> {
  const why = errno === "EROFS" ? "30: Read-only file system" : "13: Permission denied";
  if (lists) {
    yield* say(READING);
    yield* complain(`List directory /var/lib/apt/lists/partial is missing. - Acquire (${why})`);
    return 100;
  }
  const lock = "/var/lib/dpkg/lock-frontend";
  yield* complain(`Could not open lock file ${lock} - open (${why})`);
  yield* complain(`Unable to acquire the dpkg frontend lock (${lock}), are you root?`);
  return 100;
}

function totals(added: number): string {
  return `0 upgraded, ${added} newly installed, 0 to remove and 0 not upgraded.\n`;
}

function sourcesOf(fs: FileSystem): readonly Source[] {
  const release = fs.exists("/etc/os-release") ? fs.readFile("/etc/os-release") : "";
  return /^ID=ubuntu$/m.test(release) ? UBUNTU : DEBIAN;
}

function wordsOf(problem: SystemError | number, url: string): string {
  const [, , host = ""] = url.split("/");
  if (typeof problem === "number") return String(problem);
  if (problem.errno === "ENOTFOUND" || problem.errno === "EAI_AGAIN") return `Temporary failure resolving '${host}'`;
  return `Could not connect to ${host}:80, ${problem.errno === "ECONNREFUSED" ? "connection refused" : "connection timed out"}`;
}
