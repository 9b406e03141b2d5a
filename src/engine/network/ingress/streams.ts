/**
 * TCP and UDP services of ingress-nginx: ports of the ConfigMaps of `--tcp-services-configmap` and its sister, each led to a
 * service's endpoints. Upstream: kubernetes/ingress-nginx internal/ingress/controller/controller.go (getStreamServices),
 * rootfs/etc/nginx/template/nginx.tmpl (stream).
 *
 * **Simplified:** PROXY protocol has no effect, which the log says; a client whose endpoint refuses is not led to another;
 * a UDP port that leads to port 53 carries DNS and nothing else; what a client of UDP has opened ends after its time even
 * when it still speaks.
 */
import type { DnsQuestion, DnsReply } from "../../base/dns.ts";
import { SystemError } from "../../base/program.ts";
import type { ServerContext } from "../../runtime/containers/image.ts";
import type { Connection, ConnectionEvents, Datagram } from "../../runtime/connection.ts";
import { Balancer, endpointsOf } from "./backends.ts";
import type { IngressObjects } from "./backends.ts";

export type StreamProtocol = "TCP" | "UDP";

/** What the controller itself listens on, and nginx within the pod. */
const RESERVED: readonly number[] = [10246, 10247, 442, 8181];

export interface StreamHost {
  readonly objects: IngressObjects;
  /** The controller's own ports. */
  readonly taken: readonly number[];
  warn(where: string, text: string): void;
  error(where: string, text: string): void;
}

/** A client of UDP: the socket that speaks for it, and what it said before that was open. */
interface Session {
  socket: Connection | undefined;
  readonly waiting: string[];
  end(): void;
}

export class Streams {
  private readonly ctx: ServerContext;
  private readonly host: StreamHost;
  private readonly balancer = new Balancer();
  /** Ports that are listened on, as `TCP/6379`: where each leads, and how to give it back. */
  private readonly open = new Map<string, { endpoints: readonly string[]; close: () => void }>();
  /** Clients of UDP, by the port that they came to and their address. */
  private readonly sessions = new Map<string, Session>();

  /** All that any ConfigMap has named so far. */
  private readonly services = new Set<string>();

  constructor(ctx: ServerContext, host: StreamHost) {
    this.ctx = ctx;
    this.host = host;
  }

  /** Whether one of the ConfigMaps names the service `namespace/name`. */
  uses(service: string): boolean {
    return this.services.has(service);
  }

  /** Listens as the ConfigMap's data say, `"6379": "default/redis:6379"`, and nowhere else. */
  update(protocol: StreamProtocol, data: Readonly<Record<string, string>> = {}): void {
    const wanted = new Set<string>();
    for (const reference of Object.values(data)) this.services.add(reference.split(":")[0] as string);
    for (const [port, reference] of Object.entries(data)) {
      const endpoints = this.endpoints(protocol, port, reference);
      if (endpoints === undefined) continue;
      const key = `${protocol}/${port}`;
      wanted.add(key);
      const known = this.open.get(key);
      if (known !== undefined) known.endpoints = endpoints;
      else this.listen(protocol, { key, port: Number(port), endpoints });
    }
    for (const [key, { close }] of this.open) {
      if (!key.startsWith(protocol) || wanted.has(key)) continue;
      close();
      this.open.delete(key);
      for (const [client, { end }] of this.sessions) if (client.startsWith(`${key} `)) end();
    }
  }

  /** Where a port leads; undefined, and a word in the log, where it leads nowhere. */
  private endpoints(protocol: StreamProtocol, port: string, reference: string): readonly string[] | undefined {
    const { objects, taken, warn, error } = this.host;
    if (!/^\d+$/.test(port)) {
      error("controller.go:377", `"${port}" is not a valid ${protocol} port number`);
      return undefined;
    }
    if (taken.includes(Number(port)) || RESERVED.includes(Number(port))) {
      const why = "It is reserved for the Ingress controller.";
      error("controller.go:382", `Port ${port} cannot be used for ${protocol} stream services. ${why}`);
      return undefined;
    }
    const [service = "", servicePort = "", ...proxied] = reference.split(":");
    if (servicePort === "" || service.split("/").length !== 2) {
      error("controller.go:387", `Invalid Service reference "${reference}" for ${protocol} port ${port}`);
      return undefined;
    }
    if (proxied.some((word) => word.toUpperCase() === "PROXY"))
      warn("controller.go:1", `PROXY protocol of ${protocol} port ${port} is not simulated: it has no effect`);
    const found = objects.service(service);
    if (found === undefined) {
      warn(
        "controller.go:412",
        `Error getting Service "${service}": no object matching key "${service}" in local store`,
      );
      return undefined;
    }
    const wanted = /^\d+$/.test(servicePort) ? Number(servicePort) : servicePort;
    const known = (found.spec.ports ?? []).find(
      (each) => (each.port === wanted || each.name === wanted) && (each.protocol ?? "TCP") === protocol,
    );
    const endpoints =
      known === undefined ? [] : endpointsOf(objects, { service, port: known.name ?? known.port, name: service });
    if (endpoints.length > 0) return endpoints;
    const none = `Service "${service}" does not have any active Endpoint for ${protocol} port ${servicePort}`;
    warn("controller.go:451", none);
    return undefined;
  }

  private listen(protocol: StreamProtocol, at: { key: string; port: number; endpoints: readonly string[] }): void {
    const { ctx } = this;
    const { key, port, endpoints } = at;
    try {
      const names = protocol === "UDP" && endpoints.every((endpoint) => endpoint.endsWith(`:${DNS_PORT}`));
      const close = names
        ? ctx.listenNames(port, (question) => this.askFor(key, question))
        : protocol === "TCP"
          ? ctx.listenTcp(port, (connection) => this.relay(key, connection))
          : ctx.listenUdp(port, (datagram) => this.passOn(key, datagram));
      this.open.set(key, { endpoints, close });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.host.error("nginx.go:1", `bind() to 0.0.0.0:${port} failed (98: Address already in use)`);
    }
  }

  private next(key: string): { host: string; port: number } {
    const endpoint = this.balancer.choose(key, this.open.get(key)?.endpoints ?? [], undefined);
    const at = endpoint.lastIndexOf(":");
    return { host: endpoint.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(endpoint.slice(at + 1)) };
  }

  /** Both directions of one client's connection, until both have ended. */
  private relay(key: string, client: Connection): ConnectionEvents {
    let upstream: Connection | undefined;
    let waiting = "";
    let ended = false;
    const giveUp = this.ctx.network.connect(
      { ...this.next(key), timeoutMs: CONNECT_TIMEOUT_MS },
      {
        opened: (connection) => {
          upstream = connection;
          if (waiting !== "") connection.write(waiting);
          if (ended) connection.end();
          return {
            data: (text) => client.write(text),
            end: () => client.end(),
            closed: (errno) => (errno === undefined ? client.close() : client.reset()),
          };
        },
        fail: () => client.reset(),
      },
    );
    return {
      data(text) {
        if (upstream === undefined) waiting += text;
        else upstream.write(text);
      },
      end() {
        ended = true;
        upstream?.end();
      },
      closed() {
        giveUp();
        upstream?.close();
      },
    };
  }

  private askFor(key: string, question: DnsQuestion): DnsReply | undefined {
    const { host: server, port } = this.next(key);
    const { message, latencyMs } = this.ctx.network.query?.(question, { server, port, timeoutMs: DNS_TIMEOUT_MS }) ?? {
      latencyMs: 0,
    };
    return message === undefined ? undefined : { message, latencyMs };
  }

  /** All that one client sends goes to one endpoint, from one socket. */
  private passOn(key: string, datagram: Datagram): undefined {
    const client = `${key} ${datagram.remoteAddress} ${datagram.remotePort}`;
    const known = this.sessions.get(client);
    if (known !== undefined) {
      if (known.socket === undefined) known.waiting.push(datagram.data);
      else known.socket.write(datagram.data);
      return;
    }
    const end = (): void => {
      session.socket?.close();
      if (this.sessions.get(client) === session) this.sessions.delete(client);
    };
    const session: Session = { socket: undefined, waiting: [datagram.data], end };
    this.sessions.set(client, session);
    this.ctx.network.connect(
      { ...this.next(key), protocol: "UDP" },
      {
        opened: (connection) => {
          session.socket = connection;
          for (const data of session.waiting) connection.write(data);
          return { data: (text) => datagram.reply(text), closed: end };
        },
        fail: end,
      },
    );
    this.ctx.after(UDP_TIMEOUT_MS, end);
  }
}

/** nginx' proxy_connect_timeout for streams, and ingress-nginx' proxy-stream-timeout. */
const CONNECT_TIMEOUT_MS = 60_000;
const UDP_TIMEOUT_MS = 600_000;
const DNS_PORT = 53;
const DNS_TIMEOUT_MS = 5_000;
