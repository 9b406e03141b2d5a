/**
 * stress-ng, under the names by which it is pulled. **Simplified:** `--cpu` (with `--cpu-load`), `--vm` (with `--vm-bytes`)
 * and `--timeout` count; another stressor or option is refused.
 */
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, Server } from "../define-image.ts";
import { tags } from "../tags.ts";

const NAMES: Readonly<Record<string, string>> = {
  c: "cpu",
  l: "cpu-load",
  m: "vm",
  t: "timeout",
  v: "verbose",
  q: "quiet",
};
const VALUED = /^(cpu|cpu-load|cpu-method|vm|vm-bytes|vm-keep|vm-method|timeout)$/;
const BARE = /^(verbose|quiet|vm-keep|metrics|metrics-brief|times|version)$/;
const BYTES: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };
const DEFAULT_BYTES = 256 * 1024 ** 2;
/** A day, upstream's. */
const DEFAULT_SECONDS = 86_400;
const CORES = 4;

function amount(text: string, units: Readonly<Record<string, number>>): number {
  const [, count = "0", unit = ""] = /^(\d+)([a-z]?)/i.exec(text) ?? [];
  return Number(count) * (units[unit.toLowerCase()] ?? 1);
}

const start: Server = (ctx) => {
  const options = new Map<string, string>();
  const words = ctx.argv.slice(1);
  for (let at = 0; at < words.length; at++) {
    const [, short, long, value] = /^(?:-([a-z])|--([a-z0-9-]+))(?:=?(.+))?$/.exec(words[at] ?? "") ?? [];
    const name = long ?? NAMES[short ?? ""];
    if (name === undefined || !(VALUED.test(name) || BARE.test(name))) {
      ctx.log(`stress-ng: unrecognized option '${words[at]}'`, "stderr");
      ctx.log("Drydock: cpu, cpu-load, vm, vm-bytes and timeout are simulated", "stderr");
      ctx.exit(1);
      return;
    }
    options.set(name, BARE.test(name) ? "" : (value ?? words[++at] ?? ""));
  }
  const workers = (name: string): number => {
    const asked = options.get(name);
    // 0: as many as there are processors.
    return asked === undefined ? 0 : Number(asked) === 0 ? CORES : Number(asked);
  };
  const [cpu, vm] = [workers("cpu"), workers("vm")];
  if (cpu + vm === 0) {
    ctx.log("stress-ng: error: [1] No stress workers invoked (one or more were unsupported)", "stderr");
    ctx.exit(0);
    return;
  }
  const seconds = options.has("timeout") ? amount(options.get("timeout") ?? "", SECONDS) : DEFAULT_SECONDS;
  const hogs = [...(cpu > 0 ? [`${cpu} cpu`] : []), ...(vm > 0 ? [`${vm} vm`] : [])].join(", ");
  ctx.log(`stress-ng: info:  [1] setting to a ${seconds} secs run per stressor`, "stderr");
  ctx.log(`stress-ng: info:  [1] dispatching hogs: ${hogs}`, "stderr");
  const load = Number(options.get("cpu-load") ?? 100) / 100;
  const bytes = vm > 0 ? amount(options.get("vm-bytes") ?? String(DEFAULT_BYTES), BYTES) : 0;
  ctx.after(200, () => ctx.use({ cpuMillicores: 1000 * (cpu * load + vm), memoryBytes: 4 * 1024 * 1024 + bytes }));
  if (seconds > 0) {
    ctx.after(seconds * 1000, () => {
      ctx.log(`stress-ng: info:  [1] successful run completed in ${seconds}.00s`, "stderr");
      ctx.exit(0);
    });
  }
  return { signals: { SIGTERM: () => ctx.exit(0), SIGINT: () => ctx.exit(0) } };
};

export const stressNg: readonly ImageDefinition[] = [
  "docker.io/alexeiled/stress-ng",
  "docker.io/polinux/stress-ng",
  "docker.io/containerstack/cpustress",
  "docker.io/colinianking/stress-ng",
  "ghcr.io/colinianking/stress-ng",
].map((name) =>
  defineImage({
    name,
    tags: tags(8, "latest latest-ubuntu 0.12.05 0.17.08 alpine"),
    entrypoint: ["/usr/bin/stress-ng"],
    cmd: ["--version"],
    userland: "busybox",
    programs: () => ({ "/usr/bin/stress-ng": { kind: "server", start } }),
  }),
);
