/**
 * A first visit in headless Chromium: when the page is painted, shows its nodes, a prompt, and has run a first command, and
 * what it had fetched by then. With `slow`, the page's own thread has a quarter of the machine; the worker has all of it,
 * for the browser has no such brake for workers.
 */
import type { Page } from "@playwright/test";
import type { Benchmark, Numbers } from "./harness.ts";
import { openSite, type Site } from "./site.ts";

const SLOW = 4;
/** A browser that was just started loads pages of its own for this long, with half of a small machine. */
const BROWSER_START_MS = 4000;

async function visit({ browser, url, sizeOf }: Site, slowness: number): Promise<Numbers> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const developer = await context.newCDPSession(page);
    await developer.send("Emulation.setCPUThrottlingRate", { rate: slowness });
    const fetched = new Set<string>();
    page.on("requestfinished", (request) => fetched.add(new URL(request.url()).pathname));
    const kilobytes = (ending = ""): number =>
      [...fetched].filter((path) => path.endsWith(ending)).reduce((sum, path) => sum + sizeOf(path), 0) / 1024;
    await page.waitForTimeout(BROWSER_START_MS);
    const started = performance.now();
    await page.goto(url);
    const seen = await Promise.all([
      page
        .locator(".dock-name")
        .nth(3)
        .waitFor()
        .then(() => ({ nodesMs: performance.now() - started })),
      promptOf(page).then(() => ({
        promptMs: performance.now() - started,
        promptScriptKB: kilobytes(".js"),
        promptTotalKB: kilobytes(),
      })),
    ]);
    await page.keyboard.type("kubectl run first --image=nginx\n");
    await page.locator(".xterm-rows").getByText("pod/first created").waitFor();
    const commandMs = performance.now() - started;
    await page.locator(".pod-running").waitFor();
    const runningMs = performance.now() - started;
    const paintMs = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    );
    const script = { scriptKB: kilobytes(".js"), totalKB: kilobytes() };
    return Object.assign({ paintMs }, ...seen, { commandMs, runningMs, ...script }) as Numbers;
  } finally {
    await context.close();
  }
}

async function promptOf(page: Page): Promise<void> {
  await page.locator(".xterm-rows").getByText("$").first().waitFor();
}

async function measureVisit(slowness: number): Promise<Numbers> {
  const site = await openSite();
  try {
    return await visit(site, slowness);
  } finally {
    await site.close();
  }
}

export const firstLoadBenchmarks: readonly Benchmark[] = [
  { name: "first-load", run: () => measureVisit(1) },
  { name: "first-load-slow", run: () => measureVisit(SLOW) },
];
