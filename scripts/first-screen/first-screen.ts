/**
 * What the first screen does, run in Node to see which functions that takes: a new world boots, the page hears of it,
 * a first terminal shows its prompt, keys are echoed. Prints the called functions as JSON.
 */
import { Host } from "../../src/worker/host.ts";
import { platformCompression } from "../../src/worker/compression.ts";

declare global {
  var calledFunctions: Set<string>;
}

const FRAMES = 60;
const FRAME_MS = 16;

async function showFirstScreen(): Promise<void> {
  let wall = 0;
  let frame: () => void = () => {};
  const host = new Host({
    wallNow: () => (wall += 0.1),
    everyFrame(run) {
      frame = run;
      return () => {};
    },
    compression: platformCompression,
    load: () => Promise.resolve(undefined),
    save: () => Promise.resolve(),
    fetchText: () => Promise.reject(new Error("nothing is fetched here")),
    externals: (name) => Promise.reject(new Error(`${name} is not available here`)),
    laterCode: () => Promise.resolve(),
  });
  const { terminal } = await host.boot({ fragment: "", fresh: true }, () => {});
  host.resize(terminal, 120, 14);
  for (const key of ["l", "s", "\u007f", "\u007f"]) host.input(terminal, key);
  for (let frames = 0; frames < FRAMES; frames++) {
    wall += FRAME_MS;
    frame();
  }
}

await showFirstScreen();
console.log(JSON.stringify([...globalThis.calledFunctions]));
