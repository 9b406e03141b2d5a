/**
 * The main process of a container whose program is a built-in server: an event handler instead of a generator,
 * so that an idle one costs neither memory for a machine nor any event.
 *
 * **Simplified:** it has no descriptors and no entry of its own in the container's process table.
 */
import { SystemError } from "../../base/program.ts";
import type { FileSystem, Signal } from "../../base/program.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Listener } from "../network-port.ts";
import type { LazyLine } from "./container-log.ts";
import type { Container } from "./container.ts";
import type { Server, ServerContext, ServerHooks } from "./image.ts";

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

export class ServerProcess {
  private readonly sim: Simulation;
  private readonly container: Container;
  private readonly onExit: (code: number, signal: Signal | undefined) => void;
  private ports: Map<number, Listener> | undefined;
  private timers: Set<Timer> | undefined;
  private hooks: ServerHooks = {};
  private ended = false;

  constructor(sim: Simulation, container: Container, onExit: (code: number, signal: Signal | undefined) => void) {
    this.sim = sim;
    this.container = container;
    this.onExit = onExit;
  }

  start(server: Server, argv: readonly string[]): void {
    this.hooks = server(new ServerHandle(this.sim, this.container, { process: this, argv })) ?? {};
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
    const { listeners } = this.container.sandbox.network;
    if (this.ports !== undefined) {
      for (const [port, listener] of this.ports) if (listeners.get(port) === listener) listeners.delete(port);
    }
    for (const timer of this.timers ?? []) this.sim.cancel(timer);
    this.hooks.ended?.();
  }

  listen(port: number, listener: Listener): void {
    const { listeners } = this.container.sandbox.network;
    if (listeners.has(port)) throw new SystemError("EADDRINUSE", `:${port}`);
    listeners.set(port, listener);
    this.ports ??= new Map();
    this.ports.set(port, listener);
  }

  after(delayMs: number, run: () => void): void {
    if (this.ended) return;
    this.timers ??= new Set();
    const { timers } = this;
    const timer = this.sim.after(
      delayMs,
      () => {
        timers.delete(timer);
        run();
      },
      { background: true },
    );
    timers.add(timer);
  }
}

class ServerHandle implements ServerContext {
  readonly argv: readonly string[];
  private readonly sim: Simulation;
  private readonly container: Container;
  private readonly process: ServerProcess;

  constructor(sim: Simulation, container: Container, own: { process: ServerProcess; argv: readonly string[] }) {
    this.sim = sim;
    this.container = container;
    this.process = own.process;
    this.argv = own.argv;
  }

  get env(): Readonly<Record<string, string>> {
    return this.container.environment;
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

  get podIP(): string {
    return this.container.sandbox.ip;
  }

  get uid(): number {
    return this.container.user.uid;
  }

  now(): number {
    return this.sim.now;
  }

  random(bound: number): number {
    const { sandbox, config } = this.container;
    return this.sim.random(`server/${sandbox.namespace}/${sandbox.name}/${config.name}`).int(bound);
  }

  log(line: string | LazyLine, stream: "stdout" | "stderr" = "stdout"): void {
    this.container.log.line(this.sim.now, stream, line);
  }

  listen(port: number, listener: Listener): void {
    this.process.listen(port, listener);
  }

  after(delayMs: number, run: () => void): void {
    this.process.after(delayMs, run);
  }

  use(resources: { cpuMillicores?: number; memoryBytes?: number }): void {
    this.container.use(resources);
  }

  work(cpuMs: number): void {
    this.container.meter.spend(cpuMs, this.sim.now);
  }

  exit(code: number): void {
    this.process.finish(code, undefined);
  }
}
