/**
 * The page while a load generator sends 10,000 requests a virtual second through a service: how long its frames take, how
 * much of the time its thread is held for longer than 50 ms, whether the clock keeps up, and how far typing lags.
 */
import type { Benchmark, Numbers } from "./harness.ts";
import { openSite } from "./site.ts";

const WATCHED_MS = 10_000;
const PER_SECOND = 10_000;

/** As text, for the page: what runs here is compiled for Node. */
const WATCH = `new Promise((resolve) => {
  const frames = [], long = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => long.push(duration))).observe({ type: "longtask" });
  const began = performance.now();
  let before = began;
  const next = (now) => {
    frames.push(now - before);
    before = now;
    if (now - began < ${WATCHED_MS}) requestAnimationFrame(next);
    else resolve({ frames, long });
  };
  requestAnimationFrame(next);
})`;

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
    const { frames, long } = await page.evaluate<{ frames: number[]; long: number[] }>(WATCH);
    const clockAfter = await clock();
    await page.locator(".xterm-helper-textarea").focus();
    const typed = performance.now();
    await typeLine("echo still here", "still here");
    const sorted = frames.toSorted((a, b) => a - b);
    return {
      framesPerSecond: (1000 * frames.length) / WATCHED_MS,
      frame99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
      longestFrameMs: sorted.at(-1) ?? NaN,
      longTasks: long.length,
      longTaskMs: long.reduce((sum, duration) => sum + duration, 0),
      virtualSecondsPerSecond: (1000 * (clockAfter - clockBefore)) / WATCHED_MS,
      echoMs: performance.now() - typed,
    };
  } finally {
    await site.close();
  }
}

export const pageLoad: Benchmark = { name: "page-load", mostRuns: 3, run: measurePage };
