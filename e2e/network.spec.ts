/** The inspector's Network tab: a request that is followed, what went wrong with one and what mends it, load and its rates. */
import { expect, test, type Page } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

/** Where to put pictures for a look at them; none are made when it isn't set. */
const pictures = process.env["DRYDOCK_PICTURES"];

async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/network-${name}.png` });
}

test("a request is followed from a pod to a service, explained when it fails, mended, and load shows its rates", async ({
  page,
}) => {
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create deployment web --image=nginx --replicas=2");
  await playground.terminal.run("kubectl expose deployment web --port=80 --target-port=8080");
  await playground.terminal.run("kubectl rollout status deployment/web");
  await expect(playground.pods(/web-/, "Running")).toHaveCount(2);

  await playground.service("web").click();
  const inspector = playground.region("Inspector");
  await inspector.getByRole("tab", { name: "Network" }).click();
  const trace = inspector.getByRole("region", { name: "Trace a request" });
  await expect(trace.getByLabel("URL")).toHaveValue("http://web.default/");
  await trace.getByLabel("From").selectOption({ index: 0 });
  await trace.getByRole("button", { name: "Trace", exact: true }).click();

  // What went wrong: nothing listens on the port that the service sends to.
  await expect(trace.getByText(/^No answer: ECONNREFUSED after \d+ ms\.$/)).toBeVisible();
  await expect(
    trace.getByText(/service default\/web sends to port 8080, and pod\/default\/web-\S+ listens on 80/),
  ).toBeVisible();
  await expect(trace.getByText("let it send to port 80")).toBeVisible();
  await picture(page, "why-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "why-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await trace.getByRole("button", { name: "Prove it on a copy" }).click();
  await playground.terminal.shows(/it works\s\(200,/);

  // The command that it offers mends it, and the chart lights the way up.
  await trace.getByRole("button", { name: /^Run: kubectl patch service web/ }).click();
  await playground.terminal.shows("service/web patched");
  await playground.terminal.run("sleep 2");
  const lights = page.locator(".lights .light");
  const lit = lights.first().waitFor({ state: "attached" });
  await trace.getByRole("button", { name: "Trace", exact: true }).click();
  await lit;
  await expect(trace.getByText(/^Answered 200 after \d+ ms\.$/)).toBeVisible();
  const hops = trace.getByRole("list", { name: "Hops" }).getByRole("listitem");
  await expect(hops.first()).toContainText("send");
  await expect(hops.last()).toContainText(/pod\/default\/web-.*answer.*port 80 answered 200/);
  await expect(hops.filter({ hasText: "service/default/web" })).toContainText("one of 2 endpoints");
  await picture(page, "trace");

  // Load: a rate at the edge, and in the list.
  await inspector.getByRole("button", { name: "Start", exact: true }).click();
  const rates = inspector.getByRole("region", { name: "In the last second" });
  await expect(rates.getByText(/load-web → web/)).toBeVisible({ timeout: 30_000 });
  await expect(rates.getByText(/\d+\/s · [\d.]+ ms/).first()).toBeVisible();
  await expect(playground.chart.locator(".edge-rate").first()).toContainText(/\d+\/s/);
  await picture(page, "load");
  await inspector.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(playground.pods(/load-web/)).toHaveCount(0, { timeout: 60_000 });

  // On a phone nothing of it is wider than the screen.
  await page.setViewportSize({ width: 360, height: 740 });
  const parts = page.getByRole("tablist", { name: "Parts of the page" });
  await parts.getByRole("tab", { name: "Inspector" }).click();
  await expect(trace).toBeVisible();
  // What was answered while the window was wide is still there.
  await expect(trace.getByText(/^Answered 200 after \d+ ms\.$/)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(
    0,
  );
  await picture(page, "phone");
});
