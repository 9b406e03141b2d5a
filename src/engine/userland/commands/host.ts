import { recordType } from "../../base/dns.ts";
import type { DnsRecord, RecordType } from "../../base/dns.ts";
import { reverseName } from "../../base/dns.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { ask, canonical, readResolvConf, reasonOf, searched } from "../name-lookup.ts";

const WORDS: Partial<Record<RecordType, string>> = {
  A: "has address",
  AAAA: "has IPv6 address",
  CNAME: "is an alias for",
  MX: "mail is handled by",
  NS: "name server",
  PTR: "domain name pointer",
  TXT: "descriptive text",
  HINFO: "host information",
};

/** Numbers of response codes. */
const CODES: Readonly<Record<string, number>> = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

/** Simplified: `-t`, `-W`, `-R`, `-4` and a server; no verbose output, no zone transfers. */
export const host = defineCommand({
  name: "host",
  usage: "Usage: host [-4] [-t type] [-W time] [-R number] hostname [server]",
  options: { flags: "4", values: "tWR" },
  *run(io) {
    const [name, server] = io.operands;
    if (name === undefined) {
      yield* write(2, "Usage: host [-4] [-t type] [-W time] [-R number] hostname [server]\n");
      return 1;
    }
    const given = io.value("t");
    const type = given === undefined ? undefined : recordType(given);
    if (given !== undefined && type === undefined) {
      yield* write(2, `host: invalid type: ${given}\n`);
      return 1;
    }
    const conf = readResolvConf(io.ctx.fs);
    const how = {
      servers: server === undefined ? conf.servers : [server],
      port: 53,
      timeoutMs: Number(io.value("W") ?? 5) * 1000,
      whole: true,
      tries: Number(io.value("R") ?? 1) + 1,
      now: () => io.ctx.now(),
    };
    const reverse = reverseName(name);
    const names = reverse === undefined ? searched(name, conf) : [reverse];
    const first: RecordType = type ?? (reverse === undefined ? "A" : "PTR");
    if (server !== undefined)
      yield* io.out(`Using domain server:\nName: ${server}\nAddress: ${server}#53\nAliases: \n\n`);
    for (const [at, tried] of names.entries()) {
      const asked = yield* ask({ name: tried, type: first }, how);
      if (!("message" in asked)) {
        const line = `;; communications error to ${asked.server}#53: ${reasonOf(asked.errno)}\n`;
        yield* io.out(`${line.repeat(asked.tries)};; no servers could be reached\n`);
        return 1;
      }
      const { rcode, answer } = asked.message;
      if (asked.again === true) yield* io.out(";; Truncated, retrying in TCP mode.\n");
      if (rcode === "NXDOMAIN" && at < names.length - 1) continue;
      if (rcode !== "NOERROR") {
        yield* io.out(`Host ${rcode === "NXDOMAIN" ? name : tried} not found: ${CODES[rcode]}(${rcode})\n`);
        return 1;
      }
      yield* io.out(answer.map(line).join(""));
      if (type !== undefined || reverse !== undefined) {
        if (answer.length === 0) yield* io.out(`${tried} has no ${first} record\n`);
        return 0;
      }
      const own = canonical(tried, answer);
      for (const further of ["AAAA", "MX"] as const) {
        const more = yield* ask({ name: own, type: further }, how);
        if ("message" in more)
          yield* io.out(
            more.message.answer
              .filter((record) => record.type === further)
              .map(line)
              .join(""),
          );
      }
      return 0;
    }
    return 1;
  },
});

function line({ name, type, data }: DnsRecord): string {
  return `${name} ${WORDS[type] ?? `has ${type} record`} ${data}\n`;
}
