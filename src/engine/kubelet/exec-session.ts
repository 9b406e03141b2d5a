/**
 * exec and attach: a process' streams as channels of an upgraded connection (1 stdout, 2 stderr, 3 the final Status;
 * from the client 0 stdin, 4 terminal size). Upstream: kubelet/pkg/cri/streaming/remotecommand.
 */
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { isObject } from "../base/json.ts";
import { SystemError } from "../base/program.ts";
import { execError } from "../runtime/containers/container.ts";
import type { Container } from "../runtime/containers/container.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import type { Process, ProcessStdio } from "../runtime/machine.ts";
import { Tty } from "../runtime/tty.ts";
import type { Query } from "./kubelet-server.ts";

interface Channels {
  query: Query;
  sink: HttpSink;
}

const STATUS_CHANNEL = 3;
const RESIZE_CHANNEL = 4;

/** Runs a command in a running container. */
export function exec(container: Container, { query, sink }: Channels): HttpExchange {
  const command = [...(query.get("command") ?? [])];
  const flag = (name: string): boolean => query.get(name)?.[0] === "1";
  const tty = flag("tty") ? new Tty({ output: (text) => sink.frame(1, text) }) : undefined;
  const stdin = flag("input");
  const stdio: ProcessStdio = {
    stdin: tty !== undefined && stdin ? tty : stdin ? "open" : "none",
    stdout: tty ?? { write: (text) => (flag("output") ? sink.frame(1, text) : undefined) },
    stderr: tty ?? { write: (text) => (flag("error") ? sink.frame(2, text) : undefined) },
  };
  sink.head(101, {});
  let over = false;
  const end = (status: object): void => {
    if (over) return;
    over = true;
    sink.frame(STATUS_CHANNEL, JSON.stringify(status));
    sink.end();
  };
  let process: Process;
  try {
    process = container.startProcess(command, stdio, (code) => end(exitStatus(code)));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const id = hex64(`${container.id}/exec/${command.join(" ")}`);
    const text = `error executing command in container: failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: ${execError(command[0] ?? "", error)}`;
    end(failure(500, `Internal error occurred: ${text}`, "InternalError"));
    return FINISHED_EXCHANGE;
  }
  return {
    abort() {
      over = true;
      if (tty !== undefined) tty.hangUp();
      else process.kill("SIGHUP", true);
    },
    frame(channel, text) {
      if (channel === 0 && tty !== undefined) tty.input(text);
      else if (channel === 0) process.writeStdin(text);
      else if (channel === RESIZE_CHANNEL) resize(tty, text);
    },
    closeStdin() {
      if (tty === undefined) process.closeStdin();
    },
  };
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
      sink.frame(STATUS_CHANNEL, JSON.stringify({ metadata: {}, status: "Success" }));
      sink.end();
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
      if (channel === RESIZE_CHANNEL) resize(terminal, text);
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

/** A refusal before the upgrade, as a Status. */
export function sendStatus(sink: HttpSink, code: number, message: string): HttpExchange {
  sink.head(code, { "content-type": "application/json" });
  sink.data(JSON.stringify(failure(code, message, "InternalError")));
  sink.end();
  return FINISHED_EXCHANGE;
}

function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

function failure(code: number, message: string, reason: string): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

function resize(tty: Tty | undefined, text: string): void {
  let size: unknown;
  try {
    size = JSON.parse(text);
  } catch {
    return;
  }
  if (!isObject(size) || typeof size["Width"] !== "number" || typeof size["Height"] !== "number") return;
  tty?.resize(size["Width"], size["Height"]);
}
