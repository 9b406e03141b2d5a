/** Commands that listen on this machine's ports and answer each request that comes. Upstream: client-go tools/portforward. */
import { SystemError } from "../engine/base/program.ts";
import { type Call, listen, listenOn } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";

const FIRST_EPHEMERAL = 32_768;
const EPHEMERAL = 28_232;
const NO_LISTENING = "this kubectl can't listen on a port of this machine: that works in the playground's terminal";

/** A descriptor for the port at an address; with port 0 for one that is free. Throws as Go's `net.Listen` fails. */
export function* openPort(
  { address, port }: { address: string; port: number },
  random: (bound: number) => number,
): Call<{ fd: number; port: number }> {
  const shown = address.includes(":") ? `[${address}]` : address;
  for (;;) {
    const wanted = port === 0 ? FIRST_EPHEMERAL + random(EPHEMERAL) : port;
    try {
      return { fd: yield* listen(wanted, address), port: wanted };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno === "EACCES") {
        throw new CommandError(NO_LISTENING);
      }
      const taken = error.errno === "EADDRINUSE";
      if (!taken && error.errno !== "EADDRNOTAVAIL") throw error;
      const why = taken ? "address already in use" : "cannot assign requested address";
      if (!taken || port !== 0) throw new CommandError(`listen tcp ${shown}:${port}: bind: ${why}`);
    }
  }
}

/**
 * A socket for a port of byte streams on all of the addresses that can be had; with port 0 for one that is free. The errors
 * are why an address could not be had.
 */
export function* openSocket(
  port: number,
  addresses: readonly string[],
  random: (bound: number) => number,
): Call<{ fd: number | undefined; port: number; problems: Map<string, SystemError> }> {
  const wanted = port === 0 ? FIRST_EPHEMERAL + random(EPHEMERAL) : port;
  const problems = new Map<string, SystemError>();
  for (;;) {
    const left = addresses.filter((address) => !problems.has(address));
    if (left.length === 0) return { fd: undefined, port: wanted, problems };
    try {
      return { fd: yield* listenOn(wanted, "TCP", left), port: wanted, problems };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno === "EACCES") throw new CommandError(NO_LISTENING);
      const taken = error.errno === "EADDRINUSE";
      if (taken && port === 0) return yield* openSocket(port, addresses, random);
      for (const address of left) if (taken || address === error.detail) problems.set(address, error);
      if (!taken && !left.includes(error.detail)) throw error;
    }
  }
}
