/** The page as a learner knows it: its regions by their names, the cluster's things by theirs. */
import { expect, type Locator, type Page } from "@playwright/test";
import { sessionOfLink } from "./node-replay.ts";
import { TerminalScreen } from "./terminal-screen.ts";

export class PlaygroundPage {
  readonly page: Page;
  readonly terminal: TerminalScreen;

  /** Opens the page and waits until the terminal takes commands. */
  static async open(page: Page, path = "./"): Promise<PlaygroundPage> {
    await page.goto(path);
    const playground = new PlaygroundPage(page);
    await playground.ready();
    return playground;
  }

  constructor(page: Page) {
    this.page = page;
    this.terminal = new TerminalScreen(page);
  }

  async ready(): Promise<void> {
    await this.terminal.atPrompt(45_000);
  }

  region(name: "Lesson" | "Cluster" | "Inspector" | "Terminal"): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /** Chooses an entry of a menu that a button opens. */
  async choose(menu: string | RegExp, entry: RegExp): Promise<void> {
    await this.button(menu).click();
    const items = this.page.getByRole("menu").locator("[role^=menuitem]").filter({ hasText: entry });
    await items.first().click();
  }

  /** Gives the terminal more rows, with the keys of the separator above it. */
  async growTerminal(): Promise<void> {
    const separator = this.page.getByRole("separator", { name: "Resize Terminal" });
    await separator.focus();
    for (let presses = 0; presses < 6; presses++) await separator.press("ArrowUp");
    await expect.poll(async () => (await this.region("Terminal").boundingBox())?.height ?? 0).toBeGreaterThan(400);
  }

  /* ---- The chart ---- */

  get chart(): Locator {
    return this.page.getByRole("group", { name: /^The cluster as a chart/ });
  }

  /** Cards of pods, by name and, if given, by what they say. */
  pods(name = /\S+/, status = ""): Locator {
    return this.chart.getByRole("button", { name: new RegExp(`^Pod ${name.source}[^ ]* .*${status}`) });
  }

  node(name: string): Locator {
    return this.chart.getByRole("button", { name: new RegExp(`^Node ${name} `) });
  }

  service(name: string): Locator {
    return this.chart.getByRole("button", { name: new RegExp(`^${name} Service `) });
  }

  /** Those of the elements that the browser scrolls, with an overflow or not, when it brings something into view. */
  async scrolls(selector: string): Promise<string[]> {
    return this.page.locator(selector).evaluateAll((elements) =>
      elements
        .filter((element) => {
          const inner = element.appendChild(document.createElement("div"));
          inner.style.cssText = "position: absolute; top: 4000px; width: 1px; height: 1px";
          element.scrollTop = 50;
          const scrolled = element.scrollTop > 0;
          element.scrollTop = 0;
          inner.remove();
          return scrolled;
        })
        .map((element) => element.className),
    );
  }

  /** How many nodes are drawn, and how many of them down to their last line. */
  async docksInSight(): Promise<{ docks: number; inSight: number }> {
    return this.chart.locator(".dock").evaluateAll((docks) => ({
      docks: docks.length,
      inSight: docks.filter((dock) => {
        const { left, width, bottom } = dock.getBoundingClientRect();
        return document.elementFromPoint(left + width / 2, bottom - 3)?.closest(".dock") === dock;
      }).length,
    }));
  }

  /** Names of the pods that are drawn, in order. */
  async podNames(): Promise<string[]> {
    const names = await this.chart.locator(".pod:not(.leaving) .pod-name").allTextContents();
    return names.sort();
  }

  /* ---- Time ---- */

  async speed(times: number): Promise<void> {
    await this.choose(/^Speed /, new RegExp(`^✓?${times}×$`));
    await expect(this.button(new RegExp(`^Speed ${times.toLocaleString("en")}×`))).toBeVisible();
  }

  get clock(): Locator {
    return this.page.getByRole("timer");
  }

  /** Seconds of cluster time since the start, from the clock. */
  async elapsed(): Promise<number> {
    const [hours = 0, minutes = 0, seconds = 0] = ((await this.clock.textContent()) ?? "").split(":").map(Number);
    return hours * 3600 + minutes * 60 + seconds;
  }

  /* ---- Lessons ---- */

  async openLesson(title: string): Promise<void> {
    await this.region("Lesson").getByRole("button", { name: title }).click();
    await expect(this.region("Lesson").getByRole("heading", { level: 2, name: title })).toBeVisible();
    // What is not true yet is said once the lesson's own cluster and its new terminal are there.
    await expect(this.region("Lesson").getByRole("listitem").locator("small").first()).toBeVisible();
    await this.ready();
  }

  async lessonIsDone(): Promise<void> {
    const goal = this.region("Lesson").getByRole("region", { name: "All of this is true. Well done" });
    await expect(goal).toBeVisible({ timeout: 60_000 });
    await expect(goal.getByRole("img", { name: "not true yet" })).toHaveCount(0);
  }

  async nextLesson(title: string): Promise<void> {
    await this.button("Next lesson").click();
    await expect(this.region("Lesson").getByRole("heading", { level: 2, name: title })).toBeVisible();
    await expect(this.region("Lesson").getByRole("img", { name: "not true yet" }).first()).toBeVisible();
  }

  /* ---- Sharing ---- */

  /** Opens the share dialog, reads the link and the state that it leads to, and closes it. */
  async share(): Promise<{ link: string; state: string }> {
    await this.button("Share").click();
    const dialog = this.page.getByRole("dialog", { name: "Share this moment" });
    const field = dialog.getByRole("textbox", { name: "Link" });
    await expect(field).toHaveValue(/#s=1\./);
    const state = /state ([0-9a-f]{14})/.exec((await dialog.textContent()) ?? "")?.[1] ?? "";
    const link = await field.inputValue();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await expect(dialog).toBeHidden();
    return { link, state };
  }

  async pause(): Promise<void> {
    await this.button("Pause").click();
    await expect(this.button("Go on")).toBeVisible();
  }

  /** Waits until the browser has stored a session with this input in it: from then on a reload brings it back. */
  async saved(input: string, link = false): Promise<void> {
    const stored = (): Promise<unknown> =>
      this.page.evaluate(
        (name) =>
          new Promise((resolve, reject) => {
            const open = indexedDB.open("keyval-store");
            open.onerror = reject;
            open.onsuccess = () => {
              const get = open.result.transaction("keyval").objectStore("keyval").get(name);
              get.onerror = reject;
              get.onsuccess = () => resolve(get.result);
            };
          }),
        link ? "drydock-linked-session" : "drydock-session",
      );
    const inputs = async (): Promise<string> => {
      const value = (await stored()) as string | { session: string } | undefined;
      const text = typeof value === "object" ? value.session : value;
      return text === undefined ? "" : JSON.stringify(await sessionOfLink(text));
    };
    await expect.poll(inputs).toContain(input);
  }
}
