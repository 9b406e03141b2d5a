/** What each system call does. A handler returns the answer, throws a `SystemError`, or returns BLOCKED. */
import type { LoadSpec } from "../base/load.ts";
import type { SpawnOptions, SysCall } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import { accept, connect, listenOn, shutdown } from "./connect-call.ts";
import { BLOCKED, WaitList } from "./description.ts";
import { capture } from "./capture-call.ts";
import { startExchange } from "./http-call.ts";
import type { Kernel } from "./kernel.ts";
import { PendingIntent } from "./kernel-options.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { ListenStream } from "./listen-stream.ts";
import { demandRight } from "./network-rights.ts";
import { open } from "./open-call.ts";
import { editIptables, editIpvs, packetFilter } from "./packet-filter-call.ts";
import { socketsOf } from "./socket-holders.ts";
import { createPipe } from "./streams.ts";
import { TtyStream } from "./tty.ts";

const NOTHING: { value: unknown } = { value: undefined };

export function perform(kernel: Kernel, process: KernelProcess, call: SysCall): unknown {
  switch (call.call) {
    case "read":
      return read(process, call);
    case "write":
      return write(process, call.fd, call.data);
    case "close":
      return process.closeDescriptor(call.fd);
    case "dup":
      return process.install(process.description(call.fd));
    case "pipe": {
      const { reader, writer } = createPipe();
      return [process.install(reader), process.install(writer)];
    }
    case "open":
      return process.install(open(process, call.path, call.mode));
    case "sleep":
      return sleep(kernel, process, call.ms);
    case "spawn":
      return spawn(process, call.options);
    case "exec":
      return exec(process, call.options);
    case "wait":
      return wait(process, call.pid);
    case "wait-any":
      return waitAny(process);
    case "kill":
      return kill(process, call);
    case "trap":
      if (call.signal === "SIGKILL") throw new SystemError("EINVAL", call.signal);
      return process.setDisposition(call.signal, call.action);
    case "signals":
      return process.takeSignals();
    case "http":
      return startExchange(kernel, process, call.request);
    case "load":
      return load(kernel, process, call.spec);
    case "resolve":
      return lookup(kernel, process, call.host);
    case "query":
      return query(kernel, process, call);
    case "echo":
      return echo(kernel, process, call);
    case "read-line":
      return terminal(process, 0).readLine(process, call);
    case "tty-mode":
      return terminal(process, call.fd).setMode(call.mode);
    case "poll":
      return poll(kernel, process, call);
    case "listen": {
      const { network } = process.place;
      if (network.canListen === false) throw new SystemError("EACCES", `:${call.port}`);
      return process.install(new ListenStream(network.namespace, call, () => kernel.settle()));
    }
    case "respond":
      return listening(process, call.fd).respond(call.id, call.response);
    case "respond-more":
      return listening(process, call.fd).respondMore(call.id, call.text);
    case "connect":
      return connect(kernel, process, call);
    case "listen-tcp":
    case "listen-udp":
      return listenOn(kernel, process, call);
    case "accept":
      return accept(process, call.fd);
    case "shutdown":
      return shutdown(process, call.fd);
    case "sockets":
      return socketsOf(process);
    case "tracked-connections":
      demandRight(process, "NET_ADMIN");
      return process.place.network.namespace.tracked?.() ?? [];
    case "capture":
      return capture(kernel, process);
    case "packet-filter":
      return packetFilter(process, call);
    case "edit-iptables":
      return editIptables(process, call);
    case "edit-ipvs":
      return editIpvs(process, call);
    case "external":
      return external(kernel, process, call);
    case "intent":
      return intent(kernel, process, call);
  }
}

/** Answers when the time that a look-up takes has passed. */
function lookup(kernel: Kernel, process: KernelProcess, host: string): unknown {
  const { network } = process.place;
  if (network.lookup === undefined) return network.resolve(host);
  const { addresses, errno, latencyMs } = network.lookup(host.toLowerCase());
  const answer = errno === undefined ? { value: [...addresses] } : { error: new SystemError(errno, host) };
  return answerAfter(kernel, process, latencyMs, answer);
}

function query(kernel: Kernel, process: KernelProcess, call: Extract<SysCall, { call: "query" }>): unknown {
  const { network } = process.place;
  const { question, server, port, tcp = false, timeoutMs } = call;
  const to = { server, timeoutMs, tcp, ...(port !== undefined && { port }) };
  const outcome = network.query?.(question, to) ?? { errno: "ENETUNREACH" as const, latencyMs: 0 };
  const { message, errno, latencyMs } = outcome;
  const answer = errno === undefined ? { value: message } : { error: new SystemError(errno, server) };
  return answerAfter(kernel, process, latencyMs, answer);
}

function echo(kernel: Kernel, process: KernelProcess, call: Extract<SysCall, { call: "echo" }>): unknown {
  const { address, ttl, timeoutMs } = call;
  const reply = process.place.network.echo?.(address, { ttl, timeoutMs });
  if (reply === undefined) throw new SystemError("ENETUNREACH", address);
  return answerAfter(kernel, process, reply.latencyMs, { value: reply });
}

function answerAfter(
  kernel: Kernel,
  process: KernelProcess,
  ms: number,
  answer: { value: unknown } | { error: SystemError },
): unknown {
  const timer = kernel.sim.after(
    ms,
    () => {
      process.answer(answer);
      kernel.settle();
    },
    { background: process.machine.background },
  );
  return process.park(() => kernel.sim.cancel(timer));
}

function terminal(process: KernelProcess, fd: number): TtyStream["tty"] {
  const description = process.description(fd);
  if (!(description instanceof TtyStream)) throw new SystemError("ENOTTY", String(fd));
  return description.tty;
}

function read(process: KernelProcess, call: Extract<SysCall, { call: "read" }>): unknown {
  const description = process.description(call.fd);
  return process.attempt(() => description.read(call.line), [description.changed]);
}

function write(process: KernelProcess, fd: number, data: string): unknown {
  const description = process.description(fd);
  let rest = data;
  const attempt = (): unknown => {
    try {
      while (rest !== "") {
        const taken = description.write(rest);
        if (taken === 0) return BLOCKED;
        rest = taken === rest.length ? "" : rest.slice(taken);
      }
      return undefined;
    } catch (error) {
      if (error instanceof SystemError && error.errno === "EPIPE") process.signal("SIGPIPE");
      throw error;
    }
  };
  return process.attempt(attempt, [description.changed]);
}

function sleep(kernel: Kernel, process: KernelProcess, ms: number): unknown {
  if (!(ms >= 0)) throw new SystemError("EINVAL", String(ms));
  // `sleep infinity`: no timer, only a signal ends it.
  if (ms === Number.POSITIVE_INFINITY) return process.park(() => {}, NOTHING);
  const timer = kernel.sim.after(
    ms,
    () => {
      process.answer({ value: undefined });
      kernel.settle();
    },
    { background: process.machine.background },
  );
  return process.park(() => kernel.sim.cancel(timer), NOTHING);
}

function spawn(process: KernelProcess, options: SpawnOptions): number {
  const { machine } = process;
  const env = { ...options.env };
  const found =
    options.program === undefined
      ? machine.executable(options.argv, process.place, { env, cwd: options.cwd })
      : { program: options.program, argv: options.argv };
  const stdio = options.stdio.map((fd) => process.description(fd));
  const child = machine.create({
    found,
    parent: process,
    group: options.newGroup === true ? undefined : process.group,
    env,
    cwd: options.cwd,
    terminal: process.terminal,
  });
  child.replaceDescriptors(stdio);
  child.wake();
  return child.pid;
}

function exec(process: KernelProcess, options: SpawnOptions): unknown {
  const { machine } = process;
  const place = options.into === undefined ? process.place : machine.enter(process, options.into);
  if (place === undefined) throw new SystemError("ENOENT", options.argv[0]);
  const found =
    options.program === undefined
      ? machine.executable(options.argv, place, { env: options.env, cwd: options.cwd })
      : { program: options.program, argv: options.argv };
  const stdio = options.stdio.map((fd) => process.description(fd));
  process.replaceDescriptors(stdio);
  const env = { ...options.env };
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.cwd = options.cwd;
  process.place = place;
  process.user = options.user ?? process.user;
  process.resetHandlers();
  machine.load(process, found);
  process.answer({ value: undefined });
  return BLOCKED;
}

function wait(process: KernelProcess, pid: number): unknown {
  const child = process.children.get(pid);
  if (child === undefined) throw new SystemError("ECHILD", String(pid));
  return process.attempt(() => {
    if (child.running) return BLOCKED;
    process.children.delete(pid);
    return child.code;
  }, [process.childEnded]);
}

function waitAny(process: KernelProcess): unknown {
  return process.attempt(
    () => {
      if (process.children.size === 0) throw new SystemError("ECHILD");
      for (const child of process.children.values()) {
        if (child.running) continue;
        process.children.delete(child.pid);
        return { pid: child.pid, code: child.code };
      }
      return BLOCKED;
    },
    [process.childEnded],
    { value: { pid: 0, code: 0 } },
  );
}

function kill(process: KernelProcess, call: Extract<SysCall, { call: "kill" }>): void {
  const { machine } = process;
  if (call.pid < 0) {
    if (!machine.signalGroup(-call.pid, call.signal)) throw new SystemError("ESRCH", String(call.pid));
    return;
  }
  const target = call.pid === 0 ? process : machine.process(call.pid);
  const neighbour = target === undefined ? machine.neighbour(call.pid) : undefined;
  if (neighbour !== undefined) return neighbour.kill(call.signal);
  if (target === undefined) throw new SystemError("ESRCH", String(call.pid));
  if (call.pid === 0) machine.signalGroup(process.group, call.signal);
  // Nobody kills the first process of a namespace from within: pid_namespaces(7).
  else if (!(target.pid === 1 && machine.protectsInit && call.signal === "SIGKILL")) target.signal(call.signal);
}

function poll(kernel: Kernel, process: KernelProcess, call: Extract<SysCall, { call: "poll" }>): unknown {
  const watched = call.fds.map((fd) => process.description(fd));
  const ready = (): number[] => call.fds.filter((_, index) => watched[index]?.readable);
  const now = ready();
  if (now.length > 0 || call.timeoutMs === 0) return now;
  let late = false;
  const timer =
    call.timeoutMs === undefined
      ? undefined
      : kernel.sim.after(
          call.timeoutMs,
          () => {
            late = true;
            process.wake();
            kernel.settle();
          },
          { background: process.machine.background },
        );
  const attempt = (): unknown => {
    const found = ready();
    if (found.length === 0 && !late) return BLOCKED;
    kernel.sim.cancel(timer);
    return found;
  };
  const lists = watched.map((description) => description.changed);
  return process.attempt(attempt, lists, { value: [] }, () => kernel.sim.cancel(timer));
}

function load(kernel: Kernel, process: KernelProcess, spec: LoadSpec): unknown {
  const { network } = process.place;
  if (network.load === undefined) throw new SystemError("ENETUNREACH", spec.request.url);
  let over = false;
  const ended = new WaitList();
  const done = (): void => {
    over = true;
    ended.wake();
    kernel.settle();
  };
  const run = network.load(spec, { background: process.machine.background, done });
  return process.attempt(
    () => (over ? run.result : BLOCKED),
    [ended],
    { value: run.result },
    () => run.stop(),
  );
}

function listening(process: KernelProcess, fd: number): ListenStream {
  const description = process.description(fd);
  if (description instanceof ListenStream) return description;
  throw new SystemError("EINVAL", String(fd));
}

function external(kernel: Kernel, process: KernelProcess, call: Extract<SysCall, { call: "external" }>): unknown {
  const handler = kernel.options.externals;
  if (handler === undefined) throw new SystemError("ENOENT", call.name);
  let open = true;
  const finish = (): void => {
    if (open) kernel.pendingExternals--;
    open = false;
  };
  kernel.pendingExternals++;
  process.park(finish);
  handler(call.name, call.args, (answer) => {
    if (!open) return;
    finish();
    process.answer(answer instanceof Error ? { error: answer } : { value: answer });
    kernel.settle();
  });
  return BLOCKED;
}

function intent(kernel: Kernel, process: KernelProcess, call: Extract<SysCall, { call: "intent" }>): unknown {
  const handler = kernel.options.intents;
  if (handler === undefined) throw new SystemError("ENOENT", call.name);
  const answer = handler(process.machine.id, call.name, call.args);
  if (!(answer instanceof PendingIntent)) return answer;
  let open = true;
  let giveUp: (() => void) | undefined;
  process.park(() => {
    open = false;
    giveUp?.();
  });
  const cancel = answer.wait((value) => {
    if (!open) return;
    giveUp = undefined;
    process.answer({ value });
    kernel.settle();
  });
  if (open) giveUp = cancel;
  return BLOCKED;
}
