/** The page while a Deployment of a large cluster comes up: how its frames come, and when all pods are running. */
import type { Benchmark, Numbers } from "./harness.ts";
import { watchFrames } from "./frames.ts";
import { openSite } from "./site.ts";

const WATCHED_MS = 10_000;
const MOST_MS = 600_000;

async function measurePage(nodes: number, pods: number): Promise<Numbers> {
  const site = await openSite();
  try {
    const page = await site.browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(MOST_MS);
    await page.goto(site.url);
    const screen = page.locator(".xterm-rows");
    await screen.getByText("$").first().waitFor();
    const type = async (line: string): Promise<void> => {
      await page.locator(".xterm-helper-textarea").focus();
      await page.keyboard.type(`${line}\n`);
    };
    await type(`drydock new scale:${nodes}`);
    await page.locator(`[data-station="node/worker-${nodes}"]`).waitFor({ state: "attached" });
    await type("kubectl get nodes | wc -l");
    await screen
      .getByText(String(nodes + 2))
      .first()
      .waitFor();
    await type(`kubectl create deployment web --image=nginx --replicas=${pods}`);
    await screen.getByText("deployment.apps/web created").first().waitFor();
    const began = performance.now();
    const growing = await watchFrames(page, WATCHED_MS);
    await type(`kubectl wait deployment web --for=jsonpath={.status.readyReplicas}=${pods} --timeout=1h`);
    await screen.getByText("condition met").first().waitFor();
    const seconds = (performance.now() - began) / 1000;
    const standing = await watchFrames(page, WATCHED_MS);
    const named = Object.entries(standing).map(([name, value]): [string, number] => [`${name}AtRest`, value]);
    return { ...growing, ...Object.fromEntries(named), seconds, podsPerSecond: pods / seconds };
  } finally {
    await site.close();
  }
}

/** Nodes and pods. */
const SIZES: readonly (readonly [number, number])[] = [
  [100, 3_000],
  [1_000, 30_000],
];

export const pageScaleBenchmarks: readonly Benchmark[] = SIZES.map(([nodes, pods]) => ({
  name: `page-scale-${nodes}`,
  mostRuns: 1,
  run: () => measurePage(nodes, pods),
}));
