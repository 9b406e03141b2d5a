import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { http, resolve, sleep, trap, signals } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";

/**
 * Simplified: there is no ICMP; a host answers when a connection to it is accepted or refused, and doesn't when the network
 * says that there is no way to it. Service addresses never answer, as in life.
 */
export const ping = defineCommand({
  name: "ping",
  usage: "Usage: ping [-c COUNT] [-i SECONDS] [-W SECONDS] [-q] HOST\n\nSend ICMP ECHO_REQUESTs to HOST",
  options: { flags: "q4", values: "ciWws" },
  badUsageStatus: 2,
  *run(io) {
    const [host] = io.operands;
    if (host === undefined) return yield* io.misuse("usage error: Destination address required", 2);
    let address: string;
    try {
      address = /^[\d.]+$/.test(host) ? host : ((yield* resolve(host))[0] as string);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* io.complain(io.flavour === "busybox" ? `bad address '${host}'` : `${host}: Name or service not known`);
      return io.flavour === "busybox" ? 1 : 2;
    }
    const count = Number(io.value("c") ?? Number.POSITIVE_INFINITY);
    const wait = Math.round(Number(io.value("W") ?? 1) * 1000);
    yield* trap("SIGINT", "queue");
    yield* io.out(`PING ${host} (${address}): 56 data bytes\n`);
    let sent = 0;
    let received = 0;
    while (sent < count) {
      const answered = yield* reaches(address, wait);
      if (answered) {
        received++;
        if (!io.has("q")) yield* io.out(`64 bytes from ${address}: seq=${sent} ttl=63 time=0.1${sent % 10} ms\n`);
      }
      sent++;
      if (sent < count)
        yield* sleep(answered ? Math.round(Number(io.value("i") ?? 1) * 1000) : Math.max(0, 1000 - wait));
      if ((yield* signals()).length > 0) break;
    }
    const lost = sent === 0 ? 0 : Math.round(((sent - received) / sent) * 100);
    yield* io.out(
      `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${received} packets received, ${lost}% packet loss\n`,
    );
    if (received > 0) yield* io.out("round-trip min/avg/max = 0.100/0.105/0.110 ms\n");
    return received > 0 ? 0 : 1;
  },
});

/** Port 7 is echo: nobody listens there, so a host that is up refuses. */
function* reaches(address: string, timeoutMs: number): Call<boolean> {
  try {
    yield* http({ method: "GET", url: `http://${address}:7/`, headers: {}, body: "", timeoutMs });
    return true;
  } catch (error) {
    return error instanceof SystemError && (error.errno === "ECONNREFUSED" || error.errno === "ECONNRESET");
  }
}
