/**
 * Splits the worker's code between the first screen and the rest. Which functions the first screen runs is found out at
 * each build by running it (`first-screen.ts`); every other function waits in one chunk that is fetched beside the first
 * screen, in place of `src/worker/later-code.ts`. A world stands still until it is there, so nothing depends on when.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";
import { splitModule, type Halves } from "./halves.ts";
import { parseModule } from "./syntax.ts";
import { watchModule } from "./watched.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MISSING = `${ROOT}src/worker/missing.ts`;
const LATER_CODE = `${ROOT}src/worker/later-code.ts`;
const OUT = `${ROOT}.build/first-screen`;
/** A module's second half is a module beside it, which is no file. */
const LATER = ".later.js";
/** What is loaded when somebody needs it stays whole: kubectl, awk and sed. */
const SPLIT = /\/src\/(?!kubectl\/|ui\/).*\.ts$|\/node_modules\/(?:yaml|unbash|diff|@marcbachmann\/cel-js)\/.*\.js$/;
/** What brings the rest can be no part of it. */
const WHOLE = ["missing", "later-code", "rest-of-code"].map((name) => `src/worker/${name}.ts`);

function isSplit(id: string): boolean {
  return SPLIT.test(id) && !WHOLE.some((path) => id === ROOT + path);
}

interface Watched {
  /** Text of each module by its path. */
  sources: Map<string, string>;
  /** Numbers of the functions that were called, by module. */
  called: Map<string, Set<number>>;
}

/** Runs the first screen; returns the text of each module that took part, and what was called. */
async function watchFirstScreen(): Promise<Watched> {
  const sources = new Map<string, string>();
  const watcher: Plugin = {
    name: "drydock:watch-first-screen",
    transform(code, id) {
      if (!isSplit(id)) return undefined;
      sources.set(id, code);
      return { code: watchModule(code, parseModule(code), id), map: null };
    },
  };
  mkdirSync(OUT, { recursive: true });
  await build({
    configFile: false,
    root: ROOT,
    logLevel: "error",
    publicDir: false,
    plugins: [watcher],
    build: {
      target: "es2023",
      outDir: OUT,
      emptyOutDir: true,
      minify: false,
      modulePreload: false,
      rollupOptions: {
        input: fileURLToPath(new URL("first-screen.ts", import.meta.url)),
        external: ["just-bash"],
        output: {
          entryFileNames: "run.mjs",
          chunkFileNames: "[name].mjs",
          banner: "globalThis.calledFunctions ??= new Set();",
        },
      },
    },
  });
  const { stdout, stderr, status } = spawnSync(process.execPath, [`${OUT}/run.mjs`], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the first screen does not run:\n${stderr}`);
  rmSync(OUT, { recursive: true });
  const called = new Map<string, Set<number>>();
  for (const note of JSON.parse(stdout) as string[]) {
    const space = note.lastIndexOf(" ");
    const module = note.slice(0, space);
    called.set(module, (called.get(module) ?? new Set()).add(Number(note.slice(space + 1))));
  }
  return { sources, called };
}

export function firstScreenPlugin(): Plugin {
  const halves = new Map<string, Halves & { code: string }>();
  let places = 0;
  return {
    name: "drydock:first-screen",
    apply: "build",
    // What kubectl shares with the worker lies in the worker's own chunk then: it starts with one request.
    options: (options) => ({ ...options, preserveEntrySignatures: false }),
    async buildStart({ input }) {
      // Workers are built one by one; those of the editor have no such halves.
      if (!Object.values(input).some((entry) => entry.endsWith("/src/worker/index.ts"))) return;
      const { sources, called } = await watchFirstScreen();
      for (const [id, code] of sources) {
        const used = called.get(id) ?? new Set();
        const split = splitModule(code, parseModule(code), { self: id, list: MISSING, place: places, used });
        halves.set(id, { code, ...split });
        places += split.places;
      }
    },
    resolveId: (source) => (source.endsWith(LATER) ? source : undefined),
    load(id) {
      if (id === LATER_CODE) {
        const split = [...halves].filter(([, { later }]) => later !== undefined);
        return split.map(([module]) => `import ${JSON.stringify(module + LATER)};`).join("\n");
      }
      return id.endsWith(LATER) ? halves.get(id.slice(0, -LATER.length))?.later : undefined;
    },
    transform(code, id) {
      if (id === MISSING)
        return { code: `${code}\nfor (let n = 0; n < ${places}; n++) later.push(missing);`, map: null };
      const known = halves.get(id);
      if (known === undefined) return undefined;
      if (known.code !== code) throw new Error(`${id} has changed since the first screen was run`);
      return { code: known.first, map: null };
    },
  };
}
