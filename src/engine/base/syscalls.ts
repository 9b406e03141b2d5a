import type { DnsMessage, DnsQuestion } from "./dns.ts";
import type { LoadResult, LoadSpec } from "./load.ts";
import type {
  Completer,
  Connected,
  EchoReply,
  ExitCode,
  HttpRequest,
  HttpResponse,
  ListenedResponse,
  OpenMode,
  Signal,
  SpawnOptions,
  SysCall,
  TtyMode,
} from "./program.ts";

/** A piece of a program: yields system calls and returns T. */
export type Call<T> = Generator<SysCall, T, unknown>;

/** The next piece of a stream (never empty), or null at its end. */
export function* read(fd: number): Call<string | null> {
  return (yield { call: "read", fd }) as string | null;
}

/** One line with its newline (the last may lack it), or null at the end; what follows stays for other readers. */
export function* readLineOf(fd: number): Call<string | null> {
  let line = "";
  for (;;) {
    const piece = (yield { call: "read", fd, line: true }) as string | null;
    if (piece === null) return line === "" ? null : line;
    line += piece;
    if (line.endsWith("\n")) return line;
  }
}

/** All of a stream to its end. */
export function* readAll(fd: number): Call<string> {
  let text = "";
  for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) text += piece;
  return text;
}

export function* write(fd: number, data: string): Call<void> {
  if (data !== "") yield { call: "write", fd, data };
}

export function* close(fd: number): Call<void> {
  yield { call: "close", fd };
}

export function* dup(fd: number): Call<number> {
  return (yield { call: "dup", fd }) as number;
}

export function* pipe(): Call<[number, number]> {
  return (yield { call: "pipe" }) as [number, number];
}

export function* open(path: string, mode: OpenMode): Call<number> {
  return (yield { call: "open", path, mode }) as number;
}

export function* sleep(ms: number): Call<void> {
  yield { call: "sleep", ms };
}

export function* spawn(options: SpawnOptions): Call<number> {
  return (yield { call: "spawn", options }) as number;
}

/** Never returns: this process goes on as another program. */
export function* exec(options: SpawnOptions): Call<never> {
  yield { call: "exec", options };
  throw new Error("exec returned");
}

export function* wait(pid: number): Call<ExitCode> {
  return (yield { call: "wait", pid }) as ExitCode;
}

export function* waitAny(): Call<{ pid: number; code: ExitCode }> {
  return (yield { call: "wait-any" }) as { pid: number; code: ExitCode };
}

export function* kill(pid: number, signal: Signal): Call<void> {
  yield { call: "kill", pid, signal };
}

export function* trap(signal: Signal, action: "default" | "ignore" | "queue"): Call<void> {
  yield { call: "trap", signal, action };
}

export function* signals(): Call<Signal[]> {
  return (yield { call: "signals" }) as Signal[];
}

export function* http(request: HttpRequest): Call<HttpResponse> {
  return (yield { call: "http", request }) as HttpResponse;
}

/** Sends the same request again and again; a queued signal ends it early. */
export function* load(spec: LoadSpec): Call<LoadResult> {
  return (yield { call: "load", spec }) as LoadResult;
}

export function* resolve(host: string): Call<string[]> {
  return (yield { call: "resolve", host }) as string[];
}

/** Asks a name server by its address; throws when none answers. */
export function* query(
  question: DnsQuestion,
  to: { server: string; port?: number; tcp?: boolean; timeoutMs: number },
): Call<DnsMessage> {
  return (yield { call: "query", question, ...to }) as DnsMessage;
}

/** Sends a packet that wants an echo, and waits for what comes of it. */
export function* echo(address: string, how: { ttl?: number; timeoutMs: number }): Call<EchoReply> {
  return (yield { call: "echo", address, ttl: how.ttl ?? 64, timeoutMs: how.timeoutMs }) as EchoReply;
}

export function* readLine(
  prompt: string,
  options: { history: readonly string[]; complete?: Completer },
): Call<string | null> {
  return (yield { call: "read-line", prompt, ...options }) as string | null;
}

export function* setTtyMode(fd: number, mode: TtyMode): Call<void> {
  yield { call: "tty-mode", fd, mode };
}

/** Descriptors of `fds` that would not wait; empty when the time ran out. */
export function* poll(fds: number[], timeoutMs?: number): Call<number[]> {
  return (yield timeoutMs === undefined ? { call: "poll", fds } : { call: "poll", fds, timeoutMs }) as number[];
}

/** A descriptor that yields one `ListenedRequest` a line. `address`: the only one to listen on. */
export function* listen(port: number, address?: string): Call<number> {
  return (yield { call: "listen", port, ...(address !== undefined && { address }) }) as number;
}

export function* respond(fd: number, id: number, response: ListenedResponse): Call<void> {
  yield { call: "respond", fd, id, response };
}

/** More of the body of an answer that goes on; null is its end. False when the client went away. */
export function* respondMore(fd: number, id: number, text: string | null): Call<boolean> {
  return (yield { call: "respond-more", fd, id, text }) as boolean;
}

/** Waits until the connection is open; throws as `SysCall` says. */
export function* connect(
  host: string,
  port: number,
  options: { protocol?: "TCP" | "UDP"; timeoutMs?: number } = {},
): Call<Connected> {
  return (yield { call: "connect", host, port, ...options }) as Connected;
}

/** A descriptor for `accept`. `address`: the only one to listen on, or several. */
export function* listenOn(
  port: number,
  protocol: "TCP" | "UDP" = "TCP",
  address?: string | readonly string[],
): Call<number> {
  const call = protocol === "TCP" ? "listen-tcp" : "listen-udp";
  return (yield { call, port, ...(address !== undefined && { address }) }) as number;
}

/** Waits for the next client of a listening descriptor. */
export function* accept(fd: number): Call<Connected> {
  return (yield { call: "accept", fd }) as Connected;
}

/** Half-close. */
export function* shutdown(fd: number): Call<void> {
  yield { call: "shutdown", fd };
}

export function* external(name: string, args: unknown): Call<unknown> {
  return yield { call: "external", name, args };
}

export function* intent(name: string, args: unknown): Call<unknown> {
  return yield { call: "intent", name, args };
}
