/** Zones of files. Upstream: coredns plugin/file/{setup,file,lookup,reload}.go. */
import type { DnsMessage, DnsRecord } from "../../../base/dns.ts";
import { dnsMessage, inZone, normalName } from "../../../base/dns.ts";
import { durationMs, fallsThrough, setupError, wrongArguments, zonesOf } from "../plugin.ts";
import type { DnsRequest, PluginSetup, Setup } from "../plugin.ts";
import { parseZone, ZoneError } from "../zone-file.ts";
import type { Zone } from "../zone-file.ts";

const NAME = "file";
const RELOAD_MS = 60_000;
const MAX_ALIASES = 8;

/** **Simplified:** a changed file is read when a query comes after its time, and only when its SOA's serial is another one. */
export const filePlugin: PluginSetup = (directive, setup, next) => {
  const [file, ...named] = directive.args;
  if (file === undefined) throw wrongArguments(setup, NAME, directive.line, NAME);
  const path = file.startsWith("/") ? file : `${setup.file.slice(0, setup.file.lastIndexOf("/"))}/${file}`;
  // The most special one first: it is the one that a name is looked for in.
  const origins = zonesOf(named, setup).toSorted((a, b) => b.length - a.length);
  let reloadMs = RELOAD_MS;
  let fallthrough: string[] | undefined;
  for (const { words, line } of directive.block) {
    const [property = "", value = ""] = words;
    if (property === "reload") {
      const ms = durationMs(value === "0" ? "0s" : value);
      if (ms === undefined) throw setupError(setup, NAME, `time: invalid duration ${JSON.stringify(value)}`);
      reloadMs = ms;
    } else if (property === "fallthrough") fallthrough = words.slice(1).map(normalName);
    else if (property !== "upstream")
      throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
  }
  const { fs } = setup.host;
  if (!fs.exists(path)) throw setupError(setup, NAME, `open ${path}: no such file or directory`);
  const read = (): Zone[] => origins.map((origin) => parseZone(fs.readFile(path), origin, path));
  let zones: Zone[];
  try {
    zones = read();
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error;
    throw setupError(setup, NAME, error.message);
  }
  let looked = setup.host.now();
  const lookAgain = (): void => {
    const now = setup.host.now();
    if (reloadMs === 0 || now - looked < reloadMs || !fs.exists(path)) return;
    looked = now;
    try {
      const fresh = read();
      if (fresh.every(({ serial }, at) => serial === zones[at]?.serial)) return;
      zones = fresh;
      for (const { origin, serial } of zones)
        setup.host.log(
          `[INFO] plugin/file: Successfully reloaded zone "${origin}." in "${path}" with ${serial} SOA serial`,
        );
    } catch (error) {
      if (!(error instanceof ZoneError)) throw error;
      setup.host.log(`[ERROR] plugin/file: Parsing zone "${origins[0]}." in "${path}": ${error.message}`);
    }
  };
  return (request) => {
    lookAgain();
    const zone = zones.find(({ origin }) => inZone(request.name, origin));
    if (zone === undefined) return next(request);
    const message = new Lookup(zone, request, setup).answer();
    if (message.rcode === "NXDOMAIN" && fallsThrough(fallthrough, request.name)) return next(request);
    return message;
  };
};

class Lookup {
  private readonly zone: Zone;
  private readonly request: DnsRequest;
  private readonly setup: Setup;

  constructor(zone: Zone, request: DnsRequest, setup: Setup) {
    this.zone = zone;
    this.request = request;
    this.setup = setup;
  }

  answer(): DnsMessage {
    const { zone, request } = this;
    const { authority } = zone;
    const cut = this.delegation(request.name);
    if (cut !== undefined) return dnsMessage({ authority: cut, additional: this.addressesOf(cut) });
    const records = this.at(request.name);
    if (records === undefined) return dnsMessage({ rcode: "NXDOMAIN", authoritative: true, authority: [authority] });
    const answer = this.follow(records, 0);
    if (answer.length === 0) return dnsMessage({ authoritative: true, authority: [authority] });
    const servers = (zone.records.get(zone.origin) ?? []).filter(({ type }) => type === "NS");
    return dnsMessage({
      authoritative: true,
      answer,
      authority: request.type === "NS" ? [] : servers,
      additional: this.addressesOf(answer),
    });
  }

  /** The records of a name, or of the wildcard that covers it; undefined when there is no such name. */
  private at(name: string): readonly DnsRecord[] | undefined {
    const { records, names, origin } = this.zone;
    const own = records.get(name);
    if (own !== undefined) return own;
    if (names.has(name)) return [];
    for (let above = parent(name); inZone(above, origin); above = parent(above)) {
      const wild = records.get(`*.${above}`);
      if (wild !== undefined) return wild.map((record) => ({ ...record, name }));
      if (names.has(above) || above === "") return undefined;
    }
    return undefined;
  }

  /** What is asked for, by way of aliases. */
  private follow(records: readonly DnsRecord[], depth: number): DnsRecord[] {
    const { type } = this.request;
    const alias = records.find((record) => record.type === "CNAME");
    if (alias === undefined || type === "CNAME" || depth >= MAX_ALIASES)
      return records.filter((record) => type === "ANY" || record.type === type);
    const target = normalName(alias.data);
    if (inZone(target, this.zone.origin)) return [alias, ...this.follow(this.at(target) ?? [], depth + 1)];
    return [alias, ...(this.setup.lookup(target, type, this.request)?.answer ?? [])];
  }

  /** Servers of a part of the zone that is somebody else's. */
  private delegation(name: string): readonly DnsRecord[] | undefined {
    const { records, origin } = this.zone;
    for (let above = name; above !== origin && above !== ""; above = parent(above)) {
      const servers = (records.get(above) ?? []).filter(({ type }) => type === "NS");
      if (servers.length > 0) return servers;
    }
    return undefined;
  }

  /** Addresses of the names that records lead to, as far as the zone has them. */
  private addressesOf(records: readonly DnsRecord[]): DnsRecord[] {
    return records.flatMap(({ type, data }) => {
      const words = data.split(" ");
      const target = type === "NS" ? words[0] : type === "MX" ? words[1] : type === "SRV" ? words[3] : undefined;
      const known = target === undefined ? undefined : this.zone.records.get(normalName(target));
      return (known ?? []).filter((record) => record.type === "A" || record.type === "AAAA");
    });
  }
}

function parent(name: string): string {
  const at = name.indexOf(".");
  return at < 0 ? "" : name.slice(at + 1);
}
