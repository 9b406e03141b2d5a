/** `drydock kubectl …`: the playground's kubectl, unchanged, against a real API server. */
import { homedir, hostname, userInfo } from "node:os";
import { Clock, Kernel, Simulation } from "../engine/index.ts";
import { createProgramSource } from "../engine/runtime/program-source.ts";
import { kubectl } from "../kubectl/index.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { nodeNetwork } from "./node-network.ts";

const TICK_MS = 10;

export function runKubectl(args: readonly string[]): Promise<number> {
  const sim = new Simulation({ start: Date.now() });
  const clock = new Clock(sim);
  const kernel = new Kernel(sim, {
    intents(_machine, name) {
      throw new Error(`${name}: there is no playground here`);
    },
  });
  const { username, uid, gid } = userInfo();
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const machine = kernel.createMachine({
    id: "laptop",
    hostname: hostname(),
    fs: nodeFileSystem,
    env: { ...env, HOME: homedir() },
    user: { name: username, uid, gid, home: homedir() },
    programs: createProgramSource([["/usr/bin/kubectl", kubectl]]),
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
      cwd: process.cwd(),
      program: kubectl,
      stdio: {
        stdin: "open",
        stdout: { write: (text) => void process.stdout.write(text) },
        stderr: { write: (text) => void process.stderr.write(text) },
      },
      onExit(code) {
        clearInterval(timer);
        // Whatever else would come in is not for us; an open pipe must not keep the process.
        process.stdin.destroy();
        resolve(code);
      },
    });
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (text: string) => child.writeStdin(text));
    process.stdin.on("end", () => child.closeStdin());
    process.stdin.on("error", () => child.closeStdin());
    process.once("SIGINT", () => child.kill("SIGINT"));
  });
}
