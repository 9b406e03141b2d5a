/** The built folder works below any path of a plain file server, asks nobody but itself, and opens again without it. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

const folder = join(import.meta.dirname, "..", "dist");
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

function serve(base: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://here").pathname);
    const inside = path.startsWith(base) ? normalize(path.slice(base.length)) : "..";
    const file = join(folder, inside === "." || inside === "" ? "index.html" : inside);
    if (inside.startsWith("..") || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Everything that a well-behaved page never does. */
function complaints(page: Page, origin: string): string[] {
  const found: string[] = [];
  page.context().on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && asked !== origin) found.push(`asked ${request.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") found.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) found.push(`${response.status()} ${response.url()}`);
  });
  return found;
}

test.use({ serviceWorkers: "allow" });

test("a journey below a path of a plain file server", async ({ page }) => {
  const server = await serve("/some/path/");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const found = complaints(page, origin);
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const playground = await PlaygroundPage.open(page, `${origin}/some/path/`);
  await playground.openLesson("Let the outside world in");
  await playground.terminal.run("kubectl get pods -o json | jq -r '.items[0].metadata.name' | sed s/^/pod-/");
  await playground.terminal.shows(/^pod-kubernetes-bootcamp-/m);
  await playground.choose("New terminal or file", /New YAML file/);
  const input = page.getByRole("textbox", { name: /^Editor for / });
  await expect(input).toBeAttached({ timeout: 30_000 });
  await input.focus();
  await page.keyboard.type("apiVersion: v1\nkind: Pod");
  await expect(page.getByText(/problem/)).toBeVisible();
  await playground.share();
  await playground.button("Do something").click();
  const palette = page.getByRole("dialog", { name: "Do something" });
  await expect(palette).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
  await playground.choose("Light or dark", /^Dark/);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("tab", { name: "What happened" }).click();
  expect(found).toEqual([]);

  // The files are kept by now, or soon: then the server is not needed any more, for what was never opened neither.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await playground.saved("jq");
  server.closeAllConnections();
  server.close();
  const neverOpened = "lessons/bootcamp-1-create/lesson.json";
  expect(await page.evaluate(async (url) => (await fetch(url)).status, neverOpened)).toBe(200);
  await page.reload();
  await playground.ready();
  await expect(playground.region("Lesson").getByRole("heading", { name: "Let the outside world in" })).toBeVisible();
  expect(await playground.terminal.run("echo 1 2 | awk '{print $2}'; kubectl get deployments -o name")).toContain(
    "deployment.apps/kubernetes-bootcamp",
  );
});
