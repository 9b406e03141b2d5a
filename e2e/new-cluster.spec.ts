/** Choosing another kind of cluster, by keyboard alone, without losing the present one unasked. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

/** Where to put pictures for a look at them; none are made when it isn't set. */
const pictures = process.env["DRYDOCK_PICTURES"];

test("a new cluster is chosen with the keyboard, after the present one's link was kept", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create namespace mine");
  const dialog = page.getByRole("dialog", { name: "Start a new cluster" });
  const open = async (): Promise<void> => {
    await playground.button("New cluster").focus();
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
  };

  // Escape leaves everything as it was.
  await open();
  await expect(dialog.getByRole("radio", { name: /^Three workers/ })).toBeFocused();
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/new-cluster-light.png` });
  await page.keyboard.press("ArrowDown");
  await expect(dialog.getByRole("radio", { name: /^minikube/ })).toBeChecked();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  expect(await playground.terminal.run("kubectl get namespace mine -o name")).toContain("namespace/mine");

  await open();
  await dialog.getByRole("button", { name: "Copy its link first" }).press("Enter");
  await expect(dialog.getByRole("button", { name: "Its link is copied" })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain("#s=1.");
  await dialog.getByRole("radio", { name: /^minikube/ }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden({ timeout: 30_000 });
  await expect(playground.node("minikube")).toBeVisible();
  await expect(playground.node("worker-1")).toHaveCount(0);
  expect(await playground.terminal.run("kubectl get namespace mine -o name")).toContain('"mine" not found');

  // Starting over keeps the kind.
  await playground.button("Start over").click();
  await playground.terminal.run("kubectl create namespace again");
  await expect(playground.node("minikube")).toBeVisible();

  // A cluster of as many nodes as are wanted; a count that makes no sense can't be started.
  await open();
  await dialog.getByRole("radio", { name: /^Many nodes/ }).focus();
  await page.keyboard.press("Space");
  await dialog.getByRole("spinbutton", { name: "Worker nodes" }).fill("0");
  await expect(dialog.getByRole("button", { name: "Start" })).toBeDisabled();
  await dialog.getByRole("spinbutton", { name: "Worker nodes" }).fill("8");
  await dialog.getByRole("spinbutton", { name: "Worker nodes" }).press("Enter");
  await expect(dialog).toBeHidden({ timeout: 30_000 });
  await expect(playground.node("worker-8")).toBeVisible();

  // Typed, it needs no dialog.
  await playground.ready();
  await playground.terminal.type("drydock new minikube\n");
  await expect(playground.node("minikube")).toBeVisible({ timeout: 30_000 });
  await expect(playground.node("worker-8")).toHaveCount(0);
});

test("the choice fits a phone, in the dark", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("./");
  const playground = new PlaygroundPage(page);
  await playground.choose(/^Free sailing/, /New cluster/);
  const dialog = page.getByRole("dialog", { name: "Start a new cluster" });
  await expect(dialog).toBeVisible();
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/new-cluster-phone.png` });
  expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await dialog.getByRole("radio", { name: /^API server alone/ }).click();
  await dialog.getByRole("button", { name: "Start" }).click();
  await expect(dialog).toBeHidden({ timeout: 30_000 });
});
