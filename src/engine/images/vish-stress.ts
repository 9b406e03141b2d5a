/** vish/stress, of Kubernetes' pages on resources: `-cpus N -mem-total SIZE -mem-alloc-size SIZE -mem-alloc-sleep TIME`. */
import { defineImage } from "./define-image.ts";
import type { Server, ServerContext } from "./define-image.ts";
import { tags } from "./tags.ts";

const BASE_MEMORY = 2 * 1024 * 1024;
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
};
const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const DEFAULTS: Readonly<Record<string, string>> = {
  cpus: "0",
  "mem-total": "0",
  "mem-alloc-size": "4Ki",
  "mem-alloc-sleep": "1ms",
  logtostderr: "false",
};

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+)([A-Za-z]*)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** The answer is what is wrong with them. */
function readFlags(argv: readonly string[]): Readonly<Record<string, string>> | string {
  const flags = { ...DEFAULTS };
  for (let i = 1; i < argv.length; i++) {
    const match = /^--?([a-z-]+)(?:=(.*))?$/.exec(argv[i] as string);
    const name = match?.[1] ?? "";
    if (!(name in DEFAULTS)) return `flag provided but not defined: ${argv[i]}`;
    flags[name] = match?.[2] ?? (name === "logtostderr" ? "true" : (argv[++i] ?? ""));
  }
  return flags;
}

const start: Server = (ctx: ServerContext) => {
  const flags = readFlags(ctx.argv);
  const {
    cpus = "",
    "mem-total": total = "",
    "mem-alloc-size": size = "",
    "mem-alloc-sleep": pause = "",
  } = typeof flags === "string" ? {} : flags;
  const [most, step, everyMs] = [amount(total, UNITS), amount(size, UNITS), amount(pause, TIMES)];
  if (typeof flags === "string" || most === undefined || !step || everyMs === undefined || !/^\d+$/.test(cpus)) {
    ctx.log(typeof flags === "string" ? flags : "invalid value for a flag: see the arguments", "stderr");
    ctx.exit(2);
    return undefined;
  }
  const say = (text: string): void =>
    ctx.log(
      (time) =>
        `I${new Date(time).toISOString().slice(5, 23).replace("-", "").replace("T", " ")}000       1 main.go:26] ${text}`,
      "stderr",
    );
  say(`Allocating "${total}" memory, in "${size}" chunks, with a ${pause} sleep between allocations`);
  const cpuMillicores = Number(cpus) * 1000;
  for (let i = 0; i < Number(cpus); i++) say("Spawning a thread to consume CPU");
  let taken = 0;
  // Many small chunks are taken together: nobody sees the difference.
  const chunks = Math.max(1, Math.ceil(most / step / 100));
  const grow = (): void => {
    taken = Math.min(most, taken + chunks * step);
    ctx.use({ cpuMillicores, memoryBytes: BASE_MEMORY + taken });
    if (taken < most) ctx.after(Math.max(1, chunks * everyMs), grow);
    else say(`Allocated "${total}" memory`);
  };
  grow();
  return { signals: { SIGTERM: () => ctx.exit(143), SIGINT: () => ctx.exit(130) } };
};

export const vishStress = defineImage({
  name: "docker.io/vish/stress",
  tags: tags(1.6, "latest"),
  entrypoint: ["/stress"],
  userland: "busybox",
  programs: () => ({ "/stress": { kind: "server", start } }),
});
