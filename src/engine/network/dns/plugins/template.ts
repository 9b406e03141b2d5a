/**
 * Answers made from a pattern. Upstream: coredns plugin/template.
 *
 * **Simplified:** a record's text knows `{{ .Name }}`, `{{ .Zone }}`, `{{ .Class }}`, `{{ .Type }}` and the groups of the pattern
 * (`{{ .Match.1 }}`, `{{ .Group.name }}`, `{{ index .Match 1 }}`); anything else of Go's templates fails when CoreDNS starts.
 */
import type { DnsRecord, RecordType, ResponseCode } from "../../../base/dns.ts";
import { dnsMessage, inZone, normalName } from "../../../base/dns.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import { fallsThrough, setupError, zonesOf } from "../plugin.ts";
import type { DnsRequest, PluginSetup, Setup } from "../plugin.ts";

const NAME = "template";

export const templatePlugin: PluginSetup = (directive, setup, next) => {
  const [dnsClass = "IN", type = "ANY", ...zoneArgs] = directive.args;
  if (!["IN", "ANY"].includes(dnsClass.toUpperCase())) throw setupError(setup, NAME, `invalid query class ${dnsClass}`);
  const zones = zonesOf(zoneArgs, setup);
  const patterns: RegExp[] = [];
  const sections = { answer: [] as string[], additional: [] as string[], authority: [] as string[] };
  let rcode: ResponseCode = "NOERROR";
  let fallthrough: string[] | undefined;
  for (const { words, line } of directive.block) {
    const [property = "", ...args] = words;
    if (property === "match") {
      for (const text of args) {
        const pattern = goRegExp(text);
        if (pattern === undefined) throw setupError(setup, NAME, { line, message: `could not parse regex: ${text}` });
        patterns.push(pattern);
      }
    } else if (property === "answer" || property === "additional" || property === "authority") {
      for (const text of args) sections[property].push(checked(text, { line, setup }));
    } else if (property === "rcode") rcode = (args[0] ?? "").toUpperCase() as ResponseCode;
    else if (property === "fallthrough") fallthrough = args.map(normalName);
    else throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
  }
  if (patterns.length === 0) patterns.push(/.*/);
  return (request) => {
    const zone = zones.find((candidate) => inZone(request.name, candidate));
    if (zone === undefined || (type.toUpperCase() !== "ANY" && type.toUpperCase() !== request.type))
      return next(request);
    const match = patterns.map((pattern) => pattern.exec(`${request.name}.`)).find((found) => found !== null);
    if (match === undefined || match === null) {
      return fallsThrough(fallthrough ?? [], request.name)
        ? next(request)
        : dnsMessage({ rcode: "NXDOMAIN", authoritative: true });
    }
    const fill = (texts: readonly string[]): DnsRecord[] =>
      texts.map((text) => recordOf(filled(text, { request, zone, match })));
    return dnsMessage({
      rcode,
      authoritative: true,
      answer: fill(sections.answer),
      authority: fill(sections.authority),
      additional: fill(sections.additional),
    });
  };
};

const PLACE = /\{\{\s*(?:\.(Name|Zone|Class|Type)|\.Match\.(\d+)|index \.Match (\d+)|\.Group\.(\w+))\s*\}\}/g;

function checked(text: string, where: { line: number; setup: Setup }): string {
  if (!text.replaceAll(PLACE, "").includes("{{")) return text;
  throw setupError(where.setup, NAME, {
    line: where.line,
    message: `template ${JSON.stringify(text)} is not simulated`,
  });
}

function filled(text: string, how: { request: DnsRequest; zone: string; match: RegExpExecArray }): string {
  const values: Record<string, string> = {
    Name: `${how.request.name}.`,
    Zone: `${how.zone}.`,
    Class: "IN",
    Type: how.request.type,
  };
  return text.replaceAll(PLACE, (_, name?: string, group?: string, index?: string, named?: string) => {
    if (name !== undefined) return values[name] as string;
    if (named !== undefined) return how.match.groups?.[named] ?? "";
    return how.match[Number(group ?? index)] ?? "";
  });
}

/** `web.example. 60 IN A 10.0.0.1` */
function recordOf(text: string): DnsRecord {
  const [name = "", ...rest] = text.trim().split(/\s+/);
  const ttl = /^\d+$/.test(rest[0] ?? "") ? Number(rest.shift()) : 3600;
  if (rest[0] === "IN") rest.shift();
  return { name: normalName(name), ttl, type: rest[0] as RecordType, data: rest.slice(1).join(" ") };
}
