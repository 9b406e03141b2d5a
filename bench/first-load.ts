/** What the browser fetches before the terminal is usable, and how long that takes in headless Chromium. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Benchmark, Numbers } from "./harness.ts";

/** What runs is bundled elsewhere: the built page is found from where npm starts a script. */
const DIST = `${resolve("dist")}/`;

async function measureLoad(): Promise<Numbers> {
  // Loaded here alone: the other benchmarks' heaps are to hold none of it.
  const { chromium } = await import("@playwright/test");
  const { preview } = await import("vite");
  const { ensureBrowser } = await import("../scripts/browser.ts");
  if (!existsSync(`${DIST}index.html`)) throw new Error("run `npm run build` first");
  const server = await preview({ preview: { port: 4399, strictPort: true, host: "127.0.0.1" }, logLevel: "silent" });
  const executablePath = ensureBrowser();
  const browser = await chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    const fetched = new Set<string>();
    page.on("requestfinished", (request) => fetched.add(new URL(request.url()).pathname));
    const started = performance.now();
    await page.goto("http://127.0.0.1:4399/");
    await page.locator(".xterm-rows").getByText("$").first().waitFor();
    const usableMs = performance.now() - started;
    let script = 0;
    let total = 0;
    for (const path of fetched) {
      const file = `${DIST}${path === "/" ? "index.html" : path.slice(1)}`;
      if (!existsSync(file)) continue;
      const size = gzipSync(readFileSync(file)).length;
      total += size;
      if (path.endsWith(".js")) script += size;
    }
    return { usableMs, scriptGzipKB: script / 1024, totalGzipKB: total / 1024 };
  } finally {
    await browser.close();
    await new Promise<void>((resolve) => server.httpServer.close(() => resolve()));
  }
}

export const firstLoad: Benchmark = { name: "first-load", run: measureLoad };
