/** The `http` system call: one exchange over the machine's network, its answer as descriptors. */
import type { HttpExchange, HttpSink, Way } from "../base/http.ts";
import type { Errno, HttpRequest, HttpResponse } from "../base/program.ts";
import { SystemError, UNANSWERED, UNRESOLVED } from "../base/program.ts";
import { BLOCKED } from "./description.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { LIMITS } from "./limits.ts";
import { FedStream, SinkStream } from "./streams.ts";

export function startExchange(kernel: Kernel, process: KernelProcess, request: HttpRequest): typeof BLOCKED {
  const call = new ExchangeCall(kernel, process, request);
  call.begin();
  return BLOCKED;
}

class ExchangeCall implements HttpSink {
  private readonly kernel: Kernel;
  private readonly process: KernelProcess;
  private readonly request: HttpRequest;
  private exchange: HttpExchange | undefined;
  /** "waiting" for the head, "open" while the body may come, then "over". */
  private phase: "waiting" | "open" | "over" = "waiting";
  private aborted = false;
  private body: FedStream | undefined;
  private outputs: FedStream[] = [];
  private cancelTimer: (() => void) | undefined;

  constructor(kernel: Kernel, process: KernelProcess, request: HttpRequest) {
    this.kernel = kernel;
    this.process = process;
    this.request = request;
  }

  begin(): void {
    const { kernel, process, request } = this;
    process.park(() => {
      if (this.phase === "waiting") this.abort();
    });
    const { timeoutMs } = request;
    if (timeoutMs !== undefined) {
      const timer = kernel.sim.after(timeoutMs, () => this.timeOut(), { background: process.machine.background });
      this.cancelTimer = () => kernel.sim.cancel(timer);
    }
    this.exchange = process.place.network.send(request, this);
    if (this.aborted) this.exchange.abort();
  }

  head(status: number, headers: Record<string, string>, certificate?: string, way?: Way): void {
    if (this.phase !== "waiting") return;
    this.phase = "open";
    const { process } = this;
    const body = new FedStream(() => status !== 101 && this.unread());
    this.body = body;
    const answer: HttpResponse = { status, headers, body: process.install(body) };
    if (certificate !== undefined) answer.certificate = certificate;
    if (way !== undefined) answer.way = way;
    if (status === 101) {
      body.end();
      answer.channel = this.channel();
    }
    process.answer({ value: answer });
    this.kernel.settle();
  }

  private channel(): NonNullable<HttpResponse["channel"]> {
    const { process } = this;
    this.outputs = [new FedStream(() => this.unread()), new FedStream(), new FedStream()];
    const [stdout, stderr, status] = this.outputs as [FedStream, FedStream, FedStream];
    const frame = (channel: number) => ({ write: (text: string) => this.exchange?.frame(channel, text) });
    return {
      stdin: process.install(new SinkStream(frame(0), () => this.phase === "open" && this.exchange?.closeStdin())),
      stdout: process.install(stdout),
      stderr: process.install(stderr),
      status: process.install(status),
      resize: process.install(new SinkStream(frame(4))),
    };
  }

  data(text: string): void {
    const { body } = this;
    if (this.phase !== "open" || body === undefined) return;
    body.push(text);
    if (body.waiting > LIMITS.streamCharacters) {
      body.fail(new SystemError("ENOSPC", this.request.url));
      this.abort();
    }
    this.kernel.settle();
  }

  frame(channel: number, text: string): void {
    this.outputs[channel - 1]?.push(text);
    this.kernel.settle();
  }

  end(): void {
    this.over();
    this.body?.end();
    for (const output of this.outputs) output.end();
    this.kernel.settle();
  }

  fail(errno: Errno, detail: string): void {
    const error = new SystemError(errno, detail);
    const { phase } = this;
    if (phase === "over") return;
    this.over();
    if (phase === "waiting") this.process.answer({ error });
    this.body?.fail(error);
    for (const output of this.outputs) output.fail(error);
    this.kernel.settle();
  }

  private timeOut(): void {
    if (this.phase === "over") return;
    const { exchange } = this;
    this.fail(
      "ETIMEDOUT",
      exchange?.connected === true ? UNANSWERED : exchange?.unresolved === true ? UNRESOLVED : this.request.url,
    );
    exchange?.abort();
  }

  /** The program closed the body, or ended. */
  private unread(): void {
    if (this.phase === "open") this.abort();
  }

  private abort(): void {
    this.over();
    this.aborted = true;
    this.exchange?.abort();
  }

  private over(): void {
    this.phase = "over";
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }
}
