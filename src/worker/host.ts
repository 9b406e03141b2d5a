/**
 * The worker's side of the protocol: owns the playground, moves its clock with wall time, and sends a frame whenever
 * something that the page shows has changed. Everything here is about wall time and messages; the world is below.
 */
import { readDescriptions, schemaFor } from "./schema.ts";
import { applyText, diffText, validateText } from "./editor.ts";
import { LessonRunner } from "./lesson-runner.ts";
import { Playground } from "./playground.ts";
import type { PlaygroundEvents } from "./playground.ts";
import { Projections } from "./projections.ts";
import type {
  ApplyOutcome,
  BootOptions,
  BootOutcome,
  Diagnostic,
  DiffOutcome,
  DrydockWorker,
  Fault,
  Frame,
  LinkOutcome,
  ObjectRef,
  PageRequest,
  SessionInfo,
} from "./protocol.ts";
import { decodeLink, encodeLink, isLink } from "../session/link.ts";
import type { Compression } from "../session/link.ts";
import type { Session, TerminalTarget } from "../session/session.ts";
import { summarize } from "../session/summary.ts";

/** What the platform gives the host; a test gives its own. */
export interface HostPlatform {
  /** Wall milliseconds, from any zero. */
  wallNow(): number;
  /** Calls back about every frame (16 ms). Returns the function that ends it. */
  everyFrame(run: () => void): () => void;
  compression: Compression;
  /** Where a session survives a reload. */
  load(): Promise<unknown>;
  save(session: Session | undefined): Promise<void>;
  /** Text of a file below the site's base. */
  fetchText(path: string): Promise<string>;
  externals(name: string, args: unknown): Promise<unknown>;
}

/** Wall milliseconds of a frame that the simulation may use. */
const BUDGET_MS = 9;
const SAVE_EVERY_MS = 2000;
const DEFAULT_PRESET = "default";
const FAST_FORWARD_LIMIT = 3_600_000;

export class Host implements Awaitable<DrydockWorker> {
  private readonly platform: HostPlatform;
  private playground: Playground | undefined;
  private projections: Projections | undefined;
  private lessons: LessonRunner | undefined;
  private onFrame: (frame: Frame) => void = () => {};
  private output: { terminal: number; text: string }[] = [];
  private requests: PageRequest[] = [];
  private lastWall = 0;
  private lastSave = 0;
  private lastTime = "";
  private savedInputs = -1;
  /** Virtual time at which "run until nothing changes" gives up; undefined iff it isn't at work. */
  private fastForward: number | undefined;
  private linked: Session | undefined;
  /** True while a session is being replayed or made: the clock of the page stands. */
  private busy = true;

  constructor(platform: HostPlatform) {
    this.platform = platform;
  }

  /* ---- Life ---- */

  async boot(options: BootOptions, onFrame: (frame: Frame) => void): Promise<BootOutcome> {
    this.onFrame = onFrame;
    let link: LinkOutcome | undefined;
    const fragment = options.fragment.replace(/^#/, "");
    if (isLink(fragment)) {
      const result = await decodeLink(fragment, this.platform.compression);
      if (result.ok) this.linked = result.session;
      link = result.ok ? { ok: true, info: infoOf(result.session) } : result;
    }
    const saved = options.fresh ? undefined : await this.savedSession();
    const seed = options.seed ?? 1;
    const outcome =
      (saved !== undefined && (await this.tryOpen(saved, "restored"))) ||
      (await this.open(undefined, { origin: "new", preset: options.preset ?? DEFAULT_PRESET, seed }));
    this.platform.everyFrame(() => this.frame());
    return link === undefined ? outcome : { ...outcome, link };
  }

  async runLink(): Promise<BootOutcome> {
    if (this.linked === undefined) throw new Error("no link was opened");
    return this.open(this.linked, { origin: "link", preset: this.linked.preset, seed: this.linked.seed });
  }

  async reset(options: { preset: string; seed?: number }): Promise<BootOutcome> {
    this.lessons = undefined;
    return this.open(undefined, { origin: "new", preset: options.preset, seed: options.seed ?? 1 });
  }

  private async savedSession(): Promise<Session | undefined> {
    const saved = await this.platform.load();
    if (typeof saved !== "string") return undefined;
    const result = await decodeLink(saved, this.platform.compression);
    return result.ok ? result.session : undefined;
  }

  private async tryOpen(session: Session, origin: BootOutcome["origin"]): Promise<BootOutcome | undefined> {
    try {
      return await this.open(session, { origin, preset: session.preset, seed: session.seed });
    } catch {
      // A session that can't be replayed (written by another version) must not lock the learner out.
      return undefined;
    }
  }

  /** Makes a world: boots it at full speed, replays `session` into it, and shows it. */
  private async open(
    session: Session | undefined,
    how: { origin: BootOutcome["origin"]; preset: string; seed: number; setup?: string[] },
  ): Promise<BootOutcome> {
    this.busy = true;
    this.projections?.stop();
    this.output = [];
    const { preset, seed } = how;
    const setup = session?.setup ?? how.setup ?? [];
    this.playground = undefined;
    const made: { playground?: Playground } = {};
    const playground = Playground.create({
      preset,
      seed,
      setup,
      // While it is being made, the world has nothing to tell.
      events: this.eventsFor(() => made.playground !== undefined && this.playground === made.playground),
      externals: (name, args) => this.platform.externals(name, args),
    });
    made.playground = playground;
    this.playground = playground;
    try {
      await playground.boot();
      if (session !== undefined) await playground.replay(session);
    } finally {
      this.busy = false;
    }
    this.followCluster();
    const terminal = playground.terminalIds()[0] ?? playground.openTerminal({ kind: "laptop" });
    this.lastWall = this.platform.wallNow();
    this.lastTime = "";
    this.fastForward = undefined;
    const { lesson } = session?.view ?? {};
    if (lesson !== undefined) await this.resumeLesson(lesson);
    return { origin: how.origin, terminal, info: infoOf(playground.snapshot()) };
  }

  private eventsFor(present: () => boolean): PlaygroundEvents {
    const request = (item: PageRequest): void => {
      if (present()) this.requests.push(item);
    };
    return {
      output: (terminal, text) => {
        if (present()) this.output.push({ terminal, text });
      },
      terminalClosed: (terminal) => request({ type: "terminal-closed", terminal }),
      openEditor: (edit, title, text) => request({ type: "open-editor", edit, title, text }),
      clusterReplaced: () => {
        if (present() && !this.busy) this.followCluster();
      },
    };
  }

  private followCluster(): void {
    this.projections?.stop();
    const cluster = this.playground?.cluster;
    this.projections = cluster === undefined ? undefined : new Projections(cluster);
    if (cluster === undefined) {
      this.emit({
        topology: { reset: true, nodes: [], pods: [], services: [], workloads: [], removed: [] },
        inspector: null,
      });
    }
  }

  private get world(): Playground {
    if (this.playground === undefined) throw new Error("the worker has not been booted");
    return this.playground;
  }

  /* ---- Frames ---- */

  private frame(): void {
    const { playground, platform } = this;
    const wall = platform.wallNow();
    const passed = wall - this.lastWall;
    this.lastWall = wall;
    if (playground === undefined || this.busy) return;
    if (!playground.held) this.advance(playground, passed, wall + BUDGET_MS);
    this.send();
    if (wall - this.lastSave > SAVE_EVERY_MS) void this.save(wall);
  }

  private advance(playground: Playground, passed: number, deadline: number): void {
    const { clock, sim } = playground;
    const mayGoOn = (): boolean => platformNow(this.platform) < deadline && !playground.held;
    if (this.fastForward === undefined) return clock.advance(passed, mayGoOn);
    while (!sim.idle && sim.now < this.fastForward && mayGoOn()) {
      if (!sim.step()) break;
    }
    if (sim.idle || sim.now >= this.fastForward) this.fastForward = undefined;
  }

  private send(): void {
    const frame: Frame = {};
    this.projections?.fill(frame);
    this.fillTime(frame);
    if (this.output.length > 0) {
      frame.output = joined(this.output);
      this.output = [];
    }
    if (this.requests.length > 0) {
      frame.requests = this.requests;
      this.requests = [];
    }
    const lesson = this.lessons?.look();
    if (lesson !== undefined) frame.lesson = lesson;
    this.emit(frame);
  }

  private emit(frame: Frame): void {
    for (const _ in frame) {
      this.onFrame(frame);
      return;
    }
  }

  private fillTime(frame: Frame): void {
    const { sim, clock } = this.world;
    const time = {
      now: sim.now,
      elapsed: sim.now - sim.start,
      paused: clock.paused,
      speed: clock.speed,
      idle: sim.idle,
      running: this.fastForward !== undefined,
    };
    // The page shows seconds: it needn't hear of every millisecond.
    const key = `${Math.floor(time.elapsed / 200)} ${time.paused} ${time.speed} ${time.idle} ${time.running}`;
    if (key === this.lastTime) return;
    this.lastTime = key;
    frame.time = time;
  }

  private async save(wall: number): Promise<void> {
    this.lastSave = wall;
    const session = this.currentSession();
    if (session.inputs.length === this.savedInputs) return;
    this.savedInputs = session.inputs.length;
    await this.platform.save(session);
  }

  private currentSession(): Session {
    const session = this.world.snapshot();
    const lesson = this.lessons?.id;
    return lesson === undefined ? session : { ...session, view: { lesson } };
  }

  /* ---- Terminals ---- */

  openTerminal(target: TerminalTarget): number {
    return this.world.openTerminal(target);
  }

  closeTerminal(terminal: number): void {
    this.world.act({ k: "close", terminal });
  }

  input(terminal: number, text: string): void {
    this.world.type(terminal, text);
    this.send();
  }

  resize(terminal: number, columns: number, rows: number): void {
    this.world.terminalSize(terminal, Math.max(10, Math.floor(columns)), Math.max(2, Math.floor(rows)));
  }

  run(terminal: number, command: string): void {
    const text = `${command.replaceAll("\n", "\r")}\r`;
    this.input(terminal, this.world.atPrompt(terminal) ? text : `\u0003${text}`);
  }

  finishEdit(edit: number, text: string | null): void {
    this.world.act({ k: "edit", edit, text });
  }

  /* ---- Time ---- */

  setPaused(paused: boolean): void {
    const { clock } = this.world;
    if (paused) clock.pause();
    else clock.resume();
    this.send();
  }

  setSpeed(speed: number): void {
    this.world.clock.setSpeed(speed);
    this.send();
  }

  step(): void {
    this.world.clock.step();
    this.send();
  }

  runUntilIdle(limitMs: number): void {
    this.fastForward = this.world.sim.now + Math.min(limitMs, FAST_FORWARD_LIMIT);
  }

  /* ---- Looking and breaking ---- */

  inspect(ref: ObjectRef | null): void {
    this.projections?.inspect(ref);
  }

  fault(fault: Fault): void {
    this.world.act({ k: "fault", fault });
  }

  /* ---- The editor ---- */

  async schema(): Promise<unknown> {
    return schemaFor(await readDescriptions(this.platform));
  }

  validate(text: string): Diagnostic[] {
    return validateText(text);
  }

  apply(text: string, options: { dryRun: boolean }): Promise<ApplyOutcome> {
    return applyText(this.world, text, options);
  }

  diff(text: string): Promise<DiffOutcome> {
    return diffText(this.world, text);
  }

  files(): { path: string; size: number }[] {
    return this.world.homeFiles();
  }

  readFile(path: string): string {
    return this.world.laptop.fs.readFile(path);
  }

  writeFile(path: string, text: string): void {
    this.world.act({ k: "file", path, text });
  }

  /* ---- Lessons ---- */

  async startLesson(id: string): Promise<void> {
    const lesson = await LessonRunner.load(this.platform, id);
    const previous = this.lessons;
    const goesOn =
      previous !== undefined && previous.id !== id && previous.done && this.world.preset === lesson.lesson.preset;
    if (goesOn)
      for (const manifest of lesson.setup) await this.world.command(["kubectl", "apply", "-f", "-"], manifest);
    else {
      const outcome = await this.open(undefined, {
        origin: "new",
        preset: lesson.lesson.preset,
        seed: 1,
        setup: lesson.setup,
      });
      this.requests.push({ type: "session-started", outcome });
      for (const line of lesson.lesson.prepare) await this.world.command(["bash", "-c", line]);
    }
    this.lessons = new LessonRunner(lesson, () => this.world);
  }

  private async resumeLesson(id: string): Promise<void> {
    try {
      this.lessons = new LessonRunner(await LessonRunner.load(this.platform, id), () => this.world);
    } catch {
      this.lessons = undefined;
    }
  }

  leaveLesson(): void {
    this.lessons = undefined;
    this.emit({ lesson: null });
  }

  hint(): void {
    this.lessons?.hint();
  }

  async showMe(): Promise<void> {
    await this.lessons?.showMe((terminal, line) => this.run(terminal, line));
  }

  /* ---- Sharing ---- */

  share(): Promise<string> {
    return encodeLink(this.currentSession(), this.platform.compression);
  }

  hash(): string {
    return this.world.hash();
  }
}

/** Any method may answer now or later: comlink makes a promise of both. */
type Awaitable<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<Awaited<R>> : T[K];
};

function platformNow(platform: HostPlatform): number {
  return platform.wallNow();
}

function infoOf(session: Session): SessionInfo {
  const { preset, seed, inputs, until } = session;
  return { preset, seed, inputs: inputs.length, elapsed: until, summary: summarize(session) };
}

/** Neighbouring pieces of one terminal as one. */
function joined(output: { terminal: number; text: string }[]): { terminal: number; text: string }[] {
  const result: { terminal: number; text: string }[] = [];
  for (const { terminal, text } of output) {
    const last = result.at(-1);
    if (last?.terminal === terminal) last.text += text;
    else result.push({ terminal, text });
  }
  return result;
}
