import type { FileStat } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { spawn, wait } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { matchPattern } from "../shell/pattern.ts";

export const find = defineCommand({
  name: "find",
  usage: `
Usage: find [PATH]... [EXPRESSION]
Search for files.

  -name, -iname, -path PATTERN   -type f|d|l   -empty   -newer FILE   -size [+-]N[ckM]   -mmin [+-]N
  -maxdepth N, -mindepth N       !, -not, -a, -o
  -print, -print0, -delete, -exec COMMAND {} ; (or +)`,
  options: { none: true },
  *run(io) {
    const at = io.operands.findIndex((word) => /^[-!(]/.test(word));
    const paths = io.operands.slice(0, at < 0 ? undefined : at);
    const parsed = parse(io, at < 0 ? [] : io.operands.slice(at));
    if (typeof parsed === "string") {
      yield* io.complain(parsed);
      return 1;
    }
    let status = 0;
    for (const path of paths.length === 0 ? ["."] : paths) {
      try {
        io.ctx.fs.lstat(io.path(path));
      } catch (error) {
        yield* io.failed(io.flavour === "debian" ? `‘${path}’` : path, error);
        status = 1;
        continue;
      }
      yield* walk(io, parsed, { path, depth: 0 });
    }
    for (const { argv, found } of parsed.batches) {
      if (found.length > 0 && (yield* run(io, [...argv, ...found])) !== 0) status = 1;
    }
    return status;
  },
});

interface Place {
  path: string;
  depth: number;
  stat: FileStat;
}
type Test = (place: Place) => boolean | Call<boolean>;

interface Search {
  /** Alternatives (-o) of conjunctions. */
  groups: Test[][];
  minDepth: number;
  maxDepth: number;
  depthFirst: boolean;
  batches: { argv: string[]; found: string[] }[];
}

function* walk(io: CommandIo, search: Search, at: { path: string; depth: number }): Call<void> {
  const { fs } = io.ctx;
  const stat = fs.lstat(io.path(at.path));
  const visit = function* (): Call<void> {
    if (at.depth < search.minDepth) return;
    for (const group of search.groups) {
      let holds = true;
      for (const test of group) {
        const answer = test({ ...at, stat });
        holds = typeof answer === "boolean" ? answer : yield* answer;
        if (!holds) break;
      }
      if (holds) return;
    }
  };
  if (!search.depthFirst) yield* visit();
  if (stat.type === "directory" && at.depth < search.maxDepth) {
    for (const name of fs.readdir(io.path(at.path))) {
      yield* walk(io, search, {
        path: at.path.endsWith("/") ? at.path + name : `${at.path}/${name}`,
        depth: at.depth + 1,
      });
    }
  }
  if (search.depthFirst) yield* visit();
}

function* run(io: CommandIo, argv: string[]): Call<number> {
  const pid = yield* spawn({ argv, env: io.ctx.env, cwd: io.ctx.cwd, stdio: [0, 1, 2] });
  return yield* wait(pid);
}

function parse(io: CommandIo, words: string[]): Search | string {
  const search: Search = {
    groups: [[]],
    minDepth: 0,
    maxDepth: Number.POSITIVE_INFINITY,
    depthFirst: false,
    batches: [],
  };
  let acts = false;
  let negated = false;
  const add = (test: Test): void => {
    const invert = negated;
    negated = false;
    search.groups.at(-1)?.push(invert ? (place) => !(test(place) as boolean) : test);
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "!" || word === "-not") negated = !negated;
    else if (word === "-o" || word === "-or") search.groups.push([]);
    else if (word === "-a" || word === "-and") continue;
    else if (word === "-maxdepth" || word === "-mindepth")
      search[word === "-maxdepth" ? "maxDepth" : "minDepth"] = Number(words[++at]);
    else if (word === "-print" || word === "-print0") {
      acts = true;
      add((place) => print(io, place.path, word === "-print" ? "\n" : "\0"));
    } else if (word === "-delete") {
      acts = true;
      search.depthFirst = true;
      add((place) => remove(io, place.path));
    } else if (word === "-exec") {
      acts = true;
      const end = words.findIndex((each, index) => index > at && (each === ";" || each === "+"));
      if (end < 0) return "missing argument to `-exec'";
      const argv = words.slice(at + 1, end);
      if (words[end] === "+") {
        const batch = { argv: argv.filter((each) => each !== "{}"), found: [] as string[] };
        search.batches.push(batch);
        add((place) => batch.found.push(place.path) > 0);
      } else
        add((place) =>
          execute(
            io,
            argv.map((each) => each.replaceAll("{}", place.path)),
          ),
        );
      at = end;
    } else {
      const test = simpleTest(io, word, words[at + 1]);
      if (test === undefined) return `unknown predicate \`${word}'`;
      if (typeof test === "string") return test;
      if (word !== "-empty") at++;
      add(test);
    }
  }
  if (!acts) for (const group of search.groups) group.push((place) => print(io, place.path, "\n"));
  return search;
}

function* print(io: CommandIo, path: string, end: string): Call<boolean> {
  yield* io.out(path + end);
  return true;
}

function* remove(io: CommandIo, path: string): Call<boolean> {
  try {
    io.ctx.fs.remove(io.path(path));
    return true;
  } catch (error) {
    return yield* io.failed(`cannot delete '${path}'`, error);
  }
}

function* execute(io: CommandIo, argv: string[]): Call<boolean> {
  return (yield* run(io, argv)) === 0;
}

function simpleTest(io: CommandIo, word: string, value: string | undefined): Test | string | undefined {
  const { fs } = io.ctx;
  if (word === "-empty")
    return ({ path, stat }) =>
      stat.type === "directory" ? fs.readdir(io.path(path)).length === 0 : stat.type === "file" && stat.size === 0;
  if (!["-name", "-iname", "-path", "-type", "-newer", "-size", "-mmin"].includes(word)) return undefined;
  if (value === undefined) return `missing argument to \`${word}'`;
  switch (word) {
    case "-name":
    case "-iname":
      return ({ path }) => matchPattern(value, path.replace(/\/+$/, "").split("/").at(-1) || "/", word === "-iname");
    case "-path":
      return ({ path }) => matchPattern(value, path);
    case "-type": {
      const types: Readonly<Record<string, FileStat["type"]>> = {
        f: "file",
        d: "directory",
        l: "symlink",
        c: "device",
        b: "block",
        s: "socket",
      };
      const type = types[value];
      return type === undefined ? `Unknown argument to -type: ${value}` : ({ stat }) => stat.type === type;
    }
    case "-newer": {
      if (!fs.exists(io.path(value))) return `‘${value}’: No such file or directory`;
      const { mtime } = fs.stat(io.path(value));
      return ({ stat }) => stat.mtime > mtime;
    }
    default: {
      const match = /^([+-]?)(\d+)([ckMG]?)$/.exec(value);
      if (match === null) return `invalid argument \`${value}' to \`${word}'`;
      const unit = { "": 512, c: 1, k: 1024, M: 1048576, G: 1073741824 }[match[3] as "" | "c" | "k" | "M" | "G"];
      const number = Number(match[2]);
      return ({ stat }) => {
        const measure = word === "-size" ? Math.ceil(stat.size / unit) : (io.ctx.now() - stat.mtime) / 60_000;
        return match[1] === "+"
          ? measure > number
          : match[1] === "-"
            ? measure < number
            : Math.ceil(measure) === number;
      };
    }
  }
}
