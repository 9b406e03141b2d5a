/** The clock: it stands, steps, runs faster, and runs until nothing changes. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

test("time stands, steps, hurries and runs until nothing changes", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const { terminal } = playground;
  await playground.pause();
  const stood = await playground.clock.textContent();
  await terminal.type("kubectl create deployment web --image=nginx --replicas=2");
  await terminal.press("Enter");
  await terminal.shows("--replicas=2");
  // Nothing answers while the clock stands: each event has to be let happen.
  await expect(playground.pods(/web-/)).toHaveCount(0);
  expect(await playground.clock.textContent()).toBe(stood);
  await expect(async () => {
    await playground.button("Next event").click();
    await expect(playground.pods(/web-/)).toHaveCount(2, { timeout: 50 });
  }).toPass({ timeout: 30_000, intervals: [5] });
  await expect(playground.button("Go on")).toBeVisible();
  await expect(playground.pods(/web-/, "Running")).toHaveCount(0);

  await playground.button("Run until nothing changes").click();
  await expect(playground.pods(/web-/, "Running")).toHaveCount(2);
  await expect(playground.button("Run until nothing changes")).not.toHaveAttribute("aria-pressed", "true");
  await playground.button("Go on").click();

  await playground.speed(60);
  const before = await playground.elapsed();
  await expect.poll(() => playground.elapsed(), { intervals: [200] }).toBeGreaterThan(before + 120);
  await playground.speed(1);
  expect(await terminal.run("kubectl get deploy web --no-headers")).toMatch(/web\s+2\/2/);
});
