/**
 * Walks the client's search list here, so that a client that tries one name after the other is answered at its first.
 * Upstream: coredns plugin/autopath, plugin/kubernetes/autopath.go.
 */
import type { DnsMessage, DnsRecord } from "../../../base/dns.ts";
import { inZone, normalName } from "../../../base/dns.ts";
import { setupError, wrongArguments, zonesOf } from "../plugin.ts";
import type { DnsRequest, Handler, Setup } from "../plugin.ts";
import type { Directive } from "../corefile.ts";

const NAME = "autopath";
const RESOLV_CONF = "/etc/resolv.conf";

/** `own`: the zones of the block's kubernetes plugin; undefined without one. */
export function autopathPlugin(
  directive: Directive,
  how: { setup: Setup; own: readonly string[] | undefined },
  next: Handler,
): Handler {
  const { setup, own } = how;
  const words = [...directive.args];
  const source = words.pop();
  if (source === undefined) throw wrongArguments(setup, NAME, directive.line, NAME);
  const zones = zonesOf(words, setup);
  if (source.startsWith("@") && (source !== "@kubernetes" || own === undefined))
    throw setupError(setup, NAME, `failed to find plugin ${source.slice(1)}`);
  if (!source.startsWith("@") && !setup.host.fs.exists(source))
    throw setupError(
      setup,
      NAME,
      `failed to parse ${JSON.stringify(source)}: open ${source}: no such file or directory`,
    );
  // Read once, as the configuration is.
  const listed = fromFile(setup, source.startsWith("@") ? RESOLV_CONF : source);
  const searchOf = (request: DnsRequest): readonly string[] =>
    source.startsWith("@") ? ofPod(request, { setup, own: own ?? [], listed }) : listed;
  return (request) => {
    const served = request.type === "A" || request.type === "AAAA" || request.type === "PTR";
    if (!served || !zones.some((zone) => inZone(request.name, zone))) return next(request);
    const search = searchOf(request);
    const [first] = search;
    if (first === undefined || !request.name.endsWith(`.${first}`)) return next(request);
    const base = request.name.slice(0, -first.length - 1);
    let refused: DnsMessage | undefined;
    for (const [at, domain] of search.entries()) {
      const name = domain === "" ? base : `${base}.${domain}`;
      const message = next({ ...request, name });
      if (message === undefined) continue;
      if (message.rcode === "NXDOMAIN") {
        if (at === 0) refused = message;
        continue;
      }
      return at === 0 ? message : { ...message, answer: underFirst(request.name, name, message.answer) };
    }
    return refused;
  };
}

/** An alias leads from the name that was asked for to the one that was found. */
function underFirst(asked: string, found: string, answer: readonly DnsRecord[]): DnsRecord[] {
  const [record] = answer;
  if (record === undefined) return [];
  return [{ name: asked, type: "CNAME", ttl: record.ttl, data: `${found}.` }, ...answer];
}

/** As kubelet writes it for the pod that asks, which `pods verified` alone lets the plugin know. */
function ofPod(
  { client, name }: DnsRequest,
  { setup, own, listed }: { setup: Setup; own: readonly string[]; listed: readonly string[] },
): string[] {
  const zone = own.find((each) => inZone(name, each));
  const namespace = setup.host.source.podsByAddress(client)[0]?.metadata.namespace;
  if (zone === undefined || namespace === undefined) return [];
  return [`${namespace}.svc.${zone}`, `svc.${zone}`, zone, ...listed];
}

/** The names of a search list, and the end of it: the name as it is. */
function fromFile({ host: { fs } }: Setup, file: string): string[] {
  const text = fs.exists(file) ? fs.readFile(file) : "";
  const search = /^search\s+(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return [...search.map(normalName), ""];
}
