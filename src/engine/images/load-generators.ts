/** Images of load generators, under the names by which tutorials know them. */
import type { Program } from "../base/program.ts";
import { ab } from "../userland/load/ab.ts";
import { fortio as fortioProgram } from "../userland/load/fortio.ts";
import { hey } from "../userland/load/hey.ts";
import { siege } from "../userland/load/siege.ts";
import { wrk } from "../userland/load/wrk.ts";
import { defineImage } from "./define-image.ts";
import type { ImageDefinition } from "./define-image.ts";

const MB = 1_000_000;

/** An image that runs one program with its arguments. */
function generator(
  name: string,
  run: Program,
  how: { path: string; size: number; tags?: readonly string[]; cmd?: readonly string[]; userland?: "busybox" | "none" },
): ImageDefinition {
  const { path, size, tags = [], cmd, userland = "busybox" } = how;
  return defineImage({
    name: `docker.io/${name}`,
    tags: Object.fromEntries(["latest", ...tags].map((tag) => [tag, { size: size * MB }])),
    entrypoint: [path],
    ...(cmd !== undefined && { cmd }),
    userland,
    programs: () => ({ [path]: { kind: "program", run } }),
  });
}

export const loadGenerators: readonly ImageDefinition[] = [
  generator("williamyeh/hey", hey, { path: "/usr/local/bin/hey", size: 4.1 }),
  generator("rakyll/hey", hey, { path: "/usr/local/bin/hey", size: 4.1 }),
  generator("jordi/ab", ab, { path: "/usr/bin/ab", size: 8.6 }),
  generator("williamyeh/wrk", wrk, { path: "/usr/local/bin/wrk", size: 4.3, tags: ["4.0.2"] }),
  generator("yokogawa/siege", siege, { path: "/usr/bin/siege", size: 4.6, tags: ["3.0.5"] }),
  generator("fortio/fortio", fortioProgram, {
    path: "/usr/bin/fortio",
    size: 10.5,
    tags: ["latest_release", "1.60.3", "1.69.4"],
    cmd: ["server"],
    userland: "none",
  }),
];
