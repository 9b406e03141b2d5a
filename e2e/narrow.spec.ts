/** On a phone and a small window: one part of the page at a time, nothing wider than the screen, a terminal that works. */
import { expect, test, type Page } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Buttons and text fields that stand outside of the window although they are shown. */
async function outside(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        "header button, .narrow-tabs [role=tab], .dock-tabs button, .lesson button",
      ),
    ]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (left < -1 || right > innerWidth + 1);
      })
      .map((element) => element.textContent || element.getAttribute("aria-label") || element.className),
  );
}

for (const width of [360, 800]) {
  test(`at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 740 });
    await page.goto("./");
    const playground = new PlaygroundPage(page);
    const parts = page.getByRole("tablist", { name: "Parts of the page" });
    for (const name of ["Lesson", "Cluster", "Inspector", "Terminal"] as const) {
      await parts.getByRole("tab", { name }).click();
      await expect(playground.region(name)).toBeVisible();
      for (const other of ["Lesson", "Cluster", "Inspector", "Terminal"] as const) {
        if (other !== name) await expect(playground.region(other)).toBeHidden();
      }
      expect(await overflow(page)).toBe(0);
      expect(await outside(page)).toEqual([]);
    }
    await playground.ready();
    await playground.terminal.run("kubectl create deployment web --image=nginx --replicas=2");
    await playground.terminal.shows("web created");
    await playground.terminal.run("kubectl rollout status deployment/web");
    expect(await playground.terminal.run("kubectl get pods -o name")).toContain("pod/web-");
    await parts.getByRole("tab", { name: "Cluster" }).click();
    await expect(playground.pods(/web-/, "Running")).toHaveCount(2);
    // Only its own view moves the chart: focus can't scroll it from under the pointer.
    expect(await playground.scrolls(".sea, .sea .react-flow")).toEqual([]);
    await playground.pods(/web-/).first().click();
    await playground.pods(/web-/).first().click();
    await expect(playground.region("Inspector").getByRole("tab", { name: "Summary" })).toBeVisible();
    expect(await overflow(page)).toBe(0);
    // What was printed is still there after the terminal was out of sight.
    await parts.getByRole("tab", { name: "Terminal" }).click();
    await playground.terminal.shows("pod/web-");
  });
}
