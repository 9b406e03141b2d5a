/** Why a pod is where it is, or nowhere: asked of the scheduler, shown in the inspector. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

test("the inspector tells the scores of every node, and what keeps a pod out", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create deployment web --image=nginx");
  await expect(playground.pods(/web-/, "Running")).toHaveCount(1);
  await playground.pods(/web-/, "Running").click();
  await expect(page.getByText(/scheduler: 3 of 4 nodes fit, worker-\d scored \d+ to \d+/)).toBeVisible();
  await page.getByText("see scores").click();
  await expect(page.getByText(/NodeResourcesFit \d+/)).toHaveCount(3);
  await expect(page.getByText(/^TaintToleration: node\(s\) had untolerated taint/)).toBeVisible();

  const spec = '{"spec":{"containers":[{"name":"huge","image":"nginx","resources":{"requests":{"cpu":"64"}}}]}}';
  await playground.terminal.run(`kubectl run huge --image=nginx --overrides='${spec}'`);
  await playground.pods(/huge/, "Pending").click();
  await expect(page.getByText(/3 nodes lack room: Insufficient cpu/)).toBeVisible();
});
