let started: Worker | undefined;

/** The one worker of the page, started at the first call; undefined where a page built for tests runs on made-up data. */
export function pageWorker(): Worker | undefined {
  if (import.meta.env.MODE !== "production" && new URLSearchParams(location.search).has("fake")) return undefined;
  started ??= new Worker(new URL("../../worker/index.ts", import.meta.url), { type: "module", name: "drydock" });
  return started;
}
