import { Playground } from "../playground.ts";
import type { Session } from "../../session/session.ts";
import type { PlaygroundOptions } from "../playground-options.ts";

/** Virtual milliseconds that a typed line may take. */
const LINE_LIMIT = 300_000;

/** Somebody who types into a playground's terminal and reads what comes back. */
export class Typist {
  readonly playground: Playground;
  /** All that the terminal has shown, without colours. */
  screen = "";
  private readonly terminal: number;

  static async start(options: PlaygroundOptions = {}): Promise<Typist> {
    const typist: { current?: Typist } = {};
    const playground = Playground.create({
      ...options,
      events: { ...options.events, output: (_, text) => typist.current?.hear(text) },
    });
    await playground.boot();
    typist.current = new Typist(playground);
    return typist.current;
  }

  /** Another world, made by replay. */
  static async replayed({ seed, preset, setup, ...session }: Session): Promise<Playground> {
    const again = Playground.create({ seed, preset, setup });
    await again.boot();
    await again.replay({ seed, preset, setup, ...session });
    return again;
  }

  private constructor(playground: Playground) {
    this.playground = playground;
    this.terminal = playground.openTerminal({ kind: "laptop" });
  }

  /** Types a line, waits until the prompt is back, and returns what was printed in between. */
  async type(line: string): Promise<string> {
    const { playground, terminal } = this;
    const before = this.screen.length;
    playground.type(terminal, `${line}\r`);
    const limit = playground.sim.now + LINE_LIMIT;
    do await playground.runUntil(playground.sim.now + 50);
    while (!playground.atPrompt(terminal) && playground.sim.now < limit);
    if (!playground.atPrompt(terminal))
      throw new Error(`"${line}" did not come to an end:\n${this.screen.slice(before)}`);
    const printed = this.screen.slice(before).replaceAll("\r\n", "\n");
    // The first line is the echo of what was typed, the last one the next prompt.
    return printed.split("\n").slice(1, -1).join("\n");
  }

  keys(text: string): void {
    this.playground.type(this.terminal, text);
  }

  run(ms: number): Promise<void> {
    return this.playground.runUntil(this.playground.sim.now + ms);
  }

  private hear(text: string): void {
    this.screen += text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
  }
}
