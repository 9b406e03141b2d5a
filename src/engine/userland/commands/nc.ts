import { SystemError } from "../../base/program.ts";
import { http, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";

/** Simplified: only -z (is the port open?) is there; streams of bytes are not simulated. */
export const nc = defineCommand({
  name: "nc",
  usage: "Usage: nc -z [-v] [-w SEC] HOST PORT\n\nTell whether a port is open",
  options: { flags: "zvn", values: "w" },
  *run(io) {
    const [host, port] = io.operands;
    if (host === undefined || port === undefined) return yield* io.misuse("a host and a port are needed");
    if (!io.has("z")) {
      yield* io.complain("only -z (test a port) is simulated here");
      return 1;
    }
    const timeout = io.value("w");
    try {
      const response = yield* http({
        method: "GET",
        url: `http://${host}:${port}/`,
        headers: {},
        body: "",
        ...(timeout === undefined ? {} : { timeoutMs: Number(timeout) * 1000 }),
      });
      yield { call: "close", fd: response.body };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno !== "ECONNRESET") {
        if (io.flavour === "busybox") {
          if (error.errno === "ENOTFOUND") yield* io.complain(`bad address '${host}'`);
          else if (io.has("v")) yield* io.complain(`${host} (${host}:${port}): ${errorText(error)}`);
        } else if (io.has("v")) yield* io.complain(`connect to ${host} port ${port} (tcp) failed: ${errorText(error)}`);
        return 1;
      }
    }
    if (io.has("v"))
      yield* write(
        2,
        io.flavour === "busybox"
          ? `${host} (${host}:${port}) open\n`
          : `Connection to ${host} ${port} port [tcp/*] succeeded!\n`,
      );
    return 0;
  },
});
