/**
 * The learner's laptop: a Linux with bash, the userland, and the programs that the playground injects (kubectl, minikube,
 * docker …). `createLaptop` makes the machine; a terminal is `openTerminal(tty)`, one bash a tab.
 */
import type { Program } from "../engine/base/program.ts";
import type { Kernel } from "../engine/runtime/kernel.ts";
import { addMachineFiles } from "../engine/runtime/machine-load.ts";
import type { MachineLoad } from "../engine/runtime/machine-load.ts";
import type { Machine, Process } from "../engine/runtime/machine.ts";
import { MemoryFileSystem } from "../engine/runtime/memory-file-system.ts";
import type { NetworkPort } from "../engine/runtime/network-port.ts";
import { createProgramSource } from "../engine/runtime/program-source.ts";
import type { Tty } from "../engine/runtime/tty.ts";
import { ab } from "../engine/userland/load/ab.ts";
import { hey } from "../engine/userland/load/hey.ts";
import { siege } from "../engine/userland/load/siege.ts";
import { wrk } from "../engine/userland/load/wrk.ts";
import { createUserland } from "../engine/userland/registry.ts";
import { sudo } from "../engine/userland/sudo.ts";
import { shellCompleter } from "./completion.ts";
import type { Completers } from "./completion.ts";
import { laptopFiles } from "./laptop-files.ts";
import { minikube } from "./minikube.ts";
import { htpasswd } from "../engine/userland/htpasswd.ts";
import { openssl } from "../engine/userland/openssl.ts";
import { ssh } from "./ssh.ts";
import { ownCompleters } from "./word-completion.ts";

export const LAPTOP_HOME = "/home/learner";

const LOAD: MachineLoad = {
  ...{ cores: 8, memoryBytes: 16 * 1024 ** 3, usedBytes: 3 * 1024 ** 3, cpuMillicores: 120 },
  since: Date.UTC(2025, 11, 31, 22, 17),
};

export interface LaptopOptions {
  network: NetworkPort;
  /** Default: a new one. It is seeded with the laptop's files, except where a file of that name is there already. */
  fs?: MemoryFileSystem;
  /** More programs by name: they stand in /usr/local/bin and win over the userland's. */
  programs?: Readonly<Record<string, Program>>;
  /** More programs by absolute path. */
  software?: readonly (readonly [path: string, program: Program])[];
  completers?: Completers;
  /** Text of ~/.kube/config; none when absent. */
  kubeconfig?: string;
}

export interface Laptop {
  readonly machine: Machine;
  readonly fs: MemoryFileSystem;
  /** Starts an interactive bash on the terminal. */
  openTerminal(tty: Tty, onExit?: (code: number) => void): Process;
}

export function createLaptop(kernel: Kernel, options: LaptopOptions): Laptop {
  const fs = options.fs ?? new MemoryFileSystem({ now: () => kernel.sim.now });
  for (const folder of [LAPTOP_HOME, "/tmp", "/etc", "/usr/bin", "/usr/local/bin", "/var/log"])
    fs.mkdir(folder, { recursive: true });
  if (!fs.exists("/dev/null")) fs.addDevices();
  addMachineFiles(
    fs,
    () => LOAD,
    () => kernel.sim.now,
  );
  if (!fs.exists("/bin")) fs.symlink("/usr/bin", "/bin");
  for (const [path, text] of Object.entries(laptopFiles(LAPTOP_HOME, options.kubeconfig))) {
    if (fs.exists(path)) continue;
    fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    fs.writeFile(path, text);
    if (path.startsWith(LAPTOP_HOME)) fs.chown(path, 1000, 1000);
  }
  fs.chown(LAPTOP_HOME, 1000, 1000);
  const interactive = { completer: shellCompleter({ ...ownCompleters, ...options.completers }) };
  const own = { minikube, openssl, htpasswd: htpasswd.program("debian"), sudo, ssh, ab, hey, siege, wrk };
  const injected = Object.entries({ ...own, ...options.programs }).map(
    ([name, program]) => [`/usr/local/bin/${name}`, program] as const,
  );
  const machine = kernel.createMachine({
    id: "laptop",
    hostname: "laptop",
    fs,
    env: {
      HOME: LAPTOP_HOME,
      USER: "learner",
      LOGNAME: "learner",
      PATH: "/usr/local/bin:/usr/bin:/bin",
      SHELL: "/bin/bash",
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
      EDITOR: "nano",
    },
    user: { name: "learner", uid: 1000, gid: 1000, home: LAPTOP_HOME },
    programs: createProgramSource(createUserland("debian", { interactive }), options.software ?? [], injected),
    network: options.network,
    background: false,
  });
  return {
    machine,
    fs,
    openTerminal: (tty, onExit) =>
      machine.start({
        argv: ["bash"],
        cwd: LAPTOP_HOME,
        stdio: { stdin: tty, stdout: tty, stderr: tty },
        onExit: (code) => onExit?.(code),
      }),
  };
}
