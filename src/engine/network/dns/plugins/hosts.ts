/** Names of a hosts file or of lines in the Corefile. Upstream: coredns plugin/hosts. */
import type { DnsRecord } from "../../../base/dns.ts";
import { dnsMessage, inZone, isIPv6, normalName, reverseName } from "../../../base/dns.ts";
import { parseAddress } from "../../address.ts";
import { fallsThrough, SERVFAIL, setupError, zonesOf } from "../plugin.ts";
import type { PluginSetup } from "../plugin.ts";

const NAME = "hosts";
const DEFAULT_TTL = 3600;

export const hostsPlugin: PluginSetup = (directive, setup, next) => {
  const args = [...directive.args];
  const path = args.shift() ?? "/etc/hosts";
  const zones = zonesOf(args, setup);
  let fallthrough: string[] | undefined;
  let ttl = DEFAULT_TTL;
  let reverse = true;
  const inline: string[][] = [];
  for (const { words, line } of directive.block) {
    const [property = "", ...values] = words;
    if (property === "fallthrough") fallthrough = values.map(normalName);
    else if (property === "ttl") {
      ttl = Number(values[0]);
      if (!Number.isInteger(ttl) || ttl <= 0 || ttl > 65_535)
        throw setupError(setup, NAME, { line, message: `ttl provided is invalid` });
    } else if (property === "no_reverse") reverse = false;
    else if (property === "reload") continue;
    else if (parseAddress(property) >= 0 || isIPv6(property)) inline.push(words as string[]);
    else throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
  }
  let text: string | undefined;
  let table: HostTable = tableOf(inline);
  const current = (): HostTable => {
    const now = setup.host.fs.exists(path) ? setup.host.fs.readFile(path) : "";
    if (now !== text) {
      text = now;
      table = tableOf([...inline, ...now.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/))]);
    }
    return table;
  };
  return (request) => {
    const { name, type } = request;
    if (!zones.some((zone) => inZone(name, zone)) && !name.endsWith(".arpa")) return next(request);
    const { byName, byReverse } = current();
    const record = (data: string): DnsRecord => ({ name, type, ttl, data });
    const addresses = byName.get(name) ?? [];
    const found =
      type === "PTR" && reverse
        ? (byReverse.get(name) ?? []).map((host) => record(`${host}.`))
        : type === "A" || type === "AAAA"
          ? addresses.filter((address) => isIPv6(address) === (type === "AAAA")).map(record)
          : [];
    if (found.length > 0) return dnsMessage({ authoritative: true, answer: found });
    if (fallsThrough(fallthrough, name)) return next(request);
    if (addresses.length > 0) return dnsMessage({ authoritative: true });
    // Without a zone of its own there is no authority to deny a name with.
    return type === "PTR" ? next(request) : SERVFAIL;
  };
};

interface HostTable {
  readonly byName: ReadonlyMap<string, string[]>;
  readonly byReverse: ReadonlyMap<string, string[]>;
}

function tableOf(lines: readonly (readonly string[])[]): HostTable {
  const byName = new Map<string, string[]>();
  const byReverse = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, value: string): void => {
    const known = map.get(key);
    if (known === undefined) map.set(key, [value]);
    else if (!known.includes(value)) known.push(value);
  };
  for (const [address = "", ...names] of lines) {
    const reverse = reverseName(address);
    if (reverse === undefined) continue;
    for (const name of names) {
      add(byName, normalName(name), address);
      add(byReverse, reverse, normalName(name));
    }
  }
  return { byName, byReverse };
}
