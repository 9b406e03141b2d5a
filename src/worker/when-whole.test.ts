/** The same inputs make the same cluster, whether the rest of the code was there at once or came late. */
import { describe, expect, it } from "vitest";
import { platformCompression } from "./compression.ts";
import { Host } from "./host.ts";
import type { Frame } from "./protocol.ts";
import { whenWhole } from "./when-whole.ts";

/** A page whose wall clock is moved by hand, and whose code comes when `codeArrives` is called. */
async function openPage() {
  let wall = 0;
  let frame = (): void => {};
  let codeArrives = (): void => {};
  const code = new Promise<void>((resolve) => (codeArrives = resolve));
  const frames: Frame[] = [];
  const host = new Host({
    wallNow: () => wall,
    everyFrame(run) {
      frame = run;
      return () => {};
    },
    compression: platformCompression,
    load: () => Promise.resolve(undefined),
    save: () => Promise.resolve(),
    fetchText: () => Promise.reject(new Error("offline")),
    externals: (name) => Promise.reject(new Error(`${name} is not available here`)),
    laterCode: () => code,
  });
  const engine = whenWhole(host);
  const { terminal } = await engine.boot({ fragment: "", fresh: true }, (sent) => frames.push(sent));
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 16) {
      wall += 16;
      frame();
    }
  };
  const printed = (): string =>
    frames
      .flatMap(({ output }) => output ?? [])
      .map(({ text }) => text)
      .join("");
  return { engine, terminal, frames, pass, printed, codeArrives };
}

/** Types before or after the code has come, and goes on for ten seconds from then. */
async function deploy(lateByMs: number) {
  const page = await openPage();
  page.pass(32);
  if (lateByMs === 0) page.codeArrives();
  const typed = page.engine.input(page.terminal, "echo typed; touch made; ls\r");
  const asked = page.engine.inspect({ kind: "Node", namespace: "", name: "worker-1" });
  page.pass(lateByMs);
  page.codeArrives();
  await typed;
  await asked;
  const before = page.frames.filter(({ time }) => time !== undefined).length;
  page.pass(10_000);
  return { page, before, hash: await page.engine.hash(), share: await page.engine.share() };
}

describe("a world whose code is still being fetched", () => {
  it("shows its nodes and a prompt, stands, and takes in what was typed when the code is there", async () => {
    const page = await openPage();
    page.pass(16);
    const shown = page.frames.flatMap(({ topology }) => topology?.nodes ?? []).map(({ name }) => name);
    expect(shown.sort()).toEqual(["control-plane", "worker-1", "worker-2", "worker-3"]);
    expect(page.printed()).toContain("$ ");
    const told = page.frames.length;
    const typed = page.engine.input(page.terminal, "echo hello\r");
    page.pass(5000);
    expect(page.frames.slice(told)).toEqual([{ fetching: true }]);
    page.codeArrives();
    await typed;
    expect(page.frames.slice(told + 1)).toContainEqual({ fetching: false });
    page.pass(500);
    expect(page.printed()).toContain("hello\r\n");
  });

  it("is fetched when the page is drawn, not because its terminal has found its size", async () => {
    const page = await openPage();
    page.pass(16);
    const told = page.frames.length;
    const sized = page.engine.resize(page.terminal, 100, 30);
    page.pass(5000);
    expect(page.frames.slice(told)).toEqual([]);
    await page.engine.drawn();
    expect(page.frames.slice(told)).toEqual([{ fetching: true }]);
    page.codeArrives();
    await sized;
    page.pass(32);
    expect(page.frames.slice(told)).toContainEqual({ fetching: false });
  });

  it("becomes the same as one that had everything at once", async () => {
    const [atOnce, late] = [await deploy(0), await deploy(5000)];
    expect(late.hash).toBe(atOnce.hash);
    expect(late.share.fragment).toBe(atOnce.share.fragment);
    expect(late.page.printed()).toBe(atOnce.page.printed());
    expect(late.page.printed()).toContain("typed\r\nREADME.md  made\r\n");
  });
});
