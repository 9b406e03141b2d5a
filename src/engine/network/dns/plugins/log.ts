/** A line for each query. Upstream: coredns plugin/log, plugin/pkg/replacer. */
import type { DnsMessage } from "../../../base/dns.ts";
import { inZone, normalName } from "../../../base/dns.ts";
import { setupError } from "../plugin.ts";
import type { DnsRequest, PluginSetup, Setup } from "../plugin.ts";

const NAME = "log";
const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const COMBINED = `${COMMON} "{>opcode}"`;
const CLASSES: readonly string[] = ["success", "denial", "error", "all"];

export const logPlugin: PluginSetup = (directive, setup, next) => {
  const classes = new Set<string>();
  for (const { words, line } of directive.block) {
    const [property = "", ...names] = words;
    if (property !== "class") throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
    for (const name of names) {
      if (!CLASSES.includes(name)) throw setupError(setup, NAME, `invalid Class: ${name}`);
      classes.add(name);
    }
  }
  const scopes = [...directive.args];
  const written = scopes.length > 1 && scopes.at(-1)?.includes("{") === true ? (scopes.pop() as string) : "{common}";
  const format = written.replaceAll("{common}", COMMON).replaceAll("{combined}", COMBINED);
  const zones = scopes.map(normalName);
  return (request) => {
    const began = request.latency.ms;
    const message = next(request);
    const inScope = zones.length === 0 || zones.some((zone) => inZone(request.name, zone));
    if (inScope && wanted(classes, message))
      setup.host.log(`[INFO] ${filled(format, valuesOf(request, message, { setup, began }))}`);
    return message;
  };
};

function wanted(classes: ReadonlySet<string>, message: DnsMessage | undefined): boolean {
  if (classes.size === 0 || classes.has("all")) return true;
  const rcode = message?.rcode ?? "SERVFAIL";
  if (rcode === "NXDOMAIN" || (rcode === "NOERROR" && message?.answer.length === 0)) return classes.has("denial");
  return classes.has(rcode === "NOERROR" ? "success" : "error");
}

/** Words in braces that stand for nothing stay as they are. */
function filled(format: string, values: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) =>
    name.startsWith("/") ? "-" : (values[name] ?? whole),
  );
}

const HEADER_BYTES = 12;
const QUESTION_BYTES = 6;
const EDNS_BYTES = 11;
const RECORD_BYTES = 12;

/** What a format may name. Simplified: sizes leave out what EDNS adds besides its record. */
function valuesOf(
  { name, type, client, latency, tcp, bufferSize }: DnsRequest,
  message: DnsMessage | undefined,
  { setup, began }: { setup: Setup; began: number },
): Record<string, string> {
  const { host } = setup;
  const asked = HEADER_BYTES + QUESTION_BYTES + name.length;
  const records = [...(message?.answer ?? []), ...(message?.authority ?? []), ...(message?.additional ?? [])];
  const size = records.reduce(
    (sum, { name: own, data }) =>
      sum + RECORD_BYTES + own.length + (/^\d+\.\d+\.\d+\.\d+$/.test(data) ? 4 : data.length + 1),
    asked,
  );
  const flags = [
    "qr",
    ...(message?.authoritative === true ? ["aa"] : []),
    "rd",
    ...(message?.recursion === true ? ["ra"] : []),
  ];
  const port = String(32_768 + host.random(28_000));
  const id = String(host.random(65_536));
  const duration = `${((latency.ms - began) / 1000 + (100_000 + host.random(100_000)) / 1e9).toFixed(9)}s`;
  return {
    type,
    name: `${name}.`,
    class: "IN",
    proto: tcp ? "tcp" : "udp",
    remote: client,
    local: host.podIP,
    port,
    size: String(asked + EDNS_BYTES),
    duration,
    rcode: message?.rcode ?? "SERVFAIL",
    rsize: String(size),
    ">rflags": flags.join(","),
    ">bufsize": String(bufferSize ?? 1232),
    ">do": "false",
    ">id": id,
    ">opcode": "0",
  };
}
