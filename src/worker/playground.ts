/**
 * A learner's world: one simulation with its cluster, the laptop with its terminals, and the log of everything that
 * came in from outside. The page's worker and the command line both drive this class; saving, sharing, restoring and
 * lessons are replays of its session.
 */
import type { Descriptions } from "../engine/api/descriptions.ts";
import { SystemError } from "../engine/base/program.ts";
import type { HttpCarrier } from "../engine/base/http.ts";
import {
  Clock,
  Cluster,
  adminCredential,
  findPreset,
  images,
  Journal,
  Kernel,
  LaptopPort,
  PendingIntent,
  Simulation,
  Tty,
} from "../engine/index.ts";
import type { Machine, Process } from "../engine/runtime/machine.ts";
import { newSession } from "../session/session.ts";
import type { InputAction, Session, SessionFault, SessionInput, TerminalTarget } from "../session/session.ts";
import type { DrydockRequest } from "../terminal/drydock.ts";
import { TRIAL_TOOL } from "../terminal/drydock-trace.ts";
import type { Attempt } from "../terminal/drydock-trace.ts";
import { checkPreset, faultOf } from "./drydock-intent.ts";
import type { PageControl } from "./drydock-intent.ts";
import { inflict } from "./fault.ts";
import { answerMinikube } from "./minikube.ts";
import { createPlaygroundLaptop, HOME } from "./laptop.ts";
import { filesBelow, runOnLaptop, shellFor } from "./laptop-use.ts";
import { KUBECTL_TOOL, loadKubectl } from "./lazy-kubectl.ts";
import { OpenEdits } from "./open-edits.ts";
import type { EditRequest } from "./open-edits.ts";
import type { CommandResult, PlaygroundEvents, PlaygroundOptions } from "./playground-options.ts";
import type { ScriptedShell } from "./scripted-shell.ts";
import { ScriptedShells } from "./scripted-shells.ts";
import { answerTrace, answerWhy } from "./trace.ts";
import { Trials } from "./trials.ts";

interface OpenTerminal {
  target: TerminalTarget;
  tty: Tty;
  process: Process;
}

/** Virtual milliseconds that a boot may take before something must be wrong. */
const BOOT_LIMIT = 180_000;
const EVENTS_PER_BREATH = 2000;
const DEFAULT_SIZE = { columns: 80, rows: 24 };

export class Playground {
  readonly sim: Simulation;
  readonly clock: Clock;
  readonly kernel: Kernel;
  readonly laptop: Machine;
  readonly laptopPort: LaptopPort;
  readonly preset: string;
  readonly session: Session;
  readonly events: PlaygroundEvents;
  private current: Cluster | undefined;
  private readonly terminals = new Map<number, OpenTerminal>();
  private readonly edits = new OpenEdits();
  private readonly trials: Trials;
  private nextTerminal = 1;
  private readonly shells = new ScriptedShells(
    () => this.laptop,
    (shell, text) => this.record({ k: "shell", shell, text }),
  );
  /** True iff an input is being taken in now: what a terminal reports meanwhile happens at this instant, not early. */
  private acting = false;
  private replaying = false;
  private readonly breathe: (() => Promise<void>) | undefined;
  private breathedAt = 0;

  /** A new world, powered on, at its first instant. Throws `UnknownPreset`. */
  static create(options: PlaygroundOptions = {}): Playground {
    return new Playground(options);
  }

  private readonly descriptions: (() => Descriptions | undefined) | undefined;

  private constructor(options: PlaygroundOptions) {
    this.descriptions = options.descriptions;
    const { seed = 1, preset = "default", setup = [], events = {}, externals } = options;
    this.trials = new Trials(this, options, (other) => new Playground(other));
    this.preset = preset;
    this.breathe = options.breathe;
    this.events = events;
    this.session = newSession({ seed, preset, setup });
    this.sim = new Simulation({ seed, journal: new Journal() });
    this.clock = new Clock(this.sim);
    this.kernel = new Kernel(this.sim, {
      externals: (name, args, done) => {
        if (name === KUBECTL_TOOL) loadKubectl().then(done, done);
        else if (name === TRIAL_TOOL) this.trials.run(args as Attempt).then(done, done);
        else if (externals === undefined) done(new Error(`${name} is not available here`));
        else externals(name, args).then(done, done);
      },
      intents: (_machine, name, args) => this.intent(name, args),
    });
    this.createCluster();
    this.laptopPort = new LaptopPort(
      () => this.current,
      () => (this.laptop.fs.exists("/etc/hosts") ? this.laptop.fs.readFile("/etc/hosts") : ""),
    );
    this.laptop = createPlaygroundLaptop(this.kernel, this.laptopPort, { sim: this.sim, preset: findPreset(preset) });
  }

  /** The cluster, unless it has been deleted. */
  get cluster(): Cluster | undefined {
    return this.current;
  }

  /**
   * The REST front of the API server, wherever the cluster is at present. `anonymous`: who sends no credential is
   * `system:anonymous`; else the administrator.
   */
  apiServer(options: { anonymous: boolean }): HttpCarrier {
    return {
      send: (request, sink) => {
        const { current } = this;
        if (current?.apiServerReachable === true) {
          const { http, publicHttp } = current.server;
          return (options.anonymous ? publicHttp : http).send(request, sink);
        }
        sink.fail("ECONNREFUSED", "the API server is not running");
        return { abort() {}, frame() {}, closeStdin() {} };
      },
    };
  }

  /** The administrator's bearer token, for clients that can't show a certificate. */
  get adminToken(): string {
    return adminCredential(this.sim, findPreset(this.preset)).token;
  }

  /** True while a program waits for a lazily loaded tool: time must stand still. */
  get held(): boolean {
    return this.kernel.pendingExternals > 0;
  }

  /** A hash over the cluster's state: same seed and inputs, same hash, in every browser and in Node. */
  hash(): string {
    return this.current?.hash() ?? "no cluster";
  }

  /** The session up to this moment, with all that was due by now behind it. */
  snapshot(): Session {
    this.sim.runUntil(this.sim.now);
    return { ...this.session, inputs: [...this.session.inputs], until: this.sim.now - this.sim.start };
  }

  createCluster(): void {
    const { sim, kernel, descriptions } = this;
    this.current = new Cluster({ sim, kernel, preset: findPreset(this.preset), images, descriptions });
    this.current.powerOn();
    this.events.clusterReplaced?.();
  }

  deleteCluster(): void {
    this.current?.destroy();
    this.current = undefined;
    this.events.clusterReplaced?.();
  }

  /** Runs until the nodes are Ready and applies the session's set-up. */
  async boot(): Promise<void> {
    const end = this.sim.now + BOOT_LIMIT;
    while (this.current !== undefined && !this.current.ready && this.sim.now < end)
      await this.runUntil(this.sim.now + 100);
    for (const manifest of this.session.setup) await this.command(["kubectl", "apply", "-f", "-"], manifest, false);
  }

  /** Moves to `time`, event by event, waiting outside of time for tools that load lazily. */
  async runUntil(time: number): Promise<void> {
    for (;;) {
      if (this.mustWait()) await this.released();
      const next = this.sim.nextEventTime;
      if (next === undefined || next > time) break;
      this.sim.step();
    }
    this.sim.runUntil(time);
  }

  async runUntilIdle(limitMs: number): Promise<void> {
    const end = this.sim.now + limitMs;
    while (!this.sim.idle) {
      if (this.mustWait()) await this.released();
      const next = this.sim.nextEventTime;
      if (next === undefined) return;
      if (next > end) return this.sim.runUntil(end);
      this.sim.step();
    }
  }

  /** True when a tool is being loaded, or when it is time to let the host breathe. */
  private mustWait(): boolean {
    return this.held || (this.breathe !== undefined && this.sim.eventCount - this.breathedAt >= EVENTS_PER_BREATH);
  }

  private async released(): Promise<void> {
    this.breathedAt = this.sim.eventCount;
    await this.breathe?.();
    while (this.held) await new Promise<void>((resolve) => void Promise.resolve().then(() => setTimeout(resolve, 0)));
  }

  /* ---- Inputs ---- */

  /** Takes an input in at this instant and records it. Inputs of terminals are recorded by the terminal itself. */
  act(action: InputAction): void {
    this.sim.runUntil(this.sim.now);
    if (action.k !== "line" && action.k !== "data") this.record(action);
    this.perform(action);
  }

  openTerminal(target: TerminalTarget): number {
    const terminal = this.nextTerminal;
    this.act({ k: "open", terminal, target });
    return terminal;
  }

  /** Keys as they come from the person. */
  type(terminal: number, text: string): void {
    const open = this.terminals.get(terminal);
    if (open === undefined) return;
    this.sim.runUntil(this.sim.now);
    this.within(() => open.tty.input(text));
  }

  terminalIds(): number[] {
    return [...this.terminals.keys()];
  }

  terminalTarget(terminal: number): TerminalTarget {
    return this.terminals.get(terminal)?.target ?? { kind: "laptop" };
  }

  /** Texts that `kubectl edit` waits for, by their numbers. */
  openEdits(): [edit: number, request: EditRequest][] {
    return this.edits.list();
  }

  /** True when the terminal waits for a command line. */
  atPrompt(terminal: number): boolean {
    return this.terminals.get(terminal)?.tty.atPrompt ?? false;
  }

  /** Files in the learner's home folder and below, without hidden ones. */
  homeFiles(): { path: string; size: number }[] {
    return filesBelow(this.laptop.fs, HOME);
  }

  terminalSize(terminal: number, columns: number, rows: number): void {
    const tty = this.terminals.get(terminal)?.tty;
    if (tty !== undefined && (tty.columns !== columns || tty.rows !== rows))
      this.act({ k: "size", terminal, columns, rows });
  }

  /** Runs a command on the laptop outside of any terminal; resolves when it has ended. */
  command(argv: string[], stdin = "", recorded = true): Promise<CommandResult> {
    this.sim.runUntil(this.sim.now);
    if (recorded) this.record({ k: "command", argv, stdin });
    return new Promise((resolve) => this.within(() => runOnLaptop(this.laptop, { argv, stdin }, resolve)));
  }

  /** A shell for a script, beside the terminals. */
  openShell(): ScriptedShell {
    const shell = this.shells.next;
    this.act({ k: "shell", shell, text: "" });
    return this.shells.get(shell) as ScriptedShell;
  }

  /** Feeds a whole session in, at full speed. `progress` is told the share that is done. */
  async replay(session: Session, progress?: (done: number) => void): Promise<void> {
    this.replaying = true;
    try {
      for (const input of session.inputs) {
        const at = this.sim.start + input.t;
        if (input.early === true) await this.runBefore(at);
        else await this.runUntil(at);
        this.session.inputs.push(input);
        this.perform(input);
        progress?.(input.t / Math.max(1, session.until));
      }
      await this.runUntil(this.sim.start + session.until);
    } finally {
      this.replaying = false;
    }
  }

  private async runBefore(time: number): Promise<void> {
    for (;;) {
      if (this.mustWait()) await this.released();
      const next = this.sim.nextEventTime;
      if (next === undefined || next >= time) return;
      this.sim.step();
    }
  }

  private within(act: () => void): void {
    this.acting = true;
    try {
      act();
    } finally {
      this.acting = false;
    }
  }

  private record(action: InputAction): void {
    if (this.replaying) return;
    const typedAhead = !this.acting && (action.k === "line" || action.k === "data");
    const early = typedAhead ? { early: true as const } : {};
    const input: SessionInput = { t: this.sim.now - this.sim.start, ...early, ...action };
    this.session.inputs.push(input);
    this.events.recorded?.(input);
  }

  private perform(action: InputAction): void {
    this.within(() => {
      switch (action.k) {
        case "open":
          return this.open(action.terminal, action.target);
        case "close":
          return this.terminals.get(action.terminal)?.tty.hangUp();
        case "size":
          return this.terminals.get(action.terminal)?.tty.resize(action.columns, action.rows);
        case "line":
        case "data":
          return this.terminals.get(action.terminal)?.tty.replay(action.k, action.text);
        case "command":
          return runOnLaptop(this.laptop, action, () => {});
        case "file":
          return this.laptop.fs.writeFile(action.path, action.text);
        case "shell":
          return this.shells.perform(action.shell, action.text);
        case "edit":
          return this.edits.finish(action.edit, action.text);
        case "fault":
          return this.fault(action.fault);
      }
    });
  }

  private open(terminal: number, target: TerminalTarget): void {
    this.nextTerminal = Math.max(this.nextTerminal, terminal + 1);
    const tty = new Tty({
      ...DEFAULT_SIZE,
      output: (text) => this.events.output?.(terminal, text),
      onInput: ({ kind, text }) => this.record({ k: kind, terminal, text }),
    });
    const process = this.laptop.start({
      argv: shellFor(target),
      cwd: HOME,
      stdio: { stdin: tty, stdout: tty, stderr: tty },
      onExit: () => {
        this.terminals.delete(terminal);
        this.events.terminalClosed?.(terminal);
      },
    });
    this.terminals.set(terminal, { target, tty, process });
  }

  private fault(fault: SessionFault): void {
    if (this.current !== undefined) inflict(this.current, fault);
  }

  /* ---- What programs ask of the playground ---- */

  private intent(name: string, args: unknown): unknown {
    if (name === "minikube") return answerMinikube(this, args);
    if (name === "drydock") return this.control(args as DrydockRequest);
    if (name === "open-editor") return this.openEditor(args as EditRequest);
    throw new SystemError("EINVAL", name);
  }

  private control(request: DrydockRequest): unknown {
    if (request.action === "trace") return answerTrace(this, request);
    if (request.action === "why") return answerWhy(this, request);
    const fault = faultOf(request, this.current);
    if (fault !== undefined) return this.fault(fault);
    if (request.action === "new") checkPreset(request.preset);
    if (this.replaying) return undefined;
    if (this.events.control === undefined) throw new SystemError("ENOTTY", "there is no page to ask here");
    return this.events.control(request as PageControl);
  }

  /** Where nobody would answer, `kubectl edit` and nano fail at once. */
  private openEditor(request: EditRequest): PendingIntent {
    if (this.events.openEditor === undefined && !this.replaying) throw new SystemError("ENOTTY", "open-editor");
    return new PendingIntent((done) => {
      const edit = this.edits.add(request, done);
      if (!this.replaying) this.events.openEditor?.(edit, request.title, request.text);
      return () => this.edits.drop(edit);
    });
  }
}
