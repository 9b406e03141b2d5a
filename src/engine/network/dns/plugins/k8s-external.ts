/**
 * Names of services for the world outside: `service.namespace.zone` has the addresses that load balancers gave, or that were
 * written as external ones. Upstream: coredns plugin/k8s_external, plugin/kubernetes/external.go.
 */
import type { DnsMessage, DnsRecord } from "../../../base/dns.ts";
import { dnsMessage, inZone, isIPv6, normalName } from "../../../base/dns.ts";
import { KubernetesZone } from "../kubernetes-zone.ts";
import type { ZoneOptions } from "../kubernetes-zone.ts";
import { fallsThrough, setupError, wrongArguments, zonesOf } from "../plugin.ts";
import type { PluginSetup } from "../plugin.ts";
import { srvRecords } from "../srv-records.ts";

const NAME = "k8s_external";
const DEFAULT_TTL = 5;
/** **Simplified:** every namespace is there, whatever `kubernetes` in the same block says of them. */
const EXPOSED: ZoneOptions = {
  primary: "",
  podMode: "disabled",
  endpointPodNames: false,
  namespaces: new Set(),
  ignoreEmptyService: false,
  noEndpoints: false,
};

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
  const names = new KubernetesZone(source, EXPOSED);
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
    const found = (answer: readonly DnsRecord[], additional: readonly DnsRecord[] = []): DnsMessage =>
      answer.length === 0 ? none("NOERROR") : dnsMessage({ authoritative: true, answer, additional });
    if (name === zone) {
      if (type === "SOA") return found([authority()]);
      return found(type === "NS" ? [{ name, type, ttl, data: `ns1.${apex}.${zone}.` }] : []);
    }
    const targets =
      name === `ns1.${apex}.${zone}` ? [{ host: podIP, port: 53, name }] : names.external(name, { zone, headless });
    if (targets === undefined) return fallsThrough(fallthrough, name) ? next(request) : none("NXDOMAIN");
    if (type === "SRV") {
      const { answer, additional } = srvRecords(name, { targets, ttl });
      return found(answer, additional);
    }
    if (type !== "A" && type !== "AAAA") return none("NOERROR");
    const hosts = new Set(targets.map(({ host }) => host).filter((host) => type === (isIPv6(host) ? "AAAA" : "A")));
    return found([...hosts].map((data) => ({ name, type, ttl, data })));
  };
};
