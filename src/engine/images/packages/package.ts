/**
 * Software that a package manager installs. A package's programs are files in the container's own layer, so they are gone
 * with it; what runs them stands in a store that is on no PATH, as an interpreter does.
 */
import type { FileSystem, Program, ProgramContext } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { fetched } from "../fetched.ts";

export interface SoftwarePackage {
  name: string;
  version: string;
  /** Its download. */
  kilobytes: number;
  /** By absolute path. What every userland here carries anyway (curl, jq …) brings none. */
  programs: Readonly<Record<string, Program>>;
}

const STORE = "/usr/libexec/drydock";

function stored(path: string): string {
  return `${STORE}${path.slice(path.lastIndexOf("/"))}`;
}

/** What runs installed files: `#!/usr/libexec/drydock/dig` comes to it with the file's own name. */
export function storedPrograms(packages: readonly SoftwarePackage[]): [path: string, program: Program][] {
  return packages.flatMap(({ programs }) =>
    Object.entries(programs).map(([path, program]): [string, Program] => [
      stored(path),
      (ctx, argv) => program(ctx, [path.slice(path.lastIndexOf("/") + 1), ...argv.slice(2)]),
    ]),
  );
}

export function install(fs: FileSystem, { programs }: SoftwarePackage): void {
  for (const path of Object.keys(programs)) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    fs.writeFile(path, `#!${stored(path)}\n`, { mode: 0o755 });
  }
}

/** Names of packages that were installed, as `file` keeps them, one a line. */
export function installedIn(fs: FileSystem, file: string): Set<string> {
  const text = fs.exists(file) ? fs.readFile(file) : "";
  return new Set(text.split("\n").filter((line) => line !== ""));
}

export function noteInstalled(fs: FileSystem, file: string, names: ReadonlySet<string>): void {
  fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  fs.writeFile(file, [...names].map((name) => `${name}\n`).join(""));
}

/** Why a package manager may not change its database, which it locks with `file`; undefined when it may. */
export function lockProblem({ fs, user }: ProgramContext, file: string): "EACCES" | "EROFS" | undefined {
  if (user.uid !== 0) return "EACCES";
  try {
    fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    fs.writeFile(file, "");
    return undefined;
  } catch (error) {
    if (error instanceof SystemError && (error.errno === "EROFS" || error.errno === "EACCES")) return error.errno;
    throw error;
  }
}

/** Why a mirror doesn't give the file; undefined when it does. */
export function* fetchProblem(url: string): Call<SystemError | number | undefined> {
  const answer = yield* fetched("GET", url);
  return typeof answer === "string" ? undefined : answer;
}

/** Said beside the package manager's own words where the world's mirrors may have it and this one hasn't. */
export function carried(packages: readonly SoftwarePackage[]): string {
  const names = [...new Set(packages.map(({ name }) => name))].sort();
  return `Drydock: this playground's mirrors carry ${names.join(", ")}\n`;
}
