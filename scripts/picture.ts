/**
 * Takes the README's pictures of the built page (`npm run build` first): the bootcamp's module 5 under way, light and
 * dark. Run by hand: `npx tsx scripts/picture.ts`.
 */
import { chromium, type Page } from "@playwright/test";
import { preview } from "vite";
import { PlaygroundPage } from "../e2e/support/playground-page.ts";
import { ensureBrowser } from "./browser.ts";

const PORT = 4391;
const size = { width: 1440, height: 900 };

async function take(page: Page, file: string): Promise<void> {
  const playground = await PlaygroundPage.open(page, `http://127.0.0.1:${PORT}/`);
  const { terminal } = playground;
  await playground.openLesson("Scale the app");
  await terminal.run("kubectl scale deployments/kubernetes-bootcamp --replicas=4");
  await playground
    .pods(/kubernetes-bootcamp-/, "Running")
    .nth(3)
    .waitFor();
  await playground
    .pods(/kubernetes-bootcamp-/, "Running")
    .nth(1)
    .click();
  await terminal.run(
    "export NODE_PORT=$(kubectl get services/kubernetes-bootcamp -o go-template='{{(index .spec.ports 0).nodePort}}')",
  );
  await terminal.run("kubectl get pods");
  await terminal.type("for i in 1 2 3; do curl -s http://$(minikube ip):$NODE_PORT; done");
  await page.mouse.move(size.width / 2, 2);
  await terminal.press("Enter");
  // Three requests are on their way, each some hops far.
  await page.waitForFunction(() => document.querySelectorAll(".lights .light").length >= 2);
  await page.waitForTimeout(450);
  await page.screenshot({ path: file });
  console.log(file);
}

const executablePath = ensureBrowser();
const server = await preview({ preview: { port: PORT, strictPort: true, host: "127.0.0.1" } });
const browser = await chromium.launch({
  ...(executablePath !== undefined && { executablePath }),
  args: ["--no-sandbox", "--disable-gpu"],
});
for (const theme of ["light", "dark"] as const) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme });
  await take(await context.newPage(), `docs/first-screen-${theme}.png`);
  await context.close();
}
await browser.close();
await server.close();
