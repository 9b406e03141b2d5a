import { recordType } from "../../base/dns.ts";
import type { DnsMessage, DnsQuestion, DnsRecord, RecordType } from "../../base/dns.ts";
import { reverseName } from "../../base/dns.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { resolve, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { ask, canonical, readResolvConf, reasonOf, searched } from "../name-lookup.ts";
import type { HowToAsk, ResolvConf } from "../name-lookup.ts";

/** Whose words: BIND's today and before 9.18, busybox' today and before 1.29 (which asked the C library). */
export type NslookupStyle = "bind" | "bind-9.9" | "busybox" | "busybox-1.28";

const USAGE = "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n\nQuery DNS about HOST";

export const nslookup = defineCommand({
  name: "nslookup",
  usage: USAGE,
  options: { none: true },
  run: (io) => lookUp(io, io.flavour === "busybox" ? "busybox" : "bind"),
});

/** nslookup as an image of an age of its own has it. */
export function nslookupAs(style: NslookupStyle): Program {
  const command = defineCommand({
    name: "nslookup",
    usage: USAGE,
    options: { none: true },
    run: (io) => lookUp(io, style),
  });
  return command.program(style.startsWith("busybox") ? "busybox" : "debian");
}

interface Wanted {
  host: string;
  types: readonly RecordType[];
  conf: ResolvConf;
  how: HowToAsk;
}

function* lookUp(io: CommandIo, style: NslookupStyle): Call<number> {
  const conf = readResolvConf(io.ctx.fs);
  const settings = new Map<string, string>();
  const operands: string[] = [];
  for (const word of io.operands) {
    const [, name, value = ""] = /^-([a-z]+)(?:=(.*))?$/i.exec(word) ?? [];
    if (name === undefined) operands.push(word);
    else settings.set(/^(q|qu|query|querytype|ty|type)$/.test(name) ? "type" : name, value);
  }
  const [host, server, more] = operands;
  const unknown = [...settings.keys()].find((name) => !["type", "timeout", "port", "retry", "debug"].includes(name));
  if (unknown !== undefined && !style.startsWith("busybox")) yield* io.out(`*** Invalid option: ${unknown}\n`);
  if (host === undefined || more !== undefined || (unknown !== undefined && style.startsWith("busybox"))) {
    if (host === undefined && !style.startsWith("busybox")) {
      yield* io.complain("interactive mode is not simulated");
      return 1;
    }
    yield* write(2, `BusyBox v1.36.1 multi-call binary.\n\n${USAGE}\n`);
    return 1;
  }
  const type = settings.has("type") ? recordType(settings.get("type") as string) : undefined;
  if (settings.has("type") && type === undefined) {
    if (!style.startsWith("busybox")) yield* io.out(`unknown query type: ${settings.get("type")}\n`);
    else yield* io.complain(`invalid query type "${settings.get("type")}"`);
    if (style.startsWith("busybox")) return 1;
  }
  const servers = server === undefined ? conf.servers : yield* addressOf(server);
  if (servers === undefined) {
    yield* io.out(`nslookup: couldn't get address for '${server}': not found\n`);
    return 1;
  }
  const types: readonly RecordType[] =
    type !== undefined ? [type] : reverseName(host) !== undefined ? ["PTR"] : ["A", "AAAA"];
  const how: HowToAsk = {
    servers,
    port: Number(settings.get("port") ?? 53),
    timeoutMs: Number(settings.get("timeout") ?? 5) * 1000,
    whole: style !== "busybox",
    tries: style === "busybox" ? 1 : 3,
    now: () => io.ctx.now(),
  };
  const wanted: Wanted = { host, types, conf, how };
  if (style === "busybox-1.28") return yield* throughLibrary(io, wanted);
  return style === "busybox" ? yield* busybox(io, wanted) : yield* bind(io, wanted, style);
}

function* addressOf(server: string): Call<string[] | undefined> {
  try {
    return yield* resolve(server);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

/** Every question is asked, and its answer shown as it comes. */
function* busybox(io: CommandIo, { host, types, conf, how }: Wanted): Call<number> {
  const plain = host.includes(".") || conf.search.length === 0 || types[0] === "PTR";
  const names = plain ? [host] : conf.search.map((domain) => `${host}.${domain}`);
  let status = 0;
  let greeted = false;
  for (const type of types) {
    for (const name of names) {
      const question = { name: (type === "PTR" && reverseName(name)) || name, type };
      const asked = yield* ask(question, how);
      if (!("message" in asked)) {
        if (asked.errno === "ECONNREFUSED") yield* io.complain(`write to '${asked.server}': Connection refused`);
        yield* io.out(";; connection timed out; no servers could be reached\n\n");
        return 1;
      }
      if (!greeted) yield* io.out(`Server:\t\t${asked.server}\nAddress:\t${asked.server}:${how.port}\n\n`);
      greeted = true;
      const { message } = asked;
      if (message.rcode !== "NOERROR") status = 1;
      const text =
        message.rcode === "NOERROR"
          ? `${message.authoritative ? "" : "Non-authoritative answer:\n"}${message.answer.map(busyboxRecord).join("")}`
          : `** server can't find ${question.name}: ${message.rcode}\n`;
      yield* io.out(`${text}\n`);
    }
  }
  return status;
}

function busyboxRecord({ name, type, data }: DnsRecord): string {
  const target = data.replace(/\.$/, "");
  switch (type) {
    case "A":
    case "AAAA":
      return `Name:\t${name}\nAddress: ${data}\n`;
    case "CNAME":
      return `${name}\tcanonical name = ${target}\n`;
    case "PTR":
      return `${name}\tname = ${target}\n`;
    case "SRV":
      return `${name}\tservice = ${target}\n`;
    case "MX":
      return `${name}\tmail exchanger = ${target}\n`;
    case "TXT":
      return `${name}\ttext = ${data}\n`;
    case "NS":
      return `${name}\tnameserver = ${target}\n`;
    default:
      return bindRecord({ name, type, data, ttl: 0 });
  }
}

/** busybox 1.28: the C library's look-up, with the names of all addresses. */
function* throughLibrary(io: CommandIo, { host, how, conf }: Wanted): Call<number> {
  const [server = ""] = how.servers;
  yield* io.out(`Server:    ${server}\nAddress 1: ${server}${yield* nameOf(server, how)}\n\n`);
  const names = reverseName(host) === undefined ? searched(host, conf) : [];
  for (const name of names) {
    const asked = yield* ask({ name, type: "A" }, how);
    const addresses = "message" in asked ? asked.message.answer.filter(({ type }) => type === "A") : [];
    if (addresses.length === 0) continue;
    yield* io.out(`Name:      ${host}\n`);
    for (const [at, { data }] of addresses.entries())
      yield* io.out(`Address ${at + 1}: ${data}${yield* nameOf(data, how)}\n`);
    return 0;
  }
  if (names.length === 0) {
    yield* io.out(`Name:      ${host}\nAddress 1: ${host}${yield* nameOf(host, how)}\n`);
    return 0;
  }
  yield* io.complain(`can't resolve '${host}'`);
  return 1;
}

/** ` name` of an address, if it has one. */
function* nameOf(address: string, how: HowToAsk): Call<string> {
  const name = reverseName(address);
  if (name === undefined) return "";
  const asked = yield* ask({ name, type: "PTR" }, how);
  const found = "message" in asked ? asked.message.answer[0] : undefined;
  return found === undefined ? "" : ` ${found.data.replace(/\.$/, "")}`;
}

function* bind(io: CommandIo, wanted: Wanted, style: NslookupStyle): Call<number> {
  const { host, types, conf, how } = wanted;
  const reverse = types[0] === "PTR" ? reverseName(host) : undefined;
  const names = reverse === undefined ? searched(host, conf) : [reverse];
  for (const [at, name] of names.entries()) {
    const question: DnsQuestion = { name, type: types[0] as RecordType };
    const asked = yield* ask(question, how);
    if (!("message" in asked)) {
      const { server, errno, tries } = asked;
      const line = `;; communications error to ${server}#${how.port}: ${reasonOf(errno)}\n`;
      if (style === "bind") yield* io.out(`${line.repeat(tries)};; no servers could be reached\n\n`);
      else yield* io.out(";; connection timed out; no servers could be reached\n\n");
      return 1;
    }
    const { message, server } = asked;
    if (message.rcode === "NXDOMAIN" && at < names.length - 1) continue;
    if (asked.again === true) yield* io.out(";; Truncated, retrying in TCP mode.\n");
    yield* io.out(`Server:\t\t${server}\nAddress:\t${server}#${how.port}\n\n`);
    if (message.rcode !== "NOERROR") {
      yield* io.out(`** server can't find ${name}: ${message.rcode}\n\n`);
      return 1;
    }
    yield* io.out(bindAnswer(message));
    const both = types.length === 2;
    let empty = message.answer.length === 0;
    if (both) {
      const six = yield* ask({ name: canonical(name, message.answer), type: "AAAA" }, how);
      const more = "message" in six ? six.message.answer.filter(({ type }) => type === "AAAA") : [];
      yield* io.out(more.map(bindRecord).join(""));
      empty &&= more.length === 0;
    }
    if (empty) yield* io.out(`*** Can't find ${host}: No answer\n`);
    if (!message.authoritative && !both) yield* io.out("\nAuthoritative answers can be found from:\n");
    yield* io.out("\n");
    return 0;
  }
  return 1;
}

function bindAnswer({ authoritative, answer }: DnsMessage): string {
  return `${authoritative ? "" : "Non-authoritative answer:\n"}${answer.map(bindRecord).join("")}`;
}

const BIND_WORDS: Partial<Record<RecordType, string>> = {
  CNAME: "canonical name",
  PTR: "name",
  SRV: "service",
  MX: "mail exchanger",
  NS: "nameserver",
  TXT: "text",
  HINFO: "hinfo",
};

function bindRecord({ name, type, data }: DnsRecord): string {
  if (type === "A" || type === "AAAA") return `Name:\t${name}\nAddress: ${data}\n`;
  if (type !== "SOA") return `${name}\t${BIND_WORDS[type]} = ${data}\n`;
  const [origin = "", mail = "", ...numbers] = data.split(" ");
  const labels = ["serial", "refresh", "retry", "expire", "minimum"];
  const lines = labels.map((label, at) => `\t${label} = ${numbers[at]}\n`);
  return `${name}\n\torigin = ${origin.replace(/\.$/, "")}\n\tmail addr = ${mail.replace(/\.$/, "")}\n${lines.join("")}`;
}
