import type { Call } from "../../../base/syscalls.ts";
import { poll, readLineOf } from "../../../base/syscalls.ts";
import { readSilently } from "../../silent-line.ts";
import type { Shell } from "../shell.ts";
import type { Builtin } from "../shell.ts";
import { invalidOption } from "./builtin.ts";

const READ_USAGE =
  "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";

interface ReadOptions {
  raw: boolean;
  silent: boolean;
  prompt: string;
  array: string | undefined;
  delimiter: string;
  count: number | undefined;
  timeoutMs: number | undefined;
  fd: number;
}

/** read [-rs] [-a array] [-d delim] [-n count] [-p prompt] [-t timeout] [-u fd] [name …] */
export const read: Builtin = function* (shell, args) {
  const options: ReadOptions = {
    raw: false,
    silent: false,
    prompt: "",
    array: undefined,
    delimiter: "\n",
    count: undefined,
    timeoutMs: undefined,
    fd: 0,
  };
  while (/^-./.test(args[0] ?? "")) {
    const bad = takeOption(args, options);
    if (bad !== undefined) return yield* invalidOption(shell, "read", bad, READ_USAGE);
  }
  const fd = shell.io[options.fd];
  if (fd === undefined) {
    yield* shell.complain(`read: ${options.fd}: invalid file descriptor: Bad file descriptor`);
    return 1;
  }
  const terminal = shell.ctx.tty(fd) !== undefined;
  if (options.prompt !== "" && terminal) yield* shell.err(options.prompt);
  if (options.timeoutMs !== undefined && (yield* poll([fd], options.timeoutMs)).length === 0) return 142;
  const line = options.silent && terminal ? yield* readSilently(fd) : yield* readUntil(fd, options);
  if (line === null) {
    assignFields(shell, args, options, "");
    return 1;
  }
  const ended = line.endsWith(options.delimiter);
  assignFields(shell, args, options, ended ? line.slice(0, line.length - options.delimiter.length) : line);
  return ended || options.count !== undefined ? 0 : 1;
};

/** Takes one option word with its argument; answers with the option that it doesn't know. */
function takeOption(args: string[], options: ReadOptions): string | undefined {
  const flags = args.shift() as string;
  if (flags === "--") return undefined;
  for (let at = 1; at < flags.length; at++) {
    const flag = flags[at] as string;
    if (flag === "r") options.raw = true;
    else if (flag === "s") options.silent = true;
    else if (flag !== "e") {
      if (!"adnNptui".includes(flag)) return `-${flag}`;
      const value = flags.slice(at + 1) || (args.shift() ?? "");
      if (flag === "a") options.array = value;
      else if (flag === "d") options.delimiter = value === "" ? "\0" : (value[0] as string);
      else if (flag === "n" || flag === "N") options.count = Number(value);
      else if (flag === "p") options.prompt = value;
      else if (flag === "t") options.timeoutMs = Number(value) * 1000;
      else if (flag === "u") options.fd = Number(value);
      return undefined;
    }
  }
  return undefined;
}

function* readUntil(fd: number, options: ReadOptions): Call<string | null> {
  let text = "";
  for (;;) {
    const line = yield* readLineOf(fd);
    if (line === null) return text === "" ? null : text;
    text += line;
    if (options.count !== undefined && text.length >= options.count) return text.slice(0, options.count);
    if (options.delimiter !== "\n") {
      // Simplified: a delimiter other than newline is looked for by whole lines; what follows it on its line is lost.
      const at = text.indexOf(options.delimiter);
      if (at >= 0) return text.slice(0, at + 1);
      continue;
    }
    if (!options.raw && /(^|[^\\])(\\\\)*\\\n$/.test(text)) {
      text = text.slice(0, -2);
      continue;
    }
    return text;
  }
}

function assignFields(shell: Shell, names: string[], options: ReadOptions, line: string): void {
  const ifs = shell.variables.get("IFS") ?? " \t\n";
  if (options.array !== undefined) {
    const fields = split(line, ifs, { limit: Number.POSITIVE_INFINITY, raw: options.raw });
    shell.variables.setArray(
      options.array,
      fields.map((field, at) => [String(at), field] as const),
    );
    return;
  }
  if (names.length === 0) {
    shell.assign("REPLY", options.raw ? line : line.replace(/\\(.)/g, "$1"));
    return;
  }
  const fields = split(line, ifs, { limit: names.length, raw: options.raw });
  names.forEach((name, at) => shell.assign(name, fields[at] ?? ""));
}

/** Splits as `read` does: the last field takes the rest of the line. */
function split(line: string, ifs: string, options: { limit: number; raw: boolean }): string[] {
  const isBlank = (char: string): boolean => " \t\n".includes(char) && ifs.includes(char);
  const fields: string[] = [];
  let at = 0;
  while (at < line.length && isBlank(line[at] as string)) at++;
  while (at < line.length && fields.length < options.limit) {
    let field = "";
    if (fields.length === options.limit - 1) {
      let end = line.length;
      while (end > at && isBlank(line[end - 1] as string)) end--;
      const rest = line.slice(at, end);
      field = options.raw ? rest : rest.replace(/\\(.)/g, "$1");
      // One last separator alone is dropped.
      const lone =
        field.length > 0 &&
        ifs.includes(field.at(-1) as string) &&
        [...field].filter((char) => ifs.includes(char)).length === 1;
      fields.push(lone ? field.slice(0, -1) : field);
      return fields;
    }
    while (at < line.length && !ifs.includes(line[at] as string)) {
      if (line[at] === "\\" && !options.raw) at++;
      field += line[at++] ?? "";
    }
    fields.push(field);
    while (at < line.length && isBlank(line[at] as string)) at++;
    if (at < line.length && ifs.includes(line[at] as string) && !isBlank(line[at - 1] ?? "x")) {
      at++;
      while (at < line.length && isBlank(line[at] as string)) at++;
    }
  }
  return fields;
}

/** mapfile [-t] [array] */
export const mapfile: Builtin = function* (shell, args) {
  const trim = args[0] === "-t";
  if (trim) args.shift();
  if (args[0]?.startsWith("-")) return yield* invalidOption(shell, "mapfile", args[0], "mapfile [-t] [array]");
  const entries: [string, string][] = [];
  for (let line = yield* readLineOf(shell.io[0] ?? 0); line !== null; line = yield* readLineOf(shell.io[0] ?? 0)) {
    entries.push([String(entries.length), trim ? line.replace(/\n$/, "") : line]);
  }
  shell.variables.setArray(args[0] ?? "MAPFILE", entries);
  return 0;
};

/** getopts optstring name [args] */
export const getopts: Builtin = function* (shell, args) {
  const [spec, name, ...given] = args;
  if (spec === undefined || name === undefined) {
    yield* shell.err("getopts: usage: getopts optstring name [arg ...]\n");
    return 2;
  }
  const words = given.length > 0 ? given : shell.positional;
  let index = Number(shell.variables.get("OPTIND") ?? "1");
  if (index === 1 && shell.getoptsOffset === 0) shell.variables.unset("OPTARG");
  const word = words[index - 1];
  if (shell.getoptsOffset === 0) {
    if (word === undefined || !/^-./.test(word) || word === "--") {
      shell.variables.set("OPTIND", String(word === "--" ? index + 1 : index));
      shell.variables.set(name, "?");
      return 1;
    }
    shell.getoptsOffset = 1;
  }
  const letter = (word as string)[shell.getoptsOffset++] as string;
  const at = spec.indexOf(letter, spec.startsWith(":") ? 1 : 0);
  const silent = spec.startsWith(":");
  const endOfWord = shell.getoptsOffset >= (word as string).length;
  shell.variables.unset("OPTARG");
  if (at < 0 || letter === ":") {
    if (endOfWord) nextWord();
    if (silent) shell.variables.set("OPTARG", letter);
    else yield* shell.err(`${shell.name}: illegal option -- ${letter}\n`);
    shell.variables.set(name, "?");
    return 0;
  }
  if (spec[at + 1] === ":") {
    const attached = (word as string).slice(shell.getoptsOffset);
    nextWord();
    const value = attached !== "" ? attached : words[index - 1];
    if (attached === "" && value !== undefined) nextWord();
    if (value === undefined) {
      if (silent) shell.variables.set("OPTARG", letter);
      else yield* shell.err(`${shell.name}: option requires an argument -- ${letter}\n`);
      shell.variables.set(name, silent ? ":" : "?");
      return 0;
    }
    shell.variables.set("OPTARG", value);
  } else if (endOfWord) nextWord();
  shell.variables.set("OPTIND", String(index));
  shell.variables.set(name, letter);
  return 0;

  function nextWord(): void {
    index++;
    shell.getoptsOffset = 0;
    shell.variables.set("OPTIND", String(index));
  }
};
