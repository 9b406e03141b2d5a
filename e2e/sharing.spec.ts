/** Links and reloads: the same cluster again, and bad links that harm nothing. */
import { deflateRawSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";
import { hashInNode, sessionOfLink } from "./support/node-replay.ts";

const web = /web-/;

/** Three pods behind a service, at a moment that stands. */
async function work(playground: PlaygroundPage): Promise<void> {
  const { terminal } = playground;
  await terminal.run("kubectl create deployment web --image=nginx --replicas=3");
  await terminal.run("kubectl rollout status deployment/web");
  await terminal.run("kubectl expose deployment web --port=80 | sed s/exposed/opened/");
  await terminal.shows("service/web opened");
  await expect(playground.pods(web, "Running on worker-")).toHaveCount(3);
}

test("a link gives the same cluster in another browser and in Node", async ({ page, browser }) => {
  const playground = await PlaygroundPage.open(page);
  await work(playground);
  await playground.pause();
  const { link, state } = await playground.share();
  expect(state).not.toBe("");
  const names = await playground.podNames();
  const session = await sessionOfLink(link);
  expect(await hashInNode(session)).toBe(state);

  const context = await browser.newContext();
  const other = new PlaygroundPage(await context.newPage());
  await other.page.goto(link);
  const dialog = other.page.getByRole("dialog", { name: "A scenario from a link" });
  await dialog.getByRole("button", { name: "Look inside first" }).click();
  await expect(dialog.getByLabel("What it would run")).toContainText(
    "$ kubectl create deployment web --image=nginx --replicas=3",
  );
  await expect(other.pods(web)).toHaveCount(0);
  await dialog.getByRole("button", { name: "Run it" }).click();
  await expect(dialog).toBeHidden({ timeout: 30_000 });
  await expect(other.pods(web, "Running on worker-")).toHaveCount(3);
  expect(await other.podNames()).toEqual(names);
  expect((await other.share()).state).toBe(state);
  await other.terminal.shows("service/web opened");
  expect(await other.clock.textContent()).toBe(await playground.clock.textContent());
  await context.close();

  // Another seed must give another cluster, or the comparison above would prove nothing.
  expect(await hashInNode({ ...session, seed: session.seed + 1 })).not.toBe(state);
});

test("a reload restores the session, paused as it was", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await work(playground);
  await playground.terminal.run("echo kept > note.txt");
  await playground.pause();
  const names = await playground.podNames();
  const { state } = await playground.share();
  await playground.saved('"paused":true');
  await page.reload();
  await playground.ready();
  await expect(playground.button("Go on")).toBeVisible();
  expect((await playground.share()).state).toBe(state);
  expect(await playground.podNames()).toEqual(names);
  await playground.button("Go on").click();
  expect(await playground.terminal.run("cat note.txt")).toContain("kept");
});

test("opening a link leaves the learner's own session alone", async ({ page, browser }) => {
  const author = new PlaygroundPage(await (await browser.newContext()).newPage());
  await author.page.goto("./");
  await author.ready();
  await author.terminal.run("kubectl create namespace elsewhere");
  const { link } = await author.share();
  await author.page.context().close();

  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create namespace mine");
  await playground.saved("namespace mine");
  await page.evaluate((fragment) => (location.hash = fragment), link.slice(link.indexOf("#")));
  await page.getByRole("dialog", { name: "A scenario from a link" }).getByRole("button", { name: "Run it" }).click();
  await playground.terminal.shows("namespace/elsewhere created");
  await playground.terminal.run("kubectl create namespace further");
  // What was done from there on survives a reload too, and belongs to the link.
  await playground.saved("namespace further", true);
  await page.reload();
  await playground.terminal.shows("namespace/further created");
  await page.goto("about:blank");
  await page.goto("./");
  await playground.ready();
  expect(await playground.terminal.run("kubectl get ns mine elsewhere -o name")).toMatch(
    /namespace\/mine\n.*"elsewhere" not found/,
  );
});

const encoded = (text: string | Buffer): string => `s=1.${deflateRawSync(text).toString("base64url")}`;
const session = {
  v: 1,
  engine: "0.1",
  kubernetes: "1.36",
  seed: 1,
  preset: "default",
  setup: [],
  inputs: [],
  until: 0,
};

const bad: [name: string, fragment: string, says: RegExp][] = [
  ["damaged", `${encoded(JSON.stringify(session)).slice(0, 40)}AAAA`, /damaged/],
  ["too long", `s=1.${"A".repeat(250_000)}`, /longer than any link/],
  ["a bomb", encoded(Buffer.alloc(64 * 1024 * 1024, 32)), /larger than Drydock accepts/],
  [
    "not a scenario",
    encoded(JSON.stringify({ ...session, inputs: [{ t: 0, k: "eval", text: "x" }] })),
    /not a scenario/,
  ],
  ["of a newer version", "s=9.AAAA", /newer Drydock/],
];

for (const [name, fragment, says] of bad) {
  test(`a link that is ${name} gets a clear message and harms nothing`, async ({ page }) => {
    const playground = await PlaygroundPage.open(page);
    await playground.terminal.run("touch mine");
    await playground.saved("touch mine");
    await page.goto("about:blank");
    await page.goto(`./#${fragment}`);
    const dialog = page.getByRole("dialog", { name: "This link can't be opened" });
    await expect(dialog).toContainText(says);
    await expect(dialog).toContainText("Your own session is open.");
    await dialog.getByRole("button", { name: "Go on" }).click();
    await playground.ready();
    expect(await playground.terminal.run("ls")).toContain("mine");
    expect(new URL(page.url()).hash).toBe("");
  });
}

test("a link that can be read but not replayed leaves everything as it is", async ({ page }) => {
  await page.goto(`./#${encoded(JSON.stringify({ ...session, preset: "no-such-preset" }))}`);
  const playground = new PlaygroundPage(page);
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page.getByRole("status").filter({ hasText: "could not be replayed" })).toBeAttached();
  expect(await playground.terminal.run("kubectl get nodes -o name")).toContain("node/worker-1");
});
