import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Browsers that run the page read woff2; lessons are read as they were rendered; the folder stands for the page. */
const UNUSED = /\.woff$|\.md$|^index\.html$/;

/** Files below a folder with their texts, by their path in it. */
function filesIn(folder: string): [name: string, text: Uint8Array][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(folder, path).split(sep).join("/"), readFileSync(path)]);
}

/** Writes `offline.js`, the service worker, with the names of all files that the page may ask for. */
export function offlinePlugin(): Plugin {
  const code = readFileSync(fileURLToPath(new URL("offline/service-worker.js", import.meta.url)), "utf8");
  let publicDir = "";
  return {
    name: "drydock:offline",
    apply: "build",
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = new Map<string, string | Uint8Array>(filesIn(publicDir));
        for (const [name, file] of Object.entries(bundle))
          files.set(name, file.type === "asset" ? file.source : file.code);
        const names = [...files.keys()].filter((name) => !UNUSED.test(name)).sort();
        const version = createHash("sha256");
        for (const name of names) version.update(`${name}\n`).update(files.get(name) ?? "");
        const head = [
          `const VERSION = "${version.digest("hex").slice(0, 16)}";`,
          `const FILES = ${JSON.stringify(["./", ...names])};`,
        ];
        this.emitFile({ type: "asset", fileName: "offline.js", source: `${head.join("\n")}\n${code}` });
      },
    },
  };
}
