/**
 * The Linux of a cluster's node, for whoever logs in: its disk with the files that kubeadm, minikube and the distribution
 * put there, and the shell behind ssh. Made when somebody first comes; gone with the node's power.
 *
 * **Simplified:** /etc/kubernetes/manifests can be read and not written, so that the kubelet needn't watch it; `sudo` asks
 * nobody. What the container runtime keeps below /var is not shown.
 */
import { stringify } from "yaml";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import type { HttpRequest, Program } from "../base/program.ts";
import { exec, write } from "../base/syscalls.ts";
import { userlandFiles } from "../images/userland-files.ts";
import type { StaticPodManifest } from "../kubelet/kubelet.ts";
import type { Kernel } from "../runtime/kernel.ts";
import type { Machine, ProgramSource } from "../runtime/machine.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { FileTree } from "../runtime/memory-file-system.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import { createProgramSource } from "../runtime/program-source.ts";
import { serveProcess } from "../runtime/remote-process.ts";
import { createUserland } from "../userland/registry.ts";

const USER = { name: "docker", uid: 1000, gid: 1000, home: "/home/docker" };
const MANIFESTS = "/etc/kubernetes/manifests";
const BASHRC = "PS1='\\u@\\h:\\w\\$ '\n";
const FOLDERS = ["/bin", MANIFESTS, "/home/docker", "/mnt", "/opt", "/root", "/tmp", "/usr/bin", "/var/log"];

export interface NodeMachineOptions {
  kernel: Kernel;
  name: string;
  disk: () => MemoryFileSystem;
  network: () => NetworkPort;
}

export class NodeMachine {
  private readonly options: NodeMachineOptions;
  private machine: Machine | undefined;
  /** How to break each connection that is open. */
  private readonly connections = new Set<() => void>();

  constructor(options: NodeMachineOptions) {
    this.options = options;
  }

  /** `ssh://<host>/?command=…&tty=1`: a command line for the user's shell, or a login shell when there is none. */
  ssh(request: HttpRequest, sink: HttpSink): HttpExchange {
    const query = queryOf(request.url);
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
        cwd: USER.home,
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

  private create(): Machine {
    const { kernel, name, disk, network } = this.options;
    return kernel.createMachine({
      id: `node/${name}`,
      hostname: name,
      fs: disk(),
      env: {
        HOME: USER.home,
        USER: USER.name,
        LOGNAME: USER.name,
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        SHELL: "/bin/bash",
        TERM: "xterm-256color",
      },
      user: USER,
      programs: nodePrograms(),
      network: network(),
      background: true,
    });
  }
}

function queryOf(url: string): Map<string, string> {
  const pairs = (url.split("?")[1] ?? "").split("&").map((pair): [string, string] => {
    const [key = "", value = ""] = pair.split("=").map(decodeURIComponent);
    return [key, value];
  });
  return new Map(pairs);
}

/** A new node's disk. */
export function createNodeDisk(name: string, now: () => number): MemoryFileSystem {
  const disk = new MemoryFileSystem({ base: baseTree(), now });
  disk.writeFile("/etc/hostname", `${name}\n`);
  return disk;
}

/** Shows these manifests in the kubelet's folder. */
export function showManifests(disk: MemoryFileSystem, manifests: readonly StaticPodManifest[]): void {
  const folder = new MemoryFileSystem();
  for (const manifest of manifests) {
    const { metadata, spec } = manifest;
    folder.generate(`/${metadata.name}.yaml`, () =>
      stringify({ apiVersion: "v1", kind: "Pod", metadata, spec }, { indentSeq: false }),
    );
  }
  disk.mount(MANIFESTS, new MemoryFileSystem({ base: folder.snapshot(), readOnly: true }));
}

let tree: FileTree | undefined;

/** Shared by all nodes. */
function baseTree(): FileTree {
  if (tree !== undefined) return tree;
  const fs = new MemoryFileSystem();
  for (const folder of FOLDERS) fs.mkdir(folder, { recursive: true });
  for (const [path, text] of Object.entries(userlandFiles("debian"))) fs.writeFile(path, text);
  fs.writeFile("/etc/passwd", `docker:x:${USER.uid}:${USER.gid}::${USER.home}:/bin/bash\n`, { append: true });
  fs.writeFile("/etc/group", `docker:x:${USER.gid}:\n`, { append: true });
  fs.writeFile("/etc/hosts", "127.0.0.1\tlocalhost\n");
  fs.writeFile(`${USER.home}/.bashrc`, BASHRC);
  for (const path of [USER.home, `${USER.home}/.bashrc`]) fs.chown(path, USER.uid, USER.gid);
  fs.addDevices();
  tree = fs.snapshot();
  return tree;
}

let programs: ProgramSource | undefined;

function nodePrograms(): ProgramSource {
  programs ??= createProgramSource(createUserland("debian"), [["/usr/bin/sudo", sudo]]);
  return programs;
}

const sudo: Program = function* (ctx, argv) {
  const words = argv.slice(1);
  const flag = words.find((word) => word.startsWith("-"));
  if (words.length === 0 || flag === words[0]) {
    yield* write(2, flag === undefined ? "usage: sudo command [arg ...]\n" : `sudo: option ${flag} is not simulated\n`);
    return 1;
  }
  if (ctx.which(words[0] as string) === undefined) {
    yield* write(2, `sudo: ${words[0]}: command not found\n`);
    return 1;
  }
  return yield* exec({ argv: words, env: { ...ctx.env, USER: "root", HOME: "/root" }, cwd: ctx.cwd, stdio: [0, 1, 2] });
};
