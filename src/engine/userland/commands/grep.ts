import type { Call } from "../../base/syscalls.ts";
import { close } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command, CommandIo } from "../command.ts";
import { LineReader } from "../lines.ts";
import { searchExpression } from "../regular-expression.ts";

type Syntax = "basic" | "extended" | "fixed";

/** `usual`: how patterns are read that no option says anything about. */
const grepAs = (name: string, usual: Syntax): Command =>
  defineCommand({
    name,
    usage: `
Usage: grep [OPTION]... PATTERNS [FILE]...
Search for PATTERNS in each FILE.

  -E  extended regular expressions      -F  fixed strings
  -e PATTERN  use PATTERN               -f FILE  patterns from FILE
  -i  ignore case                       -w  whole words
  -x  whole lines                       -v  lines that don't match
  -m NUM  stop after NUM lines          -n  with line numbers
  -H  with file names                   -h  without file names
  -o  only what matches                 -q  no output
  -s  no messages about files           -r  all files under each directory
  -L  names of files without a match    -l  names of files with a match
  -c  a count of lines                  -A NUM, -B NUM, -C NUM  context`,
    options: {
      flags: "EFGPiwxvnHhoqsrRLlcyab",
      values: "efmABC",
      numeric: "C",
      long: {
        "extended-regexp": "E",
        "fixed-strings": "F",
        "perl-regexp": "P",
        "regexp=": "e",
        "file=": "f",
        "ignore-case": "i",
        "word-regexp": "w",
        "line-regexp": "x",
        "invert-match": "v",
        "max-count=": "m",
        "line-number": "n",
        "line-buffered": "a",
        "with-filename": "H",
        "no-filename": "h",
        "only-matching": "o",
        quiet: "q",
        silent: "q",
        "no-messages": "s",
        recursive: "r",
        "files-without-match": "L",
        "files-with-matches": "l",
        count: "c",
        "after-context=": "A",
        "before-context=": "B",
        "context=": "C",
        "color=?": "color",
        "colour=?": "color",
      },
    },
    badUsageStatus: 2,
    *run(io) {
      const operands = [...io.operands];
      const patterns = [...io.values("e")];
      for (const file of io.values("f")) {
        const fd = yield* io.input(file);
        if (fd === undefined) return 2;
        patterns.push(...(yield* new LineReader(fd).all()));
        yield* close(fd);
      }
      if (io.values("e").length === 0 && io.values("f").length === 0) {
        const first = operands.shift();
        if (first === undefined) return yield* usageError(io);
        patterns.push(first);
      }
      const search = makeSearch(io, patterns, usual);
      if (typeof search === "string") {
        yield* io.complain(search);
        return 2;
      }
      return yield* searchAll(io, search, operands);
    },
  });

export const grep = grepAs("grep", "basic");
export const egrep = grepAs("egrep", "extended");
export const fgrep = grepAs("fgrep", "fixed");

function* usageError(io: CommandIo): Call<number> {
  yield {
    call: "write",
    fd: 2,
    data: "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
  };
  return io.flavour === "debian" ? 2 : 1;
}

interface Search {
  expression: RegExp;
  invert: boolean;
  only: boolean;
  limit: number;
  before: number;
  after: number;
  colour: boolean;
}

function makeSearch(io: CommandIo, patterns: readonly string[], usual: Syntax): Search | string {
  const syntax = io.has("F") ? "fixed" : io.has("E") || io.has("P") ? "extended" : usual;
  const expression = searchExpression(
    patterns.flatMap((pattern) => pattern.split("\n")),
    {
      syntax,
      ignoreCase: io.has("i") || io.has("y"),
      words: io.has("w"),
      lines: io.has("x"),
    },
  );
  if (typeof expression === "string") return expression;
  for (const flag of ["A", "B", "C", "m"]) {
    const value = io.value(flag);
    if (value !== undefined && !/^\d+$/.test(value))
      return flag === "m" ? "invalid max count" : `${value}: invalid context length argument`;
  }
  const colour = io.value("color");
  return {
    expression,
    invert: io.has("v"),
    only: io.has("o"),
    limit: Number(io.value("m") ?? Number.POSITIVE_INFINITY),
    before: Number(io.value("B") ?? io.value("C") ?? 0),
    after: Number(io.value("A") ?? io.value("C") ?? 0),
    colour: io.has("color") && (colour === "always" || (colour !== "never" && io.ctx.tty(1) !== undefined)),
  };
}

function* searchAll(io: CommandIo, search: Search, operands: readonly string[]): Call<number> {
  const recursive = io.has("r") || io.has("R");
  const names = operands.length > 0 ? operands : recursive ? ["."] : ["-"];
  const files: string[] = [];
  for (const name of names) files.push(...(recursive && name !== "-" ? filesUnder(io, name) : [name]));
  const named = !io.has("h") && (io.has("H") || recursive || files.length > 1);
  let found = false;
  let failed = false;
  for (const name of files) {
    if (name !== "-" && io.ctx.fs.exists(io.path(name)) && io.ctx.fs.stat(io.path(name)).type === "directory") {
      yield* io.complain(`${name}: Is a directory`);
      continue;
    }
    const fd = io.has("s") && name !== "-" && !io.ctx.fs.exists(io.path(name)) ? undefined : yield* open(io, name);
    if (fd === undefined) {
      failed = true;
      continue;
    }
    if (yield* searchOne(io, search, { fd, name: name === "-" ? "(standard input)" : name, named })) found = true;
    if (fd !== 0) yield* close(fd);
    if (found && io.has("q")) return 0;
  }
  return failed && !(found && io.has("q")) ? 2 : found ? 0 : 1;
}

function* open(io: CommandIo, name: string): Call<number | undefined> {
  if (name === "-") return 0;
  try {
    return (yield { call: "open", path: name, mode: "read" }) as number;
  } catch (error) {
    yield* io.failed(name, error);
    return undefined;
  }
}

function filesUnder(io: CommandIo, name: string): string[] {
  const { fs } = io.ctx;
  const path = io.path(name);
  if (!fs.exists(path) || fs.stat(path).type !== "directory") return [name];
  return fs.readdir(path).flatMap((entry) => {
    const child = name.endsWith("/") ? `${name}${entry}` : `${name}/${entry}`;
    return fs.lstat(io.path(child)).type === "symlink" ? [] : filesUnder(io, child);
  });
}

/** Searches one stream. True when a line was selected. */
function* searchOne(io: CommandIo, search: Search, file: { fd: number; name: string; named: boolean }): Call<boolean> {
  const silent = io.has("q") || io.has("c") || io.has("l") || io.has("L");
  const reader = new LineReader(file.fd);
  const context = new ContextPrinter(io, search, file);
  let count = 0;
  let number = 0;
  let trailing = search.after;
  scan: for (let batch = yield* reader.batch(); batch !== null; batch = yield* reader.batch()) {
    let text = "";
    for (const line of batch) {
      number++;
      // After the last line that is asked for, others are what follows it at most.
      const enough = count >= search.limit;
      if (enough && (silent || trailing-- === 0)) {
        yield* io.out(text);
        break scan;
      }
      const selected = !enough && search.expression.test(line) !== search.invert;
      if (!silent) text += context.line(line, number, selected);
      if (!selected) continue;
      count++;
      if (io.has("q") || io.has("l") || io.has("L")) break scan;
      if (count >= search.limit && search.after === 0) {
        yield* io.out(text);
        break scan;
      }
    }
    yield* io.out(text);
  }
  const prefix = file.named ? `${file.name}:` : "";
  if (io.has("c")) yield* io.out(`${prefix}${count}\n`);
  else if (io.has("l") ? count > 0 : io.has("L") && count === 0) yield* io.out(`${file.name}\n`);
  return io.has("L") ? count === 0 : count > 0;
}

/** Turns lines into output with prefixes, context and `--` between groups. */
class ContextPrinter {
  private readonly io: CommandIo;
  private readonly search: Search;
  private readonly file: { name: string; named: boolean };
  private readonly earlier: { line: string; number: number }[] = [];
  private following = 0;
  private lastPrinted = 0;
  private readonly all: RegExp;

  constructor(io: CommandIo, search: Search, file: { name: string; named: boolean }) {
    this.io = io;
    this.search = search;
    this.file = file;
    this.all = new RegExp(search.expression.source, `${search.expression.flags}g`);
  }

  line(line: string, number: number, selected: boolean): string {
    const { search, earlier } = this;
    if (!selected) {
      if (this.following > 0) {
        this.following--;
        this.lastPrinted = number;
        return this.format(line, number, "-");
      }
      if (search.before > 0) {
        earlier.push({ line, number });
        if (earlier.length > search.before) earlier.shift();
      }
      return "";
    }
    const first = earlier[0]?.number ?? number;
    const gap = (search.before > 0 || search.after > 0) && this.lastPrinted > 0 && first > this.lastPrinted + 1;
    let text = gap ? "--\n" : "";
    for (const each of earlier) text += this.format(each.line, each.number, "-");
    earlier.length = 0;
    this.following = search.after;
    this.lastPrinted = number;
    return text + this.matched(line, number);
  }

  private matched(line: string, number: number): string {
    const { search } = this;
    if (search.only) {
      if (search.invert) return "";
      return [...line.matchAll(this.all)]
        .map((match) => (match[0] === "" ? "" : this.format(this.paint(match[0]), number, ":")))
        .join("");
    }
    const shown = search.colour && !search.invert ? line.replace(this.all, (match) => this.paint(match)) : line;
    return this.format(shown, number, ":");
  }

  private paint(text: string): string {
    return this.search.colour && text !== "" ? `\u001b[01;31m\u001b[K${text}\u001b[m\u001b[K` : text;
  }

  private format(line: string, number: number, mark: string): string {
    const name = this.file.named ? `${this.file.name}${mark}` : "";
    return `${name}${this.io.has("n") ? `${number}${mark}` : ""}${line}\n`;
  }
}
