/**
 * The learner's way out: the API server's address as kubectl knows it, and whatever the nodes offer to the outside.
 */
import type { DnsQuestion } from "../base/dns.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { LoadSpec } from "../base/load.ts";
import type { Packet } from "../base/packets.ts";
import { SystemError } from "../base/program.ts";
import type { EchoReply, HttpRequest } from "../base/program.ts";
import { StationPort } from "../network/port.ts";
import { parseTarget } from "../network/target.ts";
import type { ConnectSink, ConnectTarget } from "../runtime/connection.ts";
import { NetworkNamespace } from "../runtime/network-namespace.ts";
import type { Lookup, NetworkPort, QueryOutcome, QueryTarget } from "../runtime/network-port.ts";
import { storeTimeOut } from "./api-listener.ts";
import type { Cluster } from "./cluster.ts";

/** Leads to whichever cluster there is now; without one, nothing answers. */
export class LaptopPort implements NetworkPort {
  private readonly cluster: () => Cluster | undefined;
  private readonly hosts: () => string;
  private readonly ports = new WeakMap<Cluster, NetworkPort>();
  private readonly nowhere = new NetworkNamespace(["127.0.0.1"]);

  constructor(cluster: () => Cluster | undefined, hosts: () => string) {
    this.cluster = cluster;
    this.hosts = hosts;
  }

  get namespace(): NetworkNamespace {
    return this.port()?.namespace ?? this.nowhere;
  }

  resolve(host: string): string[] {
    return this.port()?.resolve(host) ?? [];
  }

  lookup(host: string): Lookup {
    return this.port()?.lookup?.(host) ?? { addresses: [], errno: "ENOTFOUND", latencyMs: 0 };
  }

  query(question: DnsQuestion, to: QueryTarget): QueryOutcome {
    return this.port()?.query?.(question, to) ?? { errno: "ENETUNREACH", latencyMs: 0 };
  }

  echo(address: string, how: { ttl: number; timeoutMs: number }): EchoReply {
    const reply = this.port()?.echo?.(address, how);
    if (reply === undefined) throw new SystemError("ENETUNREACH", address);
    return reply;
  }

  capture(hear: (packet: Packet) => void): () => void {
    return this.port()?.capture?.(hear) ?? (() => {});
  }

  send(request: HttpRequest, sink: HttpSink): HttpExchange {
    const cluster = this.cluster();
    const port = this.port();
    if (cluster === undefined || port === undefined) {
      sink.fail("ECONNREFUSED", hostOf(request.url));
      return FINISHED_EXCHANGE;
    }
    if (request.url.startsWith("ssh://")) return ssh({ cluster, port }, request, sink);
    const { apiServers, preset, server, sim } = cluster;
    if (apiServers.apart) {
      const found = apiServers.find(request.url, { resolve: (host) => port.resolve(host) });
      if ("problem" in found) return port.send(request, sink);
      if (found.stalled === true && server.running) return storeTimeOut(sim, sink);
      return server.publicHttp.send(request, shown(request.url, apiServers.certificateOf(found.node ?? ""), sink));
    }
    if (!request.url.startsWith(`${preset.server}/`)) return port.send(request, sink);
    if (server.running || server.stalled)
      return server.publicHttp.send(request, shown(preset.server, apiServers.certificate, sink));
    sink.fail("ECONNREFUSED", hostOf(request.url));
    return FINISHED_EXCHANGE;
  }

  load(spec: LoadSpec, how: { background: boolean; done: () => void }): ReturnType<StationPort["load"]> {
    const port = this.port();
    if (!(port instanceof StationPort)) throw new SystemError("ECONNREFUSED", hostOf(spec.request.url));
    return port.load(spec, how);
  }

  connect(target: ConnectTarget, sink: ConnectSink): () => void {
    const port = this.port();
    if (port !== undefined) return port.connect(target, sink);
    sink.fail("ECONNREFUSED", target.host);
    return () => {};
  }

  /** The way into the present cluster's network; undefined without a cluster. */
  get direct(): NetworkPort | undefined {
    return this.port();
  }

  private port(): NetworkPort | undefined {
    const cluster = this.cluster();
    if (cluster === undefined) return undefined;
    let port = this.ports.get(cluster);
    if (port === undefined) {
      port = cluster.network.laptopPort({ hosts: this.hosts });
      this.ports.set(cluster, port);
    }
    return port;
  }
}

/** The answer with the way that it came and the certificate that the API server showed. */
function shown(url: string, certificate: string, sink: HttpSink): HttpSink {
  const { host, port } = parseTarget(url) ?? { host: "", port: 0 };
  const way = { remoteAddress: host, remotePort: port, localAddress: "", lookupMs: 0, connectMs: 0 };
  return {
    head: (status, headers) => sink.head(status, headers, certificate, way),
    data: (text) => sink.data(text),
    frame: (channel, text) => sink.frame(channel, text),
    end: () => sink.end(),
    fail: (errno, detail) => sink.fail(errno, detail),
  };
}

/** To a node by its name, its address or what stands for that here; nothing else listens, and without power nobody is there. */
function ssh(
  { cluster, port }: { cluster: Cluster; port: NetworkPort },
  request: HttpRequest,
  sink: HttpSink,
): HttpExchange {
  const host = hostOf(request.url);
  const addresses = port.resolve(host);
  const preset = cluster.preset.nodes.find(({ name, address }) => name === host || addresses.includes(address));
  const node = cluster.nodes.get(preset?.name ?? "");
  if (node?.powered === true) return node.machine.ssh(request, sink);
  const known = addresses.length > 0 ? "ECONNREFUSED" : "ENOTFOUND";
  sink.fail(node === undefined ? known : "EHOSTUNREACH", host);
  return FINISHED_EXCHANGE;
}

function hostOf(url: string): string {
  return /^\w+:\/\/([^/]*)/.exec(url)?.[1] ?? url;
}
