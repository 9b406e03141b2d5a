import { recordType } from "../../base/dns.ts";
import type { DnsMessage, DnsQuestion, DnsRecord, RecordType } from "../../base/dns.ts";
import { reverseName } from "../../base/dns.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { resolve, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { ask, readResolvConf, reasonOf, searched, wireSize } from "../name-lookup.ts";
import type { Asked, HowToAsk, Unanswered } from "../name-lookup.ts";

const USAGE =
  'Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse "dig -h" (or "dig -h | more") for complete list of options';

/** What of an answer is shown, as `+no…` and `+…` switch it. */
const SHOWN = ["cmd", "comments", "question", "answer", "authority", "additional", "stats"] as const;
type Part = (typeof SHOWN)[number];
/** Switches that make no difference here. */
const PLAIN: ReadonlySet<string> = new Set([
  "recurse",
  "rec",
  "edns",
  "cookie",
  "crypto",
  "multiline",
  "ttlid",
  "all",
  "qr",
  "dnssec",
]);

interface Query {
  question: DnsQuestion;
  servers: readonly string[] | undefined;
}

interface Settings {
  shown: Set<Part>;
  short: boolean;
  search: boolean;
  port: number;
  timeoutMs: number;
  tcp: boolean;
  /** Bytes that it takes in one datagram. */
  bufferSize: number;
  /** What was cut off is not asked for again. */
  ignore: boolean;
  tries: number;
  /** Before 9.18 it had other words for a server that is silent. */
  old: boolean;
}

const define = (old: boolean) =>
  defineCommand({
    name: "dig",
    usage: USAGE,
    options: { none: true },
    run: (io) => dig9(io, old),
  });

/** Simplified: of `+` options those that change what is shown, `search`, `time`, `tries` and `retry`. */
export const dig = define(false);

/** dig as images before BIND 9.18 have it. */
export function digBefore918(): Program {
  return define(true).program("debian");
}

/** One query for each name, under one banner; ends as the worst of them. */
function* dig9(io: CommandIo, old: boolean): Call<number> {
  let code = 0;
  for (const [index, words] of queriesOf(io.operands).entries()) {
    const parsed = yield* read(io, words, old);
    if (typeof parsed === "number") return parsed;
    if (index > 0) parsed.settings.shown.delete("cmd");
    code = Math.max(code, yield* askOne(io, parsed));
  }
  return code;
}

/** The words of each query: what stands before the first name is said of all, the rest of the name that it follows. */
function queriesOf(operands: readonly string[]): string[][] {
  const common: string[] = [];
  const queries: string[][] = [];
  let typed = false;
  for (let index = 0; index < operands.length; index++) {
    const word = operands[index] ?? "";
    const valued = ["-x", "-q", "-t", "-p"].includes(word);
    const words = valued ? [word, operands[++index] ?? ""] : [word];
    const isType = recordType(word) !== undefined && !typed;
    const named = valued
      ? word === "-x" || word === "-q"
      : !/^[-@+]/.test(word) && !isType && word.toUpperCase() !== "IN";
    if (isType || word === "-t") typed = true;
    if (named) {
      queries.push([...common, ...words]);
      typed = common.some((each) => each === "-t" || recordType(each) !== undefined);
    } else (queries.at(-1) ?? common).push(...words);
  }
  return queries.length === 0 ? [common] : queries;
}

function* askOne(io: CommandIo, { query, settings }: { query: Query; settings: Settings }): Call<number> {
  const conf = readResolvConf(io.ctx.fs);
  const how: HowToAsk = {
    servers: query.servers ?? conf.servers,
    port: settings.port,
    timeoutMs: settings.timeoutMs,
    tcp: settings.tcp,
    whole: !settings.ignore,
    tries: settings.tries,
    now: () => io.ctx.now(),
  };
  const names = settings.search ? searched(query.question.name, conf) : [query.question.name];
  let last: { question: DnsQuestion; outcome: Asked | Unanswered } | undefined;
  for (const name of names) {
    const question = { ...query.question, name, bufferSize: settings.bufferSize };
    const outcome = yield* ask(question, how);
    last = { question, outcome };
    if (!("message" in outcome) || outcome.message.rcode !== "NXDOMAIN") break;
  }
  if (last === undefined) return 1;
  const { question, outcome } = last;
  if ("message" in outcome) {
    if (outcome.again === true) {
      settings.tcp = true;
      yield* io.out(";; Truncated, retrying in TCP mode.\n");
    }
    yield* io.out(settings.short ? shortText(outcome.message) : longText(io, { question, outcome, settings }));
    return 0;
  }
  yield* io.out(silentText(io, { outcome, settings }));
  return 9;
}

function* read(
  io: CommandIo,
  operands: readonly string[],
  old: boolean,
): Call<{ query: Query; settings: Settings } | number> {
  const settings: Settings = {
    shown: new Set(SHOWN),
    short: false,
    search: false,
    port: 53,
    timeoutMs: 5000,
    tcp: false,
    bufferSize: old ? 4096 : 1232,
    ignore: false,
    tries: 3,
    old,
  };
  let name: string | undefined;
  let type: RecordType | undefined;
  let servers: string[] | undefined;
  const words = [...operands];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.startsWith("@")) {
      servers = yield* serverOf(word.slice(1));
      if (servers === undefined) {
        yield* io.out(`dig: couldn't get address for '${word.slice(1)}': not found\n`);
        return 10;
      }
    } else if (word.startsWith("+")) {
      if (apply(settings, word.slice(1))) continue;
      yield* write(2, `Invalid option: ${word}\n${USAGE}\n`);
      return 1;
    } else if (word === "-x") {
      const address = words.shift() ?? "";
      name = reverseName(address) ?? `${address.split(".").reverse().join(".")}.in-addr.arpa`;
      type ??= "PTR";
    } else if (word === "-t" || word === "-p" || word === "-q") {
      const value = words.shift() ?? "";
      if (word === "-q") name = value;
      else if (word === "-p") settings.port = Number(value);
      else type = recordType(value);
    } else if (word.startsWith("-") && !["-4", "-u"].includes(word)) {
      yield* write(2, `Invalid option: ${word}\n${USAGE}\n`);
      return 1;
    } else if (recordType(word) !== undefined && type === undefined) type = recordType(word);
    else if (word.toUpperCase() !== "IN" && !word.startsWith("-")) name = word;
  }
  const question: DnsQuestion = { name: name ?? ".", type: type ?? (name === undefined ? "NS" : "A") };
  return { query: { question, servers }, settings };
}

function* serverOf(host: string): Call<string[] | undefined> {
  try {
    return yield* resolve(host);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

/** False: there is no such option. */
function apply(settings: Settings, option: string): boolean {
  const [, no, name = "", value] = /^(no)?([a-z]+)(?:=(.*))?$/.exec(option) ?? [];
  const on = no === undefined;
  if (name === "short") settings.short = on;
  else if (name === "search") settings.search = on;
  else if (name === "time" || name === "timeout") settings.timeoutMs = Number(value) * 1000;
  else if (name === "tries") settings.tries = Number(value);
  else if (name === "retry") settings.tries = Number(value) + 1;
  else if (name === "tcp" || name === "vc") settings.tcp = on;
  else if (name === "ignore") settings.ignore = on;
  else if (name === "bufsize") settings.bufferSize = Number(value ?? 1232);
  else if (name === "all") settings.shown = new Set(on ? SHOWN : []);
  else if ((SHOWN as readonly string[]).includes(name)) {
    if (on) settings.shown.add(name as Part);
    else settings.shown.delete(name as Part);
  } else return PLAIN.has(name) && (name !== "dnssec" && name !== "multiline" ? true : !on);
  return true;
}

function shortText({ answer }: DnsMessage): string {
  return answer.map(({ data }) => `${data}\n`).join("");
}

function versionLine(io: CommandIo, { old, shown }: Settings): string {
  const version = old ? "9.9.5-9+deb8u19-Debian" : "9.20.15-1~deb13u1-Debian";
  if (!shown.has("cmd")) return "";
  const words = io.operands.map((word) => ` ${word}`).join("");
  return `\n; <<>> DiG ${version} <<>>${words}\n${servedBy(io)};; global options: +cmd\n`;
}

function servedBy({ operands }: CommandIo): string {
  return operands.some((word) => word.startsWith("@")) ? "; (1 server found)\n" : "";
}

function silentText(io: CommandIo, how: { outcome: Unanswered; settings: Settings }): string {
  const { server, errno, tries } = how.outcome;
  const head = versionLine(io, how.settings);
  if (how.settings.old) return `${head};; connection timed out; no servers could be reached\n`;
  const line = `;; communications error to ${server}#${how.settings.port}: ${reasonOf(errno)}\n`;
  return `${line.repeat(tries)}${head};; no servers could be reached\n`;
}

function longText(io: CommandIo, how: { question: DnsQuestion; outcome: Asked; settings: Settings }): string {
  const { question, outcome, settings } = how;
  const { message, server, ms } = outcome;
  const { shown, old, port } = settings;
  let text = versionLine(io, settings);
  const cut = message.truncated === true ? ["tc"] : [];
  const flags = [
    "qr",
    ...(message.authoritative ? ["aa"] : []),
    ...cut,
    "rd",
    ...(message.recursion ? ["ra"] : []),
  ].join(" ");
  if (shown.has("comments")) {
    text += ";; Got answer:\n";
    if (!old && /(^|\.)local$/.test(question.name))
      text +=
        ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n";
    text += `;; ->>HEADER<<- opcode: QUERY, status: ${message.rcode}, id: ${io.ctx.random(65_536)}\n`;
    text += `;; flags: ${flags}; QUERY: 1, ANSWER: ${message.answer.length}, AUTHORITY: ${message.authority.length}, ADDITIONAL: ${message.additional.length + 1}\n`;
    if (!message.recursion) text += ";; WARNING: recursion requested but not available\n";
    const cookie = Array.from({ length: 16 }, () => io.ctx.random(16).toString(16)).join("");
    text += `\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: ${settings.bufferSize}\n${old ? "" : `; COOKIE: ${cookie} (echoed)\n`}`;
  }
  if (shown.has("question")) {
    if (shown.has("comments")) text += ";; QUESTION SECTION:\n";
    text += `${columns([
      [`;${question.name === "." ? "" : question.name}.`, 32],
      ["IN", 40],
      [question.type, 0],
    ])}\n\n`;
  }
  for (const part of ["answer", "authority", "additional"] as const) {
    const records = message[part];
    if (!shown.has(part) || records.length === 0) continue;
    if (shown.has("comments")) text += `;; ${part.toUpperCase()} SECTION:\n`;
    text += records.map((record) => `${recordLine(record)}\n`).join("");
    if (shown.has("comments") || shown.has("stats")) text += "\n";
  }
  if (shown.has("stats")) {
    const size = wireSize(question, message) - (old ? 12 : 0);
    text += `;; Query time: ${ms} msec\n;; SERVER: ${server}#${port}(${server})${old ? "" : ` (${settings.tcp ? "TCP" : "UDP"})`}\n;; WHEN: ${when(io.ctx.now())}\n;; MSG SIZE  rcvd: ${size}\n\n`;
  }
  return text;
}

function recordLine({ name, ttl, type, data }: DnsRecord): string {
  return columns([
    [`${name}.`, 24],
    [String(ttl), 32],
    ["IN", 40],
    [type, 48],
    [data, 0],
  ]);
}

/** Each word is followed by tabs up to its column, by one blank when that is passed already. */
function columns(words: readonly [text: string, until: number][]): string {
  let line = "";
  let at = 0;
  for (const [text, until] of words) {
    line += text;
    at += text.length;
    if (until === 0) continue;
    if (at >= until) {
      line += " ";
      at++;
    }
    while (at < until) {
      line += "\t";
      at = (Math.floor(at / 8) + 1) * 8;
    }
  }
  return line;
}

/** `Thu Jan 01 00:00:12 UTC 2026` */
function when(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}
