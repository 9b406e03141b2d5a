/** One of the two clusters that are compared: a served playground with its clock held, and the kubectl that speaks to it. */
import { spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfig, serveCluster } from "../../src/cli/cluster-server.ts";
import type { ServedCluster } from "../../src/cli/cluster-server.ts";
import { kubectlOn } from "../../src/cli/kubectl.ts";
import type { KubectlHost } from "../../src/cli/kubectl.ts";
import { installedDescriptions } from "../../src/cli/descriptions.ts";
import { stableStringify } from "../../src/engine/base/json.ts";
import { Playground } from "../../src/worker/playground.ts";

/** Virtual milliseconds after a cluster's start. */
const BEGINS_AT_MS = 60_000;
/** Wall milliseconds after which a command that doesn't end is killed. */
const LIMIT_MS = 30_000;
/**
 * While the clock runs during a command, it stands until the command has asked for all that it asks for at once: some
 * request has come, and none for this long (wall milliseconds). So both sides' writes happen at the same instant.
 */
const QUIET_MS = 800;
/** Virtual time that passes in each look at a command that waits, and wall milliseconds between two looks. */
const STEP_MS = 1_000;
const LOOK_MS = 40;

const STARTED = "http.server.request.start";

export interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export class Side {
  private readonly playground: Playground;
  private readonly served: ServedCluster;
  private readonly folder: string;
  private readonly bin: string;
  private readonly ours: boolean;

  private constructor(parts: {
    playground: Playground;
    served: ServedCluster;
    folder: string;
    bin: string;
    ours: boolean;
  }) {
    this.playground = parts.playground;
    this.served = parts.served;
    this.folder = parts.folder;
    this.bin = parts.bin;
    this.ours = parts.ours;
  }

  /**
   * `bin` is the folder that `kubectl` comes from; `files` is copied to the folder in which commands run. Our own kubectl
   * runs within this process where the command is nothing but a kubectl line.
   */
  static async start(options: { preset: string; bin: string; files: string; ours: boolean }): Promise<Side> {
    const playground = Playground.create({ preset: options.preset, seed: 1, descriptions: installedDescriptions });
    await playground.boot();
    // Whatever a new cluster takes to settle, every script begins at the same instant.
    await playground.runUntil(playground.sim.start + BEGINS_AT_MS);
    const served = await serveCluster(playground, { port: 0, speed: 0 });
    const folder = mkdtempSync(join(tmpdir(), "drydock-parity-"));
    mkdirSync(join(folder, "home", ".kube"), { recursive: true });
    writeFileSync(join(folder, "home", ".kube", "config"), kubeconfig(served.address, playground.adminToken), {
      mode: 0o600,
    });
    const work = join(folder, "work");
    if (existsSync(options.files)) cpSync(options.files, work, { recursive: true });
    else mkdirSync(work);
    return new Side({ playground, served, folder, bin: options.bin, ours: options.ours });
  }

  get now(): number {
    return this.playground.sim.now;
  }

  hash(): string {
    return this.playground.hash();
  }

  /** Everything that is stored, as text, by key. */
  objects(): Map<string, string> {
    const found = new Map<string, string>();
    this.playground.cluster?.store.scan("", {}, ({ key, value }) => {
      found.set(key, stableStringify(value));
      return true;
    });
    return found;
  }

  async advance(duration: string): Promise<void> {
    const [, count = "", unit = ""] = /^(\d+)([smh])$/.exec(duration) ?? [];
    const ms = Number(count) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN);
    if (Number.isNaN(ms)) throw new Error(`not a duration: ${duration}`);
    await this.playground.runUntil(this.now + ms);
  }

  async reach(instant: number): Promise<void> {
    if (instant > this.now) await this.playground.runUntil(instant);
  }

  async idle(): Promise<void> {
    await this.playground.runUntilIdle(600_000);
  }

  /** The command's output with what belongs to this side alone (its address, its folder) taken out. */
  async run(command: string, during: boolean): Promise<Outcome> {
    const { folder, bin, served } = this;
    const cwd = join(folder, "work");
    const env = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: join(folder, "home"), TZ: "UTC", LANG: "C.UTF-8" };
    const plain = this.ours ? plainCommand(command) : undefined;
    let exitCode: number | undefined;
    let kill = (): void => {};
    let stdout = "";
    let stderr = "";
    const ended = new Promise<void>((resolve) => {
      const end = (code: number): void => {
        exitCode = code;
        resolve();
      };
      if (plain !== undefined) {
        const host: KubectlHost = {
          cwd,
          env: { ...env, ...plain.env },
          stdout: (text) => (stdout += text),
          stderr: (text) => (stderr += text),
          connect({ close, interrupt }) {
            kill = interrupt;
            close();
          },
        };
        void kubectlOn(host, plain.words).then(end);
        return;
      }
      const child = spawn("bash", ["-c", command], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
      kill = () => process.kill(-(child.pid as number), "SIGKILL");
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("close", (code) => end(code ?? 137));
    });
    const killer = setTimeout(() => kill(), LIMIT_MS);
    const requests = new RequestWatch(Number(new URL(served.address).port));
    while (exitCode === undefined) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
      if (exitCode === undefined && during && requests.quietFor >= QUIET_MS) {
        await this.playground.runUntil(this.now + STEP_MS);
      }
    }
    requests.stop();
    clearTimeout(killer);
    const own = (text: string): string =>
      text
        .replaceAll(served.address, "http://SERVER")
        .replaceAll(served.address.slice(7), "SERVER")
        .replaceAll(folder, "/FOLDER");
    return { stdout: own(stdout), stderr: own(stderr), exitCode };
  }

  close(): void {
    this.served.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The words after `kubectl`, and the variables set before it; undefined when a shell must read the line. */
function plainCommand(command: string): { words: string[]; env: Record<string, string> } | undefined {
  const words: string[] = [];
  let rest = command;
  while (rest !== "") {
    const match = /^(?:'([^']*)'|"([^"$`\\]*)"|([^\s'"$`\\|&;<>(){}*?#~!]+)|(\s+))/.exec(rest);
    if (match === null) return undefined;
    const [all, single, double, bare, space] = match;
    rest = rest.slice(all.length);
    if (space !== undefined || words.length === 0) words.push("");
    words.push((words.pop() ?? "") + (single ?? double ?? bare ?? ""));
  }
  const env: Record<string, string> = {};
  for (let first = words[0]; first !== undefined; first = words[0]) {
    const assignment = /^([A-Z_]+)=(.*)$/s.exec(first);
    if (assignment === null) break;
    env[assignment[1] ?? ""] = assignment[2] ?? "";
    words.shift();
  }
  if (words.shift() !== "kubectl") return undefined;
  return { words: words.filter((word, index) => word !== "" || index < words.length - 1), env };
}

/** Notices the requests that reach one port of this process. */
class RequestWatch {
  private last: number | undefined;
  private readonly listen: (message: unknown) => void;

  constructor(port: number) {
    this.listen = (message) => {
      if ((message as { socket: Socket }).socket.localPort === port) this.last = performance.now();
    };
    subscribe(STARTED, this.listen);
  }

  /** Wall milliseconds since the last request; 0 before there was one. */
  get quietFor(): number {
    return this.last === undefined ? 0 : performance.now() - this.last;
  }

  stop(): void {
    unsubscribe(STARTED, this.listen);
  }
}
