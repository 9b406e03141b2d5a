/** `drydock trace FROM URL`: asks a cluster that `drydock serve` serves to send a request and tell every hop. */
import { parseTrace, traceText } from "../terminal/drydock-trace.ts";
import type { TraceAnswer } from "../terminal/drydock-trace.ts";
import { parseFlags, UsageError } from "./options.ts";

export async function trace(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(args, {
    flags: ["server", "request", "data", "max-time", "namespace"],
    switches: ["json"],
  });
  const more = ["request", "data", "max-time", "namespace"].flatMap((flag) =>
    values[flag] === undefined ? [] : [`--${flag}`, String(values[flag])],
  );
  const command = parseTrace("trace", [...positionals, ...more]);
  if (typeof command === "string") throw new UsageError(command);
  if (!("trace" in command)) throw new UsageError("trace takes a place and a URL");
  const server = String(values["server"] ?? "http://127.0.0.1:8001").replace(/\/$/, "");
  const { from, request } = command.trace;
  let response: Response;
  try {
    response = await fetch(`${server}/drydock/trace`, { method: "POST", body: JSON.stringify({ from, ...request }) });
  } catch {
    throw new UsageError(`nobody answers at ${server}: start drydock serve, or name another with --server`);
  }
  const answer = (await response.json()) as TraceAnswer & { error?: string };
  if (answer.error !== undefined) throw new UsageError(answer.error);
  process.stdout.write(values["json"] === true ? `${JSON.stringify(answer)}\n` : traceText(answer));
  return answer.status === undefined ? 1 : 0;
}
