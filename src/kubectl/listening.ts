/** Commands that listen on this machine's ports and answer each request that comes. Upstream: client-go tools/portforward. */
import { SystemError } from "../engine/base/program.ts";
import { type Call, listen, listenOn } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";

const FIRST_EPHEMERAL = 32_768;
const EPHEMERAL = 28_232;
const NO_LISTENING = "this kubectl can't listen on a port of this machine: that works in the playground's terminal";

/** A descriptor for the port; with port 0 for one that is free. Undefined when somebody listens there. */
export function* openPort(
  port: number,
  random: (bound: number) => number,
): Call<{ fd: number; port: number } | undefined> {
  for (;;) {
    const wanted = port === 0 ? FIRST_EPHEMERAL + random(EPHEMERAL) : port;
    try {
      return { fd: yield* listen(wanted), port: wanted };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno === "EACCES") {
        throw new CommandError(NO_LISTENING);
      }
      if (error.errno !== "EADDRINUSE") throw error;
      if (port !== 0) return undefined;
    }
  }
}

/**
 * Sockets for a port of byte streams on each address; with port 0 for one that is free. The error is why an address could
 * not be had.
 */
export function* openSockets(
  port: number,
  addresses: readonly string[],
  random: (bound: number) => number,
): Call<{ fds: number[]; port: number; problems: Map<string, SystemError> }> {
  const wanted = port === 0 ? FIRST_EPHEMERAL + random(EPHEMERAL) : port;
  const fds: number[] = [];
  const problems = new Map<string, SystemError>();
  for (const address of addresses) {
    try {
      fds.push(yield* listenOn(wanted, "TCP", address));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno === "EACCES") throw new CommandError(NO_LISTENING);
      problems.set(address, error);
    }
  }
  const taken = [...problems.values()].some(({ errno }) => errno === "EADDRINUSE");
  if (port === 0 && fds.length === 0 && taken) return yield* openSockets(port, addresses, random);
  return { fds, port: wanted, problems };
}
