/**
 * A port of a pod as seen from inside it. Upstream: CRI PortForward as containerd serves it.
 * Simplified: one HTTP exchange a connection; other protocols find nobody who answers.
 */
import { formatResponse, parseRequest } from "../base/http-text.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import type { Simulation } from "../sim/simulation.ts";

/** Channels of the answer: data, then what went wrong. */
const DATA = 1;
const ERROR = 2;

export function forwardPort(
  sim: Simulation,
  pod: { network: NetworkNamespace; sandbox: string; port: number },
  sink: HttpSink,
): HttpExchange {
  const { network, port, sandbox } = pod;
  let text = "";
  let done = false;
  const finish = (channel: number, data: string): void => {
    if (done) return;
    done = true;
    sink.frame(channel, data);
    sink.end();
  };
  sink.head(101, {});
  return {
    abort: () => void (done = true),
    closeStdin() {},
    frame(_channel, piece) {
      text += piece;
      const request = parseRequest(text);
      if (request === undefined || done) return;
      const listener = network.listeners.get(port);
      if (listener === undefined || !network.hears("127.0.0.1", port)) {
        finish(
          ERROR,
          `error forwarding port ${port} to pod ${sandbox}, uid : failed to execute portforward in network namespace: failed to connect to localhost:${port} inside namespace ${JSON.stringify(sandbox)}, IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found `,
        );
        return;
      }
      const response = listener({ ...request, remoteAddress: "127.0.0.1", port });
      const answer = ({ status, headers = {}, body }: typeof response): void =>
        finish(DATA, formatResponse({ status, headers, body }));
      if (response.hangs === true) return;
      const later = response.later;
      sim.after(response.delayMs ?? 1, () => void (later === undefined ? answer(response) : later(answer)));
    },
  };
}
