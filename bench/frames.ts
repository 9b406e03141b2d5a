/** How a page's frames come and how long its thread is held. */
import type { Page } from "@playwright/test";
import type { Numbers } from "./harness.ts";

/** As text, for the page: what runs here is compiled for Node. */
const watch = (ms: number): string => `new Promise((resolve) => {
  const frames = [], long = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => long.push(duration))).observe({ type: "longtask" });
  const began = performance.now();
  let before = began;
  const next = (now) => {
    frames.push(now - before);
    before = now;
    if (now - began < ${ms}) requestAnimationFrame(next);
    else resolve({ frames, long });
  };
  requestAnimationFrame(next);
})`;

/** `longTasks` are those of more than 50 ms. */
export async function watchFrames(page: Page, ms: number): Promise<Numbers> {
  const { frames, long } = await page.evaluate<{ frames: number[]; long: number[] }>(watch(ms));
  const sorted = frames.toSorted((a, b) => a - b);
  return {
    framesPerSecond: (1000 * frames.length) / ms,
    frame99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
    longestFrameMs: sorted.at(-1) ?? NaN,
    longTasks: long.length,
    longTaskMs: long.reduce((sum, duration) => sum + duration, 0),
  };
}
