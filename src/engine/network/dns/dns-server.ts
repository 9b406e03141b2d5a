/**
 * CoreDNS' servers, put together from a Corefile: which zone's chain of plugins answers a query.
 * Upstream: coredns core/dnsserver/{server,register,zdirectives}.go.
 */
import type { DnsMessage, DnsQuestion, DnsReply, RecordType } from "../../base/dns.ts";
import { dnsMessage, inZone, normalName } from "../../base/dns.ts";
import { CorefileError, fingerprintOf, readTokens } from "./corefile-tokens.ts";
import { Corefile } from "./corefile.ts";
import type { Directive, ServerBlock } from "./corefile.ts";
import { failure, setupError, zonesOf } from "./plugin.ts";
import type { BlockSettings, DnsHost, DnsRequest, Handler, PluginSetup, Setup } from "./plugin.ts";
import { autopathPlugin } from "./plugins/autopath.ts";
import { cachePlugin } from "./plugins/cache.ts";
import { errorsPlugin } from "./plugins/errors.ts";
import { filePlugin } from "./plugins/file.ts";
import { forwardPlugin } from "./plugins/forward.ts";
import { hostsPlugin } from "./plugins/hosts.ts";
import { k8sExternalPlugin } from "./plugins/k8s-external.ts";
import { kubernetesPlugin } from "./plugins/kubernetes.ts";
import { logPlugin } from "./plugins/log.ts";
import { rewritePlugin } from "./plugins/rewrite.ts";
import {
  bufsizePlugin,
  healthPlugin,
  loadbalancePlugin,
  loopPlugin,
  prometheusPlugin,
  readyPlugin,
  reloadPlugin,
} from "./plugins/settings.ts";
import { templatePlugin } from "./plugins/template.ts";
import { truncated } from "./message-size.ts";

/** Plugins in the order in which a query meets them, whatever the order in the Corefile. */
const CHAIN: readonly [name: string, setup: PluginSetup | "rewrite" | "autopath"][] = [
  ["reload", reloadPlugin],
  ["bufsize", bufsizePlugin],
  ["ready", readyPlugin],
  ["health", healthPlugin],
  ["prometheus", prometheusPlugin],
  ["errors", errorsPlugin],
  ["log", logPlugin],
  ["loadbalance", loadbalancePlugin],
  ["cache", cachePlugin],
  ["rewrite", "rewrite"],
  ["autopath", "autopath"],
  ["template", templatePlugin],
  ["hosts", hostsPlugin],
  ["k8s_external", k8sExternalPlugin],
  ["kubernetes", kubernetesPlugin],
  ["file", filePlugin],
  ["loop", loopPlugin],
  ["forward", forwardPlugin],
];

/** What CoreDNS has besides, and refuses to start with here. */
const ABSENT: readonly string[] =
  "root metadata geoip cancel tls timeouts multisocket quic grpc_server nsid bind debug trace pprof dnstap local dns64 acl any chaos tsig header dnssec minimal transfer route53 azure clouddns auto secondary etcd grpc erratic whoami on sign view nomad".split(
    " ",
  );
const KNOWN: ReadonlySet<string> = new Set([...CHAIN.map(([name]) => name), ...ABSENT]);
/** Plugins that a server block may have once. */
const ONCE: ReadonlySet<string> = new Set([
  "kubernetes",
  "cache",
  "reload",
  "health",
  "ready",
  "errors",
  "loop",
  "autopath",
]);

/** Plugins that no query passes through. */
const BESIDE: ReadonlySet<string> = new Set(["reload", "ready", "health"]);

interface ZoneServer {
  readonly zone: string;
  readonly port: number;
  readonly handler: Handler;
}

export class DnsServer {
  /** `.:53`, `example.org.:53` …: what the log tells at the start. */
  readonly titles: readonly string[];
  readonly ports: readonly number[];
  /** What the log tells before anything else: imports that found nothing. */
  readonly warnings: readonly string[];
  /** All words, imported ones too: equal iff the configuration is. */
  readonly fingerprint: string;
  readonly settings: BlockSettings = {
    log: false,
    reloadMs: 0,
    reloadJitterMs: 0,
    health: undefined,
    lameduckMs: 0,
    ready: undefined,
    prometheus: undefined,
    loop: false,
    bufferSize: Infinity,
    cacheHits: 0,
    cacheMisses: 0,
    upstreams: [],
  };
  /** Answers given so far by `TYPE rcode`. */
  readonly counts = new Map<string, number>();
  readonly usesKubernetes: boolean;
  private readonly servers: readonly ZoneServer[];

  /** Throws a `CorefileError` with the line that CoreDNS prints before it ends. */
  constructor(text: string, file: string, host: DnsHost) {
    const { tokens, warnings } = readTokens(text, file, host.fs);
    this.warnings = warnings;
    this.fingerprint = fingerprintOf(tokens);
    const blocks = new Corefile(tokens).blocks(KNOWN);
    this.servers = blocks.flatMap((block) => this.serversOf(block, { file, host }));
    const taken = new Set<string>();
    for (const { zone, port } of this.servers) {
      const title = `dns://${zone}.:${port}`;
      if (taken.has(title)) {
        throw new CorefileError(`cannot serve ${title} - it is already defined`);
      }
      taken.add(title);
    }
    this.titles = this.servers.map(({ zone, port }) => `${zone}.:${port}`);
    this.ports = [...new Set(this.servers.map(({ port }) => port))];
    this.usesKubernetes = blocks.some(({ directives }) => directives.some(({ name }) => name === "kubernetes"));
  }

  answer(question: DnsQuestion, client: string, { port = 53, tcp = false } = {}): DnsReply {
    const request: DnsRequest = {
      ...question,
      name: normalName(question.name),
      client,
      tcp,
      latency: { ms: 0 },
      failed: {},
    };
    const whole = this.handle(request, port) ?? dnsMessage({ rcode: "SERVFAIL" });
    const message = tcp ? whole : truncated(question, whole, this.settings.bufferSize);
    const key = `${question.type} ${message.rcode}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    return { message, latencyMs: request.latency.ms };
  }

  private handle(request: DnsRequest, port: number): DnsMessage | undefined {
    let best: ZoneServer | undefined;
    for (const server of this.servers) {
      if (server.port !== port || !inZone(request.name, server.zone)) continue;
      if (best === undefined || server.zone.length > best.zone.length) best = server;
    }
    return best === undefined ? dnsMessage({ rcode: "REFUSED" }) : best.handler(request);
  }

  private serversOf(block: ServerBlock, how: { file: string; host: DnsHost }): ZoneServer[] {
    const keys = block.keys.map((key) => keyOf(key, how.file));
    const port = keys[0]?.port ?? 53;
    const setup: Setup = {
      ...how,
      zones: keys.map(({ zone }) => zone),
      settings: this.settings,
      lookup: (name: string, type: RecordType, request: DnsRequest) =>
        this.handle({ ...request, name, type, failed: {} }, port),
    };
    const handler = chain(block.directives, setup);
    return keys.map((key) => ({ ...key, handler }));
  }
}

function chain(directives: readonly Directive[], setup: Setup): Handler {
  for (const { name, line, file } of directives) {
    if (ABSENT.includes(name))
      throw setupError({ ...setup, file }, name, { line, message: `${name} is not simulated` });
  }
  let handler = endOf(directives);
  for (const [name, plugin] of CHAIN.toReversed()) {
    const own = directives.filter((directive) => directive.name === name);
    if (own.length === 0) continue;
    if (own.length > 1 && ONCE.has(name)) {
      throw setupError(setup, name, "this plugin can only be used once per Server Block");
    }
    if (plugin === "rewrite") handler = rewritePlugin(own, setup, handler);
    else if (plugin === "autopath")
      handler = autopathPlugin(own[0] as Directive, { setup, own: ownZones(directives, setup) }, handler);
    else
      for (const directive of own.toReversed())
        handler = plugin(directive, { ...setup, file: directive.file }, handler);
  }
  return handler;
}

/** Where a query ends that none of a block's plugins answers: at the last of those that see queries at all. */
function endOf(directives: readonly Directive[]): Handler {
  const last = CHAIN.findLast(([name]) => !BESIDE.has(name) && directives.some((each) => each.name === name))?.[0];
  if (last === undefined) return () => dnsMessage({ rcode: "REFUSED" });
  return (request) => failure(request, `plugin/${last}: no next plugin found`);
}

/** The zones of a block's kubernetes plugin; undefined without one. */
function ownZones(directives: readonly Directive[], setup: Setup): readonly string[] | undefined {
  const own = directives.find(({ name }) => name === "kubernetes");
  return own === undefined ? undefined : zonesOf(own.args, setup);
}

/** `example.org:1053` → its zone and port. */
function keyOf(key: string, file: string): { zone: string; port: number } {
  const match = /^(?:dns:\/\/)?([^:/]*)(?::(\d+))?$/.exec(key);
  if (match === null) throw new CorefileError(`${file}: server ${key} is not simulated`);
  return { zone: normalName(match[1] as string), port: Number(match[2] ?? 53) };
}
