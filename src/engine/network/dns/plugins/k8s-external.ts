/**
 * Names of services for the world outside: `service.namespace.zone` has the addresses that load balancers gave, or that were
 * written as external ones. Upstream: coredns plugin/k8s_external, plugin/kubernetes/external.go.
 */
import type { Service } from "../../../api/generated/types.ts";
import type { DnsMessage, DnsRecord } from "../../../base/dns.ts";
import { dnsMessage, inZone, isIPv6, normalName } from "../../../base/dns.ts";
import { fallsThrough, setupError, wrongArguments, zonesOf } from "../plugin.ts";
import type { PluginSetup } from "../plugin.ts";
import type { RecordSource } from "../record-source.ts";

const NAME = "k8s_external";
const DEFAULT_TTL = 5;

export const k8sExternalPlugin: PluginSetup = (directive, setup, next) => {
  const zones = zonesOf(directive.args, setup);
  let ttl = DEFAULT_TTL;
  let apex = "dns";
  let headless = false;
  let fallthrough: string[] | undefined;
  for (const { words, line } of directive.block) {
    const [property = "", ...args] = words;
    if (property === "ttl") {
      ttl = Number(args[0]);
      if (!Number.isInteger(ttl) || ttl < 0 || ttl > 3600)
        throw setupError(setup, NAME, { line, message: `ttl must be in range [0, 3600]: ${args[0] ?? ""}` });
    } else if (property === "apex") {
      if (args.length !== 1) throw wrongArguments(setup, NAME, line, words.at(-1) ?? "");
      apex = args[0] as string;
    } else if (property === "headless") headless = true;
    else if (property === "fallthrough") fallthrough = args.map(normalName);
    else throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
  }
  const { source, podIP } = setup.host;
  return (request) => {
    const { name, type } = request;
    const zone = zones.find((each) => inZone(name, each));
    if (zone === undefined) return next(request);
    const authority = (): DnsRecord => {
      const data = `ns1.${apex}.${zone}. hostmaster.${apex}.${zone}. ${source.serial} 7200 1800 86400 ${ttl}`;
      return { name: zone, type: "SOA", ttl, data };
    };
    const none = (rcode: "NOERROR" | "NXDOMAIN"): DnsMessage =>
      dnsMessage({ rcode, authoritative: true, authority: [authority()] });
    if (name === zone) {
      if (type === "SOA") return dnsMessage({ authoritative: true, answer: [authority()] });
      const server = { name, type: "NS" as const, ttl, data: `ns1.${apex}.${zone}.` };
      return type === "NS" ? dnsMessage({ authoritative: true, answer: [server] }) : none("NOERROR");
    }
    const address = (data: string): DnsRecord => ({ name, type, ttl, data });
    const found =
      name === `ns1.${apex}.${zone}` ? [podIP] : addressesOf(name.slice(0, -zone.length - 1), { source, headless });
    if (found === undefined) return fallsThrough(fallthrough, name) ? next(request) : none("NXDOMAIN");
    const fitting = found.filter((text) => type === (isIPv6(text) ? "AAAA" : "A"));
    return fitting.length === 0 ? none("NOERROR") : dnsMessage({ authoritative: true, answer: fitting.map(address) });
  };
};

/** Addresses of `service.namespace`; undefined: there is no such name. **Simplified:** without SRV and load balancers' names. */
function addressesOf(
  base: string,
  { source, headless }: { source: RecordSource; headless: boolean },
): string[] | undefined {
  const [name = "", namespace, ...more] = base.split(".");
  if (namespace === undefined) return source.hasNamespace(name) ? [] : undefined;
  if (more.length > 0) return undefined;
  const service = source.service(`${namespace}/${name}`);
  if (service === undefined) return undefined;
  const addresses =
    headless && service.spec.clusterIP === "None"
      ? source
          .slices(`${namespace}/${name}`)
          .flatMap(({ endpoints = [] }) =>
            endpoints.flatMap((each) => (each.conditions?.ready === false ? [] : each.addresses)),
          )
      : outsideAddresses(service);
  return addresses.length === 0 ? undefined : [...new Set(addresses)];
}

function outsideAddresses({ spec, status }: Service): string[] {
  return [...(spec.externalIPs ?? []), ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])];
}
