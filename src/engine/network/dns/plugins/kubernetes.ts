/** Names of the cluster. Upstream: coredns plugin/kubernetes/{setup,handler}.go, plugin/backend_lookup.go. */
import type { DnsMessage, DnsRecord, RecordType } from "../../../base/dns.ts";
import { dnsMessage, inZone, isIPv6, normalName } from "../../../base/dns.ts";
import { parseAddress } from "../../address.ts";
import type { Directive } from "../corefile.ts";
import { KubernetesZone } from "../kubernetes-zone.ts";
import type { Target } from "../kubernetes-zone.ts";
import { fallsThrough, SERVFAIL, setupError, wrongArguments, zonesOf } from "../plugin.ts";
import type { DnsRequest, PluginSetup, Setup } from "../plugin.ts";
import { srvRecords } from "../srv-records.ts";

const NAME = "kubernetes";
const DEFAULT_TTL = 5;
const MAX_ALIASES = 8;
const ABSENT: ReadonlySet<string> = new Set(["endpoint", "tls", "kubeconfig", "labels", "namespace_labels"]);

interface Options {
  zones: readonly string[];
  podMode: "disabled" | "insecure" | "verified";
  endpointPodNames: boolean;
  namespaces: Set<string>;
  ignoreEmptyService: boolean;
  noEndpoints: boolean;
  fallthrough: readonly string[] | undefined;
  ttl: number;
}

export const kubernetesPlugin: PluginSetup = (directive, setup, next) => {
  const options = readOptions(directive, setup);
  const primary = options.zones.find((zone) => !/\b(in-addr|ip6)\.arpa$/.test(zone));
  if (primary === undefined) throw setupError(setup, NAME, "non-reverse zone name must be used");
  if (options.podMode === "verified") setup.host.source.watchPods?.();
  const zone = new KubernetesZone(setup.host.source, { ...options, primary });
  const backend = new Backend(setup, zone, options);
  return (request) => {
    const own = options.zones.find((candidate) => inZone(request.name, candidate));
    if (own === undefined) return next(request);
    const message = backend.answer(request, own);
    if (message !== undefined) return message;
    if (fallsThrough(options.fallthrough, request.name)) return next(request);
    if (!setup.host.source.synced) return SERVFAIL;
    return backend.nothing(own, "NXDOMAIN");
  };
};

class Backend {
  private readonly setup: Setup;
  private readonly zone: KubernetesZone;
  private readonly options: Options;

  constructor(setup: Setup, zone: KubernetesZone, options: Options) {
    this.setup = setup;
    this.zone = zone;
    this.options = options;
  }

  /** undefined: there is no such name. */
  answer(request: DnsRequest, zone: string): DnsMessage | undefined {
    const { name, type } = request;
    if (type === "PTR") {
      const names = this.zone.reverse(name);
      if (names.length > 0)
        return this.positive(
          zone,
          names.map((host) => this.record(name, "PTR", `${host}.`)),
        );
      return this.zone.targets(name, zone) === undefined ? undefined : this.nothing(zone, "NOERROR");
    }
    if (type === "TXT") {
      const text = this.zone.text(name, zone);
      return this.positive(zone, text === undefined ? [] : [{ name, type, ttl: 28_800, data: `"${text}"` }]);
    }
    if (type === "SOA" && name === zone) return this.positive(zone, [this.authority(zone)]);
    const targets = this.isServer(name, zone) ? this.ownAddress(name) : this.zone.targets(name, zone);
    if (targets === undefined) return undefined;
    if (type === "SRV") return this.services(name, targets, zone);
    if (type === "CNAME") {
      const alias = targets.find(isAlias);
      return this.positive(zone, alias === undefined ? [] : [this.record(name, "CNAME", `${alias.host}.`)]);
    }
    if (type === "A" || type === "AAAA") {
      return this.positive(zone, this.addresses({ ...request, type }, { targets, zone, seen: [] }));
    }
    return this.nothing(zone, "NOERROR");
  }

  nothing(zone: string, rcode: "NOERROR" | "NXDOMAIN"): DnsMessage {
    return dnsMessage({ rcode, authoritative: true, authority: [this.authority(zone)] });
  }

  private positive(zone: string, answer: readonly DnsRecord[], additional: readonly DnsRecord[] = []): DnsMessage {
    if (answer.length === 0) return this.nothing(zone, "NOERROR");
    return dnsMessage({ authoritative: true, answer, additional });
  }

  private addresses(
    request: DnsRequest & { type: "A" | "AAAA" },
    at: { targets: readonly Target[]; zone: string; seen: readonly string[] },
  ): DnsRecord[] {
    const { name, type } = request;
    const records = new Map<string, DnsRecord>();
    for (const target of at.targets) {
      if (!isAlias(target)) {
        if ((type === "AAAA") === isIPv6(target.host)) records.set(target.host, this.record(name, type, target.host));
        continue;
      }
      const host = normalName(target.host);
      if (host === name || at.seen.length >= MAX_ALIASES || at.seen.includes(host)) continue;
      const alias = this.record(name, "CNAME", `${host}.`);
      if (inZone(host, at.zone)) {
        const further = this.zone.targets(host, at.zone) ?? [];
        const found = this.addresses(
          { ...request, name: host },
          { targets: further, zone: at.zone, seen: [...at.seen, host] },
        );
        if (found.length > 0) for (const each of [alias, ...found]) records.set(`${each.name} ${each.data}`, each);
        continue;
      }
      const elsewhere = this.setup.lookup(host, type, request);
      if (elsewhere === undefined) continue;
      for (const each of [alias, ...elsewhere.answer]) records.set(`${each.name} ${each.data}`, each);
    }
    return [...records.values()];
  }

  private services(name: string, targets: readonly Target[], zone: string): DnsMessage {
    const services = targets.filter((target) => !isAlias(target));
    const { answer, additional } = srvRecords(name, { targets: services, ttl: this.options.ttl });
    return this.positive(zone, answer, additional);
  }

  private isServer(name: string, zone: string): boolean {
    return name === `ns.dns.${zone}`;
  }

  private ownAddress(name: string): readonly Target[] {
    return [{ host: this.setup.host.podIP, port: 53, name }];
  }

  private record(name: string, type: RecordType, data: string): DnsRecord {
    return { name, type, ttl: this.options.ttl, data };
  }

  private authority(zone: string): DnsRecord {
    const { ttl } = this.options;
    const data = `ns.dns.${zone}. hostmaster.${zone}. ${this.setup.host.source.serial} 7200 1800 86400 ${ttl}`;
    return { name: zone, type: "SOA", ttl: Math.min(300, ttl), data };
  }
}

function isAlias({ host }: Target): boolean {
  return parseAddress(host) < 0 && !isIPv6(host);
}

function readOptions(directive: Directive, setup: Setup): Options {
  const options: Options = {
    zones: zonesOf(directive.args, setup),
    podMode: "disabled",
    endpointPodNames: false,
    namespaces: new Set(),
    ignoreEmptyService: false,
    noEndpoints: false,
    fallthrough: undefined,
    ttl: DEFAULT_TTL,
  };
  for (const { words, line } of directive.block) {
    const [property = "", ...args] = words;
    const wrong = (): Error => wrongArguments(setup, NAME, line, words.at(-1) ?? "");
    if (property === "pods") {
      const [mode] = args;
      if (args.length !== 1) throw wrong();
      if (mode !== "disabled" && mode !== "insecure" && mode !== "verified") {
        const message = `wrong value for pods: ${mode},  must be one of: disabled, verified, insecure`;
        throw setupError(setup, NAME, message);
      }
      options.podMode = mode;
    } else if (property === "endpoint_pod_names") options.endpointPodNames = true;
    else if (property === "namespaces") {
      if (args.length === 0) throw wrong();
      for (const namespace of args) options.namespaces.add(namespace);
    } else if (property === "fallthrough") options.fallthrough = args.map(normalName);
    else if (property === "ttl") {
      const ttl = Number(args[0]);
      if (args.length === 0) throw wrong();
      if (!Number.isInteger(ttl)) {
        throw setupError(setup, NAME, `strconv.Atoi: parsing ${JSON.stringify(args[0])}: invalid syntax`);
      }
      if (ttl < 0 || ttl > 3600)
        throw setupError(setup, NAME, { line, message: `ttl must be in range [0, 3600]: ${ttl}` });
      options.ttl = ttl;
    } else if (property === "noendpoints") options.noEndpoints = true;
    else if (property === "ignore" && args[0] === "empty_service") options.ignoreEmptyService = true;
    else if (ABSENT.has(property)) throw setupError(setup, NAME, { line, message: `${property} is not simulated` });
    else throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
  }
  return options;
}
