/** What the package tools show of a node: apt-cache, apt-mark, dpkg -l. Upstream: apt-cache(8), apt-mark(8), dpkg-query(1). */
import type { Program } from "../../../base/program.ts";
import type { Call } from "../../../base/syscalls.ts";
import { write } from "../../../base/syscalls.ts";
import { defineCommand } from "../../../userland/command.ts";
import type { CommandIo } from "../../../userland/command.ts";
import { MINOR } from "../../releases.ts";
import { isRoot } from "../is-root.ts";
import type { NodeHost } from "../node-host.ts";
import { packageVersion, PACKAGES, repositoryUrl } from "./node-packages.ts";

/** As apt names it in lists: without the last slash, twice blank for no distribution. */
const ORIGIN = `${repositoryUrl(MINOR).replace(/\/$/, "")}  Packages`;
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  kubeadm: "Command-line utility for administering a Kubernetes cluster",
  kubectl: "Command-line utility for interacting with a Kubernetes cluster",
  kubelet: "Node agent for Kubernetes clusters",
};

export function aptCache({ packages }: NodeHost): Program {
  return defineCommand({
    name: "apt-cache",
    usage: "Usage: apt-cache [options] madison|policy|show pkg1 [pkg2 ...]",
    *run(io): Call<number> {
      const [verb = "", ...names] = io.operands;
      if (!["madison", "policy", "show"].includes(verb)) {
        yield* write(2, `E: Invalid operation ${verb}\n`);
        return 100;
      }
      for (const name of names) {
        if (!PACKAGES.includes(name)) {
          if (verb === "policy") continue;
          yield* write(2, verb === "show" ? "E: No packages found\n" : `N: Unable to locate package ${name}\n`);
          if (verb === "show") return 100;
          continue;
        }
        const installed = packageVersion(packages.release(name));
        const available = packages.available();
        if (verb === "madison") {
          for (const version of available)
            yield* io.out(`${name.padStart(10)} | ${version.padStart(10)} | ${ORIGIN}\n`);
        } else if (verb === "policy") yield* policy(io, name, { installed, available });
        else {
          for (const version of available) {
            yield* io.out(
              `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nDescription: ${DESCRIPTIONS[name]}\n\n`,
            );
          }
        }
      }
      return 0;
    },
  }).program("debian");
}

function* policy(
  io: CommandIo,
  name: string,
  { installed, available }: { installed: string; available: readonly string[] },
): Call<void> {
  yield* io.out(`${name}:\n  Installed: ${installed}\n  Candidate: ${available[0] ?? installed}\n  Version table:\n`);
  for (const version of available.length === 0 ? [installed] : available) {
    const here = version === installed;
    yield* io.out(`${here ? " ***" : "    "} ${version} ${available.length === 0 ? 100 : 500}\n`);
    if (available.length > 0) yield* io.out(`        500 ${ORIGIN}\n`);
    if (here) yield* io.out("        100 /var/lib/dpkg/status\n");
  }
}

export function aptMark({ packages }: NodeHost): Program {
  return defineCommand({
    name: "apt-mark",
    usage: "Usage: apt-mark [options] hold|unhold|showhold pkg1 [pkg2 ...]",
    *run(io): Call<number> {
      const [verb = "", ...names] = io.operands;
      if (verb === "showhold") {
        for (const name of [...packages.held].sort()) yield* io.out(`${name}\n`);
        return 0;
      }
      if (verb !== "hold" && verb !== "unhold") {
        yield* write(2, `E: Invalid operation ${verb}\n`);
        return 100;
      }
      for (const name of names) {
        if (PACKAGES.includes(name)) continue;
        yield* write(2, `E: Unable to locate package ${name}\n`);
        return 100;
      }
      if (!isRoot(io.ctx)) {
        yield* write(2, "dpkg: error: requested operation requires superuser privilege\n");
        yield* write(2, "E: Executing dpkg failed. Are you root?\n");
        return 100;
      }
      for (const name of names) {
        if (packages.held.has(name) === (verb === "hold")) {
          yield* io.out(`${name} was already ${verb === "hold" ? "set on hold" : "not on hold"}.\n`);
          continue;
        }
        if (verb === "hold") packages.held.add(name);
        else packages.held.delete(name);
        yield* io.out(verb === "hold" ? `${name} set on hold.\n` : `Canceled hold on ${name}.\n`);
      }
      return 0;
    },
  }).program("debian");
}

export function dpkg({ packages }: NodeHost): Program {
  return defineCommand({
    name: "dpkg",
    usage: "Usage: dpkg -l [<pattern>...]",
    options: { flags: "l", long: { list: "l" } },
    *run(io): Call<number> {
      if (!io.has("l")) {
        yield* io.complain("error: only -l is simulated");
        return 2;
      }
      const names = PACKAGES.filter((name) => io.operands.length === 0 || io.operands.includes(name));
      const stray = io.operands.find((name) => !PACKAGES.includes(name));
      if (stray !== undefined) {
        yield* write(2, `dpkg-query: no packages found matching ${stray}\n`);
        return 1;
      }
      yield* io.out(
        "Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n",
      );
      const rows = names.map((name) => [
        packages.held.has(name) ? "hi" : "ii",
        name,
        packageVersion(packages.release(name)),
        "amd64",
        DESCRIPTIONS[name] ?? "",
      ]);
      const titles = ["||/", "Name", "Version", "Architecture", "Description"];
      const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
      const line = (cells: readonly string[], between = " "): string =>
        `${cells.map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd(at === 0 ? 3 : (widths[at] ?? 0)))).join(between)}\n`;
      yield* io.out(line(titles));
      yield* io.out(line(["+++", ...widths.slice(1).map((width) => "=".repeat(width))], "-"));
      for (const row of rows) yield* io.out(line(row));
      return 0;
    },
  }).program("debian");
}
