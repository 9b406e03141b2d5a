/**
 * The gRPC probe: asks a server's standard health service. Upstream: pkg/probe/grpc.
 *
 * **Simplified:** a gRPC server listens as for HTTP and answers POST to /grpc.health.v1.Health/Check, whose query says the
 * service, with content type application/grpc, `grpc-status` and the status' name as its body.
 */
import { formatGoDuration } from "../base/go-duration.ts";
import type { Check, ProbeAnswer } from "./probe-check.ts";
import type { PodWorker } from "./pod-worker.ts";

const PATH = "/grpc.health.v1.Health/Check";
const CODES: Record<string, string> = { "5": "NotFound", "12": "Unimplemented", "14": "Unavailable" };

export class GrpcCheck implements Check {
  took = 0;
  private readonly pod: PodWorker;
  private readonly port: number;
  private readonly service: string;
  private readonly timeoutMs: number;

  constructor(pod: PodWorker, how: { port: number; service: string; timeoutMs: number }) {
    this.pod = pod;
    this.port = how.port;
    this.service = how.service;
    this.timeoutMs = how.timeoutMs;
  }

  ask(later: (answer: ProbeAnswer) => void): ProbeAnswer | undefined {
    const { sandbox, ctx } = this.pod;
    this.took = 0;
    const address = `${sandbox?.ip ?? ""}:${this.port}`;
    const heard = sandbox?.network.hears(sandbox.ip, this.port) === true;
    const listener = heard ? sandbox?.network.listeners.get(this.port) : undefined;
    const answer = listener?.({
      method: "POST",
      path: PATH,
      query: `service=${this.service}`,
      headers: { "content-type": "application/grpc", "user-agent": "kube-probe/1.36 grpc-go", host: address },
      body: "",
      remoteAddress: ctx.node.address,
      port: this.port,
    });
    const timeout = formatGoDuration(this.timeoutMs);
    if (answer === undefined || answer.headers?.["content-type"] !== "application/grpc") {
      // Nobody speaks HTTP/2 there: the client tries to connect until its time is over.
      return this.late(
        later,
        `timeout: failed to connect service ${JSON.stringify(address)} within ${timeout}: context deadline exceeded`,
      );
    }
    if (answer.hangs === true || (answer.delayMs ?? 1) >= this.timeoutMs) {
      return this.late(later, `timeout: health rpc did not complete within ${timeout}`);
    }
    const { "grpc-status": code = "0", "grpc-message": message = "" } = answer.headers;
    if (code === "12") {
      return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
    }
    if (code !== "0") {
      return `error: health rpc probe failed: rpc error: code = ${CODES[code] ?? "Unknown"} desc = ${message}`;
    }
    return answer.body === "SERVING" || `service unhealthy (responded with ${JSON.stringify(answer.body)})`;
  }

  private late(later: (answer: ProbeAnswer) => void, failure: string): undefined {
    this.took = this.timeoutMs;
    this.pod.ctx.sim.after(this.timeoutMs, () => later(failure), { background: true });
    return undefined;
  }
}
