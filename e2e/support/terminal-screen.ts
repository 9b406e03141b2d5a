/** One terminal of the page: typed into as a person would, read from the rows that it draws. */
import { expect, type Locator, type Page } from "@playwright/test";

/** A prompt with nothing behind it: of the laptop's bash, or of a shell in a container. */
const EMPTY_PROMPT = /^\S*[$#]\s*$/;

export class TerminalScreen {
  readonly page: Page;
  readonly root: Locator;

  constructor(page: Page) {
    this.page = page;
    this.root = page.getByRole("group", { name: /^Terminal\. F6/ }).filter({ visible: true });
  }

  get input(): Locator {
    return this.root.getByRole("textbox", { name: "Terminal input" });
  }

  /** What is to be seen now, row by row, without what is empty at the end. */
  async rows(): Promise<string[]> {
    const rows = await this.root.locator(".xterm-rows > div").allTextContents();
    const texts = rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd());
    while (texts.at(-1) === "") texts.pop();
    return texts;
  }

  async text(): Promise<string> {
    return (await this.rows()).join("\n");
  }

  /** Waits until the screen shows something. */
  async shows(what: string | RegExp): Promise<void> {
    await expect.poll(() => this.text(), { timeout: 30_000 }).toMatch(what instanceof RegExp ? what : escaped(what));
  }

  /** Looks back page by page, with the keys that a person has, for what was printed and may have left the screen. */
  async printed(what: string | RegExp): Promise<void> {
    const pattern = what instanceof RegExp ? what : escaped(what);
    const found = async (): Promise<boolean> => {
      if (pattern.test(await this.text())) return true;
      await this.press("Shift+PageUp");
      return false;
    };
    await expect.poll(found, { message: `the terminal printed ${String(what)}`, timeout: 30_000 }).toBe(true);
  }

  async atPrompt(timeout = 30_000): Promise<void> {
    await expect.poll(async () => (await this.rows()).at(-1) ?? "", { timeout }).toMatch(EMPTY_PROMPT);
  }

  async press(...keys: string[]): Promise<void> {
    await this.input.focus();
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.input.focus();
    await this.page.keyboard.type(text);
  }

  /** Clears the screen, as Ctrl-L does, so that what is read next is what came next. */
  async clear(): Promise<void> {
    await this.press("Control+l");
    await expect.poll(async () => (await this.rows()).length, { timeout: 15_000 }).toBe(1);
  }

  /** Types a line and reads what it printed, once the prompt is back. Only what fits the screen can be read. */
  async run(command: string, options: { timeout?: number } = {}): Promise<string> {
    await this.atPrompt();
    await this.clear();
    await this.type(command);
    await this.press("Enter");
    const ended = async (): Promise<boolean> => {
      const rows = await this.rows();
      return rows.length > 1 && EMPTY_PROMPT.test(rows.at(-1) ?? "");
    };
    await expect.poll(ended, { message: `${command} ends`, timeout: options.timeout ?? 60_000 }).toBe(true);
    return (await this.rows()).slice(0, -1).join("\n");
  }

  /** Puts text in as a paste does, not key by key. */
  async paste(text: string): Promise<void> {
    await this.input.focus();
    await this.input.evaluate((element, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }
}

function escaped(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}
