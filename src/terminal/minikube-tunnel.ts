/**
 * `minikube tunnel`: while it runs, services of type LoadBalancer have addresses that answer from this machine.
 * Upstream: kubernetes/minikube cmd/minikube/cmd/tunnel.go, pkg/minikube/tunnel/reporter.go.
 */
import type { ProgramContext } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { signals, sleep, trap, write } from "../engine/base/syscalls.ts";
import { askTunnel, ask, missing, unknownFlag } from "./minikube-state.ts";

const LOOK_EVERY_MS = 1000;
const SERVICES = "10.96.0.0/12";

export function* tunnel(ctx: ProgramContext, args: string[]): Call<number> {
  if (yield* unknownFlag(args, ["--cleanup", "-c"])) return 64;
  const none = yield* missing(yield* ask("state"), true);
  if (none !== undefined) return none;
  yield* trap("SIGINT", "queue");
  yield* trap("SIGTERM", "queue");
  let shown = "";
  try {
    for (let state = yield* askTunnel("open"); state.running; state = yield* askTunnel("look")) {
      const text = status(ctx.pid, state.ip, state.tunnel);
      if (text !== shown) yield* write(1, (shown = text));
      yield* sleep(LOOK_EVERY_MS);
      if ((yield* signals()).length > 0) break;
    }
    return 0;
  } finally {
    yield* askTunnel("close");
  }
}

function status(pid: number, ip: string, services: readonly string[]): string {
  return `Status:
\tmachine: minikube
\tpid: ${pid}
\troute: ${SERVICES} -> ${ip}
\tminikube: Running
\tservices: [${services.join(", ")}]
    errors: 
\t\tminikube: no errors
\t\trouter: no errors
\t\tloadbalancer emulator: no errors
`;
}
