/** More pods than can be drawn one by one are marks in their docks, whose colours tell their states. */
import { expect, test, type Page } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

/** How many of a picture's pixels have about the colour that a token of the page's style stands for. */
async function pixelsOf(page: Page, token: string, clip: { x: number; y: number; width: number; height: number }) {
  const png = (await page.screenshot({ clip })).toString("base64");
  return page.evaluate(
    async ([data, name]) => {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      const pen = canvas.getContext("2d");
      if (pen === null) throw new Error("no canvas");
      pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
      pen.fillRect(0, 0, 1, 1);
      const wanted = pen.getImageData(0, 0, 1, 1).data;
      pen.drawImage(picture, 0, 0);
      const { data: pixels } = pen.getImageData(0, 0, picture.width, picture.height);
      let count = 0;
      for (let at = 0; at < pixels.length; at += 4) {
        const far = [0, 1, 2].some((part) => Math.abs((pixels[at + part] ?? 0) - (wanted[part] ?? 0)) > 12);
        if (!far) count++;
      }
      return count;
    },
    [png, token] as const,
  );
}

test("a thousand pods are marks in their docks, in both themes", async ({ page }) => {
  test.slow();
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.type("drydock new scale:10\n");
  await expect(playground.node("worker-10")).toBeVisible({ timeout: 30_000 });
  await playground.ready();
  await playground.terminal.run("kubectl create deployment web --image=nginx --replicas=1000");
  await playground.terminal.run("kubectl rollout status deployment/web", { timeout: 60_000 });
  const dock = await playground.node("worker-3").locator("xpath=..").boundingBox();
  if (dock === null) throw new Error("the node isn't drawn");
  await expect.poll(() => pixelsOf(page, "--ok", dock)).toBeGreaterThan(100);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => pixelsOf(page, "--ok", dock)).toBeGreaterThan(100);
  await playground.terminal.run("kubectl delete deployment web");
  await expect.poll(() => pixelsOf(page, "--ok", dock), { timeout: 60_000 }).toBeLessThan(10);
});
