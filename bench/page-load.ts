/**
 * The page while a load generator sends 10,000 requests a virtual second through a service: how long its frames take, how
 * much of the time its thread is held for longer than 50 ms, whether the clock keeps up, and how far typing lags.
 */
import type { Benchmark, Numbers } from "./harness.ts";
import { watchFrames } from "./frames.ts";
import { openSite } from "./site.ts";

const WATCHED_MS = 10_000;
const PER_SECOND = 10_000;

async function measurePage(): Promise<Numbers> {
  const site = await openSite();
  try {
    const page = await site.browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(site.url);
    const screen = page.locator(".xterm-rows");
    await screen.getByText("$").first().waitFor();
    const typeLine = async (line: string, answer: string): Promise<void> => {
      await page.keyboard.type(`${line}\n`);
      await screen.getByText(answer).first().waitFor();
    };
    await typeLine("kubectl create deployment web --image=nginx --replicas=10", "deployment.apps/web created");
    await typeLine("kubectl expose deployment web --port=80", "service/web exposed");
    await typeLine("kubectl rollout status deployment web", "successfully rolled out");
    const load = `load -qps ${PER_SECOND} -c 64 -t 300s http://web/`;
    await typeLine(`kubectl run load --image=fortio/fortio --restart=Never -- ${load}`, "pod/load created");
    await page.locator(".edge-rate").first().waitFor({ state: "attached" });
    await page.getByRole("tab", { name: "Traffic" }).click();
    const clock = async (): Promise<number> => {
      const parts = ((await page.getByRole("timer").textContent()) ?? "").match(/\d+/g) ?? [];
      return parts.reduce((sum, part) => sum * 60 + Number(part), 0);
    };
    const clockBefore = await clock();
    const watched = await watchFrames(page, WATCHED_MS);
    const clockAfter = await clock();
    await page.locator(".xterm-helper-textarea").focus();
    const typed = performance.now();
    await typeLine("echo still here", "still here");
    return {
      ...watched,
      virtualSecondsPerSecond: (1000 * (clockAfter - clockBefore)) / WATCHED_MS,
      echoMs: performance.now() - typed,
    };
  } finally {
    await site.close();
  }
}

export const pageLoad: Benchmark = { name: "page-load", mostRuns: 3, run: measurePage };
