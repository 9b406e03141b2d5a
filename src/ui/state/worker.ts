/** The one worker of the page; undefined only where a page built for tests runs on made-up data. */
export const worker: Worker | undefined =
  import.meta.env.MODE !== "production" && new URLSearchParams(location.search).has("fake")
    ? undefined
    : new Worker(new URL("../../worker/index.ts", import.meta.url), { type: "module", name: "drydock" });
