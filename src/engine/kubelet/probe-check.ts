/**
 * What a probe asks: TCP or a command; for HTTP and gRPC see http-check.ts and grpc-check.ts. Upstream: pkg/probe/{tcp,exec}.
 *
 * **Simplified:** TCP to the pod's own address goes straight to what listens there, without an exchange over the network
 * (kubelet and pod share a node; network policy never stands between them).
 */
import type { Container, Probe } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import { notStarted } from "./exec-session.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import { tellProbe } from "../network/capture/tell-probe.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { formatGoDuration } from "../base/go-duration.ts";
import { GrpcCheck } from "./grpc-check.ts";
import { createHttpCheck } from "./http-check.ts";
import { namedPort } from "./named-port.ts";
import type { PodWorker } from "./pod-worker.ts";

/**
 * `true`: it succeeded. A text: why not, which may be nothing at all: a command that fails in silence. `warning`: it
 * succeeded, and something is odd. `error`: it couldn't be asked, which doesn't count.
 */
export type ProbeAnswer = true | string | { warning: string } | { error: string };

export interface Check {
  /** What came of it, or undefined: `later` will be called. */
  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined;
  /** Milliseconds that the last answer took. */
  readonly took: number;
  cancel?(): void;
}

export function createCheck(pod: PodWorker, slot: ContainerSlot, probe: Probe): Check {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { httpGet, tcpSocket, exec, grpc } = probe;
  const named = httpGet ?? tcpSocket;
  if (named !== undefined) {
    const port = checkedPort(slot.spec, named.port);
    if (typeof port !== "number") return { took: 0, ask: () => port };
    return httpGet === undefined ? new TcpCheck(pod, port) : createHttpCheck(pod, httpGet, { port, timeoutMs });
  }
  if (exec !== undefined) return new ExecCheck(pod, slot, { command: exec.command ?? [], timeoutMs });
  return new GrpcCheck(pod, { port: grpc?.port ?? 0, service: grpc?.service ?? "", timeoutMs });
}

/** Upstream: pkg/probe/util.go, ResolveContainerPort. */
function checkedPort(container: Container, name: number | string): number | { error: string } {
  const port = namedPort(container, name);
  if (Number.isNaN(port)) return { error: `strconv.Atoi: parsing ${JSON.stringify(name)}: invalid syntax` };
  return port > 0 && port < 65536 ? port : { error: `invalid port number: ${port}` };
}

class TcpCheck implements Check {
  readonly took = 0;
  private readonly pod: PodWorker;
  private readonly network: NetworkNamespace | undefined;
  private readonly host: string;
  private readonly address: string;
  private readonly port: number;

  constructor(pod: PodWorker, port: number) {
    this.pod = pod;
    this.network = pod.sandbox?.network;
    this.host = pod.sandbox?.ip ?? "";
    this.address = `${pod.sandbox?.ip ?? ""}:${port}`;
    this.port = port;
  }

  ask(): ProbeAnswer {
    const { network, port, host: address } = this;
    const taken = network?.listens(port) === true && network.hears(address, port);
    tellProbe(this.pod.ctx.network, { address, port }, taken ? true : undefined);
    if (taken) return true;
    return `dial tcp ${this.address}: connect: connection refused`;
  }
}

class ExecCheck implements Check {
  took = 0;
  private readonly pod: PodWorker;
  private readonly slot: ContainerSlot;
  private readonly command: string[];
  private readonly timeoutMs: number;
  private stop: (() => void) | undefined;

  constructor(pod: PodWorker, slot: ContainerSlot, how: { command: string[]; timeoutMs: number }) {
    this.pod = pod;
    this.slot = slot;
    this.command = how.command;
    this.timeoutMs = how.timeoutMs;
  }

  cancel(): void {
    this.stop?.();
  }

  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined {
    const { sim } = this.pod.ctx;
    const { current } = this.slot;
    if (current === undefined || !current.running) return "container not running";
    const began = sim.now;
    let output = "";
    const sink = { write: (text: string) => void (output += text) };
    try {
      const process = current.startProcess(this.command, { stdin: "none", stdout: sink, stderr: sink }, (code) => {
        if (this.stop === undefined) return;
        this.stop = undefined;
        sim.cancel(limit);
        this.took = sim.now - began;
        later(code === 0 || output);
      });
      const limit = sim.after(
        this.timeoutMs,
        () => {
          this.stop?.();
          this.took = this.timeoutMs;
          const shown = JSON.stringify(this.command.join(" "));
          later(`command timed out: ${shown} timed out after ${formatGoDuration(this.timeoutMs)}`);
        },
        { background: true },
      );
      this.stop = () => {
        this.stop = undefined;
        sim.cancel(limit);
        process.kill("SIGKILL", true);
      };
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { error: `rpc error: code = Unknown desc = ${notStarted(current, this.command, error)}` };
    }
  }
}
