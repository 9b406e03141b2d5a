/** curl's own words and exit codes for what the network said. Upstream: curl lib/strerror.c, lib/connect.c. */
import type { SystemError } from "../../base/program.ts";
import { NOT_HTTP, UNANSWERED, UNRESOLVED } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import type { CommandIo } from "../command.ts";
import { refusals, trying } from "./texts.ts";
import { errorText, WRONG_VERSION } from "../errors.ts";

/** Says why, unless -s without -S. */
export function* fail(io: CommandIo, code: number, message: string): Call<number> {
  if (!io.has("s") || io.has("S")) yield* write(2, `curl: (${code}) ${message}\n`);
  return code;
}

export interface Attempt {
  host: string;
  port: number;
  proxy: boolean;
  error: SystemError;
  /** Since it began. */
  ms: number;
  /** Whether -m or --connect-timeout ended it: else Linux gave up. */
  limited: boolean;
  /** Of the body, before it broke off. */
  received: number;
}

export function failureOf(attempt: Attempt): { code: number; message: string } {
  const { host, port, proxy, error, ms } = attempt;
  switch (error.errno) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return proxy
        ? { code: 5, message: `Could not resolve proxy: ${host}` }
        : { code: 6, message: `Could not resolve host: ${host}` };
    case "ETIMEDOUT":
      return { code: 28, message: timedOut(attempt) };
    case "EPROTO":
      if (error.detail === NOT_HTTP) return { code: 1, message: "Received HTTP/0.9 when not allowed" };
      return { code: 35, message: `TLS connect error: ${WRONG_VERSION}` };
    case "ECONNRESET":
      return { code: 56, message: "Recv failure: Connection reset by peer" };
    case "EPIPE":
      return { code: 52, message: "Empty reply from server" };
    default:
      return { code: 7, message: noConnection(host, port, ms) };
  }
}

function timedOut({ host, port, error, ms, received, limited }: Attempt): string {
  if (error.detail === UNANSWERED || received > 0)
    return `Operation timed out after ${ms} milliseconds with ${received} bytes received`;
  if (error.detail === UNRESOLVED) return `Resolving timed out after ${ms} milliseconds`;
  return limited ? `Connection timed out after ${ms} milliseconds` : noConnection(host, port, ms);
}

function noConnection(host: string, port: number, ms: number): string {
  return `Failed to connect to ${host} port ${port} after ${ms} ms: Could not connect to server`;
}

/** What `-v` tells of a connection that was not made. */
export function failureLines(attempt: Attempt, addresses: readonly string[]): string[] {
  const { host, port, error } = attempt;
  if (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN")
    return [`Could not resolve host: ${host}`, "closing connection #0"];
  const { message } = failureOf(attempt);
  if (error.detail === UNANSWERED || ["ECONNRESET", "EPROTO", "EPIPE"].includes(error.errno))
    return [message, "closing connection #0"];
  return [
    ...(error.errno === "ETIMEDOUT"
      ? addresses.slice(0, 1).map((address) => trying(address, port))
      : refusals(addresses, port, errorText(error))),
    message,
    "closing connection #0",
  ];
}
