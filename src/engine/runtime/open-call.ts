/** What opening a path gives: a file, a device, or what a process has open already. Upstream: open(2), proc_pid_fd(5). */
import type { OpenMode } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { Description } from "./description.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { OpenFile } from "./open-file.ts";
import { resolvePath } from "./paths.ts";
import { mayLook } from "./socket-holders.ts";
import { NullStream, RandomDevice, SinkStream, ZeroDevice } from "./streams.ts";
import { TtyStream } from "./tty.ts";

export function open(process: KernelProcess, name: string, mode: OpenMode): Description {
  const path = resolvePath(process.cwd, name);
  const held = /^\/proc\/(self|\d+)\/fd\/(\d+)$/.exec(path);
  if (held !== null) return heldDescription(process, path, held);
  const device = /^\/dev\/(stdin|stdout|stderr|fd\/(\d+)|null|zero|u?random|tty)$/.exec(path);
  if (device === null) return new OpenFile(process.context?.fs ?? process.place.fs, path, mode);
  switch (device[1]) {
    case "stdin":
      return process.description(0);
    case "stdout":
      return process.description(1);
    case "stderr":
      return process.description(2);
    case "null":
      return new NullStream();
    case "zero":
      return new ZeroDevice();
    case "random":
    case "urandom":
      return new RandomDevice((bound) => process.context?.random(bound) ?? 0);
    case "tty":
      if (process.terminal === undefined) throw new SystemError("ENOENT", path);
      return new TtyStream(process.terminal);
    default:
      return process.description(Number(device[2]));
  }
}

/** What another process, or this one, has open. */
function heldDescription(process: KernelProcess, path: string, [, who, number]: readonly string[]): Description {
  const pid = who === "self" ? process.pid : Number(who);
  const fd = Number(number);
  const own = process.machine.process(pid);
  const row = process.machine.neighbour(pid);
  if (row === undefined) throw new SystemError("ENOENT", path);
  if (own !== process && !mayLook(process, row)) throw new SystemError("EACCES", path);
  const sink = row.facts?.().output?.(fd);
  const description = own?.openDescription(fd) ?? (sink === undefined ? undefined : new SinkStream(sink));
  if (description === undefined) throw new SystemError("ENOENT", path);
  return description;
}
