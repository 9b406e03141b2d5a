/** Breaking things: the cluster notices as Kubernetes does, and heals. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

const web = /web-/;

test("a node without power becomes NotReady, and its pods are replaced elsewhere", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create deployment web --image=nginx --replicas=6");
  await expect(playground.pods(web, "Running")).toHaveCount(6);
  await expect(playground.pods(web, "Running on worker-2")).toHaveCount(2);
  await playground.choose("Break something", /^Cut the power of worker-2/);
  await expect(playground.node("worker-2")).toHaveAccessibleName(/Power is off/);
  // The others have not noticed yet: the heartbeat may be 50 s late.
  expect(await playground.terminal.run("kubectl get node worker-2 --no-headers")).toMatch(/worker-2\s+Ready/);
  const cut = await playground.elapsed();
  await playground.speed(10);
  await playground.terminal.run("kubectl wait --for=condition=Ready=Unknown node/worker-2 --timeout=120s");
  const noticed = (await playground.elapsed()) - cut;
  expect(noticed).toBeGreaterThan(35);
  expect(noticed).toBeLessThan(90);
  expect(await playground.terminal.run("kubectl get node worker-2 --no-headers")).toMatch(/worker-2\s+NotReady/);
  await playground.speed(60);
  await expect(playground.pods(web, "Running on worker-(1|3)")).toHaveCount(6, { timeout: 60_000 });
  await expect(playground.pods(web, "Terminating on worker-2")).toHaveCount(2);
  await playground.choose("Break something", /^Switch worker-2 on again/);
  await expect(playground.pods(web, "Terminating")).toHaveCount(0, { timeout: 60_000 });
  await playground.speed(1);
  await expect(playground.node("worker-2")).toHaveAccessibleName(/Ready/);
  await expect(playground.pods(web, "Running on worker-(1|3)")).toHaveCount(6);
});

test("without a scheduler a new pod waits; with one again it runs", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.choose("Break something", /^Stop kube-scheduler/);
  const instrument = playground.button(/^scheduler/);
  await expect(instrument).toHaveText(/stopped/);
  await playground.terminal.run("kubectl run lonely --image=nginx");
  await expect(playground.pods(/lonely/, "Pending on no node yet")).toBeVisible();
  await expect(playground.chart.getByText("1 waits for a node")).toBeVisible();
  await playground.speed(60);
  const then = await playground.elapsed();
  await expect.poll(() => playground.elapsed()).toBeGreaterThan(then + 60);
  await expect(playground.pods(/lonely/, "Pending on no node yet")).toBeVisible();
  await playground.choose("Break something", /^Start kube-scheduler again/);
  await expect(playground.pods(/lonely/, "Running on worker-")).toBeVisible({ timeout: 30_000 });
  await expect(instrument).not.toHaveText(/stopped/);
});

test("a killed container is started again", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl run web --image=nginx");
  const pod = playground.pods(/web/, "Running");
  await pod.click();
  await expect(playground.region("Inspector").getByRole("heading", { name: "web" })).toBeVisible();
  await playground.choose("Break something", /^Kill container web/);
  await expect(playground.pods(/web/, "1 restart")).toBeVisible({ timeout: 30_000 });
  await expect(playground.pods(/web/, "Running")).toBeVisible({ timeout: 60_000 });
});
