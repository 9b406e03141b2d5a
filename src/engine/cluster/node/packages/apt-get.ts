/**
 * apt-get and apt on a node, for the packages of Kubernetes. Upstream: apt-get(8), kubeadm's upgrade instructions.
 *
 * **Simplified:** nothing is removed. What comes from the distribution is installed before what comes from Kubernetes.
 */
import type { Program } from "../../../base/program.ts";
import type { Call } from "../../../base/syscalls.ts";
import { readLineOf, sleep, write } from "../../../base/syscalls.ts";
import { aptWith, updateLists } from "../../../images/packages/apt.ts";
import { mirrored } from "../../../images/packages/catalog.ts";
import { defineCommand } from "../../../userland/command.ts";
import type { CommandIo } from "../../../userland/command.ts";
import { MINOR } from "../../releases.ts";
import { isRoot } from "../is-root.ts";
import type { NodeHost } from "../node-host.ts";
import { isDowngrade, packageVersion, PACKAGES, SIZES, SOURCES_LIST } from "./node-packages.ts";

const MIRROR = "https://prod-cdn.packages.k8s.io/repositories/isv:/kubernetes:/core:/stable:";
const BYTES_PER_SECOND = 30_000_000;
const INSTALL_MS = 1500;
/** What apt has and this one hasn't. */
const ABSENT: ReadonlySet<string> = new Set(
  "autoclean autopurge autoremove build-dep changelog check clean depends dist-upgrade download dselect-upgrade edit-sources full-upgrade indextargets policy purge rdepends reinstall remove satisfy search show source".split(
    " ",
  ),
);
const READING = "Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n";

export function aptGet(host: NodeHost, name: "apt-get" | "apt"): Program {
  return defineCommand({
    name,
    usage: `Usage: ${name} [options] command\n       ${name} [options] install|upgrade pkg1 [pkg2 ...]`,
    options: {
      flags: "yqd",
      long: {
        yes: "y",
        "assume-yes": "y",
        quiet: "q",
        "download-only": "d",
        "allow-change-held-packages": "H",
        "allow-downgrades": "D",
        "only-upgrade": "U",
        "no-install-recommends": "N",
        installed: "I",
        upgradable: "G",
      },
    },
    *run(io): Call<number> {
      const [verb = "", ...names] = io.operands;
      if (verb === "list" && name === "apt") return yield* list(host, io, names);
      if (ABSENT.has(verb)) {
        yield* error(`${verb} is not simulated`);
        return 100;
      }
      if (!["update", "install", "upgrade"].includes(verb)) {
        yield* error(verb === "" ? "Invalid operation" : `Invalid operation ${verb}`);
        return 100;
      }
      if (!isRoot(io.ctx)) {
        const lock = verb === "update" ? "/var/lib/apt/lists/lock" : "/var/lib/dpkg/lock-frontend";
        yield* error(`Could not open lock file ${lock} - open (13: Permission denied)`);
        yield* error(
          verb === "update"
            ? "Unable to lock directory /var/lib/apt/lists/"
            : `Unable to acquire the dpkg frontend lock (${lock}), are you root?`,
        );
        return 100;
      }
      if (verb === "update") return yield* update(host, io);
      const { packages } = host;
      const others = names.filter((each) => !PACKAGES.includes(each.replace(/=.*/, "")));
      if (verb === "install" && others.length > 0) {
        const status = yield* fromMirrors(name, io, others);
        if (status !== 0 || others.length === names.length) return status;
        return yield* install(
          host,
          io,
          names.filter((each) => !others.includes(each)),
        );
      }
      const upgradable = PACKAGES.filter((each) => !packages.held.has(each));
      return yield* install(host, io, verb === "upgrade" && names.length === 0 ? upgradable : names);
    },
  }).program("debian");
}

/** What the distribution carries. */
function* fromMirrors(name: "apt-get" | "apt", io: CommandIo, others: readonly string[]): Call<number> {
  const flags = ["y", "q"].filter((flag) => io.has(flag)).map((flag) => `-${flag}`);
  return yield* aptWith(name, mirrored("debian")).program("debian")(io.ctx, [name, "install", ...flags, ...others]);
}

function* error(message: string): Call<void> {
  yield* write(2, `E: ${message}\n`);
}

/** Reads the address of the repository anew, and the lists of the distribution's mirrors. */
function* update(host: NodeHost, io: CommandIo): Call<number> {
  const { disk } = host.kubelet;
  const text = disk.exists(SOURCES_LIST) ? disk.readFile(SOURCES_LIST) : "";
  const [, minor] = /^deb .*https:\/\/pkgs\.k8s\.io\/core:\/stable:\/(v[\d.]+)\/deb\/? +\//m.exec(text) ?? [];
  host.packages.indexed = minor === MINOR;
  const from = `${MIRROR}/${minor}/deb  InRelease\n`;
  const told = minor === undefined ? "" : minor === MINOR ? `Hit:4 ${from}` : `Err:4 ${from}  403  Forbidden\n`;
  const say = (line: string): Call<void> => io.out(line);
  yield* updateLists({ io, say }, { text: told, count: minor === undefined ? 0 : 1 });
  if (minor === undefined || minor === MINOR) return 0;
  yield* error(`Failed to fetch ${MIRROR}/${minor}/deb/InRelease  403  Forbidden`);
  yield* error(`The repository 'https://pkgs.k8s.io/core:/stable:/${minor}/deb  InRelease' is not signed.`);
  return 100;
}

interface Change {
  name: string;
  from: string;
  to: string;
}

function* install({ packages }: NodeHost, io: CommandIo, words: readonly string[]): Call<number> {
  yield* io.out(READING);
  const changes: Change[] = [];
  for (const word of words) {
    const [name = "", wanted] = word.split("=");
    if (!PACKAGES.includes(name)) {
      yield* error(`Unable to locate package ${name}`);
      return 100;
    }
    const to = packages.find(wanted);
    if (to === undefined && wanted !== undefined) {
      yield* error(`Version '${wanted}' for '${name}' was not found`);
      return 100;
    }
    const from = packageVersion(packages.release(name));
    if (to === undefined || to === from) yield* io.out(`${name} is already the newest version (${from}).\n`);
    else changes.push({ name, from, to });
  }
  return yield* carryOut(packages, io, changes);
}

function* carryOut(packages: NodeHost["packages"], io: CommandIo, changes: readonly Change[]): Call<number> {
  const held = changes.filter(({ name }) => packages.held.has(name));
  const down = changes.filter(({ from, to }) => isDowngrade(from, to));
  const up = changes.filter((change) => !down.includes(change));
  const names = (title: string, list: readonly Change[]): string =>
    list.length === 0 ? "" : `The following ${title}:\n  ${list.map(({ name }) => name).join(" ")}\n`;
  yield* io.out(
    names("held packages will be changed", held) +
      names("packages will be upgraded", up) +
      names("packages will be DOWNGRADED", down) +
      `${up.length} upgraded, 0 newly installed, ${down.length > 0 ? `${down.length} downgraded, ` : ""}0 to remove and 0 not upgraded.\n`,
  );
  if (changes.length === 0) return 0;
  if (io.has("y") && held.length > 0 && !io.has("H")) {
    yield* error("Held packages were changed and -y was used without --allow-change-held-packages.");
    return 100;
  }
  if (io.has("y") && down.length > 0 && !io.has("D")) {
    yield* error("Packages were downgraded and -y was used without --allow-downgrades.");
    return 100;
  }
  const bytes = changes.reduce((sum, { name }) => sum + (SIZES[name] ?? 0), 0);
  yield* io.out(`Need to get ${megabytes(bytes)} of archives.\n`);
  if (!io.has("y") && (held.length > 0 || down.length > 0 || changes.length > 1)) {
    yield* io.out("Do you want to continue? [Y/n] ");
    const answer = yield* readLineOf(0);
    if (answer === null || !/^(y|yes)?\s*$/i.test(answer)) {
      yield* io.out("Abort.\n");
      return 1;
    }
  }
  for (const [at, { name, to }] of changes.entries()) {
    yield* io.out(`Get:${at + 1} ${MIRROR}/${MINOR}/deb  ${name} ${to} [${megabytes(SIZES[name] ?? 0)}]\n`);
  }
  yield* sleep((1000 * bytes) / BYTES_PER_SECOND);
  yield* io.out(`Fetched ${megabytes(bytes)} in 0s (${megabytes(BYTES_PER_SECOND)}/s)\n`);
  if (io.has("d")) {
    yield* io.out("Download complete and in download only mode\n");
    return 0;
  }
  for (const { name, from, to } of changes) {
    yield* io.out(
      `Preparing to unpack .../${name}_${to}_amd64.deb ...\nUnpacking ${name} (${to}) over (${from}) ...\n`,
    );
  }
  yield* sleep(INSTALL_MS);
  for (const { name, to } of changes) {
    packages.install(name, to);
    yield* io.out(`Setting up ${name} (${to}) ...\n`);
  }
  return 0;
}

/** `12.7 MB` */
function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function* list({ packages }: NodeHost, io: CommandIo, wanted: readonly string[]): Call<number> {
  yield* io.out("Listing... Done\n");
  const newest = packages.available()[0];
  for (const name of PACKAGES.filter((each) => wanted.length === 0 || wanted.includes(each))) {
    const installed = packageVersion(packages.release(name));
    const old = newest !== undefined && isDowngrade(newest, installed);
    if (io.has("G") && !old) continue;
    const state = io.has("G")
      ? `upgradable from: ${installed}`
      : old
        ? `installed,upgradable to: ${newest}`
        : "installed";
    yield* io.out(`${name}/unknown${old ? "" : ",now"} ${io.has("G") ? newest : installed} amd64 [${state}]\n`);
  }
  return 0;
}
