/** Drives a program in a test: files in memory, requests over an `HttpCarrier`, everything at once. */
import { FINISHED_EXCHANGE, type HttpCarrier, type HttpExchange } from "../../engine/base/http.ts";
import {
  type FileSystem,
  type HttpResponse,
  Killed,
  type Program,
  type ProgramContext,
  type SysCall,
  SystemError,
} from "../../engine/base/program.ts";

export interface RunResult {
  stdout: string;
  stderr: string;
  code: number;
}

export interface DriveOptions {
  argv: readonly string[];
  stdin?: string;
  files?: Record<string, string>;
  fs?: FileSystem;
  env?: Record<string, string>;
  cwd?: string;
  carrier?: HttpCarrier;
  now?: () => number;
  /** Lets virtual time go on when the program waits; returns false when nothing is left to happen. */
  step?: () => boolean;
  intent?: (name: string, args: unknown) => unknown;
}

interface Stream {
  text: string;
  ended: boolean;
  failure: SystemError | undefined;
  exchange: HttpExchange;
}

/** A flat file system that answers what kubectl asks. */
export function memoryFiles(files: Record<string, string>): FileSystem {
  const isDirectory = (path: string): boolean =>
    Object.keys(files).some((name) => name.startsWith(`${path.replace(/\/$/, "")}/`));
  const must = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new SystemError(isDirectory(path) ? "EISDIR" : "ENOENT", path);
    return text;
  };
  const partial: Partial<FileSystem> = {
    readFile: must,
    writeFile: (path, data) => void (files[path] = data),
    exists: (path) => files[path] !== undefined || isDirectory(path),
    stat: (path) => {
      const type = isDirectory(path) ? "directory" : "file";
      if (type === "file") must(path);
      return { type, size: files[path]?.length ?? 0, mode: 0o644, uid: 0, gid: 0, mtime: 0 };
    },
    readdir: (path) =>
      [
        ...new Set(
          Object.keys(files)
            .filter((name) => name.startsWith(`${path}/`))
            .map((name) => name.slice(path.length + 1).split("/")[0] ?? ""),
        ),
      ].sort(),
    mkdir: () => {},
  };
  return partial as FileSystem;
}

export function drive(program: Program, options: DriveOptions): RunResult {
  const result: RunResult = { stdout: "", stderr: "", code: -1 };
  const streams = new Map<number, Stream>();
  const inputs = new Map<number, { exchange: HttpExchange; channel: number }>();
  let nextFd = 3;
  let stdin: string | null = options.stdin ?? null;
  const now = options.now ?? ((): number => Date.parse("2026-01-01T00:00:00Z"));
  const context: ProgramContext = {
    pid: 1,
    argv: options.argv,
    env: { HOME: "/root", ...options.env },
    cwd: options.cwd ?? "/root",
    fs: options.fs ?? memoryFiles({ ...options.files }),
    hostname: "laptop",
    user: { name: "root", uid: 0, gid: 0, home: "/root" },
    now,
    random: () => 0,
    tty: () => undefined,
    which: () => undefined,
    programNames: () => [],
    processes: () => [],
  };
  const waitFor = (ready: () => boolean): void => {
    while (!ready()) {
      if (options.step?.() !== true) throw new Killed("SIGINT");
    }
  };
  const send = (request: SysCall & { call: "http" }): HttpResponse => {
    if (options.carrier === undefined) throw new SystemError("ECONNREFUSED", request.request.url);
    const stream: Stream = { text: "", ended: false, failure: undefined, exchange: FINISHED_EXCHANGE };
    const channels = [0, 1, 2].map((): Stream => ({
      text: "",
      ended: false,
      failure: undefined,
      exchange: FINISHED_EXCHANGE,
    }));
    let head: { status: number; headers: Record<string, string> } | undefined;
    stream.exchange = options.carrier.send(request.request, {
      head: (status, headers) => void (head = { status, headers }),
      data: (text) => void (stream.text += text),
      frame: (channel, text) => void (channels[channel - 1]!.text += text),
      end: () => {
        for (const one of [stream, ...channels]) one.ended = true;
      },
      fail: (errno, detail) => void (stream.failure = new SystemError(errno, detail)),
    });
    waitFor(() => head !== undefined || stream.failure !== undefined);
    if (head === undefined) throw stream.failure ?? new SystemError("ECONNRESET");
    streams.set(nextFd, stream);
    const body = nextFd++;
    if (head.status !== 101) return { ...head, body };
    const open = (one: Stream): number => {
      streams.set(nextFd, one);
      return nextFd++;
    };
    const [stdout, stderr, status] = channels.map(open);
    const [stdin, resize] = [open(stream), open(stream)];
    inputs.set(stdin, { exchange: stream.exchange, channel: 0 });
    inputs.set(resize, { exchange: stream.exchange, channel: 4 });
    return { ...head, body, channel: { stdin, stdout: stdout!, stderr: stderr!, status: status!, resize } };
  };
  const answer = (call: SysCall): unknown => {
    switch (call.call) {
      case "read": {
        if (call.fd === 0) {
          const text = stdin;
          stdin = null;
          return text === "" ? null : text;
        }
        const stream = streams.get(call.fd);
        if (stream === undefined) throw new SystemError("EBADF");
        waitFor(() => stream.text !== "" || stream.ended || stream.failure !== undefined);
        const { text } = stream;
        stream.text = "";
        return text === "" ? null : text;
      }
      case "write":
        if (inputs.has(call.fd)) {
          const { exchange, channel } = inputs.get(call.fd)!;
          exchange.frame(channel, call.data);
        } else if (call.fd === 2) result.stderr += call.data;
        else result.stdout += call.data;
        return undefined;
      case "close":
        if (inputs.get(call.fd)?.channel === 0) {
          inputs.get(call.fd)!.exchange.closeStdin();
          return undefined;
        }
        streams.get(call.fd)?.exchange.abort();
        streams.delete(call.fd);
        return undefined;
      case "http":
        return send(call);
      case "sleep": {
        const until = now() + call.ms;
        waitFor(() => now() >= until);
        return undefined;
      }
      case "poll": {
        const until = now() + (call.timeoutMs ?? Number.POSITIVE_INFINITY);
        const ready = (): number[] =>
          call.fds.filter((fd) => fd === 0 || (streams.get(fd)?.text ?? "x") !== "" || streams.get(fd)?.ended === true);
        waitFor(() => ready().length > 0 || now() >= until);
        return ready();
      }
      case "intent":
        return options.intent?.(call.name, call.args) ?? null;
      default:
        throw new Error(`the test driver does not answer ${call.call}`);
    }
  };
  const run = program(context, options.argv);
  try {
    let step = run.next();
    while (step.done !== true) {
      let value: unknown;
      try {
        value = answer(step.value);
      } catch (error) {
        step = run.throw(error);
        continue;
      }
      step = run.next(value);
    }
    result.code = step.value;
  } catch (error) {
    // Nothing more will happen: the end of a watch, as Ctrl-C would end it.
    if (!(error instanceof Killed)) throw error;
    result.code = 130;
  }
  return result;
}
