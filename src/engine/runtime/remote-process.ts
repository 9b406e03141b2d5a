/**
 * The far end of `kubectl exec` and of ssh: a process whose streams are the channels of an upgraded connection (1 stdout,
 * 2 stderr, 3 the final Status; from the client 0 stdin, 4 terminal size). Upstream: apimachinery pkg/util/remotecommand.
 */
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { isObject } from "../base/json.ts";
import type { Process, ProcessStdio, TerminalDevice } from "./machine.ts";
import { Tty } from "./tty.ts";

const STATUS_CHANNEL = 3;
export const RESIZE_CHANNEL = 4;

export interface RemoteStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** Upgrades the connection and starts a process on it. What `start` throws passes through; the connection is open then. */
export function serveProcess(
  sink: HttpSink,
  streams: RemoteStreams,
  start: (stdio: ProcessStdio, onExit: (code: number) => void) => Process,
): HttpExchange {
  const { stdin, stdout, stderr } = streams;
  const tty = streams.tty ? new Tty({ output: (text) => sink.frame(1, text) }) : undefined;
  const stdio: ProcessStdio = {
    stdin: tty !== undefined && stdin ? tty : stdin ? "open" : "none",
    stdout: tty ?? { write: (text) => (stdout ? sink.frame(1, text) : undefined) },
    stderr: tty ?? { write: (text) => (stderr ? sink.frame(2, text) : undefined) },
  };
  sink.head(101, {});
  let over = false;
  const process = start(stdio, (code) => {
    if (!over) endWith(sink, exitStatus(code));
    over = true;
  });
  return {
    abort() {
      over = true;
      if (tty !== undefined) tty.hangUp();
      else process.kill("SIGHUP", true);
    },
    frame(channel, text) {
      if (channel === 0 && tty !== undefined) tty.input(text);
      else if (channel === 0) process.writeStdin(text);
      else if (channel === RESIZE_CHANNEL) resizeTerminal(tty, text);
    },
    closeStdin() {
      if (tty === undefined) process.closeStdin();
    },
  };
}

/** The last words on a channel: a `Status`. */
export function endWith(sink: HttpSink, status: object): void {
  sink.frame(STATUS_CHANNEL, JSON.stringify(status));
  sink.end();
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

/**
 * `text` is what came on channel 4: `{"Width":80,"Height":24}`. A client without a window says 0: then the terminal keeps
 * its size, as programs take theirs for unknown.
 */
export function resizeTerminal(terminal: TerminalDevice | undefined, text: string): void {
  let size: unknown;
  try {
    size = JSON.parse(text);
  } catch {
    return;
  }
  if (!isObject(size) || typeof size["Width"] !== "number" || typeof size["Height"] !== "number") return;
  if (size["Width"] < 1 || size["Height"] < 1) return;
  terminal?.resize(size["Width"], size["Height"]);
}
