/** A machine with a userland for tests: runs command lines, gives what was printed, passes virtual time. */
import type { FileSystem } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import type { HttpRequest, Program } from "../../base/program.ts";
import type { HttpExchange, HttpSink } from "../../base/http.ts";
import { Kernel } from "../../runtime/kernel.ts";
import type { KernelOptions } from "../../runtime/kernel-options.ts";
import { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { Machine, Process } from "../../runtime/machine.ts";
import { NetworkNamespace } from "../../runtime/network-namespace.ts";
import type { NetworkPort } from "../../runtime/network-port.ts";
import { createProgramSource } from "../../runtime/program-source.ts";
import { Tty } from "../../runtime/tty.ts";
import { Simulation } from "../../sim/simulation.ts";
import type { Flavour } from "../command.ts";
import { createUserland } from "../registry.ts";
import { stripEscapes } from "../../runtime/text-width.ts";

export interface TestMachineOptions extends KernelOptions {
  flavour?: Flavour;
  files?: Record<string, string>;
  programs?: Record<string, Program>;
  send?: (request: HttpRequest, sink: HttpSink) => HttpExchange;
  connect?: NetworkPort["connect"];
  hosts?: Record<string, string[]>;
  protectsInit?: boolean;
}

export interface Outcome {
  stdout: string;
  stderr: string;
  code: number;
  /** Virtual milliseconds that it took. */
  ms: number;
}

const HOUR = 3_600_000;

export class TestMachine {
  readonly sim = new Simulation({ seed: 1 });
  readonly kernel: Kernel;
  readonly machine: Machine;
  readonly fs: MemoryFileSystem;

  constructor(options: TestMachineOptions = {}) {
    this.kernel = new Kernel(this.sim, options);
    this.fs = new MemoryFileSystem({ now: () => this.sim.now });
    for (const directory of ["/root", "/tmp", "/etc", "/usr/bin", "/bin"])
      this.fs.mkdir(directory, { recursive: true });
    this.fs.addDevices();
    for (const [path, text] of Object.entries(options.files ?? {})) {
      this.fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
      this.fs.writeFile(path, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    }
    const network: NetworkPort = {
      namespace: new NetworkNamespace(),
      resolve(host) {
        const found = options.hosts?.[host];
        if (found === undefined) throw new SystemError("ENOTFOUND", host);
        return found;
      },
      connect(target, sink) {
        if (options.connect !== undefined) return options.connect(target, sink);
        sink.fail("ENOTFOUND", target.host);
        return () => {};
      },
      send(request, sink) {
        if (options.send !== undefined) return options.send(request, sink);
        sink.fail("ENOTFOUND", new URLParts(request.url).host);
        return FINISHED_EXCHANGE;
      },
    };
    const extra = Object.entries(options.programs ?? {}).map(
      ([name, program]) => [`/usr/bin/${name}`, program] as const,
    );
    this.machine = this.kernel.createMachine({
      id: "test",
      hostname: "box",
      fs: this.fs as FileSystem,
      env: { PATH: "/usr/bin:/bin", HOME: "/root", USER: "root" },
      user: { name: "root", uid: 0, gid: 0, home: "/root" },
      programs: createProgramSource(createUserland(options.flavour ?? "debian"), extra),
      network,
      background: false,
      protectsInit: options.protectsInit ?? false,
    });
  }

  /** Runs `bash -c line` to its end. */
  run(line: string, options: { shell?: string; stdin?: string; limit?: number } = {}): Outcome {
    let stdout = "";
    let stderr = "";
    let code: number | undefined;
    const from = this.sim.now;
    const process = this.machine.start({
      argv: [options.shell ?? "bash", "-c", line],
      cwd: "/root",
      stdio: {
        stdin: options.stdin === undefined ? "none" : "open",
        stdout: { write: (text) => void (stdout += text) },
        stderr: { write: (text) => void (stderr += text) },
      },
      onExit: (status) => (code = status),
    });
    if (options.stdin !== undefined) {
      process.writeStdin(options.stdin);
      process.closeStdin();
    }
    this.sim.runWhile(() => code === undefined, options.limit ?? HOUR);
    if (code === undefined) process.kill("SIGKILL");
    return { stdout, stderr, code: code ?? -1, ms: this.sim.now - from };
  }

  /** A terminal with an interactive bash. */
  terminal(options: { columns?: number; env?: Record<string, string>; argv?: string[] } = {}): TestTerminal {
    return new TestTerminal(this, options);
  }
}

export class TestTerminal {
  readonly tty: Tty;
  readonly process: Process;
  code: number | undefined;
  readonly inputs: { kind: string; text: string }[] = [];
  raw = "";
  private readonly machine: TestMachine;
  private seen = 0;

  constructor(machine: TestMachine, options: { columns?: number; env?: Record<string, string>; argv?: string[] }) {
    this.machine = machine;
    this.tty = new Tty({
      columns: options.columns ?? 80,
      output: (text) => void (this.raw += text),
      onInput: (input) => void this.inputs.push(input),
    });
    this.process = machine.machine.start({
      argv: options.argv ?? ["bash"],
      cwd: "/root",
      env: { PS1: "$ ", TERM: "xterm-256color", ...options.env },
      stdio: { stdin: this.tty, stdout: this.tty, stderr: this.tty },
      onExit: (code) => (this.code = code),
    });
  }

  /** Types, lets `ms` of virtual time pass, and gives what appeared, without escape sequences. */
  type(text: string, ms = 0): string {
    this.tty.input(text);
    this.machine.sim.runUntil(this.machine.sim.now + ms);
    return this.fresh();
  }

  /** What appeared since the last look. */
  fresh(): string {
    const text = this.raw.slice(this.seen);
    this.seen = this.raw.length;
    return stripEscapes(text).replaceAll("\r\n", "\n");
  }
}

class URLParts {
  readonly host: string;
  constructor(url: string) {
    this.host = /^\w+:\/\/([^/:]+)/.exec(url)?.[1] ?? "";
  }
}
