/**
 * The worker's side of the protocol: owns the playground, moves its clock with wall time, and sends a frame whenever
 * something that the page shows has changed. Everything here is about wall time and messages; the world is below.
 */
import { DescriptionFile } from "./descriptions.ts";
import { jsonSchema } from "../engine/api/json-schema.ts";
import { servedKinds } from "./served-kinds.ts";
import { applyText, diffText, validateText } from "./editor.ts";
import { LinkVisit } from "./link-visit.ts";
import { LessonRunner } from "./lesson-runner.ts";
import { Playground } from "./playground.ts";
import type { PlaygroundEvents } from "./playground-options.ts";
import type { Awaitable, HostPlatform } from "./host-platform.ts";
import { obey } from "./page-control.ts";
import { Projections } from "./projections.ts";
import { Pacing } from "./pacing.ts";
import { ReplayWatch } from "./replay-watch.ts";
import { RestOfCode } from "./rest-of-code.ts";
import { infoOf, Scene, type Opening } from "./scene.ts";
import { traceOn } from "./trace-view.ts";
import { SavedSessions } from "./saved-sessions.ts";
import type {
  ApplyOutcome,
  BootOptions,
  BootOutcome,
  Diagnostic,
  DiffOutcome,
  DrydockWorker,
  Fault,
  Frame,
  ObjectRef,
  PageRequest,
  SharedMoment,
  TopologyDiff,
} from "./protocol.ts";
import { encodeLink, isLink } from "../session/link.ts";
import type { Session, TerminalTarget } from "../session/session.ts";

/** The preset of the first screen. */
const FIRST_PRESET = "default";
const NOTHING: TopologyDiff = { reset: true, nodes: [], pods: [], services: [], workloads: [], removed: [] };

export class Host implements Awaitable<DrydockWorker> {
  private readonly platform: HostPlatform;
  private readonly descriptions: DescriptionFile;
  private readonly saved: SavedSessions;
  private readonly pacing: Pacing;
  private readonly making: ReplayWatch;
  readonly rest: RestOfCode;
  /** True iff the page was sent what there is to see of a world that stands. */
  private sentEarly = false;
  /** The world that the page shows. */
  private scene = new Scene();
  private projections: Projections | undefined;
  private lessons: LessonRunner | undefined;
  private onFrame: (frame: Frame) => void = () => {};
  private readonly link: LinkVisit;

  constructor(platform: HostPlatform) {
    this.platform = platform;
    this.descriptions = new DescriptionFile(platform);
    this.saved = new SavedSessions(platform, platform.compression);
    this.link = new LinkVisit(platform.compression);
    this.pacing = new Pacing(() => platform.wallNow());
    this.making = new ReplayWatch(platform, (frame) => this.emit(frame));
    this.rest = new RestOfCode(platform, {
      missed: () => this.followCluster(),
      tell: (fetching) => this.emit({ fetching }),
    });
  }

  /* ---- Life ---- */

  async boot(options: BootOptions, onFrame: (frame: Frame) => void): Promise<BootOutcome> {
    this.onFrame = onFrame;
    const fragment = options.fragment.replace(/^#/, "");
    const { preset = FIRST_PRESET, seed = 1 } = options;
    // A new cluster of the usual kind is the first screen; whatever else there is to show needs more code.
    const isFirstScreen =
      !isLink(fragment) && preset === FIRST_PRESET && (options.fresh || !(await this.saved.hasOwn()));
    if (!isFirstScreen) await this.rest.fetch();
    const followed = isLink(fragment) ? await this.goOnFrom(fragment) : undefined;
    const link = followed === undefined && isLink(fragment) ? await this.link.look(fragment) : undefined;
    const mayBeOwn = !isFirstScreen && followed === undefined && !options.fresh;
    const own = mayBeOwn ? await this.tryOpen(await this.saved.load("")) : undefined;
    const outcome = followed ?? own ?? (await this.openNew({ origin: "new", preset, seed }));
    this.platform.everyFrame(() => this.frame());
    void this.descriptions.load();
    return link === undefined ? outcome : { ...outcome, link };
  }

  drawn(): void {
    this.rest.fetchAside();
  }

  /** A new cluster, made again where its boot needed code that was not there. */
  private async openNew(how: Opening): Promise<BootOutcome> {
    const outcome = await this.open(undefined, how).catch((error: unknown) => {
      if (!this.rest.missed) throw error;
    });
    if (outcome !== undefined && !this.rest.missed) return outcome;
    await this.rest.fetch();
    return this.open(undefined, how);
  }

  /** A link that was run before and worked on from there: what came of it. */
  private async goOnFrom(fragment: string): Promise<BootOutcome | undefined> {
    const outcome = await this.tryOpen(await this.saved.load(fragment));
    if (outcome !== undefined) this.saved.link = fragment;
    return outcome;
  }

  async runLink(): Promise<BootOutcome> {
    const { fragment, session } = this.link.opened;
    const outcome = await this.open(session, { origin: "link", preset: session.preset, seed: session.seed });
    this.saved.link = fragment;
    return outcome;
  }

  async reset(options: { preset: string; seed?: number }): Promise<BootOutcome> {
    return this.open(undefined, { origin: "new", preset: options.preset, seed: options.seed ?? 1 });
  }

  private async tryOpen(session: Session | undefined): Promise<BootOutcome | undefined> {
    if (session === undefined) return undefined;
    try {
      return await this.open(session, { origin: "restored", preset: session.preset, seed: session.seed });
    } catch {
      // A session that can't be replayed (written by another version) must not lock the learner out.
      return undefined;
    }
  }

  /**
   * Makes a world: boots it at full speed, replays `session` into it, and then shows it in place of the present one,
   * which stays when the new one can't be made.
   */
  private async open(session: Session | undefined, how: Opening): Promise<BootOutcome> {
    this.making.begin();
    const scene = new Scene();
    try {
      const playground = Playground.create({
        preset: how.preset,
        seed: how.seed,
        setup: session?.setup ?? how.setup ?? [],
        descriptions: () => this.descriptions.current,
        events: this.eventsFor(scene),
        externals: (name, args) => this.platform.externals(name, args),
        breathe: () => this.making.breathe(scene.playground, session),
      });
      scene.playground = playground;
      await playground.boot();
      if (session !== undefined) await playground.replay(session);
      const terminal = playground.terminalIds()[0] ?? playground.openTerminal({ kind: "laptop" });
      if (session?.view?.paused === true) playground.clock.pause();
      this.lessons = await LessonRunner.resume(this.platform, session?.view?.lesson, playground);
      this.show(scene);
      for (const [edit, request] of playground.openEdits()) this.ask(scene, { type: "open-editor", edit, ...request });
      const others = playground.terminalIds().filter((id) => id !== terminal);
      const terminals = others.map((id) => ({ terminal: id, target: playground.terminalTarget(id) }));
      return { origin: how.origin, terminal, terminals, info: infoOf(playground.snapshot()) };
    } finally {
      this.making.end();
    }
  }

  /** Ends a replay that takes too long: the call that began it fails, or a new cluster is opened instead. */
  cancelReplay(): void {
    this.making.cancel();
  }

  private show(scene: Scene): void {
    this.scene = scene;
    this.pacing.restart();
    this.followCluster();
  }

  private eventsFor(scene: Scene): PlaygroundEvents {
    return {
      output: (terminal, text) => scene.print(terminal, text),
      terminalClosed: (terminal) => this.ask(scene, { type: "terminal-closed", terminal }),
      openEditor: (edit, title, text) => this.ask(scene, { type: "open-editor", edit, title, text }),
      control: (request) => {
        if (this.scene === scene) obey(request, this, (asked) => scene.ask(asked));
      },
      clusterReplaced: () => {
        if (this.scene === scene) this.followCluster();
      },
    };
  }

  /** What a world asks for while it is replayed has been answered in the replay. */
  private ask(scene: Scene, request: PageRequest): void {
    if (this.scene === scene) scene.ask(request);
  }

  private followCluster(): void {
    this.projections?.stop();
    const cluster = this.scene.playground?.cluster;
    this.projections = cluster === undefined ? undefined : new Projections(cluster);
    if (cluster === undefined) this.emit({ topology: NOTHING, inspector: null });
  }

  private get world(): Playground {
    const { playground } = this.scene;
    if (playground === undefined) throw new Error("the worker has not been booted");
    return playground;
  }

  /* ---- Frames ---- */

  private frame(): void {
    const { playground } = this.scene;
    const shown = this.making.busy ? undefined : playground;
    const wall = this.pacing.advance(this.rest.isHere ? shown : undefined);
    if (shown === undefined) return;
    if (!this.rest.isHere) return this.sendEarly();
    this.send();
    void this.saved.keep(wall, () => this.currentSession());
  }

  /** The first frame of a world that stands; it may need code that is not there, and is left for later then. */
  private sendEarly(): void {
    if (this.sentEarly) return;
    this.sentEarly = true;
    this.rest.fetchSoon();
    try {
      this.send();
    } catch (error) {
      if (!this.rest.missed) throw error;
    }
  }

  private send(): void {
    const frame: Frame = {};
    this.projections?.fill(frame);
    this.pacing.fill(frame, this.world);
    this.scene.fill(frame);
    const lesson = this.lessons?.look();
    if (lesson !== undefined) frame.lesson = lesson;
    this.emit(frame);
  }

  private emit(frame: Frame): void {
    if (Object.keys(frame).length > 0) this.onFrame(frame);
  }

  private currentSession(): Session {
    const { world } = this;
    const lesson = this.lessons?.id;
    const view = { ...(lesson !== undefined && { lesson }), ...(world.clock.paused && { paused: true }) };
    const session = world.snapshot();
    return Object.keys(view).length === 0 ? session : { ...session, view };
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

  runUntilIdle(limitMs?: number): void {
    this.pacing.runUntilIdle(this.world, limitMs);
  }

  /* ---- Looking and breaking ---- */

  inspect(ref: ObjectRef | null): void {
    this.projections?.inspect(ref);
  }

  trace(from: string, url: string) {
    return traceOn(this.world, from, url);
  }

  fault(fault: Fault): void {
    this.world.act({ k: "fault", fault });
  }

  /* ---- The editor ---- */

  async schema(): Promise<unknown> {
    const descriptions = await this.descriptions.load();
    return jsonSchema(descriptions, servedKinds(this.world).all);
  }

  validate(text: string): Diagnostic[] {
    return validateText(text, servedKinds(this.world));
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
      this.scene.ask({ type: "session-started", outcome });
      for (const line of lesson.lesson.prepare) await this.world.command(["bash", "-c", line]);
    }
    this.lessons = new LessonRunner(lesson, () => this.world);
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

  async share(): Promise<SharedMoment> {
    const session = this.currentSession();
    const hash = this.world.hash();
    return { fragment: await encodeLink(session, this.platform.compression), hash };
  }

  hash(): string {
    return this.world.hash();
  }
}
