/**
 * The main process of a container whose program is a built-in server: an event handler instead of a generator,
 * so that an idle one costs neither memory for a machine nor any event.
 *
 * **Simplified:** it has no descriptors besides its sockets and no entry of its own in the container's process table.
 */
import type { HttpExchange } from "../../base/http.ts";
import { SystemError } from "../../base/program.ts";
import type { Errno, FileSystem, Signal } from "../../base/program.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Connection, ConnectionEvents, TcpListener, TransportProtocol, UdpListener } from "../connection.ts";
import type { NameListener, NetworkNamespace } from "../network-namespace.ts";
import type { Listener, NetworkPort } from "../network-port.ts";
import type { Greeting, LazyLine, LogStream } from "./container-log.ts";
import type { HeldSocket } from "../socket-holders.ts";
import type { Container } from "./container.ts";
import { may, userIdOf, writeProblem } from "./write-problem.ts";
import type { BindFailure, ImageProgram, ServerContext, ServerHooks } from "./image.ts";

const KILLS: ReadonlySet<Signal> = new Set([
  "SIGTERM",
  "SIGKILL",
  "SIGINT",
  "SIGQUIT",
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGPIPE",
]);

/** What Go's net package and log.Fatal make of it. */
const GO_BIND_FAILURE: BindFailure = ({ address, port, why }) => {
  const host = address === "::" ? "" : address.includes(":") ? `[${address}]` : address;
  return { lines: [`listen tcp ${host}:${port}: bind: ${why.slice(0, 1).toLowerCase()}${why.slice(1)}`] };
};

const BIND_ERRORS: Partial<Record<Errno, string>> = {
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
};

/** A port that a server didn't get; what says so to the server is the error itself. */
interface Unbound {
  error: SystemError;
  address: string;
  port: number;
}

const NO_HOOKS: ServerHooks = {};
const NO_PORTS: readonly never[] = [];
/** After the standard streams. */
const FIRST_FD = 3;

interface ServedPort {
  readonly protocol: TransportProtocol;
  readonly port: number;
  readonly close: () => void;
}

export class ServerProcess {
  private readonly sim: Simulation;
  readonly container: Container;
  /** The environment that a script gave it; absent: the container's. */
  env: Readonly<Record<string, string>> | undefined;
  /** What it says, while that does not go to the container's log. */
  held: { stream: LogStream; text: string }[] | undefined;
  private readonly onExit: (code: number, signal: Signal | undefined) => void;
  /** Where it listens, and how to give each port back. */
  private ports: readonly ServedPort[] = NO_PORTS;
  /** How to end what else it has open: connections, and requests under way (undefined). */
  private open: Map<() => void, Connection | undefined> | undefined;
  private timers: Set<Timer> | undefined;
  private hooks: ServerHooks = NO_HOOKS;
  private ended = false;
  private unbound: Unbound | undefined;
  private bindFails = GO_BIND_FAILURE;

  constructor(sim: Simulation, container: Container, onExit: (code: number, signal: Signal | undefined) => void) {
    this.sim = sim;
    this.container = container;
    this.onExit = onExit;
  }

  start(program: Extract<ImageProgram, { kind: "server" }>, argv: readonly string[]): void {
    this.bindFails = program.bindFails ?? GO_BIND_FAILURE;
    const handle = new ServerHandle(this.sim, this, argv);
    this.run(() => void (this.hooks = program.start(handle) ?? NO_HOOKS));
  }

  /** A server that leaves it to us what becomes of a port that it didn't get ends. */
  private run(step: () => void): void {
    try {
      step();
    } catch (error) {
      const { unbound } = this;
      if (unbound === undefined || error !== unbound.error) throw error;
      const { address, port } = unbound;
      const why = BIND_ERRORS[unbound.error.errno] ?? unbound.error.errno;
      const { lines, code = 1 } = this.bindFails({ address, port, why, now: this.sim.now });
      for (const line of lines) this.log("stderr", line);
      this.finish(code, undefined);
    }
  }

  log(stream: LogStream, line: string | LazyLine): void {
    if (this.held === undefined) this.container.log.line(this.sim.now, stream, line);
    else this.held.push({ stream, text: typeof line === "function" ? line(this.sim.now) : line });
  }

  /** The signals that it does something about. */
  get handled(): readonly Signal[] {
    return Object.keys(this.hooks.signals ?? {}) as Signal[];
  }

  kill(signal: Signal): void {
    if (this.ended) return;
    const handler = signal === "SIGKILL" ? undefined : this.hooks.signals?.[signal];
    if (handler !== undefined) handler();
    else if (KILLS.has(signal)) this.finish(0, signal);
  }

  finish(code: number, signal: Signal | undefined): void {
    if (this.ended) return;
    this.release();
    this.onExit(code, signal);
  }

  /** Ends without a word to the container: it is the one that ended. Ports and timers go. */
  release(): void {
    if (this.ended) return;
    this.ended = true;
    for (const { close } of this.ports) close();
    for (const close of this.open?.keys() ?? []) close();
    for (const timer of this.timers ?? []) this.sim.cancel(timer);
    this.hooks.ended?.();
  }

  listen(port: number, listener: Listener, address?: string | readonly string[]): void {
    this.bind({ protocol: "TCP", port }, address, (network) => network.bindHttp(port, listener, address));
  }

  listenTcp(port: number, listener: TcpListener, address?: string): () => void {
    const take = (connection: Connection): ConnectionEvents => this.holding(connection, listener(connection));
    return this.closable({ protocol: "TCP", port }, address, (network) => network.bindTcp(port, take, address));
  }

  listenUdp(port: number, listener: UdpListener, address?: string): () => void {
    return this.closable({ protocol: "UDP", port }, address, (network) => network.bindUdp(port, listener, address));
  }

  listenNames(port: number, listener: NameListener): () => void {
    return this.closable({ protocol: "UDP", port }, undefined, (network) => network.bindNames(port, listener));
  }

  private bind(
    at: { protocol: TransportProtocol; port: number },
    address: string | readonly string[] | undefined,
    take: (network: NetworkNamespace) => () => void,
  ): ServedPort {
    try {
      const taken = { ...at, close: take(this.container.sandbox.network) };
      this.ports = this.ports.concat(taken);
      return taken;
    } catch (error) {
      if (error instanceof SystemError)
        this.unbound = { error, address: [address ?? "::"].flat()[0] ?? "::", port: at.port };
      throw error;
    }
  }

  private closable(...bound: Parameters<ServerProcess["bind"]>): () => void {
    const taken = this.bind(...bound);
    return () => {
      taken.close();
      this.ports = this.ports.filter((each) => each !== taken);
    };
  }

  /** Simplified: descriptors are counted from 3, ports first. */
  sockets(): HeldSocket[] {
    const namespace = this.container.sandbox.network;
    const connections = [...(this.open?.values() ?? [])].filter((each) => each !== undefined);
    return [
      ...this.ports.map(({ protocol, port }) => ({ namespace, protocol, port })),
      ...connections.map((connection) => ({ connection })),
    ].map((socket, at) => ({ ...socket, fd: FIRST_FD + at }));
  }

  /** A way out whose exchanges and connections end with the process. */
  network(): Pick<NetworkPort, "send" | "connect" | "resolve" | "query" | "exchange"> {
    const port = this.container.sandbox.port(this.container.config.dns);
    return {
      resolve: (host) => port.resolve(host),
      exchange: (request) => port.exchange?.(request) ?? { ok: false, errno: "ENETUNREACH", latencyMs: 0, hops: [] },
      query: (question, to) => port.query?.(question, to) ?? { errno: "ENETUNREACH", latencyMs: 0 },
      send: (request, sink) => {
        let over = false;
        let exchange: HttpExchange | undefined;
        const forget = this.opened(() => {
          over = true;
          exchange?.abort();
        });
        const end = (tell: () => void): void => {
          forget();
          if (!over) tell();
        };
        exchange = port.send(request, {
          head: (status, headers) => over || sink.head(status, headers),
          data: (text) => over || sink.data(text),
          frame: (channel, text) => over || sink.frame(channel, text),
          end: () => end(() => sink.end()),
          fail: (errno, detail) => end(() => sink.fail(errno, detail)),
        });
        const { abort } = exchange;
        return {
          ...exchange,
          abort() {
            forget();
            abort();
          },
        };
      },
      connect: (target, sink) => {
        // What hears of the end of its connections must not begin anew.
        if (this.ended) return () => {};
        let giveUp = (): void => {};
        const forget = this.opened(() => giveUp());
        giveUp = port.connect(target, {
          opened: (connection) => {
            forget();
            return this.holding(connection, sink.opened(connection));
          },
          fail: (errno, detail) => {
            forget();
            sink.fail(errno, detail);
          },
        });
        return giveUp;
      },
    };
  }

  /** Closes the connection with the process. */
  private holding(connection: Connection, events: ConnectionEvents): ConnectionEvents {
    const forget = this.opened(() => connection.close(), connection);
    const heard: ConnectionEvents = {
      data: (text) => events.data?.(text),
      drained: () => events.drained?.(),
      closed: (errno) => {
        forget();
        events.closed?.(errno);
      },
    };
    if (events.end !== undefined) heard.end = () => events.end?.();
    if (events.keeps === true) heard.keeps = true;
    return heard;
  }

  private opened(close: () => void, connection?: Connection): () => void {
    const open = (this.open ??= new Map());
    open.set(close, connection);
    return () => void open.delete(close);
  }

  after(delayMs: number, run: () => void): void {
    if (this.ended) return;
    this.timers ??= new Set();
    const { timers } = this;
    const timer = this.sim.after(
      delayMs,
      () => {
        timers.delete(timer);
        this.run(run);
      },
      { background: true },
    );
    timers.add(timer);
  }
}

/** Milliseconds until a signal of another process has done its work: whoever sent it has ended by then. */
const SIGNALLED = 20;

class ServerHandle implements ServerContext {
  readonly argv: readonly string[];
  private readonly sim: Simulation;
  private readonly process: ServerProcess;
  private way: Pick<NetworkPort, "send" | "connect" | "resolve" | "query" | "exchange"> | undefined;

  constructor(sim: Simulation, process: ServerProcess, argv: readonly string[]) {
    this.sim = sim;
    this.process = process;
    this.argv = argv;
  }

  private get container(): Container {
    return this.process.container;
  }

  get env(): Readonly<Record<string, string>> {
    return this.process.env ?? this.container.environment;
  }

  get hostname(): string {
    return this.container.sandbox.hostname;
  }

  get fs(): FileSystem {
    return this.container.fs;
  }

  pristine(path: string): string | undefined {
    return this.container.pristine(path);
  }

  untouched(folder: string): boolean {
    return this.container.untouched(folder);
  }

  get podIP(): string {
    return this.container.sandbox.ip;
  }

  get pod(): { namespace: string; name: string } {
    return this.container.sandbox;
  }

  get uid(): number {
    return userIdOf(this.container);
  }

  writeProblem(folder: string): ReturnType<typeof writeProblem> {
    return writeProblem(this.container, folder);
  }

  may(capability: string): boolean {
    return may(this.container, capability);
  }

  now(): number {
    return this.sim.now;
  }

  random(bound: number): number {
    const { sandbox, config } = this.container;
    return this.sim.random(`server/${sandbox.namespace}/${sandbox.name}/${config.name}`).int(bound);
  }

  log(line: string | LazyLine, stream: LogStream = "stdout"): void {
    this.process.log(stream, line);
  }

  greet(lines: Greeting): void {
    if (this.process.held === undefined) this.container.log.greet(this.sim.now, lines);
    else for (const { stream, text } of lines) this.log(text, stream);
  }

  listen(port: number, listener: Listener, address?: string | readonly string[]): void {
    this.process.listen(port, listener, address);
  }

  after(delayMs: number, run: () => void): void {
    this.process.after(delayMs, run);
  }

  listenTcp(port: number, listener: TcpListener, address?: string): () => void {
    return this.process.listenTcp(port, listener, address);
  }

  listenUdp(port: number, listener: UdpListener, address?: string): () => void {
    return this.process.listenUdp(port, listener, address);
  }

  listenNames(port: number, listener: NameListener): () => void {
    return this.process.listenNames(port, listener);
  }

  get network(): Pick<NetworkPort, "send" | "connect" | "resolve" | "query" | "exchange"> {
    return (this.way ??= this.process.network());
  }

  use(resources: { cpuMillicores?: number; memoryBytes?: number }): void {
    this.container.use(resources);
  }

  work(cpuMs: number): void {
    this.container.cgroup.spend(cpuMs, this.sim.now);
  }

  signalMain(signal: Signal): void {
    const { container } = this;
    this.sim.after(SIGNALLED, () => container.kill(signal));
  }

  exit(code: number): void {
    this.process.finish(code, undefined);
  }
}
