/**
 * exec and attach: a process' streams as channels of an upgraded connection. Upstream: kubelet/pkg/cri/streaming.
 */
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { SystemError } from "../base/program.ts";
import { execError } from "../runtime/containers/start-error.ts";
import type { Container } from "../runtime/containers/container.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import { endWith, RESIZE_CHANNEL, resizeTerminal, serveProcess } from "../runtime/remote-process.ts";
import type { Query } from "./kubelet-server.ts";

interface Channels {
  query: Query;
  sink: HttpSink;
}

/** Runs a command in a running container. */
export function exec(container: Container, { query, sink }: Channels): HttpExchange {
  const command = [...(query.get("command") ?? [])];
  const flag = (name: string): boolean => query.get(name)?.[0] === "1";
  const streams = { stdin: flag("input"), stdout: flag("output"), stderr: flag("error"), tty: flag("tty") };
  try {
    return serveProcess(sink, streams, (stdio, onExit) => container.startProcess(command, stdio, onExit));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    endWith(sink, failure(500, execFailure(container, command, error), "InternalError"));
    return FINISHED_EXCHANGE;
  }
}

/** What the runtime's streaming server says of a command that doesn't start. */
export function execFailure(container: Container, command: readonly string[], error: SystemError): string {
  return `Internal error occurred: error executing command in container: ${notStarted(container, command, error)}`;
}

/** What the runtime says of a command that doesn't start. */
export function notStarted(container: Container, command: readonly string[], error: SystemError): string {
  const id = hex64(`${container.id}/exec/${command.join(" ")}`);
  return `failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: ${execError(command[0] ?? "", error)}`;
}

/** Joins the main process: its output from now on, its input when the container has `stdin`. */
export function attach(container: Container, { query, sink }: Channels): HttpExchange {
  const { process, terminal, config } = container;
  sink.head(101, {});
  const stops = [container.process === undefined ? followLog(container, sink) : followOutput(container, sink)];
  const stop = (): void => {
    for (const each of stops.splice(0)) each();
  };
  stops.push(
    container.log.subscribe(() => {
      if (!container.log.ended) return;
      stop();
      endWith(sink, { metadata: {}, status: "Success" });
    }),
  );
  const input = query.get("input")?.[0] === "1" && config.stdin === true;
  const leave = (): void => {
    if (!input || config.stdinOnce !== true) return;
    if (terminal !== undefined) terminal.hangUp();
    else process?.closeStdin();
  };
  return {
    abort() {
      stop();
      leave();
    },
    frame(channel, text) {
      if (channel === RESIZE_CHANNEL) resizeTerminal(terminal, text);
      else if (channel === 0 && input && terminal !== undefined) terminal.input(text);
      else if (channel === 0 && input) process?.writeStdin(text);
    },
    closeStdin() {
      if (terminal === undefined) leave();
    },
  };
}

function followOutput(container: Container, sink: HttpSink): () => void {
  return container.onOutput((stream, text) => sink.frame(stream === "stdout" ? 1 : 2, text));
}

/** A built-in server writes whole lines, straight into its log. */
function followLog(container: Container, sink: HttpSink): () => void {
  const { log } = container;
  let sent = log.length;
  return log.subscribe(() => {
    for (const { stream, text } of log.since(sent)) sink.frame(stream === "stdout" ? 1 : 2, `${text}\n`);
    sent = log.length;
  });
}

function failure(code: number, message: string, reason: string): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}
