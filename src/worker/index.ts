/** The Web Worker's entry: puts the host on the platform and behind comlink. */
import { expose } from "comlink";
import { get, set } from "idb-keyval";
import { answerJustBash } from "../terminal/just-bash-host.ts";
import { platformCompression } from "./compression.ts";
import { Host } from "./host.ts";
import { loadKubectl } from "./lazy-kubectl.ts";
import { whenWhole } from "./when-whole.ts";

const FRAME_MS = 16;

/** The site's base: the worker lies one folder below it. */
const base = new URL("../", self.location.href);

async function fetchText(path: string): Promise<string> {
  const response = await fetch(new URL(path, base));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

const host = new Host({
  wallNow: () => performance.now(),
  everyFrame(run) {
    const timer = setInterval(run, FRAME_MS);
    return () => clearInterval(timer);
  },
  compression: platformCompression,
  load: (name) => get(name),
  save: (name, value) => set(name, value),
  fetchText,
  externals: answerJustBash,
  laterCode: () => import("./later-code.ts"),
});

expose(whenWhole(host));
// The terminal is usable before this is here; whoever is quicker waits for it.
void host.rest.whole.then(loadKubectl);
