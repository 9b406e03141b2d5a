/**
 * The Linux of a cluster's node, for whoever logs in: the shell behind ssh over the node's disk. Made when somebody first
 * comes; gone with the node's power.
 *
 * **Simplified:** `sudo` asks nobody.
 */
import { FINISHED_EXCHANGE } from "../../base/http.ts";
import type { HttpExchange, HttpSink } from "../../base/http.ts";
import { ROOT } from "../../base/program.ts";
import type { HttpRequest, User } from "../../base/program.ts";
import type { Kernel } from "../../runtime/kernel.ts";
import type { Machine, ProgramSource } from "../../runtime/machine.ts";
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { NetworkPort } from "../../runtime/network-port.ts";
import type { Place } from "../../runtime/place.ts";
import { serveProcess } from "../../runtime/remote-process.ts";
import { NODE_USER } from "./node-disk.ts";
import type { NodeHost } from "./node-host.ts";
import { nodePrograms } from "./node-programs.ts";

const USERS: readonly User[] = [NODE_USER, ROOT];

export interface NodeMachineOptions {
  kernel: Kernel;
  name: string;
  disk: () => MemoryFileSystem;
  network: () => NetworkPort;
  host: NodeHost;
}

export class NodeMachine {
  private readonly options: NodeMachineOptions;
  private machine: Machine | undefined;
  private programs: ProgramSource | undefined;
  private network: NetworkPort | undefined;
  /** How to break each connection that is open. */
  private readonly connections = new Set<() => void>();

  constructor(options: NodeMachineOptions) {
    this.options = options;
  }

  /**
   * `ssh://<host>/?command=…&user=…&tty=1`: a command line for the user's shell, or a login shell when there is none. Only
   * the node's own user (the default) and root may come.
   */
  ssh(request: HttpRequest, sink: HttpSink): HttpExchange {
    const query = queryOf(request.url);
    const user = USERS.find(({ name }) => name === (query.get("user") || NODE_USER.name));
    if (user === undefined) {
      sink.fail("EACCES", this.options.name);
      return FINISHED_EXCHANGE;
    }
    const command = query.get("command") ?? "";
    const machine = (this.machine ??= this.create());
    const argv = command === "" ? ["bash", "-i"] : ["bash", "-c", command];
    const streams = { stdin: true, stdout: true, stderr: true, tty: query.get("tty") === "1" };
    let exchange = FINISHED_EXCHANGE;
    let over = false;
    const cut = (): void => {
      exchange.abort();
      sink.fail("ECONNRESET", this.options.name);
    };
    const leave = (): void => {
      over = true;
      this.connections.delete(cut);
    };
    exchange = serveProcess(sink, streams, (stdio, onExit) =>
      machine.start({
        argv,
        env: environmentOf(user),
        cwd: user.home,
        user,
        stdio,
        onExit(code) {
          leave();
          onExit(code);
        },
      }),
    );
    if (!over) this.connections.add(cut);
    return {
      ...exchange,
      abort() {
        leave();
        exchange.abort();
      },
    };
  }

  /** The power is gone, with it every process; who was logged in only sees the connection break. */
  powerOff(): void {
    for (const cut of [...this.connections]) cut();
    this.connections.clear();
    this.machine?.destroy();
    this.machine = undefined;
  }

  /** Where its processes are. */
  get place(): Place {
    const { name, disk, network, host } = this.options;
    this.programs ??= nodePrograms(host);
    this.network ??= network();
    return { fs: disk(), programs: this.programs, hostname: name, network: this.network };
  }

  private create(): Machine {
    const { kernel, name, host } = this.options;
    const { fs, programs, network } = this.place;
    return kernel.createMachine({
      id: `node/${name}`,
      hostname: name,
      fs,
      env: environmentOf(NODE_USER),
      user: NODE_USER,
      programs,
      network,
      background: true,
      nextPid: () => host.runtime.processes.nextPid(),
      neighbours: () => host.processes,
      root: () => undefined,
      joins: true,
      permissions: true,
    });
  }
}

function environmentOf({ name, home }: User): Record<string, string> {
  return {
    HOME: home,
    USER: name,
    LOGNAME: name,
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    SHELL: "/bin/bash",
    TERM: "xterm-256color",
  };
}

function queryOf(url: string): Map<string, string> {
  const pairs = (url.split("?")[1] ?? "").split("&").map((pair): [string, string] => {
    const [key = "", value = ""] = pair.split("=").map(decodeURIComponent);
    return [key, value];
  });
  return new Map(pairs);
}
