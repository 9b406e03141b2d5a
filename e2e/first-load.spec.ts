/** The first screen comes before the rest of the code, and what is done meanwhile is not lost. */
import { expect, test } from "@playwright/test";
import { hashInNode, sessionOfLink } from "./support/node-replay.ts";
import { PlaygroundPage } from "./support/playground-page.ts";

test("nodes and a prompt need no more than the first half, and the cluster is the same as with all of it", async ({
  page,
}) => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  await page.route(/\/assets\/later-code-.*\.js$/, async (route) => {
    asked++;
    await released;
    await route.continue();
  });
  const playground = await PlaygroundPage.open(page);
  await expect(playground.node("worker-3")).toBeVisible();
  const stands = await playground.clock.textContent();
  await playground.terminal.type("kubectl create deployment web --image=nginx --replicas=3\n");
  await page.waitForTimeout(1500);
  expect(asked).toBe(1);
  await expect(page.getByRole("status").filter({ hasText: "Time stands until it is here" })).toBeVisible();
  expect(await playground.clock.textContent()).toBe(stands);
  await expect(playground.pods(/web-/)).toHaveCount(0);

  release();
  await playground.terminal.shows("deployment.apps/web created");
  await expect(page.getByText("Time stands until it is here")).toHaveCount(0);
  await expect(playground.pods(/web-/, "Running on worker-")).toHaveCount(3);
  await playground.pause();
  const { link, state } = await playground.share();
  // Node has all the code at once.
  expect(await hashInNode(await sessionOfLink(link))).toBe(state);
});
