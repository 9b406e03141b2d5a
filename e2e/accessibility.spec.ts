/** For everyone: axe finds nothing serious in any state of the page, the keyboard is enough, motion can be reduced. */
import { createRequire } from "node:module";
import { expect, test, type Page } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The page's own policy lets no foreign script in; the test's browser is told to overlook that for axe alone. */
test.use({ bypassCSP: true });

async function seriousFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: axe });
  const violations = await page.evaluate(async () => {
    // Colours on their way from one state to the next are neither: what stands still is judged.
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
    const { run } = Reflect.get(window, "axe") as { run(): Promise<{ violations: Finding[] }> };
    return (await run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** A deployment with a service, one pod selected: most of what the page can show at once. */
async function fill(playground: PlaygroundPage): Promise<void> {
  await playground.terminal.run("kubectl create deployment web --image=nginx --replicas=2");
  await playground.terminal.run("kubectl expose deployment web --port=80");
  await playground.terminal.run("kubectl run wrong --image=nginx:no-such-tag");
  await expect(playground.pods(/web-/, "Running")).toHaveCount(2);
  await playground.pods(/web-/, "Running").first().click();
  await expect(playground.region("Inspector").getByRole("tab", { name: "Summary" })).toBeVisible();
}

for (const theme of ["Light", "Dark"]) {
  test(`axe finds nothing serious, ${theme.toLowerCase()}`, async ({ page }) => {
    // Colours that are on their way would be measured half-way.
    await page.emulateMedia({ reducedMotion: "reduce" });
    const playground = await PlaygroundPage.open(page);
    await playground.choose("Light or dark", new RegExp(`^✓?${theme}`));
    expect(await seriousFindings(page)).toEqual([]);
    await fill(playground);
    expect(await seriousFindings(page)).toEqual([]);
    for (const tab of ["YAML", "Events"]) {
      await playground.region("Inspector").getByRole("tab", { name: tab }).click();
      expect(await seriousFindings(page)).toEqual([]);
    }
    for (const view of ["Owners", "Traffic", "What happened"]) {
      await page.getByRole("tab", { name: view }).click();
      expect(await seriousFindings(page)).toEqual([]);
    }
    await page.getByRole("tab", { name: "Cluster", exact: true }).click();
    await playground.button("Show as tables").click();
    await expect(page.getByRole("table", { name: "Pods" })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await playground.button("Share").click();
    await expect(page.getByRole("textbox", { name: "Link" })).toHaveValue(/#s=/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await playground.button("New cluster").click();
    await expect(page.getByRole("dialog", { name: "Start a new cluster" })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await playground.button("Do something").click();
    await expect(page.getByRole("dialog", { name: "Do something" })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await playground.choose("New terminal or file", /New YAML file/);
    await expect(page.getByRole("textbox", { name: /^Editor for / })).toBeAttached({ timeout: 30_000 });
    expect(await seriousFindings(page)).toEqual([]);
    await playground.region("Lesson").getByRole("button", { name: "Deploy an app" }).click();
    await expect(playground.region("Lesson").getByRole("heading", { name: "Deploy an app" })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
  });
}

test("axe finds nothing serious where it is narrow", async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("./");
  for (const name of ["Lesson", "Cluster", "Inspector", "Terminal"]) {
    await page.getByRole("tab", { name, exact: true }).last().click();
    await expect(page.getByRole("region", { name, exact: true })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
  }
});

test("from the first key to a running pod without a mouse", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const focused = (): Promise<string> =>
    page.evaluate(() => document.activeElement?.closest("section")?.getAttribute("aria-label") ?? "");
  // The terminal has the focus from the start; F6 walks on to the next part of the page, Shift-F6 back.
  await expect.poll(focused).toBe("Terminal");
  await page.keyboard.type("kubectl run sailor --image=nginx");
  await page.keyboard.press("Enter");
  await expect(playground.pods(/sailor/, "Running")).toBeVisible();
  await page.keyboard.press("Shift+F6");
  await expect.poll(focused).toBe("Inspector");
  await page.keyboard.press("Shift+F6");
  await expect.poll(focused).toBe("Cluster");
  // The chart is entered at a pod; arrows move between its things, Enter opens one.
  const sailor = playground.pods(/sailor/);
  await expect(sailor).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(sailor).not.toBeFocused();
  // Which thing lies below depends on the pod's node; whoever leaves the chart and comes back is at the pod again.
  await page.keyboard.press("F6");
  await expect.poll(focused).toBe("Inspector");
  await page.keyboard.press("Shift+F6");
  await expect(sailor).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(playground.region("Inspector").getByRole("heading", { name: "sailor" })).toBeVisible();
  // The palette does by name what any button does.
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("Pause");
  await page.keyboard.press("Enter");
  await expect(playground.button("Go on")).toBeVisible();
});

test("reduced motion keeps things still", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create deployment web --image=nginx");
  await playground.terminal.run("kubectl expose deployment web --port=80 --type=NodePort");
  await expect(playground.pods(/web-/, "Running")).toHaveCount(1);
  const moving = page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const seen = new Set<string>();
        const look = (): void => {
          if (document.querySelector(".lights .light") !== null) seen.add("a light travels");
          for (const animation of document.getAnimations()) {
            const { duration } = animation.effect?.getComputedTiming() ?? {};
            if (animation.playState === "running" && typeof duration === "number" && duration > 50)
              seen.add(
                `${(animation as CSSTransition).transitionProperty ?? (animation as CSSAnimation).animationName}`,
              );
          }
          if (document.body.dataset["looked"] === "enough") resolve([...seen]);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
  await playground.terminal.run(
    "curl -s $(kubectl get node worker-1 -o jsonpath='{.status.addresses[0].address}'):$(kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}') | head -4",
  );
  await playground.terminal.shows("Welcome to nginx");
  await playground.terminal.run("kubectl scale deployment web --replicas=4");
  await expect(playground.pods(/web-/, "Running")).toHaveCount(4);
  await page.evaluate(() => (document.body.dataset["looked"] = "enough"));
  expect(await moving).toEqual([]);
});
