/** A lesson under way: looks at its checks when time has passed, opens hints, types the solution. */
import { evaluate } from "../lessons/check.ts";
import type { ClusterReader } from "../lessons/check.ts";
import type { Lesson } from "../lessons/lesson.ts";
import { clusterReader } from "./cluster-reader.ts";
import type { Playground } from "./playground.ts";
import type { LessonState } from "./protocol.ts";

interface LoadedLesson {
  lesson: Lesson;
  /** Texts of its set-up manifests. */
  setup: string[];
}

const NOWHERE: ClusterReader = { list: () => [], get: () => undefined, readyEndpoints: () => 0, log: () => "" };
/** Virtual milliseconds between two looks, and wall-clock polling of "show me". */
const LOOK_EVERY = 250;
const POLL_MS = 50;

export class LessonRunner {
  readonly lesson: Lesson;
  private readonly world: () => Playground;
  private hints = 0;
  private showing = false;
  private nextLook = 0;
  private last = "";
  private state: LessonState;

  static async load(platform: { fetchText(path: string): Promise<string> }, id: string): Promise<LoadedLesson> {
    if (!/^[a-z0-9-]+$/.test(id)) throw new Error(`no lesson "${id}"`);
    const lesson = JSON.parse(await platform.fetchText(`lessons/${id}/lesson.json`)) as Lesson;
    const setup = await Promise.all(lesson.setup.map((file) => platform.fetchText(`lessons/${id}/${file}`)));
    return { lesson, setup };
  }

  /** The lesson that a session was in; undefined when there was none, or there is none by that name any more. */
  static async resume(
    platform: { fetchText(path: string): Promise<string> },
    id: string | undefined,
    world: Playground,
  ): Promise<LessonRunner | undefined> {
    if (id === undefined) return undefined;
    try {
      return new LessonRunner(await LessonRunner.load(platform, id), () => world);
    } catch {
      return undefined;
    }
  }

  constructor(loaded: LoadedLesson, world: () => Playground) {
    this.lesson = loaded.lesson;
    this.world = world;
    this.state = this.evaluate();
  }

  get id(): string {
    return this.lesson.id;
  }

  get done(): boolean {
    return this.state.done;
  }

  /** The state if it changed since the last look. */
  look(): LessonState | undefined {
    const { sim } = this.world();
    if (sim.now >= this.nextLook || this.nextLook - sim.now > LOOK_EVERY) {
      this.nextLook = sim.now + LOOK_EVERY;
      this.state = this.evaluate();
    }
    const key = JSON.stringify(this.state);
    if (key === this.last) return undefined;
    this.last = key;
    return this.state;
  }

  hint(): void {
    this.hints++;
    this.state = this.evaluate();
  }

  /** Types the solution line by line, each when the one before has ended. */
  async showMe(type: (terminal: number, line: string) => void): Promise<void> {
    if (this.showing) return;
    this.showing = true;
    const playground = this.world();
    try {
      const terminal = playground.terminalIds()[0] ?? playground.openTerminal({ kind: "laptop" });
      for (const line of this.lesson.solution) {
        type(terminal, line);
        do await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
        while (!playground.atPrompt(terminal) && this.world() === playground);
        if (this.world() !== playground) return;
      }
    } finally {
      this.showing = false;
    }
  }

  private evaluate(): LessonState {
    const { cluster } = this.world();
    const reader = cluster === undefined ? NOWHERE : clusterReader(cluster);
    const objectives = this.lesson.objectives.map(({ id, check }) => {
      const missing = evaluate(check, reader);
      return missing === undefined ? { id, done: true } : { id, done: false, missing };
    });
    return {
      id: this.id,
      objectives,
      done: objectives.every(({ done }) => done),
      hints: this.hints,
      showing: this.showing,
    };
  }
}
