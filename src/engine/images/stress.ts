/**
 * polinux/stress: takes CPU and memory as told. **Simplified:** `--io` and `--hdd` are counted and do nothing else; the
 * memory is there a moment after the start.
 */
import { defineImage } from "./define-image.ts";
import type { Server, ServerContext } from "./define-image.ts";

const UNITS: Record<string, number> = { B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const TIMES: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DEFAULT_BYTES = 256 * 1024 ** 2;
const BASE_MEMORY = 800 * 1024;
const GROWTH_MS = 200;

const LONG: Record<string, string> = { c: "cpu", i: "io", m: "vm", d: "hdd", t: "timeout" };

function readOptions(argv: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (let i = 1; i < argv.length; i++) {
    const match = /^--?([a-z-]+)(?:=(.*))?$/.exec(argv[i] as string);
    if (match === null) continue;
    const name = match[1] as string;
    options.set(LONG[name] ?? name, match[2] ?? argv[++i] ?? "");
  }
  return options;
}

function amount(text: string | undefined, units: Record<string, number>, fallback: number): number {
  const match = /^(\d+)([A-Za-z]?)$/.exec(text ?? "");
  return match === null ? fallback : Number(match[1]) * (units[match[2] as string] ?? 1);
}

function start(ctx: ServerContext): ReturnType<Server> {
  const options = readOptions(ctx.argv);
  const count = (name: string): number => Number(options.get(name) ?? 0);
  const [cpu, io, vm, hdd] = [count("cpu"), count("io"), count("vm"), count("hdd")];
  if (cpu + io + vm + hdd === 0) {
    ctx.log("`stress' imposes certain types of compute stress on your system");
    ctx.log("");
    ctx.log("Usage: stress [OPTION [ARG]] ...");
    ctx.exit(0);
    return undefined;
  }
  ctx.log(`stress: info: [1] dispatching hogs: ${cpu} cpu, ${io} io, ${vm} vm, ${hdd} hdd`);
  const bytes = vm * amount(options.get("vm-bytes"), UNITS, DEFAULT_BYTES);
  ctx.after(GROWTH_MS, () => ctx.use({ cpuMillicores: 1000 * (cpu + vm), memoryBytes: BASE_MEMORY + bytes }));
  const seconds = amount(options.get("timeout"), TIMES, 0);
  if (seconds > 0) {
    ctx.after(seconds * 1000, () => {
      ctx.log(`stress: info: [1] successful run completed in ${seconds}s`);
      ctx.exit(0);
    });
  }
  return { signals: { SIGTERM: () => ctx.exit(143), SIGINT: () => ctx.exit(130) } };
}

export const stress = defineImage({
  name: "docker.io/polinux/stress",
  tags: { latest: { size: 4_000_000 } },
  cmd: ["stress", "--help"],
  userland: "busybox",
  programs: () => ({ "/usr/local/bin/stress": { kind: "server", start } }),
});
