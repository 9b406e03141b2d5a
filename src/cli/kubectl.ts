/** `drydock kubectl …`: the playground's kubectl, unchanged, against a real API server. */
import { homedir, hostname, userInfo } from "node:os";
import { Clock, Kernel, Simulation } from "../engine/index.ts";
import { createProgramSource } from "../engine/runtime/program-source.ts";
import { kubectl } from "../kubectl/index.ts";
import { editInTerminal } from "./node-editor.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { runRealFile, withRealFiles } from "./node-plugins.ts";
import { nodeNetwork } from "./node-network.ts";

const TICK_MS = 10;

/** Where a kubectl runs: what it reads from its process. */
export interface KubectlHost {
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Called once with the running program's standard input. */
  connect(input: { write(text: string): void; close(): void; interrupt(): void }): void;
}

function processHost(): KubectlHost {
  const env = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    cwd: process.cwd(),
    env: Object.fromEntries(env),
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    connect({ write, close, interrupt }) {
      process.stdin.setEncoding("utf8");
      process.stdin.on("data", write);
      process.stdin.on("end", close);
      process.stdin.on("error", close);
      process.once("SIGINT", interrupt);
    },
  };
}

export async function runKubectl(args: readonly string[]): Promise<number> {
  const code = await kubectlOn(processHost(), args);
  // Whatever else would come in is not for us; an open pipe must not keep the process.
  process.stdin.destroy();
  return code;
}

/** The exit code. */
export function kubectlOn(host: KubectlHost, args: readonly string[]): Promise<number> {
  const sim = new Simulation({ start: Date.now() });
  const clock = new Clock(sim);
  const kernel = new Kernel(sim, {
    intents(_machine, name, args) {
      const code = runRealFile(name, args);
      if (code !== undefined) return code;
      if (name === "open-editor") return editInTerminal((args as { text: string }).text, host);
      throw new Error(`${name}: there is no playground here`);
    },
  });
  const { username, uid, gid } = userInfo();
  const home = host.env["HOME"] ?? homedir();
  const machine = kernel.createMachine({
    id: "laptop",
    hostname: hostname(),
    fs: nodeFileSystem,
    env: { ...host.env, HOME: home },
    user: { name: username, uid, gid, home },
    programs: withRealFiles(createProgramSource([["/usr/bin/kubectl", kubectl]])),
    network: nodeNetwork,
    background: false,
  });
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    clock.advance(now - last);
    last = now;
  }, TICK_MS);
  return new Promise((resolve) => {
    const child = machine.start({
      argv: ["kubectl", ...args],
      cwd: host.cwd,
      program: kubectl,
      stdio: {
        stdin: "open",
        stdout: { write: (text) => host.stdout(text) },
        stderr: { write: (text) => host.stderr(text) },
      },
      onExit(code) {
        clearInterval(timer);
        resolve(code);
      },
    });
    host.connect({
      write: (text) => child.writeStdin(text),
      close: () => child.closeStdin(),
      interrupt: () => child.kill("SIGINT"),
    });
  });
}
